"""Opens what `export --as keras` wrote and compares with the run's own model and with what Java's embed gave.

    check_export.py EXPORT RUN DATA_DIR JAVA.npy [SIGNATURE]     the signature that answers with the features
"""
import gzip
import logging
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
# With oneDNN, on a processor with AVX-512, Python loses the slope of a LeakyReLU that it fuses with a convolution.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

logging.getLogger("tensorflow").setLevel(logging.ERROR)
export, run, data, java = (pathlib.Path(a) for a in sys.argv[1:5])
signature = sys.argv[5] if len(sys.argv) > 5 else "serving_default"
with gzip.open(data / "t10k-images-idx3-ubyte.gz") as f:
    images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)[:256]


def call(folder, signature="serving_default", **inputs):
    return tf.saved_model.load(str(folder)).signatures[signature](**{n: tf.constant(v) for n, v in inputs.items()})


def compare(what, found, expected):
    distance = np.abs(np.asarray(found) - np.asarray(expected)).max() / np.abs(expected).max()
    assert distance <= 1e-5, f"{what}: off by {distance:.2g}"
    print(f"{what}: {distance:.1e}")


scaled = images.astype(np.float32) * np.float32(1 / 255)
features = next(iter(call(export, signature, images=scaled).values())).numpy()
compare("features, Java and Python", np.load(java)[:256], features)
layer = keras.layers.TFSMLayer(str(export), call_endpoint=signature)
compare("features by TFSMLayer", next(iter(layer(scaled).values())), features)
passed = 5
if (export / "keras_metadata.pb").exists():
    loaded = tf_keras.models.load_model(export)
    compare("features by load_model", next(iter(loaded.signatures[signature](tf.constant(scaled)).values())), features)
    passed = 6
head = call(export / "head", features=features)
own = call(run / "model", images=images)
compare("embedding, by Keras' folder and head, and by the run's model", head["embedding"], own["embedding"])
compare("cosines", head["cosines"], own["cosines"])
centers = np.load(export / "centers.npy")
unit = centers / np.linalg.norm(centers, axis=1, keepdims=True)
compare("cosines to centers.npy", head["embedding"].numpy() @ unit.T, head["cosines"])
print(f"{passed} passed, 0 failed")
