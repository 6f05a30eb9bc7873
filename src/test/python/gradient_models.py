"""One-layer models for check_gradients.py: what each computes and what Python's GradientTape makes of it, and folders
of them for Java.

A model's features are a fixed projection of what one operation gives, over variables that are the operation's inputs,
plus a fixed projection of the images. The loss is that of the head softmax. So a wrong gradient to any input of the
operation is a wrong change of a variable.
"""
import dataclasses
import inspect
import zlib

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2, saved_object_graph_pb2, trackable_object_graph_pb2
from tensorflow.python.framework import op_def_registry

COUNT, HEIGHT, WIDTH, CHANNELS, CLASSES, SIZE = 3, 4, 4, 3, 3, 4
# Names that Python gives to inputs and attributes of operations.
RENAMED = {"t": "x", "e": "y", "dim": "axis", "squeeze_dims": "axis", "split_dim": "axis", "reduction_indices": "axis"}
KEY = "/.ATTRIBUTES/VARIABLE_VALUE"
rng = np.random.default_rng(12)
IMAGES = rng.integers(0, 256, (COUNT, HEIGHT, WIDTH, CHANNELS)).astype(np.uint8)
LABELS = np.array([0, 1, 1], np.int32)
CENTERS = rng.normal(size=(CLASSES, SIZE)).astype(np.float32)
FROM_IMAGES = rng.normal(size=(HEIGHT * WIDTH * CHANNELS, SIZE), scale=0.1).astype(np.float32)


class Variable:
    """An input that is trained; a complex value is two variables."""

    def __init__(self, value):
        value = np.asarray(value)
        self.value = value.astype(np.complex64 if np.iscomplexobj(value) else np.float32)


class Handle(Variable):
    """A variable that the operation reads by its handle."""


@dataclasses.dataclass(frozen=True)
class Case:
    """An operation, its inputs by name, its attributes.

    types: of type attributes that are not to be what the inputs say
    loose: the first sizes of the trained inputs are unknown before the graph runs
    outputs: indices of those that count; all of floats where None
    twin: a function that gives the same and is called for Python's answer, where Python has no kernel for the operation
    usual: the same case in the types that it usually has
    planted: attributes with which the gradient is another, which has to be seen
    """
    name: str
    operation: str
    inputs: dict
    attributes: dict
    types: dict
    loose: bool = False
    outputs: tuple = None
    twin: object = None
    usual: object = None
    planted: dict = None

    def definition(self):
        return op_def_registry.get(self.operation)

    def trained(self):
        """First values of the variables, float32, two for a complex input."""
        values = []
        for spec in self.specs():
            values += [spec.value.real, spec.value.imag] if np.iscomplexobj(spec.value) else [spec.value]
        return [np.ascontiguousarray(value, np.float32).reshape(value.shape) for value in values]

    def specs(self):
        return [spec for given in self.inputs.values() for spec in (given if isinstance(given, list) else [given])
                if isinstance(spec, Variable)]

    def type_of(self, attribute, value=None):
        """The type that a type attribute is to have, by what is given for its inputs."""
        if attribute in self.types:
            return self.types[attribute]
        for argument in self.definition().input_arg:
            if argument.type_attr == attribute:
                given = self.inputs[argument.name]
                for spec in given if isinstance(given, list) and given and isinstance(given[0], Variable) else [given]:
                    if isinstance(spec, Variable):
                        return spec.value.dtype.name
        kind = np.asarray(value).dtype
        return {"i": "int32", "f": "float32", "b": "bool", "c": "complex64"}.get(kind.kind, "int32")

    def arguments(self, images, variables):
        """The operation's inputs, made of variables and constants."""
        variables = iter(variables)
        types = {a.name: a for a in self.definition().input_arg}

        def tensor(name, spec):
            argument = types[name]
            fixed = tf.dtypes.as_dtype(argument.type).name if argument.type else None
            attribute = argument.type_attr
            if isinstance(spec, Handle):
                return next(variables).handle
            if isinstance(spec, Variable):
                value = next(variables)
                value = tf.complex(value, next(variables)) if np.iscomplexobj(spec.value) else tf.convert_to_tensor(value)
                wanted = fixed or (self.type_of(attribute) if attribute else spec.value.dtype.name)
                value = value if value.dtype.name == wanted else tf.cast(value, wanted)
                if self.loose and value.shape.rank:
                    first = value.shape[0] + tf.shape(images)[0] - COUNT
                    value = tf.reshape(value, tf.stack([first] + value.shape.as_list()[1:]))
                return value
            return tf.constant(spec, fixed or (self.type_of(attribute, spec) if attribute else None))

        return {name: [tensor(name, s) for s in given] if types[name].number_attr or types[name].type_list_attr else
                tensor(name, given) for name, given in self.inputs.items()}

    def given_attributes(self):
        """Attributes as they are passed: types that no input tells besides those of the case."""
        told = {a.type_attr for a in self.definition().input_arg}
        return {**self.attributes, **{name: tf.dtypes.as_dtype(t) for name, t in self.types.items() if name not in told}}

    def outputs_of(self, images, variables, **changed):
        """What the operation gives that counts, in one row."""
        arguments = {**self.arguments(images, variables), **self.given_attributes(), **changed}
        function = getattr(tf.raw_ops, self.operation)
        if self.twin and tf.executing_eagerly():
            function = self.twin
        else:
            names = inspect.signature(function).parameters
            arguments = {name if name in names else RENAMED[name]: value for name, value in arguments.items()}
        result = tf.nest.flatten(function(**arguments))
        counted = [result[i] for i in self.outputs] if self.outputs else [r
                                                                          for r in result if r.dtype.is_floating or r.dtype.is_complex]
        parts = []
        for output in counted or result:
            for part in [tf.math.real(output), tf.math.imag(output)] if output.dtype.is_complex else [output]:
                parts.append(tf.reshape(tf.cast(part, tf.float32), [1, -1]))
        return parts[0] if len(parts) == 1 else tf.concat(parts, 1)

    def projection(self, row):
        """From the operation's outputs to features of about 1."""
        seeded = np.random.default_rng(zlib.crc32(self.operation.encode()))
        size = row.shape[1]
        usual = np.sqrt(np.mean(np.square(row.numpy().astype(np.float64)))) * np.sqrt(size)
        return (seeded.normal(size=(size, SIZE)) / max(usual, 1e-3)).astype(np.float32)

    def features(self, images, variables, projection, **changed):
        """[N, D]; with changed attributes the value stays, and the gradient is that of the changed operation."""
        row = self.outputs_of(images, variables)
        if changed:
            other = self.outputs_of(images, variables, **changed)
            row = tf.stop_gradient(row - other) + other
        pixels = tf.reshape(images * np.float32(1 / 255), [-1, HEIGHT * WIDTH * CHANNELS])
        return tf.matmul(pixels, FROM_IMAGES) + tf.matmul(row, projection)


@dataclasses.dataclass
class Expected:
    """What Python finds: a loss and for each variable a gradient, or None; or why there is none."""
    loss: float
    gradients: list
    refusal: str = None


def expected(case, projection=None, **changed):
    """Python's answer and the projection of the model."""
    variables = [tf.Variable(value) for value in case.trained()]
    images = tf.constant(IMAGES, tf.float32)
    if projection is None:
        projection = case.projection(case.outputs_of(images, variables))
    with tf.GradientTape() as tape:
        tape.watch(variables)  # An operation that takes a handle does not tell the tape.
        features = case.features(images, variables, projection, **changed)
        logits = tf.matmul(features, CENTERS, transpose_b=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(LABELS, logits))
    assert np.isfinite(loss), f"{case.name}: the loss is {loss}"
    try:
        gradients = tape.gradient(loss, variables)
    except Exception as e:  # noqa: BLE001 - whatever Python says of an operation without a gradient
        return Expected(float(loss), None, f"{type(e).__name__}: {e}".splitlines()[0]), projection
    gradients = [None if g is None else np.array(tf.convert_to_tensor(g)) for g in gradients]
    assert all(g is None or np.isfinite(g).all() for g in gradients), f"{case.name}: a gradient is not finite"
    assert all(g is None or g.shape == v.shape for g, v in zip(gradients, variables)), f"{case.name}: a gradient of another shape"
    return Expected(float(loss), gradients), projection


def write(case, projection, folder):
    """The model as a SavedModel, as Keras writes it: a signature that calls a function over captured variables."""
    variables = [tf.Variable(value, name=f"v{i}") for i, value in enumerate(case.trained())]
    names = [f"v{i}" for i in range(len(variables))]
    signature = [tf.TensorSpec((None, HEIGHT, WIDTH, CHANNELS), tf.float32, name="images")]
    function = tf.function(lambda images: case.features(images, variables, projection), signature,
                           autograph=False).get_concrete_function()
    captured = [next(i for i, v in enumerate(variables) if v.handle is c) for c in function.captured_inputs]
    graph = tf.Graph()
    with graph.as_default():
        images = tf.compat.v1.placeholder(tf.float32, signature[0].shape, name="serving_default_images")
        handles = [tf.raw_ops.VarHandleOp(dtype=v.dtype, shape=v.shape, shared_name=n, name=n)
                   for n, v in zip(names, variables)]
        function.add_to_graph(graph)
        called = tf.raw_ops.StatefulPartitionedCall(args=[images] + [handles[i] for i in captured], Tout=[tf.float32],
                                                    f=function.name.decode(), name="StatefulPartitionedCall")
        features = tf.identity(called[0], name="features")
        file = tf.compat.v1.placeholder_with_default(tf.constant(""), [], name="saver_filename")
        keys, slices, types = [n + KEY for n in names], [""] * len(names), [tf.float32] * len(names)
        values = [tf.raw_ops.ReadVariableOp(resource=h, dtype=tf.float32) for h in handles]
        with tf.control_dependencies([tf.raw_ops.SaveV2(prefix=file, tensor_names=keys, shape_and_slices=slices,
                                                        tensors=values)]):
            saved = tf.identity(file, name="saver_save")
        restored = tf.raw_ops.RestoreV2(prefix=file, tensor_names=keys, shape_and_slices=slices, dtypes=types)
        assigned = [tf.raw_ops.AssignVariableOp(resource=h, value=tf.identity(r)) for h, r in zip(handles, restored)]
        with tf.control_dependencies(assigned):
            restore = tf.no_op(name="saver_restore")
    meta = meta_graph_pb2.MetaGraphDef(graph_def=graph.as_graph_def())
    meta.meta_info_def.tags.append("serve")
    meta.meta_info_def.tensorflow_version = tf.__version__
    meta.saver_def.filename_tensor_name, meta.saver_def.save_tensor_name = file.name, saved.name
    meta.saver_def.restore_op_name, meta.saver_def.version = restore.name, 2
    answer = meta.signature_def["serving_default"]
    answer.method_name = "tensorflow/serving/predict"
    for entries, name, tensor in ((answer.inputs, "images", images), (answer.outputs, "features", features)):
        entries[name].name, entries[name].dtype = tensor.name, tensor.dtype.as_datatype_enum
        entries[name].tensor_shape.CopyFrom(tensor.shape.as_proto())
    objects, tracked = meta.object_graph_def, trackable_object_graph_pb2.TrackableObjectGraph()
    root, node = objects.nodes.add(), tracked.nodes.add()
    root.user_object.identifier = "_generic_user_object"
    root.user_object.version.producer = root.user_object.version.min_consumer = 1
    for i, (name, variable) in enumerate(zip(names, variables), 1):
        root.children.add(node_id=i, local_name=name)
        node.children.add(node_id=i, local_name=name)
        recorded = objects.nodes.add().variable
        recorded.dtype, recorded.name, recorded.trainable = variable.dtype.as_datatype_enum, name, True
        recorded.shape.CopyFrom(variable.shape.as_proto())
        tracked.nodes.add().attributes.add(name="VARIABLE_VALUE", full_name=name, checkpoint_key=name + KEY)
    objects.concrete_functions[function.name.decode()].bound_inputs.extend(i + 1 for i in captured)
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(saved_model_pb2.SavedModel(saved_model_schema_version=1,
                                                                       meta_graphs=[meta]).SerializeToString())
    tf.raw_ops.SaveV2(prefix=str(folder / "variables" / "variables"),
                      tensor_names=keys + ["_CHECKPOINTABLE_OBJECT_GRAPH"], shape_and_slices=slices + [""],
                      tensors=[tf.constant(v) for v in case.trained()] + [tf.constant(tracked.SerializeToString())])
