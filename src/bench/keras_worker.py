"""Trains the small CNN with the article's layer in tf.keras, an epoch whenever told to.

Reads lines from standard input; answers each with the seconds that Model.fit took for one epoch.
"""
import gzip
import pathlib
import sys
import time

import numpy as np
import tensorflow as tf

folder, threads, samples, batch = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)


class ArcFace(tf.keras.layers.Layer):
    """The article's layer: (features, one-hot labels) to logits, m 0.5, s 30."""

    def __init__(self, classes, margin=0.5, scale=30.0):
        super().__init__()
        self.classes, self.margin, self.scale = classes, margin, scale

    def build(self, shapes):
        self.kernel = self.add_weight(
            shape=(shapes[0][-1], self.classes), initializer="glorot_uniform", name="kernel")

    def call(self, inputs):
        features, labels = inputs
        cosines = tf.matmul(tf.nn.l2_normalize(features, 1), tf.nn.l2_normalize(self.kernel, 0))
        theta = tf.acos(tf.clip_by_value(cosines, -1 + 1e-7, 1 - 1e-7))
        target = tf.cos(theta + self.margin)
        return self.scale * (labels * target + (1 - labels) * cosines)


def network():
    image, label = tf.keras.Input((28, 28, 1)), tf.keras.Input((10,))
    x = image
    for filters, pool in (32, False), (32, True), (64, False), (64, True):
        x = tf.keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = tf.keras.layers.ReLU()(tf.keras.layers.BatchNormalization()(x))
        x = tf.keras.layers.MaxPooling2D()(x) if pool else x
    x = tf.keras.layers.Dense(128, use_bias=False)(tf.keras.layers.Flatten()(x))
    logits = ArcFace(10)((tf.keras.layers.BatchNormalization()(x), label))
    model = tf.keras.Model((image, label), logits)
    model.compile(tf.keras.optimizers.Adam(1e-3), tf.keras.losses.CategoricalCrossentropy(from_logits=True))
    return model


def read(name, header):
    return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=header)


# float32 in 0..1 beforehand: faster for Keras than uint8 that the network casts and scales.
images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1)[:samples].astype(np.float32) / 255
labels = tf.keras.utils.to_categorical(read("train-labels-idx1-ubyte.gz", 8)[:samples], 10)
model = network()
few = 10 * batch
model.fit((images[:few], labels[:few]), labels[:few], batch_size=batch, verbose=0)
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    model.fit((images, labels), labels, batch_size=batch, epochs=1, verbose=0)
    print(time.perf_counter() - start, flush=True)
