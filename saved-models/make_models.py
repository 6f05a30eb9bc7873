"""Makes the SavedModels of this folder, trained on Fashion-MNIST, with inputs and what Python answers to them.

    make_models.py NAME             makes one, with the Python of its versions (the script make finds it)
    make_models.py --list           what can be made: some names make several folders
    make_models.py --version NAME   the TensorFlow that it is to be made with
"""
import functools
import gzip
import pathlib
import shutil
import sys

OLD, NEW = "2.18.1", "2.21.0"
HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "fashion-mnist"
OTHERS = ("tf1-resource-False", "tf1-partitioned-resource-False", "tf1-scalar-kind-training", "tf1-frozen",
          "saved-model-save-kit-keras3", "module-without-a-signature", "frozen-recurrent-kit-keras3-kind-lstm")
RECIPES = {}  # name: (version of TensorFlow, generation of Keras, function)


def recipe(name, version, generation, *arguments):
    """Registers a function of the module keras that makes the folder NAME and perhaps more."""
    def register(make):
        RECIPES[name] = version, generation, functools.partial(make, *arguments) if arguments else make
        return make
    return register


# ---- data

def pixels(part, count=None):
    """Fashion-MNIST as bytes, N x 28 x 28 x 1."""
    data = np.frombuffer(gzip.decompress((DATA / f"{part}-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    return data.reshape(-1, 28, 28, 1)[:count]


def images(part, count=None):
    """As float32 in 0..1."""
    return pixels(part, count).astype(np.float32) / 255


def coloured(values):
    """28 x 28 x 1 on black 32 x 32 x 3."""
    return np.repeat(np.pad(values, ((0, 0), (2, 2), (2, 2), (0, 0))), 3, axis=3)


def labels(part):
    return np.frombuffer(gzip.decompress((DATA / f"{part}-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)


def one_hot(values):
    return np.eye(10, dtype=np.float32)[values]


# ---- training and writing

def train(keras, inputs, outputs, x, y, loss, epochs=1):
    """Fits a model of its own, so that the one to be saved carries no loss and no optimizer."""
    trainer = keras.Model(inputs, outputs)
    options = {} if generation(keras) == "keras2" else {"jit_compile": False}
    trainer.compile(keras.optimizers.Adam(1e-3), loss, **options)
    trainer.fit(x, y, batch_size=128, epochs=epochs, verbose=2)


def train_softmax(keras, inputs, features, x, y, classes=10, epochs=1):
    logits = keras.layers.Dense(classes, name="classes")(features)
    train(keras, inputs, logits, x, y, keras.losses.SparseCategoricalCrossentropy(from_logits=True), epochs)


def generation(keras):
    return "keras2" if keras.__name__ == "tf_keras" else "keras3"


def empty(name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def save(keras, model, name, io):
    """Writes a model as its generation of Keras does; io: {signature: {input: array}}."""
    folder = empty(name)
    if generation(keras) == "keras2":
        model.save(folder / "model", save_format="tf", include_optimizer=False)
    else:
        model.export(folder / "model", verbose=False)
    answer(name, io)


def save_endpoints(keras, model, name, endpoints, io):
    """Writes functions of a Keras 3 model; endpoints: {signature: (function, its arguments' specs)}."""
    folder = empty(name)
    archive = keras.export.ExportArchive()
    archive.track(model)
    for signature, (function, specs) in endpoints.items():
        archive.add_endpoint(signature, function, specs)
    archive.write_out(folder / "model", verbose=False)
    answer(name, io)


def write(folder, arrays):
    for key, value in arrays.items():
        file = folder / (key.removesuffix(":0") + ".npy")
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, np.ascontiguousarray(value))


def run(function, variables):
    """What a function returns, and those variables that it changed, as they are then."""
    before = {variable.name: variable.numpy() for variable in variables}
    outputs = function()
    return outputs, {v.name: v.numpy() for v in variables if not np.array_equal(v.numpy(), before[v.name])}


def answer(name, io):
    """Writes the inputs and what the folder, read back, answers to them."""
    for signature, inputs in io.items():
        # Loaded anew for each: a signature may change variables, and what it leaves is written too.
        loaded = tf.saved_model.load(HERE / name / "model")
        function = loaded.signatures[signature]
        assert function.structured_input_signature[1].keys() == inputs.keys(), function.structured_input_signature
        outputs, changed = run(
            lambda: function(**{key: tf.constant(value) for key, value in inputs.items()}), function.variables)
        folder = HERE / name / "io" / signature
        write(folder / "inputs", inputs)
        write(folder / "outputs", outputs)
        write(folder / "changed", changed)
    size = sum(file.stat().st_size for file in (HERE / name).rglob("*") if file.is_file())
    print(f"{name}: {size / 1e3:.0f} kB", flush=True)


def answer_training(name):
    """The same for training=True, which a folder of Keras 2 has beside its signature; of one input, without dropout."""
    loaded = tf.saved_model.load(HERE / name / "model")
    (inputs,) = (HERE / name / "io" / "serving_default" / "inputs").iterdir()
    (output,) = loaded.signatures["serving_default"].structured_outputs
    result, changed = run(lambda: loaded(tf.constant(np.load(inputs)), training=True), loaded.variables)
    write(HERE / name / "training" / "outputs", {output: result})
    write(HERE / name / "training" / "changed", changed)


# ---- the article's network

def small_cnn(keras, x):
    layers = keras.layers
    for index, filters in enumerate((16, 16, 32, 32), 1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{index}")(x)
        x = layers.BatchNormalization(name=f"norm{index}")(x)
        x = layers.ReLU(name=f"relu{index}")(x)
        if index % 2 == 0:
            x = layers.MaxPooling2D(name=f"pool{index}")(x)
    x = layers.Dense(64, use_bias=False, name="embedding")(layers.Flatten(name="flatten")(x))
    return layers.BatchNormalization(name="features")(x)


def article_head(keras):
    @keras.saving.register_keras_serializable("article")
    class ArcFace(keras.layers.Layer):
        """(features, one-hot labels) to probabilities: s cos(theta + m) for the label, s cos(theta) for the others."""

        def __init__(self, classes, margin=0.5, scale=30.0, **options):
            super().__init__(**options)
            self.classes, self.margin, self.scale = classes, margin, scale

        def build(self, shapes):
            self.kernel = self.add_weight(
                shape=(shapes[0][-1], self.classes), initializer="glorot_uniform", name="kernel")
            super().build(shapes)

        def call(self, inputs):
            features, hot = inputs
            cosine = tf.matmul(tf.math.l2_normalize(features, axis=1), tf.math.l2_normalize(self.kernel, axis=0))
            theta = tf.acos(tf.clip_by_value(cosine, -1 + 1e-7, 1 - 1e-7))
            logits = hot * tf.cos(theta + self.margin) + (1 - hot) * cosine
            return tf.nn.softmax(self.scale * logits)

        def compute_output_shape(self, shapes):
            return shapes[1]

        def get_config(self):
            return {**super().get_config(), "classes": self.classes, "margin": self.margin, "scale": self.scale}

    return ArcFace


@recipe("article-keras2-tf2.18", OLD, 2, "keras2-tf2.18")
@recipe("article-keras3-tf2.18", OLD, 3, "keras3-tf2.18")
@recipe("article-keras2-tf2.21", NEW, 2, "keras2-tf2.21")
@recipe("article-keras3-tf2.21", NEW, 3, "keras3-tf2.21")
def article(versions, keras):
    x, y = images("train", 51200), one_hot(labels("train")[:51200])
    pictures = keras.Input((28, 28, 1), name="images")
    hot = keras.Input((10,), name="labels")
    features = small_cnn(keras, pictures)
    probabilities = article_head(keras)(10, name="probabilities")([features, hot])
    # Not Keras' own: clipped at 1e-7 it has no gradient for what is far off, as everything is at the start.
    train(keras, [pictures, hot], probabilities, [x, y], y,
          lambda true, found: -tf.math.log(tf.reduce_sum(true * found, 1) + 1e-37))
    some = images("t10k", 8)
    save(keras, keras.Model([pictures, hot], probabilities, name="article"), f"article-{versions}",
         {"serving_default": {"images": some, "labels": one_hot(labels("t10k")[:8])}})
    backbone = keras.Model(pictures, features, name="backbone")
    save(keras, backbone, f"article-backbone-{versions}", {"serving_default": {"images": some}})
    if generation(keras) == "keras2":
        answer_training(f"article-backbone-{versions}")
    if versions == "keras3-tf2.21":
        save_both_modes(keras, backbone, f"article-backbone-{versions}-train", some)


def save_both_modes(keras, model, name, some):
    """Batch norm and dropout as when training under the signature train, beside the ones for serving."""
    spec = [tf.TensorSpec((None, *some.shape[1:]), tf.float32, "images")]
    save_endpoints(
        keras, model, name,
        {"serve": (lambda images: model(images, training=False), spec),
         "train": (lambda images: model(images, training=True), spec)},
        {signature: {"images": some} for signature in ("serving_default", "serve", "train")})


@recipe("softmax-0-4", NEW, 3, "")
@recipe("softmax-0-4-keras2", OLD, 2, "-keras2")
def softmax_0_4(suffix, keras):
    """Knows the first five classes only: what a fine-tuning starts from."""
    x, y = images("train"), labels("train")
    x, y = x[y < 5][:24000], y[y < 5][:24000]
    pictures = keras.Input((28, 28, 1), name="images")
    features = small_cnn(keras, pictures)
    train_softmax(keras, pictures, features, x, y, classes=5, epochs=3)
    model = keras.Model(pictures, features, name="backbone")
    save(keras, model, "softmax-0-4" + suffix, {"serving_default": {"images": images("t10k", 8)}})
    if suffix:
        answer_training("softmax-0-4-keras2")


# ---- other backbones

def mobilenet_v2(keras, x):
    layers = keras.layers

    def inverted_residual(x, channels, stride, expansion, name):
        inside = x
        if expansion > 1:
            inside = layers.Conv2D(expansion * x.shape[-1], 1, use_bias=False, name=f"{name}_expand")(inside)
            inside = layers.BatchNormalization(momentum=0.98, name=f"{name}_expand_norm")(inside)
            inside = layers.ReLU(6.0, name=f"{name}_expand_relu6")(inside)
        inside = layers.DepthwiseConv2D(
            3, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise")(inside)
        inside = layers.BatchNormalization(momentum=0.98, name=f"{name}_depthwise_norm")(inside)
        inside = layers.ReLU(6.0, name=f"{name}_depthwise_relu6")(inside)
        inside = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_project")(inside)
        inside = layers.BatchNormalization(momentum=0.98, name=f"{name}_project_norm")(inside)
        return layers.Add(name=f"{name}_add")([x, inside]) if stride == 1 and x.shape[-1] == channels else inside

    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="stem")(x)
    x = layers.BatchNormalization(momentum=0.98, name="stem_norm")(x)
    x = layers.PReLU(shared_axes=[1, 2], name="stem_prelu")(x)
    # Width 0.25 of the paper's table, fewer blocks.
    blocks = ((4, 1, 1), (8, 1, 6), (8, 1, 6), (16, 2, 6), (16, 1, 6), (24, 2, 6), (24, 1, 6), (40, 1, 6))
    for index, (channels, stride, expansion) in enumerate(blocks):
        x = inverted_residual(x, channels, stride, expansion, f"block{index}")
    x = layers.Conv2D(160, 1, use_bias=False, name="last")(x)
    x = layers.BatchNormalization(momentum=0.98, name="last_norm")(x)
    x = layers.ReLU(6.0, name="last_relu6")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    x = layers.Dense(64, use_bias=False, name="embedding")(x)
    return layers.BatchNormalization(momentum=0.98, name="features")(x)


@recipe("mobilenet-v2-keras2", OLD, 2)
@recipe("mobilenet-v2-keras3", NEW, 3)
def mobilenet(keras):
    pictures = keras.Input((28, 28, 1), name="images")
    features = mobilenet_v2(keras, pictures)
    train_softmax(keras, pictures, features, images("train", 51200), labels("train")[:51200])
    model = keras.Model(pictures, features, name="mobilenet_v2")
    some = images("t10k", 8)
    save(keras, model, f"mobilenet-v2-{generation(keras)}", {"serving_default": {"images": some}})
    if generation(keras) == "keras3":
        save_both_modes(keras, model, "mobilenet-v2-keras3-train", some)


def resnet_backbone(keras, x):
    layers = keras.layers

    def prelu(x, name):
        return layers.PReLU(
            alpha_initializer=keras.initializers.Constant(0.25), shared_axes=[1, 2], name=f"{name}_prelu")(x)

    def block(x, channels, stride, name):
        inside = layers.BatchNormalization(momentum=0.98, name=f"{name}_norm1")(x)
        inside = layers.ZeroPadding2D(1, name=f"{name}_pad")(inside)
        inside = layers.Conv2D(channels, 3, strides=stride, use_bias=False, name=f"{name}_conv1")(inside)
        inside = layers.BatchNormalization(momentum=0.98, name=f"{name}_norm2")(inside)
        inside = layers.Conv2D(
            channels, 3, padding="same", kernel_regularizer=keras.regularizers.L2(5e-4), name=f"{name}_conv2")(
                prelu(inside, name))
        if stride != 1 or x.shape[-1] != channels:
            x = layers.Conv2D(channels, 1, strides=stride, use_bias=False, name=f"{name}_shortcut")(x)
            x = layers.BatchNormalization(momentum=0.98, name=f"{name}_shortcut_norm")(x)
        return layers.Add(name=f"{name}_add")([x, inside])

    x = prelu(layers.Conv2D(8, 3, padding="same", name="stem")(x), "stem")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)
    for index, (channels, stride) in enumerate(((8, 1), (16, 2), (32, 2))):
        x = block(x, channels, stride, f"block{index}")
    x = layers.LeakyReLU(0.1, name="leaky_relu")(x)
    x = layers.AveragePooling2D(2, name="pool")(x)
    x = layers.Dropout(0.3, name="dropout")(layers.Flatten(name="flatten")(x))
    x = layers.Dense(32, name="embedding")(x)
    # Without gamma, as insightface ends its networks.
    return layers.BatchNormalization(momentum=0.98, scale=False, name="features")(x)


@recipe("resnet-keras2", NEW, 2)
@recipe("resnet-keras3", OLD, 3)
def resnet(keras):
    pictures = keras.Input((32, 32, 3), name="images")
    features = resnet_backbone(keras, pictures)
    train_softmax(keras, pictures, features, coloured(images("train", 25600)), labels("train")[:25600])
    save(keras, keras.Model(pictures, features, name="resnet"), f"resnet-{generation(keras)}",
         {"serving_default": {"images": coloured(images("t10k", 4))}})


# ---- odd ones: each is small and has one thing that a reader of SavedModels must cope with

def few_layers(keras, x, filters=8, stride=2):
    layers = keras.layers
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", name="conv")(x)
    return layers.ReLU(name="relu")(layers.BatchNormalization(momentum=0.98, name="norm")(x))


@recipe("two-inputs", NEW, 3)
def two_inputs(keras):
    """The order of the inputs is not that of their names."""
    layers = keras.layers
    pictures, profile = keras.Input((28, 28, 1), name="picture"), keras.Input((28,), name="column_means")
    x = layers.GlobalMaxPooling2D(name="pool")(few_layers(keras, pictures, 16))
    y = layers.Dense(16, activation="tanh", name="profile")(profile)
    joined = layers.Concatenate(name="joined")([x, y, layers.Multiply(name="product")([x, y])])
    features = layers.LayerNormalization(name="features")(layers.Dense(16, name="embedding")(joined))
    x = images("train", 25600)
    train_softmax(keras, [pictures, profile], features, [x, x.mean((1, 3))], labels("train")[:25600])
    some = images("t10k", 5)
    save(keras, keras.Model([pictures, profile], features, name="two_inputs"), "two-inputs",
         {"serving_default": {"picture": some, "column_means": some.mean((1, 3))}})


@recipe("several-outputs", NEW, 3)
def several_outputs(keras):
    """Two signatures over the same variables, one with two outputs of ranks 2 and 4."""
    layers = keras.layers
    pictures = keras.Input((28, 28, 1), name="images")
    activation = few_layers(keras, pictures)
    features = layers.Dense(16, name="embedding")(layers.Flatten(name="flatten")(activation))
    probabilities = layers.Dense(10, activation="softmax", name="probabilities")(features)
    train(keras, pictures, probabilities, images("train", 25600), labels("train")[:25600],
          keras.losses.SparseCategoricalCrossentropy())
    parts = keras.Model(
        pictures, {"embedding": features, "map": activation, "probabilities": probabilities}, name="several_outputs")
    spec = [tf.TensorSpec((None, 28, 28, 1), tf.float32, "images")]

    def embed(images):
        found = parts(images, training=False)
        return {"embedding": found["embedding"], "map": found["map"]}

    save_endpoints(
        keras, parts, "several-outputs",
        {"embed": (embed, spec), "classify": (lambda images: parts(images, training=False)["probabilities"], spec)},
        {signature: {"images": images("t10k", 4)} for signature in ("serving_default", "embed", "classify")})


@recipe("preprocessing-keras2", OLD, 2, "float32")
@recipe("preprocessing-keras3", NEW, 3, "uint8")
def preprocessing(dtype, keras):
    """Takes 0..255."""
    layers = keras.layers
    pictures = keras.Input((32, 32, 3), dtype=dtype, name="images")
    x = layers.Rescaling(1 / 255, name="rescaling")(pictures)
    x = layers.Resizing(24, 24, name="resizing")(x)
    normalize = layers.Normalization(axis=-1, name="normalization")
    values = coloured(pixels("train", 25600))
    normalize.adapt(images("train", 2000).repeat(3, axis=3) * np.float32([1, 0.9, 0.8]))
    x = layers.MaxPooling2D(2, name="pool")(few_layers(keras, normalize(x)))
    features = layers.Dense(16, name="embedding")(layers.Flatten(name="flatten")(x))
    train_softmax(keras, pictures, features, values.astype(dtype), labels("train")[:25600])
    model, some = keras.Model(pictures, features, name="preprocessing"), coloured(pixels("t10k", 6)).astype(dtype)
    if generation(keras) == "keras2":
        save(keras, model, "preprocessing-keras2", {"serving_default": {"images": some}})
        return
    spec = [tf.TensorSpec((None, 32, 32, 3), dtype, "images")]
    save_endpoints(
        keras, model, "preprocessing-keras3", {"serve": (lambda images: model(images, training=False), spec)},
        {"serving_default": {"images": some}})
    # Resizing, as every image layer of Keras 3, has training=True for a default, and what follows in the model takes
    # it over where nothing else is said: export says nothing, so its serving signature has batch norm in training mode.
    save(keras, model, "preprocessing-keras3-export", {"serving_default": {"images": some}})


def branching(keras):
    @keras.saving.register_keras_serializable("branching")
    class Branching(keras.layers.Layer):
        """A branch on the data, and a loop; both read variables."""

        def build(self, shape):
            def weight(name, start):
                return self.add_weight(shape=(shape[-1],), initializer=keras.initializers.Constant(start), name=name)
            self.bright, self.dark, self.step = weight("bright", 1.0), weight("dark", 2.0), weight("step", 0.1)
            super().build(shape)

        def call(self, x):
            bright, dark, step = (tf.convert_to_tensor(value) for value in (self.bright, self.dark, self.step))

            def branch(x):
                return tf.cond(tf.reduce_mean(x) > 0.5, lambda: x * bright, lambda: tf.sqrt(x + 1e-3) * dark)

            # The pictures are dark: each of the two takes its own branch.
            x = branch(x) - branch(1 - x)
            _, x = tf.while_loop(
                lambda turn, _: turn < 3, lambda turn, value: (turn + 1, value + step * tf.sin(value)),
                (tf.constant(0), x), shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, x.shape[-1]])))
            return x

        def compute_output_shape(self, shape):
            return shape

    return Branching


@recipe("control-flow-keras2", OLD, 2)
@recipe("control-flow-keras3", NEW, 3)
def control_flow(keras):
    pictures = keras.Input((28, 28, 1), name="images")
    x = keras.layers.AveragePooling2D(4, name="pool")(pictures)
    x = branching(keras)(name="branching")(keras.layers.Flatten(name="flatten")(x))
    features = keras.layers.Dense(8, name="embedding")(x)
    train_softmax(keras, pictures, features, images("train", 25600), labels("train")[:25600])
    save(keras, keras.Model(pictures, features, name="control_flow"), f"control-flow-{generation(keras)}",
         {"serving_default": {"images": images("t10k", 6)}})


@recipe("nested-functions", OLD, 3)
def nested_functions(keras):
    """A function of the layer's own, called from two places, and one in it."""
    class Twice(keras.layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform", name="kernel")

        @tf.function
        def squash(self, x):
            return tf.tanh(x) + 0.1 * x

        @tf.function
        def turn(self, x, scale):
            return self.squash(tf.matmul(x, self.kernel) * scale)

        def call(self, x):
            return self.turn(self.turn(x, tf.constant(1.0)), tf.constant(0.5))

    pictures = keras.Input((28, 28, 1), name="images")
    x = keras.layers.Flatten(name="flatten")(keras.layers.AveragePooling2D(4, name="pool")(pictures))
    features = keras.layers.Dense(8, name="embedding")(Twice(name="twice")(x))
    train_softmax(keras, pictures, features, images("train", 25600), labels("train")[:25600])
    save(keras, keras.Model(pictures, features, name="nested_functions"), "nested-functions",
         {"serving_default": {"images": images("t10k", 6)}})


@recipe("squeeze-keras2", OLD, 2)
@recipe("squeeze-keras3", NEW, 3)
def squeeze(keras):
    """What EfficientNets have, and operations whose gradients Python knows and the C++ library does not."""
    class Shaped(keras.layers.Layer):
        def call(self, x):
            x = tf.ensure_shape(x, [None, None, None, 16])
            # A gate by rounding, and a share of the brightest: neither passes a gradient on.
            gate = tf.round(tf.sigmoid(x)) + tf.ones_like(x) * 0.5
            return x * gate * tf.cast(tf.reduce_all(tf.math.is_finite(x)), x.dtype)

    pictures = keras.Input((28, 28, 1), name="images")
    x = keras.layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv")(pictures)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Activation("swish", name="swish")(x)
    share = keras.layers.GlobalAveragePooling2D(keepdims=True, name="mean")(x)
    share = keras.layers.Conv2D(4, 1, activation="swish", name="squeeze")(share)
    share = keras.layers.Conv2D(16, 1, activation="sigmoid", name="excite")(share)
    x = Shaped(name="shaped")(keras.layers.Multiply(name="shares")([x, share]))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    features = keras.layers.Dense(8, activation="gelu", name="embedding")(x)
    train_softmax(keras, pictures, features, images("train", 25600), labels("train")[:25600])
    save(keras, keras.Model(pictures, features, name="squeeze"), f"squeeze-{generation(keras)}",
         {"serving_default": {"images": images("t10k", 6)}})


@recipe("files", OLD, 3)
def files(keras):
    """Formats that are no SavedModels."""
    folder = empty("files")
    folder.mkdir()
    model = keras.Sequential([keras.Input((4,), name="features"), keras.layers.Dense(2, name="dense")], name="tiny")
    model.save(folder / "tiny.keras")
    model.save(folder / "tiny.h5")


@recipe("others", OLD, 3)
def others(keras):
    """What no Keras export wrote; there are more of them than are kept here."""
    import other_models
    shutil.rmtree(HERE / "others", ignore_errors=True)
    for name in OTHERS:
        other_models.make(name, HERE / "others")


def main():
    global np, tf
    if sys.argv[1:] == ["--list"]:
        print(*sorted(RECIPES), sep="\n")
        return
    name = sys.argv[-1]
    if name not in RECIPES:
        sys.exit(f"make_models.py: no recipe makes '{name}'; there are {', '.join(RECIPES)}")
    version, major, make = RECIPES[name]
    if sys.argv[1] == "--version":
        print(version)
        return
    import numpy as np
    import tensorflow as tf
    if major == 2:
        import tf_keras as keras
    else:
        import keras
    if tf.__version__ != version:
        sys.exit(f"make_models.py: {name} is made with TensorFlow {version}, this is {tf.__version__}")
    keras.utils.set_random_seed(1)
    tf.config.experimental.enable_op_determinism()
    make(keras)


if __name__ == "__main__":
    main()
