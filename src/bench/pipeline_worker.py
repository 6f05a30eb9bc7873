"""Batches of JPEG files by tf.data: decoded, resized to 112 x 112 and mirrored at random, an epoch whenever told to.

    pipeline_worker.py make IMAGES N       draws N JPEG files of 160 x 160 first
    pipeline_worker.py IMAGES THREADS      reads lines from standard input, answers each with the seconds of an epoch
"""
import pathlib
import sys
import time

import numpy as np
import tensorflow as tf

if sys.argv[1] == "make":
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:160, 0:160]
    for i in range(int(sys.argv[3])):
        waves = [np.sin(x * a + y * b + c) for a, b, c in rng.uniform(-0.3, 0.3, (3, 3))]
        image = np.clip(127 + 80 * np.stack(waves, -1) + rng.normal(0, 10, (160, 160, 3)), 0, 255)
        (folder / f"{i:05d}.jpg").write_bytes(tf.io.encode_jpeg(image.astype(np.uint8), quality=90).numpy())
    sys.exit()

folder, threads = pathlib.Path(sys.argv[1]), int(sys.argv[2])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)
files = sorted(map(str, folder.iterdir()))


def sample(file, label):
    # Down by less than a half: every pixel is among those that are interpolated, as in ImageFile.
    image = tf.io.decode_jpeg(tf.io.read_file(file), channels=3, dct_method="INTEGER_ACCURATE")
    image = tf.image.resize(image, (112, 112), method="bilinear", antialias=True)
    return tf.cast(tf.image.random_flip_left_right(image) + 0.5, tf.uint8), label


data = (
    tf.data.Dataset.from_tensor_slices((files, [i % 2 for i in range(len(files))]))
    .shuffle(len(files), seed=1)
    .map(sample, num_parallel_calls=threads)
    .batch(128, drop_remainder=True)
    .prefetch(3)
)


def epoch():
    start = time.perf_counter()
    for images, _ in data:
        images.shape
    return time.perf_counter() - start


epoch()
print("ready", flush=True)
for _ in sys.stdin:
    print(epoch(), flush=True)
