"""Five steps of SGD from the same trained weights on the same batches, in Java and in Python, with batch norm frozen and
in training mode: for each trained variable the difference over the largest change that it made since the start.

    check_fine_tuning.py CLASSPATH DATA_DIR WORK_DIR [TensorFlow of which models, 2.18 ...]
"""
import gzip
import logging
import os
import pathlib
import shutil
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "saved-models"))
import make_models  # noqa: E402

logging.getLogger("tensorflow").setLevel(logging.ERROR)
classpath, data, work = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
models = pathlib.Path(__file__).parents[3] / "saved-models"
# At a rate of 1e-2 the loss jumps from 5 to 29, and what rounding differs by grows a hundredfold a step.
STEPS, SIZE, SCALE, MARGIN, RATE = 5, 32, 30, 0.5, 1e-3
FROZEN, TRAINING = 1e-3, 5e-3

with gzip.open(data / "train-images-idx3-ubyte.gz") as f:
    images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)[1000:1000 + STEPS * SIZE]
with gzip.open(data / "train-labels-idx1-ubyte.gz") as f:
    labels = np.frombuffer(f.read(), np.uint8, offset=8)[1000:1000 + STEPS * SIZE].astype(np.int32)


def head(features, labels, kernel):
    """The article's layer, on logits: s cos(theta + m) for the label, s cos(theta) elsewhere."""
    cosines = tf.nn.l2_normalize(features, 1) @ tf.nn.l2_normalize(kernel, 0)
    theta = tf.acos(tf.clip_by_value(cosines, -1 + 1e-7, 1 - 1e-7))
    one_hot = tf.one_hot(labels, kernel.shape[1])
    logits = SCALE * (cosines * (1 - one_hot) + tf.cos(theta + MARGIN) * one_hot)
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(one_hot, logits))


def loaded(folder, training):
    """A model's trained variables, all its variables, and its function, without dropout."""
    if (folder / "keras_metadata.pb").exists():
        model = tf_keras.models.load_model(folder)
        return model.trainable_variables, model.variables, without_dropout(model, training)
    saved = tf.saved_model.load(str(folder))
    if training:
        # The exported function drops: the model is built from its code, with the exported values.
        x = keras.Input((28, 28, 1))
        model = keras.Model(x, (make_models.mobilenet_v2 if "mobilenet" in str(folder) else make_models.small_cnn)(keras, x))
        for ours, theirs in zip(model.variables, saved.variables, strict=True):
            ours.assign(theirs)
        return [v.value for v in model.trainable_variables], [v.value for v in model.variables], without_dropout(model, True)
    return saved.trainable_variables, saved.variables, lambda *x, kept=saved: kept.serve(*x) if len(x) == 1 else kept.serve(list(x))


def without_dropout(model, training):
    for layer in model.layers:
        if "dropout" in layer.name:
            layer.rate = 0
    return lambda *x: model(list(x) if len(x) > 1 else x[0], training=training)


def java(name, layer, mode, first, gradient, out):
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run(["java", "-cp", classpath, "org.marginsoftmax.run.FineTuningSteps", models / name / "model", layer, mode,
                    first, gradient, str(RATE), work / "images.npy", work / "labels.npy", str(SIZE), out], check=True,
                   stdout=subprocess.DEVNULL)
    return np.load(out / "centers.npy").T


def compare(name, layer, mode, two_inputs, gradient="exact"):
    """The worst variable: its difference over its largest change."""
    folder, out = models / name / "model", work / f"{name}-{mode}-{gradient}"
    size = None if two_inputs else features(loaded(folder, False)[2])
    trained, variables, function = loaded(folder, mode == "train")
    before = [v.numpy() for v in variables]
    if two_inputs:
        first, kernel = folder, None
    else:
        first = work / f"centers-{size}.npy"
        kernel = tf.Variable(np.load(first).T)
        trained = list(trained) + [kernel]
        kernel_before = kernel.numpy()
    for step in range(STEPS):
        x = tf.constant(images[step * SIZE:(step + 1) * SIZE].astype(np.float32) * np.float32(1 / 255))
        y = labels[step * SIZE:(step + 1) * SIZE]
        with tf.GradientTape() as tape:
            if two_inputs:
                p = function(x, tf.one_hot(y, 10))
                p = p[0] if isinstance(p, (list, tuple)) else p
                loss = -tf.reduce_mean(tf.math.log(tf.reduce_sum(p * tf.one_hot(y, 10), 1)))
            else:
                f = function(x)
                f = f[0] if isinstance(f, (list, tuple)) else next(iter(f.values())) if isinstance(f, dict) else f
                loss = head(f, y, kernel)
        for variable, slope in zip(trained, tape.gradient(loss, trained)):
            variable.assign_sub(RATE * slope)
    centers = java(name, layer, mode, first, gradient, out)
    theirs = loaded(out / "model", False)[1]
    worst = (0, "")
    names = [getattr(v, "path", v.name) for v in variables]
    rows = list(zip(names, variables, theirs, before, strict=True))
    if two_inputs:
        index = next(i for i, n in enumerate(names) if "probabilities" in n)
        rows[index] = (names[index], variables[index], centers, before[index])
    else:
        rows.append(("centers", kernel, centers, kernel_before))
    for variable, mine, other, start in rows:
        mine, other = np.asarray(mine), np.asarray(other)
        if np.issubdtype(mine.dtype, np.floating):
            change = np.abs(mine - start).max()
            assert change > 0 or (mode == "frozen" and "moving" in variable), f"{name}: {variable} did not move"
            # An ulp a step is what float32 rounds: all that a shift moves whose gradient is 0, before another batch norm.
            rounding = STEPS * np.finfo(np.float32).eps * np.abs(start).max()
            worst = max(worst, (max(np.abs(mine - other).max() - rounding, 0) / max(change, 1e-12), variable))
    return worst


def features(function):
    """D; writes class centres to begin with, the means of the classes."""
    f = function(tf.constant(images.astype(np.float32) * np.float32(1 / 255)))
    f = f[0] if isinstance(f, (list, tuple)) else next(iter(f.values())) if isinstance(f, dict) else f
    unit = tf.nn.l2_normalize(f, 1).numpy()
    np.save(work / f"centers-{f.shape[1]}.npy", np.stack([unit[labels == c].mean(0) for c in range(10)]))
    return f.shape[1]


work.mkdir(parents=True, exist_ok=True)
np.save(work / "images.npy", images)
np.save(work / "labels.npy", labels)
newest = [("article-keras3-tf2.21", "features", "frozen", True),
          ("article-backbone-keras3-tf2.21-train", "-", "train", False)]
cases = [("article-keras2-tf2.18", "features", "frozen", True),
         ("article-keras3-tf2.18", "features", "frozen", True),
         ("article-backbone-keras2-tf2.18", "-", "train", False),
         ("mobilenet-v2-keras2", "-", "frozen", False),
         ("mobilenet-v2-keras2", "-", "train", False),
         ("mobilenet-v2-keras3", "-", "frozen", False),
         ("mobilenet-v2-keras3-train", "-", "train", False)] + newest
passed = failed = 0
for case in cases:
    limit = FROZEN if case[2] == "frozen" else TRAINING
    error, variable = compare(*case)
    ok = error <= limit
    passed, failed = passed + ok, failed + (not ok)
    print(f"{case[0]}, batch norm {case[2]}: {error:.2e} at {variable}, at most {limit:g}: {'ok' if ok else 'FAILED'}", flush=True)
# A wrong gradient, that of s cos(theta), has to show.
error, variable = compare(*cases[0], gradient="detached")
wrong = error > 10 * FROZEN
passed, failed = passed + wrong, failed + (not wrong)
print(f"a wrong gradient: {error:.2e} at {variable}: {'seen' if wrong else 'NOT SEEN'}")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
