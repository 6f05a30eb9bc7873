"""Opens what `export` wrote with Python's TensorFlow and compares every signature with what Java gives.

    check_serving.py LAUNCHER MODEL RUN WORK    launcher, exported folder, its run (of Fashion-MNIST), folder to write to
    check_serving.py onnx MODEL WORK            after the first: converts serving_default by tf2onnx, compares onnxruntime
"""
import gzip
import json
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np  # noqa: E402

COUNT = 64
CLASSIFIED = 8
passed = 0


def test_images():
    with gzip.open("data/fashion-mnist/t10k-images-idx3-ubyte.gz") as f:
        return np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)


def compare(what, found, expected, bound=1e-5):
    global passed
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"{what}: shapes {found.shape} and {expected.shape}"
    distance = float(np.abs(found.astype(np.float64) - expected).max())
    assert distance <= bound, f"{what}: off by {distance:.2g}"
    print(f"{what}: {distance:.1e}")
    passed += 1


def check_onnx(model, work):
    onnx = work / "model.onnx"
    subprocess.run(
        [sys.executable, "-m", "tf2onnx.convert", "--saved-model", model, "--signature_def", "serving_default",
         "--opset", "17", "--output", onnx],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    import onnxruntime

    session = onnxruntime.InferenceSession(str(onnx), providers=["CPUExecutionProvider"])
    java = np.load(work / "java.npy")
    images = test_images()[:1000]
    compare("onnxruntime and Java", session.run(["embedding"], {"images": images})[0], java[:1000], 1e-4)


def cli(model, signature, inputs, work):
    """By saved_model_cli, which feeds and fetches as TensorFlow Serving's session does."""
    np.savez(work / "inputs.npz", **inputs)
    out = work / "cli"
    command = pathlib.Path(sys.executable).parent / "saved_model_cli"
    feeds = ";".join(f"{name}={work / 'inputs.npz'}[{name}]" for name in inputs)
    subprocess.run(
        [command, "run", "--dir", model, "--tag_set", "serve", "--signature_def", signature, "--inputs", feeds,
         "--outdir", out, "--overwrite"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return {f.stem: np.load(f, allow_pickle=True) for f in out.glob("*.npy")}


def check(launcher, model, run, work):
    import tensorflow as tf

    subprocess.run([launcher, "embed", model, "--data", "fashion-mnist", "--output", work / "java.npy"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    java = np.load(work / "java.npy")[:COUNT]
    images = test_images()[:COUNT]
    files = []
    for i in range(COUNT):
        files.append(work / f"{i}.png")
        files[i].write_bytes(tf.io.encode_png(images[i]).numpy())
    predicted = json.loads(
        subprocess.run([launcher, "predict", model, *files[:CLASSIFIED], "--top", "5", "--json"],
                       check=True, capture_output=True, text=True).stdout)
    labels = [[c["label"] for c in p["classes"]] for p in predicted]
    scores = np.array([[c["score"] for c in p["classes"]] for p in predicted])
    encoded = np.array([f.read_bytes() for f in files], object)
    # A type of fixed width would cut bytes off where they end in zeros.
    assert encoded.dtype == object

    loaded = tf.saved_model.load(str(model)).signatures
    assert sorted(loaded) == ["classify", "encoded", "serving_default"], sorted(loaded)
    for name, inputs in {"serving_default": ["images"], "classify": ["images"], "encoded": ["bytes"]}.items():
        assert list(loaded[name].structured_input_signature[1]) == inputs, f"{name}: inputs other than {inputs}"
    embedding = loaded["serving_default"](images=tf.constant(images))["embedding"]
    compare("serving_default, Python and Java", embedding, java)
    compare("its norms and 1", np.linalg.norm(embedding, axis=1), np.ones(COUNT))
    compare("serving_default and the run's own model",
            embedding, tf.saved_model.load(str(run / "model")).signatures["serving_default"](
                images=tf.constant(images))["embedding"])
    classified = loaded["classify"](images=tf.constant(images[:CLASSIFIED]))
    compare("classify's scores, Python and Java", classified["scores"], scores)
    assert [[x.decode() for x in row] for row in classified["labels"].numpy()] == labels
    compare("encoded, Python and Java", loaded["encoded"](bytes=tf.constant(list(encoded)))["embedding"], java)

    found = cli(model, "serving_default", {"images": images}, work)
    compare("saved_model_cli, serving_default", found["embedding"], java)
    found = cli(model, "classify", {"images": images[:CLASSIFIED]}, work)
    compare("saved_model_cli, classify", found["scores"], scores)
    assert [[x.decode() for x in row] for row in found["labels"]] == labels
    compare("saved_model_cli, encoded", cli(model, "encoded", {"bytes": encoded}, work)["embedding"], java)


if sys.argv[1] == "onnx":
    check_onnx(*map(pathlib.Path, sys.argv[2:]))
else:
    check(*(pathlib.Path(a).resolve() for a in sys.argv[1:]))
print(f"{passed} passed, 0 failed")
