"""Makes small SavedModels that Keras' export did not write: what TensorFlow 1 wrote, what tf.saved_model.save writes of a
model or a module, frozen graphs, and variations of each. Weights are drawn, nothing is trained.

    other_models.py FOLDER [NAME...]    FOLDER/NAME/model, FOLDER/NAME/io/serving_default/{inputs,outputs}

Each recipe is a function of the folder to write to; it gives a Case, which check_other_models.py trains on in Python.
"""
import dataclasses
import os
import pathlib
import shutil
import sys
import typing

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

v1 = tf.compat.v1
SIDE, SIZE, CLASSES, FEATURES, SCALE, MARGIN = 8, 8, 3, 6, 30, 0.5
RECIPES = {}


@dataclasses.dataclass
class Case:
    """What Python knows of a model.

    features: images to features; step: (images, labels, centres [C, D], rate) to the features after a step of SGD;
    options: what Java is told; blank_rows: whether the last rows of some images are 0; refused: what its refusal says,
    where it has to refuse; warned: what inspect and train warn of; answer: how far off numbers of 16 bits may be; inputs: of the signature beside the
    images, whose own name is image_input; shape: of one image; loaders: which of TensorFlow 1 and 2 can load it.
    """
    features: typing.Callable = None
    step: typing.Callable = None
    options: dict = dataclasses.field(default_factory=dict)
    refused: str = None
    warned: str = None
    answer: float = 1e-5
    inputs: dict = dataclasses.field(default_factory=dict)
    shape: tuple = (SIDE, SIDE, 1)
    images: np.ndarray = None
    image_input: str = "images"
    loaders: tuple = (1, 2)
    blank_rows: bool = False


def recipe(function=None, **options):
    """Registers a recipe; with options a variation of it, under the name NAME-OPTION=VALUE."""
    def register(make):
        name = "-".join([make.__name__.replace("_", "-")] + [f"{k}-{v}".replace("_", "-") for k, v in options.items()])
        RECIPES[name] = lambda folder: make(folder, **options)
        return make
    return register(function) if function else register


def pixels():
    return np.random.default_rng(7).integers(0, 256, (SIZE, SIDE, SIDE, 1)).astype(np.uint8)


def head(features, labels, kernel):
    """ArcFace as the layer computes it, kernel [D, C]."""
    cosines = tf.nn.l2_normalize(features, 1) @ tf.nn.l2_normalize(kernel, 0)
    theta = tf.acos(tf.clip_by_value(cosines, -1 + 1e-7, 1 - 1e-7))
    one_hot = tf.one_hot(labels, CLASSES)
    logits = SCALE * (cosines * (1 - one_hot) + tf.cos(theta + MARGIN) * one_hot)
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(one_hot, logits))


# ---- TensorFlow 1

class First:
    """A graph of TensorFlow 1 with a session, to be saved and then trained in place."""

    def __init__(self, resource, seed=1):
        self.graph, self.random, self.resource = tf.Graph(), np.random.default_rng(seed), resource
        self.feeds = {}
        with self.graph.as_default():
            self.images = v1.placeholder(tf.float32, (None, SIDE, SIDE, 1), "images")

    def variable(self, name, *shape, trainable=True, low=-0.5, high=0.5, partitions=None):
        value = self.random.uniform(low, high, shape).astype(np.float32)
        initializer = v1.random_uniform_initializer(low, high, 1) if partitions else v1.constant_initializer(value)
        return v1.get_variable(
            name, shape, initializer=initializer, trainable=trainable, use_resource=self.resource,
            partitioner=v1.fixed_size_partitioner(partitions) if partitions else None)

    def batch_norm(self, x, name):
        n = x.shape[-1]
        gamma, beta = self.variable(f"{name}/gamma", n, low=0.5), self.variable(f"{name}/beta", n)
        mean = self.variable(f"{name}/moving_mean", n, trainable=False)
        variance = self.variable(f"{name}/moving_variance", n, trainable=False, low=0.5)
        return v1.nn.fused_batch_norm(x, gamma, beta, mean, variance, is_training=False)[0]

    def tower(self, x=None, partitions=None):
        x = self.images if x is None else x
        x = tf.nn.conv2d(x, self.variable("conv/kernel", 3, 3, 1, 4), 2, "SAME")
        x = tf.nn.relu(self.batch_norm(x, "norm"))
        x = tf.reshape(x, [-1, 64])
        kernel = self.variable("dense/kernel", 64, FEATURES, partitions=partitions)
        return tf.matmul(x, tf.convert_to_tensor(kernel)) + self.variable("dense/bias", FEATURES)

    def case(self, features, write, **more):
        """Saves by a function of the session, and says how the graph is trained."""
        with self.graph.as_default():
            session = v1.Session()
            # First those whose averages begin with their values.
            session.run(v1.variables_initializer(v1.trainable_variables()))
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            write(session)

        def run(x):
            return session.run(features, {self.images: x, **self.feeds})

        def step(x, y, centers, rate):
            with self.graph.as_default():
                loss = head(features, tf.constant(y), tf.constant(centers.T))
                variables = v1.trainable_variables()
                slopes = {v.ref(): s for v, s in zip(variables, tf.gradients(loss, variables)) if s is not None}
                # First all slopes: an assignment in the same run may come before a variable is read.
                found = session.run(list(slopes.values()), {self.images: x, **self.feeds})
                session.run([v1.assign_sub(v.deref(), rate * slope) for v, slope in zip(slopes, found)])
            return run(x)

        return Case(run, step, **more)


def simple(folder, inputs, outputs):
    return lambda session: v1.saved_model.simple_save(session, str(folder), inputs, outputs)


def built(folder, inputs, outputs, tags=("serve",), more=(), signature="serving_default", **options):
    """Written by a builder: several graphs, tags, names of signatures."""
    def write(session):
        builder = v1.saved_model.Builder(str(folder))
        definition = v1.saved_model.predict_signature_def(inputs, outputs)
        builder.add_meta_graph_and_variables(session, list(tags), {signature: definition}, **options)
        for other in more:
            builder.add_meta_graph(list(other), {signature: definition})
        builder.save()
    return write


@recipe(resource=False)
@recipe(resource=True)
def tf1(folder, resource):
    """Batch norm's averages are known by the collection of trained variables alone."""
    g = First(resource)
    with g.graph.as_default():
        out = g.tower()
        return g.case(out, simple(folder, {"images": g.images}, {"features": out}))


@recipe(resource=False)
@recipe(resource=True)
def tf1_without_collections(folder, resource):
    """Only the names say which are averages."""
    g = First(resource)

    def write(session):
        for name in (v1.GraphKeys.TRAINABLE_VARIABLES, v1.GraphKeys.GLOBAL_VARIABLES):
            kept = g.graph.get_collection(name)
            g.graph.clear_collection(name)
            kept_all[name] = kept
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session, ["serve"],
            {"serving_default": v1.saved_model.predict_signature_def({"images": g.images}, {"features": out})},
            saver=v1.train.Saver(kept_all[v1.GraphKeys.GLOBAL_VARIABLES]))
        builder.save()
        for name, kept in kept_all.items():
            for variable in kept:
                g.graph.add_to_collection(name, variable)

    kept_all = {}
    with g.graph.as_default():
        out = g.tower()
        return g.case(out, write)


@recipe(resource=False)
@recipe(resource=True)
def tf1_partitioned(folder, resource):
    """One value in two variables; the checkpoint has its slices under one key."""
    g = First(resource)
    with g.graph.as_default():
        out = g.tower(partitions=2)
        return g.case(out, simple(folder, {"images": g.images}, {"features": out}))


@recipe(resource=False)
@recipe(resource=True)
def tf1_not_all_trained(folder, resource):
    """A trained scale by name, which is not; an average kept by an optimizer; a variable that nothing saves."""
    g = First(resource)
    with g.graph.as_default():
        out = g.tower() * g.variable("fixed/kernel", FEATURES, trainable=False)
        average = tf.train.ExponentialMovingAverage(0.9)
        with tf.control_dependencies([average.apply(v1.trainable_variables())]):
            pass
        saved = v1.train.Saver(v1.global_variables())
        g.variable("extra", 3)
        return g.case(out, built(folder, {"images": g.images}, {"features": out}, saver=saved))


@recipe(resource=False)
@recipe(resource=True)
def tf1_shared(folder, resource):
    """A layer used twice."""
    g = First(resource)
    with g.graph.as_default():
        with v1.variable_scope("twin"):
            one = g.tower()
        with v1.variable_scope("twin", reuse=True):
            other = g.tower(tf.reverse(g.images, [2]))
        out = one + 2 * other
        return g.case(out, simple(folder, {"images": g.images}, {"features": out}))


@recipe(resource=False)
@recipe(resource=True)
def tf1_two_graphs(folder, resource):
    """As an estimator writes: a graph for serving and one for training, whose variables are more."""
    g = First(resource)
    with g.graph.as_default():
        out = g.tower()
        g.variable("slots/momentum", 5, trainable=False)
        return g.case(out, built(folder, {"images": g.images}, {"features": out}, ["train"], [["serve"], ["eval"]]))


@recipe
def tf1_two_graphs_that_differ(folder):
    """The graph for serving restores less than the checkpoint holds."""
    g = First(False)
    with g.graph.as_default():
        out = g.tower()
        serving = v1.train.Saver(v1.global_variables())
        g.variable("slots/momentum", 5, trainable=False)

        def write(session):
            builder = v1.saved_model.Builder(str(folder))
            definition = v1.saved_model.predict_signature_def({"images": g.images}, {"features": out})
            builder.add_meta_graph_and_variables(session, ["train"], {"serving_default": definition})
            builder.add_meta_graph(["serve"], {"serving_default": definition}, saver=serving)
            builder.save()

        return g.case(out, write)


@recipe
def tf1_for_training_only(folder):
    g = First(False)
    with g.graph.as_default():
        out = g.tower()
        case = g.case(out, built(folder, {"images": g.images}, {"features": out}, ["train"]))
    case.refused = "tagged serve"
    return case


@recipe(signature="predict")
def tf1_named(folder, signature):
    """One signature, of another name."""
    g = First(False)
    with g.graph.as_default():
        out = g.tower()
        case = g.case(out, built(folder, {"images": g.images}, {"features": out}, signature=signature))
    case.options["signature"] = signature
    return case


@recipe
def tf1_flat_input(folder):
    """Images in one row."""
    g = First(False)
    with g.graph.as_default():
        g.images = v1.placeholder(tf.float32, (None, SIDE * SIDE), "flat")
        out = g.tower(tf.reshape(g.images, [-1, SIDE, SIDE, 1]))
        case = g.case(out, simple(folder, {"flat": g.images}, {"features": out}))
    case.shape, case.image_input = (SIDE * SIDE,), "flat"
    return case


@recipe(kind="keep_prob")
@recipe(kind="training")
@recipe(kind="default")
@recipe(kind="default_training")
@recipe(kind="unused")
@recipe(kind="missing")
@recipe(kind="per_row")
def tf1_scalar(folder, kind):
    """What a service feeds beside the images."""
    g = First(kind == "training")
    options, inputs, refused = {}, {}, None
    with g.graph.as_default():
        out = g.tower()
        if kind in ("keep_prob", "missing"):
            other = v1.placeholder(tf.float32, (), "keep_prob")
            out = out / tf.maximum(other, 0.1) * tf.cast(tf.sqrt(other) > 0, tf.float32)
            inputs = {"keep_prob": np.float32(0.5)}
            options = {"keep_prob": "0.5"} if kind == "keep_prob" else {}
            refused = "`input-value` keep_prob=" if kind == "missing" else None
        elif kind in ("training", "default_training"):
            # TensorFlow 1's own conditional: Switch and Merge.
            v1.disable_control_flow_v2()
            if kind == "training":
                other = v1.placeholder(tf.bool, (), "training")
                inputs, options = {"training": np.bool_(False)}, {"training": "false"}
            else:
                other = v1.placeholder_with_default(False, (), "training")
            out = v1.cond(other, lambda: tf.nn.dropout(out, 0.5, seed=1), lambda: v1.identity(out) * 1.5)
            v1.enable_control_flow_v2()
        elif kind == "default":
            other = v1.placeholder_with_default(np.float32(2), (), "temperature")
            out = out / other
        elif kind == "unused":
            other = v1.placeholder(tf.float32, (), "temperature")
            inputs, options = {"temperature": np.float32(1)}, {"temperature": "1"}
            v1.identity(out / other)
        else:
            other = v1.placeholder(tf.float32, (None, 1), "temperature")
            out = out / other
            inputs, options, refused = {"temperature": np.ones((SIZE, 1), np.float32)}, {"temperature": "1"}, "temperature"
        g.feeds = {other: value for value in inputs.values()}
        return g.case(out, simple(folder, {"images": g.images, other.op.name: other}, {"features": out}),
                      options={"values": options}, inputs=inputs, refused=refused,
                      loaders=(1,) if kind.startswith("default") else (1, 2))


@recipe
def tf1_table(folder):
    """A table and a file in assets/ that the features do not need, filled on loading."""
    g = First(False)
    words = pathlib.Path(folder).parent / "words.txt"
    words.parent.mkdir(parents=True, exist_ok=True)
    words.write_text("cat\ndog\n")
    with g.graph.as_default():
        out = g.tower()
        asset = tf.constant(str(words))
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset)
        table = v1.lookup.StaticHashTable(
            v1.lookup.TextFileInitializer(asset, tf.int64, v1.lookup.TextFileIndex.LINE_NUMBER, tf.string,
                                          v1.lookup.TextFileIndex.WHOLE_LINE), "?")
        names = table.lookup(tf.argmax(out, 1))
        return g.case(out, built(folder, {"images": g.images}, {"features": out, "names": names},
                                 main_op=v1.tables_initializer(), assets_collection=[asset]), options={"output": "features"})


@recipe
def tf1_frozen(folder):
    """A graph of constants: nothing of it can be trained, a layer above it can."""
    g = First(False)
    with g.graph.as_default():
        out = v1.identity(g.tower(), "features")
        session = v1.Session()
        session.run(v1.global_variables_initializer())
        constants = v1.graph_util.convert_variables_to_constants(session, g.graph.as_graph_def(), ["features"])
    frozen = First(False)
    frozen.graph = tf.Graph()
    with frozen.graph.as_default():
        v1.import_graph_def(constants, name="")
        frozen.images = frozen.graph.get_tensor_by_name("images:0")
        out = frozen.graph.get_tensor_by_name("features:0")
        case = frozen.case(out, simple(folder, {"images": frozen.images}, {"features": out}))
    case.step, case.refused = None, "`embedding`"
    return case


@recipe
def tf1_initialized_on_loading(folder):
    """Its variable is no part of the checkpoint: the loader gives it its value."""
    g = First(True)
    with g.graph.as_default():
        out = g.tower()
        saver = v1.train.Saver(v1.global_variables())
        local = v1.get_variable("local", FEATURES, initializer=v1.ones_initializer(), collections=["local_variables"],
                                use_resource=True)
        out = out * local
        init = v1.local_variables_initializer()

        def write(session):
            session.run(init)
            built(folder, {"images": g.images}, {"features": out}, saver=saver, main_op=init)(session)

        return g.case(out, write, refused="local")


# ---- TensorFlow 2

def drawn(variables, seed=1):
    """Values of their own for all, so that a checkpoint's entry is known by its value."""
    random = np.random.default_rng(seed)
    for variable in variables:
        if np.issubdtype(np.array(variable).dtype, np.floating):
            low = 0.5 if "variance" in getattr(variable, "path", variable.name) or "gamma" in variable.name else -0.5
            variable.assign(random.uniform(low, low + 0.8, variable.shape).astype(np.float32))


def eager(call, trained, training=None, **more):
    """training: what a step calls in place of the model as it is served."""
    def step(x, y, centers, rate):
        with tf.GradientTape() as tape:
            loss = head((training or call)(tf.constant(x)), y, tf.constant(centers.T))
        for variable, slope in zip(trained, tape.gradient(loss, trained)):
            variable.assign_sub(rate * slope)
        return call(tf.constant(x)).numpy()

    return Case(lambda x: call(tf.constant(x)).numpy(), step, **more)


def small(kit, inputs=None, norm=True):
    layers = kit.layers
    x = first = kit.Input((SIDE, SIDE, 1), name="images") if inputs is None else inputs
    x = layers.Conv2D(4, 3, strides=2, padding="same", name="conv")(x)
    if norm:
        x = layers.BatchNormalization(name="norm")(x)
    x = layers.Flatten(name="flatten")(layers.ReLU(name="relu")(x))
    model = kit.Model(first, layers.Dense(FEATURES, name="dense")(x), name="small")
    drawn(model.variables)
    return model


def of(model):
    """Its trained variables, as TensorFlow has them."""
    return [v if isinstance(v, tf.Variable) else v.value for v in model.trainable_variables]


SPEC = tf.TensorSpec((None, SIDE, SIDE, 1), tf.float32, "images")


@recipe(kit="keras2")
@recipe(kit="keras3")
def saved_model_save(folder, kit):
    """A Keras model, written by tf.saved_model.save as it is."""
    model = small(tf_keras if kit == "keras2" else keras)
    tf.saved_model.save(model, str(folder))
    # Keras names the input itself; the signature of Keras 3 reads variables that the runtime does not restore.
    case = eager(lambda x: model(x, training=False), of(model), loaders=(2,) if kit == "keras3" else (1, 2))
    case.image_input = next(iter(tf.saved_model.load(str(folder)).signatures["serving_default"].structured_input_signature[1]))
    return case


@recipe(kit="keras2")
@recipe(kit="keras3")
def saved_model_save_signature(folder, kit):
    """The same with a signature of one's own."""
    model = small(tf_keras if kit == "keras2" else keras)

    @tf.function(input_signature=[SPEC])
    def serve(images):
        return {"features": model(images, training=False)}

    tf.saved_model.save(model, str(folder), signatures=serve)
    return eager(lambda x: model(x, training=False), of(model), loaders=(2,) if kit == "keras3" else (1, 2))


@recipe(kit="keras2")
@recipe(kit="keras3")
def module_of_layers(folder, kit):
    """A tf.Module that has a Keras model."""
    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            self.model = small(tf_keras if kit == "keras2" else keras)

        @tf.function(input_signature=[SPEC])
        def __call__(self, images):
            return self.model(images, training=False)

    module = Module()
    tf.saved_model.save(module, str(folder), signatures=module.__call__)
    return eager(lambda x: module(x), of(module.model), loaders=(2,) if kit == "keras3" else (1, 2))


@recipe(kit="keras2")
@recipe(kit="keras3")
def module_with_a_function_of_layers(folder, kit):
    """Nothing but a function is attached; what it captures is not."""
    model = small(tf_keras if kit == "keras2" else keras)
    module = tf.Module()
    module.serve = tf.function(lambda images: model(images, training=False), input_signature=[SPEC])
    module.kept = model.variables if kit == "keras2" else [v.value for v in model.variables]
    tf.saved_model.save(module, str(folder), signatures=module.serve)
    return eager(lambda x: model(x, training=False), of(model))


class Plain(tf.Module):
    """Variables and functions without Keras."""

    def __init__(self):
        super().__init__()
        random = np.random.default_rng(3)

        def draw(*shape):
            return random.uniform(-0.5, 0.5, shape).astype(np.float32)

        self.kernel = tf.Variable(draw(3, 3, 1, 4), name="kernel")
        self.mean = tf.Variable(draw(4), name="statistic", trainable=False)
        self.rows = [tf.Variable(draw(64, FEATURES), name="row"), tf.Variable(draw(FEATURES), name="row")]
        self.counter = tf.Variable(0, name="counter", dtype=tf.int64, trainable=False)

    @tf.function
    def call(self, images, training=False):
        x = tf.nn.relu(tf.nn.conv2d(images, self.kernel, 2, "SAME") - self.mean)
        x = tf.matmul(tf.reshape(x, [-1, 64]), self.rows[0]) + self.rows[1]
        if training:
            x = tf.nn.dropout(x, 0.5, seed=1)
        return x


@recipe
def module(folder):
    plain = Plain()
    tf.saved_model.save(plain, str(folder), signatures=plain.call.get_concrete_function(SPEC))
    return eager(lambda x: plain.call(x), plain.trainable_variables)


@recipe
def module_training(folder):
    """A boolean tensor decides, in a conditional of TensorFlow 2."""
    plain = Plain()
    signature = plain.call.get_concrete_function(SPEC, tf.TensorSpec((), tf.bool, "training"))
    tf.saved_model.save(plain, str(folder), signatures=signature)
    return eager(lambda x: plain.call(x), plain.trainable_variables,
                 options={"values": {"training": "false"}}, inputs={"training": np.bool_(False)})


@recipe
def module_without_a_signature(folder):
    plain = Plain()
    plain.call.get_concrete_function(SPEC)
    tf.saved_model.save(plain, str(folder))
    case = eager(lambda x: plain.call(x), plain.trainable_variables)
    case.refused = "signatures="
    return case


@recipe
def module_without_anything(folder):
    plain = tf.Module()
    plain.kernel = tf.Variable(np.ones(3, np.float32))
    tf.saved_model.save(plain, str(folder))
    return Case(refused="signatures=")


@recipe
def module_two_signatures(folder):
    """None of them the default."""
    plain = Plain()
    tf.saved_model.save(plain, str(folder), signatures={
        "embed": plain.call.get_concrete_function(SPEC),
        "norms": tf.function(lambda images: tf.norm(plain.call(images), axis=1, keepdims=True), input_signature=[SPEC])})
    return eager(lambda x: plain.call(x), plain.trainable_variables, options={"signature": "embed"})


@recipe
def module_in_a_module(folder):
    """Two modules, one inside the other twice."""
    outer, plain = tf.Module(), Plain()
    outer.one, outer.two = plain, plain
    outer.scale = tf.Variable(np.float32(1.5), name="scale")
    outer.serve = tf.function(lambda images: outer.one.call(images) * outer.scale, input_signature=[SPEC])
    tf.saved_model.save(outer, str(folder), signatures=outer.serve)
    return eager(lambda x: outer.serve(x), [*plain.trainable_variables, outer.scale])


def served(folder, plain, call, gradient=None, **more):
    """A function of images and the variables of a module; gradient: another, of the gradient that is taken."""
    plain.serve = tf.function(call, input_signature=[SPEC])
    tf.saved_model.save(plain, str(folder), signatures=plain.serve)
    return eager(gradient or (lambda x: plain.serve(x)), plain.trainable_variables, **more)


@recipe(equation="...hi,ij->...hj")
@recipe(equation="ij,...i->...j")
def module_of_products(folder, equation):
    """One operand is repeated along the other's batch."""
    plain = Plain()
    plain.mixed = tf.Variable(np.random.default_rng(4).uniform(-1, 1, (3, 3)).astype(np.float32), name="mixed")

    def call(images):
        x = tf.concat([images, images[:, ::-1], images[:, :, ::-1]], -1)
        x = tf.einsum(equation, *((plain.mixed, x) if equation.startswith("ij") else (x, plain.mixed)))
        return plain.call(tf.matmul(x, plain.mixed)[..., :1])

    return served(folder, plain, call)


@recipe(rank=1)
@recipe(rank=3)
@recipe(rank=4)
def module_of_rank(folder, rank):
    """Features that are no rows of numbers."""
    plain = Plain()
    shape = {1: lambda y: tf.reduce_mean(y, 1), 3: lambda y: y[:, None], 4: lambda y: y[:, None, None]}[rank]
    return served(folder, plain, lambda images: shape(plain.call(images)), refused="expected features [N, D], found [N")


@recipe(shape="row")
@recipe(shape="vector")
def module_of_two_inputs(folder, shape):
    """Something beside the images that has a value for each row, or several values."""
    plain = Plain()
    extra = tf.TensorSpec([None] if shape == "row" else [FEATURES], tf.float32, name="gains")
    plain.serve = tf.function(
        lambda images, gains: plain.call(images) * (gains[:, None] if shape == "row" else gains),
        input_signature=[SPEC, extra])
    tf.saved_model.save(plain, str(folder), signatures=plain.serve)
    return Case(refused="signature of the images alone" if shape == "row" else "`input-value` gains=")


@tf.custom_gradient
def scaled_gradient(x):
    return x * 1.0, lambda slope: 0.1 * slope


@recipe(kind="recompute")
@recipe(kind="swish")
@recipe(kind="below")
@recipe(kind="other")
def module_with_a_gradient(folder, kind):
    """One that Python finds by name: a different one, or that of the operations to save memory; below all variables."""
    plain = Plain()
    inner = {
        "recompute": lambda x: tf.recompute_grad(lambda y: tf.tanh(plain.call(y)))(x),
        "swish": lambda x: tf.nn.swish(plain.call(x)),
        "below": lambda x: plain.call(scaled_gradient(x)),
        "other": lambda x: scaled_gradient(plain.call(x)),
    }[kind]
    return served(folder, plain, inner, warned="has a gradient of its own" if kind in ("recompute", "other") else None,
                  **({"gradient": lambda x: plain.call(x)} if kind == "other" else {}))


@recipe(equation="...i,ij->...j", type="float32")
@recipe(equation="...i,ij->...j", type="bfloat16")
@recipe(equation="...mk,...kn->...mn", type="float32")
@recipe(equation="matmul", type="float32")
@recipe(equation="matmul", type="float16")
@recipe(equation="loop", type="float32")
def module_of_narrow_products(folder, equation, type):
    """Operands of sizes, a batch that ends in 1, for which oneDNN's kernels give other numbers."""
    plain = Plain()
    plain.mixed = tf.Variable(np.random.default_rng(4).uniform(-1, 1, (4, 4)).astype(np.float32), name="mixed")

    def product(x):
        x, y = tf.cast(x, type), tf.cast(plain.mixed, type)
        written = equation.replace("loop", "...i,ij->...j")
        return tf.cast(tf.matmul(x, y) if equation == "matmul" else tf.einsum(written, x, y), tf.float32)

    def call(images):
        x = tf.reshape(tf.tile(images, [1, 2, 2, 1]), [-1, 16, 4, 1, 4])
        if equation == "loop":
            x = tf.while_loop(lambda i, x: i < 2, lambda i, x: (i + 1, product(x)), (0, x))[1]
        else:
            x = product(x)
        return plain.call(tf.reshape(x, [-1, SIDE, SIDE, 4])[..., :1])

    return served(folder, plain, call, answer=1e-5 if type == "float32" else 2e-2)


DRAWS = {
    "normal": lambda x: tf.random.normal(tf.shape(x)),
    "normal-seed": lambda x: tf.random.normal(tf.shape(x), seed=3),
    "uniform": lambda x: tf.random.uniform(tf.shape(x)),
    "integers": lambda x: tf.cast(tf.random.uniform(tf.shape(x), 0, 5, tf.int32), tf.float32),
    "truncated": lambda x: tf.random.truncated_normal(tf.shape(x)),
    "shuffle": lambda x: tf.random.shuffle(x),
    "categorical": lambda x: tf.cast(tf.random.categorical(tf.zeros([tf.shape(x)[0], 3]), 1), tf.float32),
    "gamma": lambda x: tf.random.gamma(tf.shape(x), 2.0),
    "poisson": lambda x: tf.random.poisson(tf.shape(x), 2.0),
    "parameterized": lambda x: tf.raw_ops.ParameterizedTruncatedNormal(
        shape=tf.shape(x), means=0.0, stdevs=1.0, minvals=-2.0, maxvals=2.0),
    "stateless-normal": lambda x: tf.random.stateless_normal(tf.shape(x), [1, 2]),
    "stateless-uniform": lambda x: tf.random.stateless_uniform(tf.shape(x), [1, 2]),
    "stateless-gamma": lambda x: tf.random.stateless_gamma(tf.shape(x), [1, 2], 2.0),
    "stateless-poisson": lambda x: tf.random.stateless_poisson(tf.shape(x), [1, 2], 2.0),
}


@recipe(kind="keras-generator")
def module_that_draws(folder, kind):
    """A draw that counts for nothing, so that there is one answer; those of a generator move its state."""
    draw = DRAWS.get(kind)
    if draw is None:
        seeds = keras.random.SeedGenerator(1)

        def draw(x):
            return keras.random.normal(tf.shape(x), seed=seeds)
    plain = Plain()
    if kind not in DRAWS:
        plain.state = seeds.state.value
    return served(folder, plain, lambda images: plain.call(images) + 0 * tf.reduce_mean(tf.cast(draw(images), tf.float32)))


for name in DRAWS:
    recipe(kind=name)(module_that_draws)


@recipe(kind="batch-norm-twice")
@recipe(kind="spectral")
@recipe(kind="batch-norm")
def keras_for_training(folder, kind):
    """What a step assigns, in training mode: a graph that is opened up has no order of reads and assignments."""
    layers = keras.layers
    first, norm = keras.Input((SIDE, SIDE, 1), name="images"), layers.BatchNormalization(momentum=0.6)
    conv = layers.Conv2D(4, 3)
    if kind == "spectral":
        conv = layers.SpectralNormalization(conv)
    x = conv(first)
    x = layers.Concatenate()([norm(x), norm(x * 2)]) if kind == "batch-norm-twice" else norm(x)
    model = keras.Model(first, layers.Dense(FEATURES)(layers.Flatten()(x)))
    drawn(model.variables)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", lambda x: model(x, training=False), [SPEC])
    archive.add_endpoint("train", lambda x: model(x, training=True), [SPEC])
    archive.write_out(str(folder), verbose=False)
    refused = {"batch-norm-twice": "moved more than once", "spectral": "which is trained"}.get(kind)
    return eager(lambda x: model(x, training=False), of(model), lambda x: model(x, training=True),
                 options={"batch_norm": True}, refused=refused, loaders=(2,))


@recipe
def module_of_one_batch_size(folder):
    """What it was made for is written into a reshape."""
    plain = Plain()
    return served(folder, plain, lambda images: plain.call(tf.reshape(images, [SIZE, SIDE, SIDE, 1])),
                  refused=f"for batches of {SIZE}")


@recipe(type="float64")
@recipe(type="float16")
def module_of_other_numbers(folder, type):
    """Variables that are no float32."""
    plain = tf.Module()
    plain.kernel = tf.Variable(np.ones((64, FEATURES)), dtype=type, name="kernel")
    return served(folder, plain, lambda images: tf.cast(
        tf.matmul(tf.cast(tf.reshape(images, [-1, 64]), type), plain.kernel), tf.float32), refused="float32 can be trained")


def recurrent(kit, kind):
    """A frozen LSTM or GRU on the way to a feature."""
    layers = kit.layers
    first = kit.Input((SIDE, SIDE, 1), name="images")
    x = layers.Reshape((SIDE, SIDE), name="rows")(first)
    unit = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}.get(kind)
    x = unit(5, name="unit")(x) if unit else layers.RNN(layers.LSTMCell(5), name="unit")(x)
    model = kit.Model(first, layers.Dense(FEATURES, name="dense")(x), name="recurrent")
    drawn(model.variables)
    return model


@recipe(kit="keras2", kind="lstm")
@recipe(kit="keras3", kind="lstm")
@recipe(kit="keras2", kind="gru")
@recipe(kit="keras3", kind="gru")
@recipe(kit="keras3", kind="rnn")
@recipe(kit="keras2", kind="cell")
@recipe(kit="keras3", kind="cell")
def frozen_recurrent(folder, kit, kind):
    model = recurrent(tf_keras if kit == "keras2" else keras, kind)
    if kit == "keras2":
        model.save(folder, save_format="tf", include_optimizer=False)
    else:
        model.export(folder, verbose=False)
    trained = [v for v in model.trainable_variables if "dense" in getattr(v, "path", v.name)]
    trained = [v if isinstance(v, tf.Variable) else v.value for v in trained]
    return eager(lambda x: model(x, training=False), trained, options={"freeze": "unit|lstm|gru|rnn"})


@recipe(kind="known")
@recipe(kind="of-a-list")
@recipe(kind="of-the-data")
def module_with_a_loop(folder, kind):
    """Above what is trained; its number of steps is a constant, or follows from the pixels."""
    plain = Plain()

    def call(images):
        x, most = plain.call(images), SIDE
        if kind == "of-a-list":
            columns = tf.TensorArray(tf.float32, FEATURES)
            for i in tf.range(FEATURES):
                columns = columns.write(FEATURES - 1 - i, tf.sin(x[:, i]) * tf.cast(i + 1, tf.float32))
            return tf.transpose(columns.stack())
        if kind == "of-the-data":
            most = tf.cast(tf.reduce_sum(images), tf.int32)
        return tf.while_loop(lambda i, x: i < most, lambda i, x: (i + 1, x + 0.1 * tf.sin(x)), (0, x))[1]

    return served(folder, plain, call, refused="StatelessWhile" if kind == "of-the-data" else None)


def sequence(layers, kind):
    """Recurrent layers over the rows of an image, all of them trained."""
    return {
        "lstm": [layers.LSTM(5)],
        "lstm-relu": [layers.LSTM(5, activation="relu", unit_forget_bias=False)],
        "lstm-no-bias": [layers.LSTM(5, use_bias=False)],
        "gru": [layers.GRU(5)],
        "gru-reset-before": [layers.GRU(5, reset_after=False)],
        "rnn": [layers.SimpleRNN(5)],
        "cells": [layers.RNN([layers.LSTMCell(5), layers.GRUCell(4)])],
        "stacked": [layers.LSTM(5, return_sequences=True), layers.GRU(4)],
        "both-ways": [layers.Bidirectional(layers.LSTM(5, return_sequences=True)), layers.Bidirectional(layers.GRU(3))],
        "backwards": [layers.GRU(5, go_backwards=True, return_sequences=True), layers.GlobalAveragePooling1D()],
        # Blank rows are steps that the mask leaves out; they stay blank.
        "masked": [layers.Dense(6, use_bias=False, name="projected"), layers.Masking(0.0), layers.LSTM(5, return_sequences=True), layers.GRU(4)],
        "after-convolution": [layers.Conv1D(6, 3, strides=2), layers.LSTM(5)],
        "step-by-step": [layers.LSTM(5, return_sequences=True), layers.TimeDistributed(layers.Dense(3)), layers.Flatten()],
        "unrolled": [layers.LSTM(5, unroll=True)],
        "time-major": [layers.Permute((2, 1)), layers.LSTM(5)],
    }[kind]


def trained_recurrent(folder, kit, kind, length=0):
    """Trained through: the number of steps is that of the rows of an image, or of the arrays of a length, None for any."""
    library = tf_keras if kit == "keras2" else keras
    if length == 0:
        first = library.Input((SIDE, SIDE, 1), name="images")
        x = library.layers.Reshape((-1, SIDE) if kind == "lstm" else (SIDE, SIDE), name="rows")(first)
    else:
        x = first = library.Input((length, SIDE), name="images")
    for layer in sequence(library.layers, kind):
        x = layer(x)
    model = library.Model(first, library.layers.Dense(FEATURES, name="dense")(x), name="recurrent")
    drawn(model.variables)
    if kit == "keras2":
        model.save(folder, save_format="tf", include_optimizer=False)
    else:
        model.export(folder, verbose=False)
    case = eager(lambda x: model(x, training=False), of(model), options={"arrays": True} if length != 0 else {})
    case.blank_rows = kind == "masked"
    case.shape = case.shape if length == 0 else (SIDE, SIDE)
    return case


KINDS = {
    "keras2": ["lstm", "gru", "gru-reset-before", "cells", "both-ways"],
    "keras3": ["lstm", "lstm-relu", "lstm-no-bias", "gru", "gru-reset-before", "rnn", "stacked", "both-ways", "backwards",
               "after-convolution", "step-by-step", "unrolled", "time-major"],
}
for kit, kinds in KINDS.items():
    for kind in kinds:
        recipe(kit=kit, kind=kind)(trained_recurrent)
    for kind, length in [("lstm", SIDE), ("masked", None), ("both-ways", None)]:
        recipe(kit=kit, kind=kind, length=length)(trained_recurrent)


def make(name, root):
    """Writes a model with inputs and what Python answers, from scratch."""
    folder = pathlib.Path(root) / name
    shutil.rmtree(folder, ignore_errors=True)
    tf.keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    case = RECIPES[name](folder / "model")
    case.images = (pixels() * np.float32(1 / 255)).reshape(SIZE, *case.shape)
    if case.blank_rows:
        case.images[: SIZE // 2, SIDE - 3:] = 0
    if case.features:
        x = case.images
        io = folder / "io" / (case.options.get("signature") or "serving_default")
        for part in ("inputs", "outputs"):
            (io / part).mkdir(parents=True)
        for key, value in {case.image_input: x, **case.inputs}.items():
            np.save(io / "inputs" / f"{key}.npy", value)
        np.save(io / "outputs" / "features.npy", case.features(x))
    return case


def main():
    root, *names = sys.argv[1:]
    for name in names or RECIPES:
        make(name, root)
        print(name, flush=True)


if __name__ == "__main__":
    main()
