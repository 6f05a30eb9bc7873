"""Loads what a run left with Python's TensorFlow and compares it with what Java measured.

    check_run.py RUN DATA EVALUATED   run folder, folder of Fashion-MNIST, evaluate --json's output
"""
import glob
import gzip
import json
import pathlib
import sys

import numpy as np
import tensorflow as tf

run, data = map(pathlib.Path, sys.argv[1:3])
metrics = {name: figure["value"] for name, figure in json.loads((run / "metrics.json").read_text()).items()}
evaluated = {name: figure["value"] for name, figure in json.loads(pathlib.Path(sys.argv[3]).read_text()).items()}
assert metrics.keys() == evaluated.keys(), "evaluate has other figures than the run"
for name, value in metrics.items():
    assert value == evaluated[name] or abs(value - evaluated[name]) < 1e-6, (name, value, evaluated[name])


def read(name, header):
    return np.frombuffer(gzip.decompress((data / name).read_bytes()), np.uint8, offset=header)


images = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1)
labels = read("t10k-labels-idx1-ubyte.gz", 8)
model = tf.saved_model.load(str(run / "model"))
signature = model.signatures["serving_default"]
assert list(signature.structured_input_signature[1]) == ["images"], "labels must be no input"
answers = [signature(images=tf.constant(images[i : i + 1000])) for i in range(0, len(images), 1000)]
cosines = np.concatenate([a["cosines"].numpy() for a in answers])
embedding = np.concatenate([a["embedding"].numpy() for a in answers])
assert np.allclose(np.linalg.norm(embedding, axis=1), 1, atol=1e-5)
accuracy = float((cosines.argmax(1) == labels).mean())
# A sample or two may lie on the border within rounding.
assert abs(accuracy - metrics["accuracy"]) <= 2e-4, (accuracy, metrics["accuracy"])
angles = []
for k in range(10):
    own = embedding[labels == k].astype(np.float64)
    mean = own.mean(0) / np.linalg.norm(own.mean(0))
    angles.append(np.degrees(np.arccos(np.clip(own @ mean, -1, 1))))
within = float(np.concatenate(angles).mean())
assert abs(within - metrics["mean_angle_within_class"]) < 1e-2, (within, metrics["mean_angle_within_class"])

from tensorflow.python.summary.summary_iterator import summary_iterator  # noqa: E402

losses = [
    value.simple_value
    for file in glob.glob(str(run / "events.*"))
    for event in summary_iterator(file)
    for value in event.summary.value
    if value.tag == "train/loss"
]
assert len(losses) > 10, "too few events"
history = (run / "history.csv").read_text().splitlines()[1:]
assert abs(float(history[9].split(",")[2]) - losses[0]) < 1e-3
print(f"Python agrees: accuracy {accuracy:.4f}, within class {within:.2f} degrees, {len(losses)} events")
