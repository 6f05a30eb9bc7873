"""Trains the small CNN, or a model of saved-models, with the article's layer in Keras, an epoch whenever told to.

    keras_worker.py DATA THREADS SAMPLES BATCH [MODEL frozen|train]

Reads lines from standard input; answers each with the seconds that Model.fit took for one epoch.
"""
import gzip
import os
import pathlib
import sys
import time

import numpy as np
import tensorflow as tf

import article_layer

folder, threads, samples, batch = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:5])
saved, mode = (pathlib.Path(sys.argv[5]), sys.argv[6]) if len(sys.argv) > 5 else (None, None)
# Keras trains with the generation that saved the model.
if saved and (saved / "keras_metadata.pb").exists():
    import tf_keras as keras
else:
    keras = tf.keras
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)


def small_cnn(x):
    for filters, pool in (32, False), (32, True), (64, False), (64, True):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        x = keras.layers.MaxPooling2D()(x) if pool else x
    x = keras.layers.Dense(128, use_bias=False)(keras.layers.Flatten()(x))
    return keras.layers.BatchNormalization()(x)


def saved_model():
    """The model of a folder as Keras has it: with its own kernels and gradients, not as a function read back."""
    if keras.__name__ == "tf_keras":
        return keras.models.load_model(saved, compile=False)
    # Keras 3 does not read its exports: the same layers, with the weights of the export.
    sys.path.insert(0, "saved-models")
    import make_models
    build = make_models.mobilenet_v2 if "mobilenet" in str(saved) else make_models.small_cnn
    image = keras.Input((28, 28, 1))
    model = keras.Model(image, build(keras, image))
    # Held, or its variables are deleted under the signature.
    exported = tf.saved_model.load(saved)
    values = {v.name.split(":")[0]: v for v in exported.signatures["serving_default"].variables}
    for variable in model.variables:
        if "seed_generator" not in variable.path:
            variable.assign(values[variable.path])
    return model


def network():
    image, label = keras.Input((28, 28, 1)), keras.Input((10,))
    features = saved_model()(image, training=mode == "train") if saved else small_cnn(image)
    model = keras.Model((image, label), article_layer.arcface(keras)(10)((features, label)))
    options = {} if "JIT" not in os.environ else {"jit_compile": os.environ["JIT"] == "1"}
    model.compile(
        keras.optimizers.Adam(1e-3), keras.losses.CategoricalCrossentropy(from_logits=True), **options)
    return model


def read(name, header):
    return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=header)


# float32 in 0..1 beforehand: faster for Keras than uint8 that the network casts and scales.
images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1)[:samples].astype(np.float32) / 255
labels = keras.utils.to_categorical(read("train-labels-idx1-ubyte.gz", 8)[:samples], 10)
model = network()
few = 10 * batch
model.fit((images[:few], labels[:few]), labels[:few], batch_size=batch, verbose=0)
# Processor time, where asked for, is less disturbed by what else the machine does.
clock = time.process_time if os.environ.get("CLOCK") == "cpu" else time.perf_counter
print("ready", flush=True)
for _ in sys.stdin:
    start = clock()
    model.fit((images, labels), labels, batch_size=batch, epochs=1, verbose=0)
    print(clock() - start, flush=True)
