"""Embeds the test images of Fashion-MNIST whenever told to: answers a line "all" on standard input with the seconds that
all took, a line "one" with the milliseconds of each of the first, one after the other.

    embed_worker.py keras|saved_model|onnx MODEL MODEL.onnx THREADS
"""
import gzip
import sys
import time

import numpy as np

kind, model, onnx, threads = *sys.argv[1:4], int(sys.argv[4])
BATCH, SINGLE = 256, 100
with gzip.open("data/fashion-mnist/t10k-images-idx3-ubyte.gz") as f:
    images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)


def batches(embed):
    def run(images):
        return [embed(images[i : i + BATCH]) for i in range(0, len(images), BATCH)]

    return run


def keras_network():
    """The small CNN's layers, for their time: its weights do not change it."""
    import tensorflow as tf

    keras = tf.keras
    image = keras.Input((28, 28, 1))
    x = keras.layers.Rescaling(1 / 255)(image)
    for filters, pool in (32, False), (32, True), (64, False), (64, True):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        x = keras.layers.MaxPooling2D()(x) if pool else x
    x = keras.layers.Dense(128, use_bias=False)(keras.layers.Flatten()(x))
    x = keras.layers.UnitNormalization()(keras.layers.BatchNormalization()(x))
    network = keras.Model(image, x)
    return lambda images: network.predict(images, batch_size=BATCH, verbose=0)


if kind == "onnx":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    embed = batches(lambda x: session.run(["embedding"], {"images": x})[0])
else:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    if kind == "keras":
        embed = keras_network()
    else:
        # Held, or what it holds is deleted under the signature.
        loaded = tf.saved_model.load(model)
        signature = loaded.signatures["serving_default"]
        embed = batches(lambda x: signature(images=tf.constant(x))["embedding"].numpy())
embed(images[: 10 * BATCH])
print("ready", flush=True)


def seconds(images):
    start = time.perf_counter()
    embed(images)
    return time.perf_counter() - start


for line in sys.stdin:
    if line.strip() == "one":
        print(*(1e3 * seconds(images[i : i + 1]) for i in range(SINGLE)), flush=True)
    else:
        print(seconds(images), flush=True)
