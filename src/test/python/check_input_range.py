"""Makes models with every form of preprocessing that exporters write, and compares the range of the pixels that Java finds
in them with the one they were made for, and the features of a photograph-like image in that range.

    check_input_range.py CLASSPATH FOLDER [PATTERN]
"""
import contextlib
import io
import json
import logging
import os
import pathlib
import re
import shutil
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras as keras3  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras as keras2  # noqa: E402

logging.getLogger("tensorflow").setLevel(logging.ERROR)
classpath, folder = sys.argv[1], pathlib.Path(sys.argv[2])
pattern = sys.argv[3] if len(sys.argv) > 3 else ""

BYTES, UNIT, SIGNED, WORDS = "0..255", "0..1", "-1..1", "0..65535"
ASSUMED, UNKNOWN = "assumed", "unknown"
IMAGENET_MEAN, IMAGENET_DEVIATION = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
CAFFE = np.float32([103.939, 116.779, 123.68])
SIZE = 32
rows, columns = np.mgrid[0:SIZE, 0:SIZE] / SIZE
random = np.random.default_rng(1)
photo = np.stack([0.5 + 0.4 * np.sin(5 * rows + 3 * columns + shift) for shift in (0, 1, 2)], axis=-1)
PIXELS = np.clip(255 * photo + random.normal(0, 12, photo.shape), 0, 255).round().astype(np.float32)[None]


def ways(k):
    """Name: (layers from pixels to the first weights, range they are made for[, type of the input])."""
    layers, applications = k.layers, k.applications
    three = k is keras3

    def function(f):
        return lambda: layers.Lambda(f)

    def adapted(values, **options):
        layer = layers.Normalization(**{"axis": -1, **options})
        layer.adapt(values)
        return layer

    def norm(mean, variance, layer=layers.BatchNormalization, **options):
        def make():
            made = layer(**options)
            made.build((None, SIZE, SIZE, 3))
            for variable in made.weights:
                if "mean" in variable.name:
                    variable.assign(mean * np.ones(variable.shape))
                if "variance" in variable.name:
                    variable.assign(variance * np.ones(variable.shape))
                if "gamma" in variable.name:
                    variable.assign(np.float32([0.8, 1.3, 0.9]))
                if "beta" in variable.name:
                    variable.assign(np.float32([0.3, -0.2, 0.1]))
            return made
        return make

    def chain(*makers):
        def make():
            made = [maker() for maker in makers]

            def through(x):
                for layer in made:
                    x = layer(x)
                return x
            return through
        return make

    many = np.repeat(PIXELS, 4, axis=0) * np.float32([1, 0.9, 0.8])
    mean, deviation = IMAGENET_MEAN, IMAGENET_DEVIATION
    R = layers.Rescaling
    found = {
        "nothing": (lambda: lambda x: x, ASSUMED),
        "rescaling-255": (lambda: R(1 / 255), BYTES),
        "rescaling-256": (lambda: R(1 / 256), BYTES),
        "rescaling-127.5-1": (lambda: R(1 / 127.5, -1), BYTES),
        "rescaling-by-channel": (lambda: R([1 / 255, 1 / 250, 1 / 260], [-0.1, -0.2, -0.3]), BYTES),
        "rescaling-2-1": (lambda: R(2.0, -1), UNIT),
        "rescaling-times-255": (lambda: R(255.0), UNIT),
        "rescaling-signed-to-bytes": (lambda: R(127.5, 127.5), SIGNED),
        "rescaling-signed-to-unit": (lambda: R(0.5, 0.5), SIGNED),
        "rescaling-1": (lambda: R(1.0), ASSUMED),
        "rescaling-2": (lambda: R(2.0), UNKNOWN),
        "rescaling-0.1": (lambda: R(0.1), UNKNOWN),
        "rescaling-16-bit": (lambda: R(1 / 65535), UNKNOWN),
        "rescaling-half": (lambda: R(1.0, 0.5), UNKNOWN),
        "two-rescalings": (chain(lambda: R(1 / 255), lambda: R(2.0, -1)), BYTES),
        "unit-then-caffe": (chain(lambda: R(255.0), function(lambda t: t[..., ::-1] - CAFFE)), UNIT),
        "signed-then-caffe": (chain(lambda: R(127.5, 127.5), function(lambda t: t[..., ::-1] - CAFFE)), SIGNED),
        "signed-then-torch": (function(lambda t: ((t + 1) / 2 - mean) / deviation), SIGNED),
        "t*2-1": (function(lambda t: t * 2 - 1), UNIT),
        "(t-0.5)*2": (function(lambda t: (t - 0.5) * 2), UNIT),
        "(t-0.5)/0.5": (function(lambda t: (t - 0.5) / 0.5), UNIT),
        "t-0.5": (function(lambda t: t - 0.5), UNIT),
        "1-t": (function(lambda t: 1 - t), UNIT),
        "-t+1": (function(lambda t: -t + 1), UNIT),
        "t/255": (function(lambda t: t / 255), BYTES),
        "t/255-0.5": (function(lambda t: t / 255 - 0.5), BYTES),
        "1-t/255": (function(lambda t: 1 - t / 255), BYTES),
        "255-t": (function(lambda t: 255 - t), BYTES),
        "(t-127.5)/127.5": (function(lambda t: (t - 127.5) / 127.5), BYTES),
        "(t-128)/128": (function(lambda t: (t - 128) / 128), BYTES),
        "t-128": (function(lambda t: t - 128), BYTES),
        "t*0.017": (function(lambda t: (t - CAFFE) * 0.017), BYTES),
        "by-hand-torch": (function(lambda t: (t - mean) / deviation), UNIT),
        "by-hand-torch-255": (function(lambda t: (t / 255 - mean) / deviation), BYTES),
        "by-hand-torch-bytes": (function(lambda t: (t - mean * 255) / (deviation * 255)), BYTES),
        "sqrt": (function(lambda t: tf.sqrt(t / 255 + 1e-3)), BYTES),
        "log1p": (function(lambda t: tf.math.log(t + 1)), UNKNOWN),
        "power": (function(lambda t: (t / 255) ** 2.2), BYTES),
        "clip-255": (function(lambda t: tf.clip_by_value(t, 0, 255)), BYTES),
        "clip-1": (function(lambda t: tf.clip_by_value(t, 0, 1)), UNIT),
        "clip-signed": (function(lambda t: tf.clip_by_value(t, -1, 1)), SIGNED),
        "clip-then-caffe": (function(lambda t: tf.minimum(tf.maximum(t, 0), 255) - CAFFE), BYTES),
        "to-uint8-and-back": (function(lambda t: tf.cast(tf.cast(t, tf.uint8), tf.float32) / 255), BYTES),
        "split": (function(lambda t: tf.concat([c - m for c, m in zip(tf.split(t, 3, -1)[::-1], CAFFE)], -1)), BYTES),
        "unstack": (function(lambda t: tf.stack([c - m for c, m in zip(tf.unstack(t, axis=-1), CAFFE)], -1)), BYTES),
        "unstack-torch": (function(lambda t: tf.stack(
            [(c - m) / d for c, m, d in zip(tf.unstack(t, axis=-1), IMAGENET_MEAN, IMAGENET_DEVIATION)], -1)), UNIT),
        "slices": (function(lambda t: tf.concat([t[..., i:i + 1] - CAFFE[i] for i in (2, 1, 0)], -1)), BYTES),
        "gathered": (function(lambda t: tf.gather(t, [2, 1, 0], axis=-1) - CAFFE), BYTES),
        "reversed": (function(lambda t: tf.reverse(t, [-1]) - CAFFE), BYTES),
        "bias-add": (function(lambda t: tf.nn.bias_add(t, -CAFFE)), BYTES),
        "transposed": (function(lambda t: tf.transpose(tf.transpose(t, [0, 3, 1, 2]) / 255, [0, 2, 3, 1])), BYTES),
        "reshaped": (function(lambda t: tf.reshape(tf.reshape(t, [-1, SIZE * SIZE * 3]) - 127.5, [-1, SIZE, SIZE, 3])), BYTES),
        "squeezed": (function(lambda t: tf.squeeze(tf.expand_dims(t, 1) * 2 - 1, 1)), UNIT),
        "padded": (function(lambda t: tf.pad(t, [[0, 0], [2, 2], [2, 2], [0, 0]]) / 255), BYTES),
        "zero-padding": (chain(lambda: layers.ZeroPadding2D(2), lambda: R(1 / 255)), BYTES),
        "pool-first": (chain(lambda: layers.AveragePooling2D(2), lambda: R(2.0, -1)), UNIT),
        "resized": (function(lambda t: tf.image.resize(t, [24, 24]) / 127.5 - 1), BYTES),
        "resized-bicubic": (function(lambda t: tf.image.resize(t, [24, 24], "bicubic") * 2 - 1), UNIT),
        "resizing-layer": (chain(lambda: layers.Resizing(24, 24), lambda: R(1 / 255)), BYTES),
        "center-crop": (chain(lambda: layers.CenterCrop(24, 24), lambda: R(2.0, -1)), UNIT),
        "identity": (function(lambda t: tf.identity(tf.stop_gradient(t)) / 255), BYTES),
        "grey": (function(lambda t: tf.image.rgb_to_grayscale(t) / 255), BYTES),
        "grey-mean": (function(lambda t: tf.reduce_mean(t, -1, keepdims=True) - 0.5), UNIT),
        "standardised": (function(tf.image.per_image_standardization), UNIT),
        "standardised-255": (function(lambda t: tf.image.per_image_standardization(t / 255)), BYTES),
        "largest": (function(lambda t: t / (tf.reduce_max(t, [1, 2, 3], keepdims=True) + 1e-6)), UNIT),
        "less-mean": (function(lambda t: (t - tf.reduce_mean(t, [1, 2], keepdims=True)) / 255), BYTES),
        "less-pool": (function(lambda t: (t - tf.nn.avg_pool2d(t, 3, 1, "SAME")) / 255), UNKNOWN),
        "log1p-alone": (function(lambda t: tf.math.log1p(t)), UNKNOWN),
        "tanh": (function(lambda t: tf.tanh(t)), UNKNOWN),
        "threshold-128": (function(lambda t: tf.where(t > 128, 1.0, 0.0)), UNKNOWN),
        "threshold-half": (function(lambda t: tf.cast(t > 0.5, tf.float32)), UNKNOWN),
        "if-bytes": (function(lambda t: tf.cond(tf.reduce_max(t) > 1, lambda: t / 255, lambda: t * 1.0)), BYTES),
        "fake-quant-255": (function(lambda t: tf.quantization.fake_quant_with_min_max_args(t, 0, 255)), BYTES),
        "fake-quant-1": (function(lambda t: tf.quantization.fake_quant_with_min_max_args(t, 0, 1)), UNIT),
        "(t+128)/255": (function(lambda t: (t + 128) / 255), UNKNOWN),
        "add-n": (function(lambda t: tf.add_n([t / 255, -0.5 * tf.ones_like(t)])), BYTES),
        "uint16-converted": (function(lambda t: tf.image.convert_image_dtype(t, tf.float32)), WORDS, "uint16"),
        "uint16-plain": (function(lambda t: tf.cast(t, tf.float32) / 255), BYTES, "uint16"),
        "int16-converted": (function(lambda t: tf.image.convert_image_dtype(t, tf.float32)), UNKNOWN, "int16"),
        "two-ways": (lambda: lambda x: layers.Concatenate()([R(1 / 255)(x), R(1 / 127.5, -1)(x)]), BYTES),
        "two-ways-apart": (lambda: lambda x: layers.Add()(
            [layers.Conv2D(3, 1)(R(1 / 255)(x)), layers.Conv2D(3, 1)(R(2.0, -1)(x))]), UNKNOWN),
        "by-a-switch": (function(lambda t: tf.cond(tf.shape(t)[1] > 16, lambda: t / 255, lambda: t / 255 - 0.1)), BYTES),
        "where": (function(lambda t: tf.where(tf.shape(t)[1] > 16, t * 2 - 1, t * 2 - 1.1)), UNIT),
        "variable": (function(lambda t: t * 1.0), ASSUMED),
        "normalization-unit": (lambda: layers.Normalization(mean=IMAGENET_MEAN, variance=IMAGENET_DEVIATION ** 2), UNIT),
        "normalization-bytes": (lambda: layers.Normalization(mean=CAFFE, variance=[3300.0, 3200.0, 3300.0]), BYTES),
        "normalization-0.3": (lambda: layers.Normalization(mean=0.3, variance=0.1, axis=None), UNIT),
        "normalization-5": (lambda: layers.Normalization(mean=5.0, variance=25.0, axis=None), UNKNOWN),
        "normalization-none": (lambda: layers.Normalization(mean=0.0, variance=1.0, axis=None), ASSUMED),
        "adapted-unit": (lambda: adapted(many / 255), UNIT),
        "adapted-bytes": (lambda: adapted(many), BYTES),
        "adapted-bytes-each-pixel": (lambda: adapted(many + random.normal(0, 9, many.shape), axis=(1, 2, 3)), BYTES),
        "adapted-unit-all": (lambda: adapted(many / 255, axis=None), UNIT),
        "rescaled-adapted": (chain(lambda: R(1 / 255), lambda: adapted(many / 255)), BYTES),
        "batch-norm-bytes": (norm(120.0, 3600.0), BYTES),
        "batch-norm-unit": (norm(0.45, 0.06), UNIT),
        "batch-norm-unscaled": (norm(110.0, 4000.0, scale=False, center=False), BYTES),
        "batch-norm-fresh": (norm(0.0, 1.0, scale=False, center=False), ASSUMED),
        "batch-norm-after": (chain(lambda: R(1 / 255), norm(0.45, 0.06)), BYTES),
        "layer-norm": (lambda: layers.LayerNormalization(axis=[1, 2, 3]), UNIT),
        "uint8": (function(lambda t: tf.cast(t, tf.float32) / 255), BYTES, "uint8"),
        "uint8-plain": (function(lambda t: tf.cast(t, tf.float32)), BYTES, "uint8"),
        "uint8-converted": (function(lambda t: tf.image.convert_image_dtype(t, tf.float32)), BYTES, "uint8"),
        "uint8-rescaling": (lambda: R(1 / 127.5, -1), BYTES, "uint8"),
        "int32": (function(lambda t: tf.cast(t, tf.float32) / 255), BYTES, "int32"),
        "float16": (function(lambda t: tf.cast(t, tf.float32) * 2 - 1), UNIT, "float16"),
        "float16-255": (function(lambda t: tf.cast(t / 255, tf.float32)), BYTES, "float16"),
        "float64": (function(lambda t: tf.cast(t / 127.5 - 1, tf.float32)), BYTES, "float64"),
        "to-uint8-of-unit": (function(lambda t: tf.cast(tf.image.convert_image_dtype(t, tf.uint8), tf.float32) / 255), UNIT),
        "converted-and-back": (function(lambda t: tf.image.convert_image_dtype(
            tf.image.convert_image_dtype(t, tf.uint8, saturate=True), tf.float32)), UNIT),
    }
    for mode, wanted in (("tf", BYTES), ("caffe", BYTES), ("torch", BYTES)):
        def preprocess(x, mode=mode):
            return applications.imagenet_utils.preprocess_input(x, mode=mode)
        found["imagenet-" + mode] = (lambda p=preprocess: p, wanted)
        found["imagenet-" + mode + "-lambda"] = (function(preprocess), wanted)
    for name, wanted in {"resnet": BYTES, "resnet_v2": BYTES, "vgg16": BYTES, "vgg19": BYTES, "densenet": BYTES,
                         "mobilenet": BYTES, "mobilenet_v2": BYTES, "mobilenet_v3": ASSUMED, "inception_v3": BYTES, "inception_resnet_v2": BYTES,
                         "xception": BYTES, "nasnet": BYTES, "efficientnet": ASSUMED, "efficientnet_v2": ASSUMED,
                         "convnext": ASSUMED}.items():
        found["preprocess-" + name] = (lambda m=name: getattr(applications, m).preprocess_input, wanted)

    def built_in(name, depth):
        def make():
            options = {"include_top": False, "weights": None, "input_shape": (SIZE, SIZE, 3)}
            whole = getattr(applications, name)(**options)
            return k.Model(whole.input, whole.layers[depth].output)
        return make
    for name, depth in {"EfficientNetB0": 6, "EfficientNetV2B0": 4, "MobileNetV3Small": 4}.items():
        found["built-in-" + name] = (built_in(name, depth), BYTES)
    random_layers = {
        "flip": lambda: layers.RandomFlip(seed=1), "rotation": lambda: layers.RandomRotation(0.1, seed=1),
        "zoom": lambda: layers.RandomZoom(0.2, seed=1), "translation": lambda: layers.RandomTranslation(0.1, 0.1, seed=1),
        "contrast": lambda: layers.RandomContrast(0.2, seed=1), "brightness": lambda: layers.RandomBrightness(0.2, seed=1),
        "crop": lambda: layers.RandomCrop(24, 24, seed=1)}
    for name, make in random_layers.items():
        found["random-" + name] = (chain(make, lambda: R(1 / 255)), BYTES)
        found["random-" + name + "-after"] = (chain(lambda: R(1 / 127.5, -1), make), BYTES)
    found["random-all"] = (chain(*[m for n, m in random_layers.items() if n != "crop"], lambda: R(1 / 255)), BYTES)
    if three:
        found["group-norm"] = (lambda: layers.GroupNormalization(3), UNIT)
        found["random-unit"] = (chain(lambda: layers.RandomBrightness(0.2, value_range=(0, 1)), lambda: R(2.0, -1)), UNIT)
    return {name: way if len(way) == 3 else (*way, "float32") for name, way in found.items()}


def model(k, make, dtype):
    x = images = k.Input((SIZE, SIZE, 3), dtype=dtype, name="images")
    x = make()(x)
    if x is images and dtype != "float32":
        x = k.layers.Lambda(lambda t: tf.cast(t, tf.float32))(x)
    x = k.layers.Conv2D(4, 3, strides=2, activation="relu")(x)
    x = k.layers.GlobalAveragePooling2D()(x)
    return k.Model(images, k.layers.Dense(8)(x))


def write(k, made, target, training):
    if k is keras2:
        made.save(target, save_format="tf", include_optimizer=False)
    elif training is None:
        made.export(target, verbose=False)
    else:
        archive = keras3.export.ExportArchive()
        archive.track(made)
        spec = [tf.TensorSpec((None, SIZE, SIZE, 3), made.inputs[0].dtype, name="images")]
        archive.add_endpoint("serve", lambda x: made(x, training=training), spec)
        archive.write_out(target, verbose=False)


shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
expected = {}
for generation, k in (("keras2", keras2), ("keras3", keras3)):
    for name, (make, wanted, dtype) in ways(k).items():
        endpoints = {"": False} if k is keras3 else {"": None}
        if k is keras3 and name.startswith("random"):
            endpoints = {"": False, "-export": None, "-training": True}
        for ending, training in endpoints.items():
            full = f"{generation}-{name}{ending}".replace("/", "over")
            if re.search(pattern, full) and not (k is keras2 and name.endswith("-lambda")):
                k.utils.set_random_seed(3)
                with contextlib.redirect_stdout(io.StringIO()):
                    write(k, model(k, make, dtype), folder / full, training)
                expected[full] = wanted
np.save(folder / "pixels.npy", PIXELS)
print(f"{len(expected)} models made", flush=True)
lines = subprocess.run(
    ["java", "-XX:+UseSerialGC", "-cp", classpath, "org.marginsoftmax.keras.PixelRanges", folder], check=True,
    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
failed = 0
scaled = {BYTES: PIXELS, UNIT: PIXELS / 255, SIGNED: PIXELS / np.float32(127.5) - 1, ASSUMED: PIXELS / 255,
          WORDS: PIXELS * 257}
for line in lines:
    answer = json.loads(line)
    name = answer["model"]
    wanted = expected.pop(name)
    found = ASSUMED if answer.get("assumed") else answer.get("range", answer.get("refused"))
    problem = "" if found == wanted else f"expected {wanted}"
    if "features" not in answer and wanted != UNKNOWN:
        problem += f" no features: {answer.get('refused')}"
    draws = name.endswith("-training") or name.endswith("-export")
    if draws and not any("random" in warning for warning in answer["warnings"]):
        problem += " no word of random numbers"
    if not draws and answer["warnings"]:
        problem += " a warning for nothing"
    if not problem and wanted != UNKNOWN and not draws:
        serve = tf.saved_model.load(folder / name).signatures["serving_default"]
        dtype = next(iter(serve.structured_input_signature[1].values())).dtype
        python = next(iter(serve(images=tf.cast(tf.constant(scaled[wanted]), dtype)).values())).numpy()[0]
        distance = np.abs(python - np.float32(answer["features"])).max() / np.abs(python).max()
        if not distance <= (2e-3 if dtype == tf.float16 else 1e-4):
            problem = f"features off by {distance:.2g}"
    if problem:
        failed += 1
        print(f"{name}: {found}: {problem}: {answer.get('reason')} {answer.get('warnings')}")
print(f"{len(lines) - failed} passed, {failed} failed, {len(expected)} without answer: {sorted(expected)}")
sys.exit(1 if failed or expected else 0)
