"""What check_gradients.py tries: for each differentiable operation inputs and attributes.

Each function below yields cases of the operations it is named for: (inputs, attributes, options), the latter two
optional. Inputs that are Variable are trained; the others are constants of the type that the operation wants. Options
are those of gradient_models.Case. check_gradients.py makes further models of each: with sizes unknown beforehand, with
other types.
"""
import itertools
import zlib

import numpy as np
import tensorflow as tf

from gradient_models import Handle, Variable

TABLE = {}  # operation: function that yields cases
_rng = None


def of(*operations):
    def register(make):
        for operation in operations:
            assert operation not in TABLE, operation
            TABLE[operation] = make
        return make
    return register


def cases(operation):
    global _rng
    _rng = np.random.default_rng(zlib.crc32(operation.encode()))
    for case in TABLE[operation](operation):
        case = case if isinstance(case, tuple) else (case,)
        inputs, attributes, options = (case + ({}, {}))[:3] if len(case) < 3 else case
        yield inputs, attributes, options


# ---- values

def v(*shape, low=-1.0, high=1.0):
    """A variable of uniform values."""
    return Variable(_rng.uniform(low, high, shape))


def distinct(*shape):
    """A variable whose values are all well apart."""
    return Variable(_rng.permutation(np.linspace(-1, 1, int(np.prod(shape)))).reshape(shape))


def ties(*shape):
    """A variable of few values."""
    return Variable(_rng.integers(-1, 2, shape).astype(np.float32))


def z(*shape):
    """A complex variable."""
    return Variable(_rng.normal(size=shape) + 1j * _rng.normal(size=shape))


def at(*values):
    """A variable of these values."""
    return Variable(np.array(values, np.float32))


def spd(*shape):
    """Symmetric positive definite matrices."""
    a = _rng.normal(size=shape)
    return Variable(a @ np.swapaxes(a, -1, -2) / shape[-1] + np.eye(shape[-1]))


def regular(*shape):
    """Matrices far from singular."""
    return Variable(_rng.normal(size=shape) * 0.3 + np.eye(*shape[-2:]) * np.arange(1, shape[-1] + 1))


SHAPES = (), (5,), (3, 4), (2, 3, 2), (2, 3, 2, 2), (2, 1, 3, 2, 2)
both = False, True


# ---- one input, element by element

ANYWHERE = "Abs Asinh Atan BesselI0e BesselI1e BesselI0 BesselI1 Cos Cosh Dawsn Erf Erfc Exp Expm1 FresnelCos FresnelSin Neg \
Sigmoid Sin Sinh Square Tan Tanh Elu Relu Relu6 Selu Softplus Softsign Identity PreventGradient Ceil Floor Rint Round \
Sign".split()
POSITIVE = "BesselJ0 BesselJ1 BesselK0 BesselK0e BesselK1 BesselK1e BesselY0 BesselY1 Digamma Expint Inv Lgamma Log Log1p \
Reciprocal Rsqrt Spence Sqrt".split()
NAMES = {**{n: "features" for n in "Elu Relu Relu6 Selu Softplus Softsign".split()},
         **{n: "input" for n in "Identity PreventGradient".split()}}


@of(*ANYWHERE)
def anywhere(operation):
    name = NAMES.get(operation, "x")
    reach = 8 if operation == "Relu6" else 0.9 if operation in ("Erfinv", "Tan") else 2
    for shape in SHAPES:
        yield {name: v(*shape, low=-reach, high=reach)}
    # Where it bends.
    yield {name: at(-6, -1, -0.5, 0, 0.5, 1, 6)} if operation != "Tan" else {name: at(-1, 0, 1)}
    if operation == "PreventGradient":
        yield {name: v(3)}, {"message": "none"}


@of(*POSITIVE)
def positive(operation):
    for shape in SHAPES:
        yield {"x": v(*shape, low=0.3, high=2.5)}


@of("Acos", "Asin", "Atanh", "Erfinv")
def inside(operation):
    for shape in SHAPES:
        yield {"x": v(*shape, low=-0.9, high=0.9)}


@of("Ndtri")
def probabilities(operation):
    for shape in SHAPES:
        yield {"x": v(*shape, low=0.1, high=0.9)}


@of("Acosh")
def above_one(operation):
    for shape in SHAPES:
        yield {"x": v(*shape, low=1.2, high=3)}


@of("LeakyRelu")
def leaky(operation):
    for shape, alpha in zip(SHAPES, (0.2, 0.01, 0.5, 0.0, 0.3, 1.5)):
        yield {"features": v(*shape)}, {"alpha": alpha}, {"planted": {"alpha": 0.25}}
    yield {"features": at(-1, 0, 1)}, {"alpha": 0.3}


@of("L2Loss")
def l2_loss(operation):
    for shape in SHAPES:
        yield {"t": v(*shape)}


@of("CheckNumerics", "CheckNumericsV2")
def check_numerics(operation):
    yield {"tensor": v(3, 4)}, {"message": "one"}
    yield {"tensor": v(2, 3, 2)}, {"message": "other"}


@of("PlaceholderWithDefault")
def placeholder(operation):
    for shape in ([3, 4], [None, 4], None):
        yield {"input": v(3, 4)}, {"shape": tf.TensorShape(shape)}


@of("EnsureShape")
def ensure_shape(operation):
    for shape in ([3, 4], [None, 4]):
        yield {"input": v(3, 4)}, {"shape": tf.TensorShape(shape)}


@of("IdentityN")
def identity_n(operation):
    yield {"input": [v(3, 4)]}
    yield {"input": [v(3, 4), v(2), v()]}


@of("Cast")
def cast(operation):
    for to in (tf.float64, tf.float16, tf.bfloat16, tf.float32):
        yield {"x": v(3, 4)}, {"DstT": to}
    yield {"x": v(3, 4)}, {"DstT": tf.float64}, {"types": {"SrcT": "float16"}}
    yield {"x": v(3, 4)}, {"DstT": tf.float16}, {"types": {"SrcT": "float64"}}
    yield {"x": v(3, 4, low=-9, high=9)}, {"DstT": tf.int32}
    yield {"x": v(3, 4)}, {"DstT": tf.bool}
    yield {"x": v(3, 4)}, {"DstT": tf.complex64}
    yield {"x": z(3, 4)}, {"DstT": tf.float32}
    for truncate in both:
        yield {"x": v(2, 3)}, {"DstT": tf.bfloat16, "Truncate": truncate}


# ---- two inputs, broadcast

PAIRS = [((3, 4), (3, 4)), ((), (3, 4)), ((3, 4), ()), ((4,), (3, 4)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((1, 1), (3, 4)),
         ((2, 1, 3), (4, 1)), ((2, 3, 1, 2), (3, 4, 1)), ((1,), (1,)), ((), ()), ((2, 1, 3, 1, 2), (4, 1, 2, 1))]


@of("Add", "AddV2", "Sub", "Mul", "MulNoNan", "SquaredDifference", "Maximum", "Minimum", "FloorDiv", "Atan2", "BiasAddV1",
    "NextAfter")
def pairs(operation):
    x, y = {"Atan2": ("y", "x"), "BiasAddV1": ("value", "bias"), "NextAfter": ("x1", "x2")}.get(operation, ("x", "y"))
    if operation == "BiasAddV1":
        for shape in (3, 4), (2, 3, 4), (2, 3, 2, 4), (2, 3, 2, 2, 4):
            yield {x: v(*shape), y: v(4)}
        return
    for one, other in PAIRS:
        yield {x: distinct(*one) if one else v(), y: v(*other)}
    if operation in ("Maximum", "Minimum"):
        yield {x: ties(3, 4), y: ties(3, 4)}
        yield {x: ties(3, 1), y: ties(4)}
        yield {x: at(1, 2, 3), y: Variable(2)}
    if operation == "MulNoNan":
        yield {x: v(3), y: at(0, 1, 2)}
    yield {x: v(3, 4), y: np.float32(0.7)}
    yield {x: np.float32(0.7), y: v(3, 4)}
    if operation in ("Add", "AddV2", "Sub", "Mul"):
        yield {x: z(3, 4), y: z(4)}
        yield {x: v(2, 0), y: v(2, 1)}


@of("Div", "RealDiv", "DivNoNan", "FloorMod", "Pow", "TruncateDiv", "Xdivy", "Xlogy", "Xlog1py")
def quotients(operation):
    for one, other in PAIRS:
        yield {"x": v(*one, low=0.5, high=2), "y": v(*other, low=0.6, high=1.9)}
    yield {"x": v(3, 4, low=0.5), "y": np.float32(1.7)}
    if operation in ("DivNoNan",):
        yield {"x": at(1, 0, 2), "y": at(0, 0, 1)}
    if operation in ("Xdivy", "Xlogy", "Xlog1py"):
        yield {"x": at(0, 1, 2), "y": at(0.5, 0.5, 1.5)}
        yield {"x": at(0, 1, 0), "y": at(0, 1, 2)}
    if operation == "Pow":
        yield {"x": at(0, 0, 1, 2), "y": at(2, 1, 0, 3)}
        yield {"x": at(-1, -2, 3), "y": np.float32(2)}
        yield {"x": at(-1, -2, 0, 3), "y": np.float32(3)}
        yield {"x": np.float32(2), "y": v(3)}
        yield {"x": z(3), "y": z(3)}
    if operation in ("Div", "RealDiv"):
        yield {"x": z(3, 4), "y": z(4)}


@of("Igamma", "Igammac")
def incomplete_gamma(operation):
    for one, other in PAIRS[:8]:
        yield {"a": v(*one, low=0.5, high=3), "x": v(*other, low=0.5, high=3)}


@of("Zeta")
def zeta(operation):
    for one, other in PAIRS[:8]:
        yield {"x": _rng.uniform(2, 4, one).astype(np.float32), "q": v(*other, low=1, high=3)}
    yield {"x": v(3, low=2, high=4), "q": v(3, low=1, high=3)}


@of("Polygamma")
def polygamma(operation):
    for one, other in PAIRS[:8]:
        yield {"a": np.ones(one, np.float32), "x": v(*other, low=1, high=3)}
    yield {"a": at(1, 2), "x": at(1, 2)}


@of("Betainc")
def betainc(operation):
    for shape in SHAPES[:4]:
        yield {"a": v(*shape, low=1, high=3), "b": v(*shape, low=1, high=3), "x": v(*shape, low=0.2, high=0.8)}
    yield {"a": np.float32(2), "b": np.float32(3), "x": v(3, low=0.2, high=0.8)}


@of("ClipByValue")
def clip(operation):
    yield {"t": v(3, 4), "clip_value_min": np.float32(-0.5), "clip_value_max": np.float32(0.4)}
    yield {"t": v(3, 4), "clip_value_min": v(low=-0.6, high=-0.4), "clip_value_max": v(low=0.4, high=0.6)}
    yield {"t": v(3, 4), "clip_value_min": v(3, 4, low=-0.6, high=-0.4), "clip_value_max": v(3, 4, low=0.4, high=0.6)}
    yield {"t": at(-1, 0, 1, 2), "clip_value_min": np.float32(0), "clip_value_max": np.float32(1)}
    yield {"t": v(2, 3, 2, 2), "clip_value_min": np.float32(0), "clip_value_max": np.float32(6)}


@of("Cross")
def cross(operation):
    yield {"a": v(3), "b": v(3)}
    yield {"a": v(2, 4, 3), "b": v(2, 4, 3)}


@of("Select", "SelectV2")
def select(operation):
    yield {"condition": [[True, False, True]], "t": v(1, 3), "e": v(1, 3)}
    yield {"condition": [True, False, True], "t": v(3), "e": v(3)}
    yield {"condition": True, "t": v(3, 2), "e": v(3, 2)}
    if operation == "Select":
        yield {"condition": [True, False, True], "t": v(3, 2, 2), "e": v(3, 2, 2)}
    else:
        yield {"condition": [[True], [False]], "t": v(3), "e": v(2, 1)}
        yield {"condition": [True, False, True], "t": v(), "e": v(2, 3)}
        yield {"condition": False, "t": v(2, 1), "e": v(3)}


@of("AddN")
def add_n(operation):
    for shape, n in zip(SHAPES, (1, 2, 3, 4, 2, 2)):
        yield {"inputs": [v(*shape) for _ in range(n)]}


# ---- complex

@of("Complex")
def complex_(operation):
    yield {"real": v(3, 4), "imag": v(3, 4)}
    yield {"real": v(4), "imag": v(3, 1)}
    yield {"real": v(4), "imag": v(3, 1)}, {}, {"types": {"T": "float64", "Tout": "complex128"}}


@of("Real", "Imag", "Angle")
def real_part(operation):
    yield {"input": z(3, 4)}
    yield {"input": z(2, 3, 2)}
    yield {"input": z(3, 4)}, {}, {"types": {"T": "complex128", "Tout": "float64"}}


@of("ComplexAbs")
def complex_abs(operation):
    yield {"x": z(3, 4)}
    yield {"x": z(2, 3, 2)}
    yield {"x": z(3, 4)}, {}, {"types": {"T": "complex128", "Tout": "float64"}}


@of("Conj")
def conj(operation):
    yield {"input": z(3, 4)}
    yield {"input": v(3, 4)}, {}, {"types": {"T": "complex64"}}


# ---- shapes

@of("BroadcastTo")
def broadcast_to(operation):
    for shape, to in (((), (3,)), ((3,), (2, 3)), ((3, 1), (3, 4)), ((1, 3), (2, 2, 3)), ((2, 1, 3, 1), (2, 4, 3, 2)),
                      ((2, 3), (2, 3))):
        yield {"input": v(*shape), "shape": list(to)}


@of("Reshape")
def reshape(operation):
    for shape, to in (((3, 4), [12]), ((3, 4), [2, -1]), ((), [1]), ((1,), np.zeros(0, np.int32)), ((2, 3, 2), [3, 4]),
                      ((12,), [2, 3, 1, 2])):
        yield {"tensor": v(*shape), "shape": to}


@of("ExpandDims")
def expand_dims(operation):
    for shape, dim in (((), 0), ((3,), 1), ((3, 4), -1), ((3, 4), 0), ((2, 3, 2), 1), ((2, 3, 2), -4)):
        yield {"input": v(*shape), "dim": dim}


@of("Squeeze")
def squeeze(operation):
    yield {"input": v(3, 1, 4)}
    yield {"input": v(3, 1, 4, 1)}, {"squeeze_dims": [1]}
    yield {"input": v(3, 1, 4, 1)}, {"squeeze_dims": [-1]}
    yield {"input": v(1, 1)}, {"squeeze_dims": [0, 1]}


@of("Transpose", "ConjugateTranspose")
def transpose(operation):
    for shape, perm in (((3,), [0]), ((3, 4), [1, 0]), ((2, 3, 4), [2, 0, 1]), ((2, 3, 2, 2), [0, 3, 1, 2]),
                        ((2, 1, 3, 2, 2), [4, 1, 0, 3, 2])):
        yield {"x": v(*shape), "perm": perm}
    yield {"x": z(3, 4), "perm": [1, 0]}


@of("Concat", "ConcatV2")
def concat(operation):
    axis = "concat_dim" if operation == "Concat" else "axis"
    for shapes, at_axis in ((((2,), (3,)), 0), (((3, 2), (3, 4)), 1),
                            (((3, 2), (3, 4), (3, 1)), -1 if operation == "ConcatV2" else 1),
                            (((2, 3, 2), (2, 1, 2)), 1), (((2, 3, 2, 1), (2, 3, 2, 2)), 3), (((1, 2), (2, 2)), 0)):
        yield {axis: at_axis, "values": [v(*s) for s in shapes]}
    yield {axis: 0, "values": [v(2, 2), np.ones((1, 2), np.float32)]}


@of("Pack")
def pack(operation):
    for shape, axis, n in (((), 0, 3), ((3,), 0, 2), ((3,), 1, 2), ((3, 4), -1, 3), ((2, 3, 2), 2, 2), ((2, 3), 0, 1)):
        yield {"values": [v(*shape) for _ in range(n)]}, {"axis": axis}


@of("Unpack")
def unpack(operation):
    for shape, axis, kept in (((3,), 0, None), ((3, 4), 0, None), ((3, 4), 1, (1, 3)), ((2, 3, 2), -1, None),
                              ((2, 3, 2), 1, (0,))):
        yield {"value": v(*shape)}, {"axis": axis, "num": shape[axis]}, {"outputs": kept}


@of("Split")
def split(operation):
    for shape, axis, n, kept in (((4,), 0, 2, None), ((3, 4), 1, 4, (0, 2)), ((3, 4), -1, 2, None), ((2, 3, 2), 1, 3, (1,)),
                                 ((3, 2), 0, 1, None)):
        yield {"split_dim": axis, "value": v(*shape)}, {"num_split": n}, {"outputs": kept}


@of("SplitV")
def split_v(operation):
    for shape, axis, sizes, kept in (((4,), 0, [1, 3], None), ((3, 4), 1, [1, 2, 1], (0, 2)), ((3, 4), -1, [-1, 1], None),
                                     ((2, 3, 2), 1, [3], None)):
        yield {"value": v(*shape), "size_splits": sizes, "split_dim": axis}, {"num_split": len(sizes)}, {"outputs": kept}


@of("Tile")
def tile(operation):
    for shape, multiples in (((3,), [2]), ((3, 4), [1, 3]), ((3, 4), [2, 2]), ((2, 3, 2), [1, 2, 1]),
                             ((2, 1, 2, 2), [2, 3, 1, 2])):
        yield {"input": v(*shape), "multiples": multiples}


@of("Fill")
def fill(operation):
    yield {"dims": [3, 4], "value": v()}
    yield {"dims": [2], "value": v()}
    yield {"dims": np.zeros(0, np.int32), "value": v()}


@of("Reverse")
def reverse(operation):
    yield {"tensor": v(3), "dims": [True]}
    yield {"tensor": v(3, 4), "dims": [False, True]}
    yield {"tensor": v(2, 3, 2, 2), "dims": [True, False, True, False]}


@of("ReverseV2")
def reverse_v2(operation):
    for shape, axis in (((3,), [0]), ((3, 4), [1]), ((3, 4), [-1, 0]), ((2, 3, 2, 2), [2, 1]), ((3, 4), np.zeros(0, np.int32))):
        yield {"tensor": v(*shape), "axis": axis}


@of("ReverseSequence")
def reverse_sequence(operation):
    yield {"input": v(3, 4), "seq_lengths": [1, 4, 2]}, {"seq_dim": 1, "batch_dim": 0}
    yield {"input": v(4, 3, 2), "seq_lengths": [1, 4, 2]}, {"seq_dim": 0, "batch_dim": 1}


@of("Roll")
def roll(operation):
    yield {"input": v(4), "shift": 1, "axis": 0}
    yield {"input": v(3, 4), "shift": [1, -2], "axis": [0, 1]}
    yield {"input": v(2, 3, 2), "shift": -1, "axis": -2}


PADDED = [((3,), [[1, 2]]), ((3, 4), [[0, 1], [2, 0]]), ((2, 3, 2), [[0, 0], [1, 1], [0, 0]]),
          ((2, 3, 3, 2), [[0, 0], [1, 2], [1, 1], [0, 0]])]


@of("Pad")
def pad(operation):
    for shape, paddings in PADDED:
        yield {"input": v(*shape), "paddings": paddings}


@of("PadV2")
def pad_v2(operation):
    for shape, paddings in PADDED:
        yield {"input": v(*shape), "paddings": paddings, "constant_values": np.float32(0.5)}
        yield {"input": v(*shape), "paddings": paddings, "constant_values": v()}


@of("MirrorPad")
def mirror_pad(operation):
    for mode, (shape, paddings) in itertools.product(("REFLECT", "SYMMETRIC"), PADDED):
        yield {"input": v(*shape), "paddings": paddings}, {"mode": mode}


@of("MirrorPadGrad")
def mirror_pad_grad(operation):
    for mode in ("REFLECT", "SYMMETRIC"):
        yield {"input": v(6), "paddings": [[1, 2]]}, {"mode": mode}
        yield {"input": v(2, 5, 5, 2), "paddings": [[0, 0], [1, 1], [1, 1], [0, 0]]}, {"mode": mode}


@of("Slice")
def slice_(operation):
    for shape, begin, size in (((4,), [1], [2]), ((3, 4), [0, 1], [3, -1]), ((3, 4), [1, 1], [1, 2]),
                               ((2, 3, 2, 2), [0, 1, 0, 1], [2, 2, 1, 1])):
        yield {"input": v(*shape), "begin": begin, "size": size}


STRIDES = [((5,), [1], [4], [1], {}), ((5,), [4], [0], [-2], {}), ((3, 4), [0, 1], [3, 4], [1, 2], {}),
           ((3, 4), [1], [2], [1], {"shrink_axis_mask": 1}), ((3, 4), [0, -1], [0, 0], [1, 1],
                                                              {"begin_mask": 1, "end_mask": 1, "shrink_axis_mask": 2}),
           ((2, 3, 4), [0, 1], [0, 3], [1, 1], {"ellipsis_mask": 1}), ((3, 4), [0, 0, 1], [0, 0, 3], [1, 1, 1],
                                                                       {"new_axis_mask": 1, "begin_mask": 2, "end_mask": 2}),
           ((2, 4, 4, 2), [0, 0, 0, 0], [2, 4, 4, 2], [1, 2, 2, 1], {"begin_mask": 15, "end_mask": 15}),
           ((2, 3, 4, 2), [0, 0, 1], [0, 0, 2], [1, 1, -1], {"ellipsis_mask": 2, "new_axis_mask": 1, "begin_mask": 4,
                                                             "end_mask": 4})]


@of("StridedSlice")
def strided_slice(operation):
    for shape, begin, end, strides, masks in STRIDES:
        yield {"input": v(*shape), "begin": begin, "end": end, "strides": strides}, masks


@of("StridedSliceGrad")
def strided_slice_grad(operation):
    for shape, begin, end, strides, masks in STRIDES:
        sliced = tf.raw_ops.StridedSlice(input=np.zeros(shape, np.float32), begin=begin, end=end, strides=strides, **masks)
        yield {"shape": list(shape), "begin": begin, "end": end, "strides": strides, "dy": v(*sliced.shape)}, masks


@of("TensorStridedSliceUpdate")
def strided_slice_update(operation):
    for shape, begin, end, strides, masks in STRIDES:
        sliced = tf.raw_ops.StridedSlice(input=np.zeros(shape, np.float32), begin=begin, end=end, strides=strides, **masks)
        yield {"input": v(*shape), "begin": begin, "end": end, "strides": strides, "value": v(*sliced.shape)}, masks


@of("DepthToSpace", "SpaceToDepth")
def depth_to_space(operation):
    down = operation == "SpaceToDepth"
    yield {"input": v(1, 4, 6, 1) if down else v(1, 2, 3, 4)}, {"block_size": 2}
    yield {"input": v(2, 6, 3, 2) if down else v(2, 2, 1, 18)}, {"block_size": 3}


@of("BatchToSpace", "SpaceToBatch")
def batch_to_space(operation):
    for block, edge in ((2, [[0, 0], [0, 0]]), (2, [[1, 1], [0, 2]]), (3, [[0, 0], [1, 2]])):
        if operation == "SpaceToBatch":
            yield {"input": v(2, *[n * block - sum(e) for n, e in zip((2, 2), edge)], 2), "paddings": edge}, {"block_size": block}
        else:
            yield {"input": v(2 * block * block, 2, 2, 2), "crops": edge}, {"block_size": block}


@of("BatchToSpaceND", "SpaceToBatchND")
def batch_to_space_nd(operation):
    for block, edge in (([2], [[0, 1]]), ([2, 2], [[0, 0], [1, 1]]), ([1, 3], [[0, 1], [2, 1]]),
                        ([2, 1, 2], [[0, 0], [0, 0], [1, 1]])):
        if operation == "SpaceToBatchND":
            yield {"input": v(2, *[2 * b - sum(e) + (1 if b == 1 else 0) for b, e in zip(block, edge)], 2), "block_shape": block,
                   "paddings": edge}
        else:
            yield {"input": v(2 * int(np.prod(block)), *[3] * len(block), 2), "block_shape": block, "crops": edge}


@of("ExtractImagePatches")
def image_patches(operation):
    for size, stride, rate, padding in ((2, 1, 1, "VALID"), (3, 2, 1, "SAME"), (2, 1, 2, "SAME"), (2, 2, 2, "VALID")):
        yield {"images": v(2, 5, 6, 2)}, {"ksizes": [1, size, size, 1], "strides": [1, stride, stride, 1],
                                          "rates": [1, rate, rate, 1], "padding": padding}


@of("ExtractVolumePatches")
def volume_patches(operation):
    for size, stride, padding in ((2, 1, "VALID"), (3, 2, "SAME")):
        yield {"input": v(2, 4, 3, 4, 2)}, {"ksizes": [1, size, size, size, 1], "strides": [1, stride, stride, stride, 1],
                                            "padding": padding}


# ---- matrices of a diagonal

@of("Diag")
def diag(operation):
    yield {"diagonal": v(3)}
    yield {"diagonal": v(2, 3)}


@of("DiagPart")
def diag_part(operation):
    yield {"input": v(3, 3)}
    yield {"input": v(2, 3, 2, 3)}


@of("MatrixBandPart")
def band(operation):
    for shape, lower, upper in (((4, 4), 1, 0), ((3, 5), -1, 1), ((2, 3, 4), 0, -1), ((2, 2, 3, 3), 1, 1)):
        yield {"input": v(*shape), "num_lower": lower, "num_upper": upper}


@of("MatrixDiag")
def matrix_diag(operation):
    yield {"diagonal": v(3)}
    yield {"diagonal": v(2, 3)}
    yield {"diagonal": v(2, 2, 3)}


ALIGNED = "LEFT_RIGHT", "RIGHT_LEFT", "LEFT_LEFT", "RIGHT_RIGHT"


@of("MatrixDiagV2", "MatrixDiagV3")
def matrix_diag_v3(operation):
    for i, (shape, k, rows, columns) in enumerate((((3,), [0], -1, -1), ((2, 3), [1], -1, -1), ((3, 3), [-1, 1], 3, 3),
                                                   ((2, 3, 4), [-1, 1], 4, 5), ((2, 3), [0], 3, 4))):
        for align in ALIGNED if operation == "MatrixDiagV3" else (None,):
            for padding in (np.float32(0), v()):
                yield ({"diagonal": v(*shape), "k": k, "num_rows": rows, "num_cols": columns, "padding_value": padding},
                       {"align": align} if align else {})


@of("MatrixDiagPart")
def matrix_diag_part(operation):
    for shape in ((3, 3), (2, 3, 4), (2, 2, 4, 3)):
        yield {"input": v(*shape)}


@of("MatrixDiagPartV2", "MatrixDiagPartV3")
def matrix_diag_part_v3(operation):
    for shape, k in (((3, 3), [0]), ((3, 4), [1]), ((2, 4, 3), [-1, 1]), ((2, 2, 3, 3), [-2, 0])):
        for align in ALIGNED if operation == "MatrixDiagPartV3" else (None,):
            for padding in (np.float32(0), v()):
                yield {"input": v(*shape), "k": k, "padding_value": padding}, {"align": align} if align else {}


@of("MatrixSetDiag")
def set_diag(operation):
    yield {"input": v(3, 3), "diagonal": v(3)}
    yield {"input": v(2, 3, 4), "diagonal": v(2, 3)}


@of("MatrixSetDiagV2", "MatrixSetDiagV3")
def set_diag_v3(operation):
    for shape, diagonal, k in (((3, 3), (3,), [0]), ((2, 3, 4), (2, 3), [1]), ((2, 3, 3), (2, 3, 3), [-1, 1]),
                               ((4, 3), (2, 3), [-1, 0])):
        for align in ALIGNED if operation == "MatrixSetDiagV3" else (None,):
            yield {"input": v(*shape), "diagonal": v(*diagonal), "k": k}, {"align": align} if align else {}


# ---- gather and scatter

@of("Gather")
def gather(operation):
    for validate in both:
        yield {"params": v(4, 3), "indices": [0, 2, 2]}, {"validate_indices": validate}
    yield {"params": v(4), "indices": 1}
    yield {"params": v(3, 2, 2), "indices": [[0, 1], [2, 1]]}


@of("GatherV2")
def gather_v2(operation):
    for shape, indices, axis, dims in (((4,), [0, 2, 2], 0, 0), ((4, 3), [[1, 0], [3, 3]], 0, 0), ((4, 3), [2, 0], 1, 0),
                                       ((2, 3, 4), [3, 1, 1], -1, 0),
                                       ((2, 3, 4), [[0, 2], [1, 1]], 1, 1), ((2, 3, 4), [[0, 2], [1, 1]], 2, 1),
                                       ((2, 2, 3), [[[0], [2]], [[1], [1]]], 2, 2),
                                       ((4, 3), 2, 0, 0), ((2, 3, 2, 2), [[0, 2, 1], [1, 1, 0]], 1, -1)):
        yield {"params": v(*shape), "indices": indices, "axis": axis}, {"batch_dims": dims}


@of("GatherNd")
def gather_nd(operation):
    for shape, indices in (((4,), [[1], [1]]), ((4, 3), [[1, 2], [0, 0], [1, 2]]), ((4, 3), [[1], [3]]),
                           ((2, 3, 2), [[[0, 1], [1, 2]]])):
        yield {"params": v(*shape), "indices": indices}
    yield {"params": v(4, 3), "indices": [[1], [3]]}, {"bad_indices_policy": "ERROR"}


@of("ScatterNd")
def scatter_nd(operation):
    yield {"indices": [[1], [3], [1]], "updates": v(3), "shape": [4]}
    yield {"indices": [[1], [3]], "updates": v(2, 3), "shape": [4, 3]}
    yield {"indices": [[1, 0], [0, 1]], "updates": v(2, 2), "shape": [2, 3, 2]}
    yield {"indices": [[1], [3]], "updates": v(2), "shape": [4]}, {"bad_indices_policy": "ERROR"}


@of("ScatterNdNonAliasingAdd", "TensorScatterAdd", "TensorScatterSub", "TensorScatterUpdate", "TensorScatterMax",
    "TensorScatterMin")
def tensor_scatter(operation):
    name = "input" if operation.startswith("Scatter") else "tensor"
    again = [] if operation == "TensorScatterUpdate" else [[1]]
    yield {name: v(4), "indices": [[1], [3]] + again, "updates": v(2 + len(again))}
    yield {name: v(4, 3), "indices": [[1], [3]], "updates": v(2, 3)}
    yield {name: v(2, 3, 2), "indices": [[1, 0], [0, 1]], "updates": v(2, 2)}
    yield {name: v(4), "indices": [[1], [3]], "updates": v(2)}, {"bad_indices_policy": "ERROR"}
    if operation.endswith(("Max", "Min")):
        yield {name: ties(6), "indices": [[0], [1], [2], [3], [3]], "updates": ties(5)}


@of("DynamicPartition")
def dynamic_partition(operation):
    yield {"data": v(5), "partitions": [0, 1, 1, 0, 2]}, {"num_partitions": 3}
    yield {"data": v(3, 2), "partitions": [1, 0, 1]}, {"num_partitions": 2}
    yield {"data": v(2, 3, 2), "partitions": [[0, 1, 1], [1, 0, 0]]}, {"num_partitions": 2}


@of("DynamicStitch", "ParallelDynamicStitch")
def dynamic_stitch(operation):
    yield {"indices": [np.int32([0, 2]), np.int32([1])], "data": [v(2), v(1)]}
    yield {"indices": [np.int32([0, 2]), np.int32([1, 3])], "data": [v(2, 3), v(2, 3)]}
    yield {"indices": [np.int32(0), np.int32([[1, 3], [2, 4]])], "data": [v(2), v(2, 2, 2)]}
    if operation == "DynamicStitch":
        yield {"indices": [np.int32([0, 1]), np.int32([1, 2])], "data": [v(2), v(2)]}
    yield {"indices": [np.int32([0, 1])], "data": [v(2)]}


@of("SegmentSum", "SegmentMean", "SegmentMax", "SegmentMin", "SegmentProd")
def segment(operation):
    values = distinct if operation.endswith(("Max", "Min")) else lambda *s: v(*s, low=0.5, high=1.5)
    yield {"data": values(5), "segment_ids": [0, 0, 1, 1, 1]}
    yield {"data": values(4, 3), "segment_ids": [0, 1, 1, 3]}
    yield {"data": values(3, 2, 2), "segment_ids": [0, 0, 1]}
    if operation.endswith(("Max", "Min")):
        yield {"data": ties(6), "segment_ids": [0, 0, 0, 1, 1, 1]}
    if operation == "SegmentProd":
        yield {"data": at(0, 2, 3, 0, 0, 2), "segment_ids": [0, 0, 0, 1, 1, 1]}


@of("UnsortedSegmentSum", "UnsortedSegmentMax", "UnsortedSegmentMin", "UnsortedSegmentProd")
def unsorted_segment(operation):
    values = distinct if operation.endswith(("Max", "Min")) else lambda *s: v(*s, low=0.5, high=1.5)
    yield {"data": values(5), "segment_ids": [1, 0, 1, 1, 0], "num_segments": 2}
    yield {"data": values(4, 3), "segment_ids": [2, 0, -1, 2],
           "num_segments": 3}
    yield {"data": values(2, 3, 2), "segment_ids": [[0, 1, 1], [1, 0, 0]], "num_segments": 2}
    if operation.endswith(("Max", "Min")):
        yield {"data": ties(6), "segment_ids": [0, 1, 0, 1, 0, 1], "num_segments": 2}
    if operation == "UnsortedSegmentProd":
        yield {"data": at(0, 2, 3, 0, 0, 2), "segment_ids": [0, 0, 0, 1, 1, 1], "num_segments": 2}


@of("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN")
def sparse_segment(operation):
    for sparse in both:
        yield {"data": v(4, 3), "indices": [0, 2, 2, 3], "segment_ids": [0, 0, 1, 1]}, {"sparse_gradient": sparse}
    yield {"data": v(4), "indices": [0, 2, 1], "segment_ids": [0, 0, 2]}


@of("SparseSegmentSumWithNumSegments", "SparseSegmentMeanWithNumSegments", "SparseSegmentSqrtNWithNumSegments")
def sparse_segment_number(operation):
    for sparse in both:
        yield {"data": v(4, 3), "indices": [0, 2, 2, 3], "segment_ids": [0, 0, 1, 1],
               "num_segments": 3}, {"sparse_gradient": sparse}


@of("ResourceGather")
def resource_gather(operation):
    for validate in both:
        yield {"resource": Handle(_rng.normal(size=(4, 3))), "indices": [0, 2, 2]}, {"dtype": tf.float32,
                                                                                     "validate_indices": validate}
    yield {"resource": Handle(_rng.normal(size=(4,))), "indices": [[0, 2], [2, 1]]}, {"dtype": tf.float32}
    # Python's own gradient takes no account of batch_dims.
    yield ({"resource": Handle(_rng.normal(size=(2, 4, 2))), "indices": [[0, 2], [2, 1]]}, {"dtype": tf.float32, "batch_dims": 1},
           {"twin": lambda resource, indices, dtype, batch_dims: tf.gather(
               tf.raw_ops.ReadVariableOp(resource=resource, dtype=dtype), indices, batch_dims=batch_dims)})


@of("ResourceGatherNd")
def resource_gather_nd(operation):
    yield {"resource": Handle(_rng.normal(size=(4, 3))), "indices": [[0, 2], [2, 1]]}, {"dtype": tf.float32}
    yield {"resource": Handle(_rng.normal(size=(4, 3))), "indices": [[0], [2]]}, {"dtype": tf.float32}


@of("ReadVariableOp")
def read_variable(operation):
    for shape in SHAPES:
        yield {"resource": Handle(_rng.normal(size=shape))}, {"dtype": tf.float32}


# ---- reductions

REDUCED = [((4,), 0), ((3, 4), 1), ((3, 4), [0]), ((3, 4), [0, 1]), ((3, 4), -1), ((2, 3, 4), [0, -1]), ((2, 3, 2, 2), [1, 2]),
           ((2, 3, 2, 2), [-3, -1]),
           ((3, 4), np.zeros(0, np.int32)), ((), np.zeros(0, np.int32)), ((2, 1, 3, 2, 2), [1, 4, 2])]


@of("Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm")
def reduce(operation):
    values = distinct if operation in ("Max", "Min") else lambda *s: v(*s, low=0.5, high=1.5)
    for i, (shape, axes) in enumerate(REDUCED):
        for keep in both:
            yield {"input": values(*shape) if shape else v(), "reduction_indices": axes}, {"keep_dims": keep}
    if operation in ("Max", "Min"):
        yield {"input": ties(3, 4), "reduction_indices": 1}
        yield {"input": ties(2, 3, 2, 2), "reduction_indices": [1, 2]}, {"keep_dims": True}
    if operation == "Prod":
        yield {"input": Variable([[0, 2, 3], [0, 0, 2], [1, -2, 3]]), "reduction_indices": 1}
    if operation in ("Sum", "Mean"):
        yield {"input": z(3, 4), "reduction_indices": 1}


@of("Cumsum", "Cumprod", "CumulativeLogsumexp")
def cumulative(operation):
    for exclusive, backwards in itertools.product(both, both):
        for shape, axis in (((4,), 0), ((3, 4), 1), ((3, 4), -2), ((2, 3, 2), 1)):
            if operation == "CumulativeLogsumexp" and exclusive:
                continue  # Minus the largest number at its end, which no loss can hold.
            yield ({"x": v(*shape, low=0.5, high=1.5), "axis": axis}, {"exclusive": exclusive, "reverse": backwards},
                   {"planted": {"reverse": False}} if backwards else {})
    if operation == "Cumprod":
        yield {"x": at(1, 2, 3), "axis": 0}


@of("ArgMax", "ArgMin")
def arg_max(operation):
    yield {"input": distinct(3, 4), "dimension": 1}
    yield {"input": distinct(3, 4), "dimension": 0}, {"output_type": tf.int32}



@of("TopKV2")
def top_k_v2(operation):
    for shape, k, sort in (((5,), 2, True), ((3, 4), 4, False), ((2, 3, 4), 1, True)):
        yield {"input": distinct(*shape), "k": k}, {"sorted": sort}
    yield {"input": ties(3, 5), "k": 2}



@of("NthElement")
def nth_element(operation):
    for shape, n, backwards in (((5,), 2, False), ((3, 4), 0, True), ((2, 3, 4), 1, False)):
        yield {"input": distinct(*shape), "n": n}, {"reverse": backwards}
    yield {"input": ties(3, 5), "n": 2}


@of("IsotonicRegression")
def isotonic(operation):
    yield {"input": distinct(3, 5)}
    yield {"input": distinct(1, 4)}


# ---- matrices

@of("MatMul")
def mat_mul(operation):
    for a, b in itertools.product(both, both):
        yield {"a": v(4, 3) if a else v(3, 4), "b": v(2, 4) if b else v(4, 2)}, {"transpose_a": a, "transpose_b": b}
    yield {"a": z(3, 4), "b": z(2, 4)}, {"transpose_b": True}
    yield {"a": v(3, 4), "b": _rng.normal(size=(4, 2)).astype(np.float32)}
    yield {"a": v(1, 1), "b": v(1, 1)}


@of("SparseMatMul")
def sparse_mat_mul(operation):
    for a, b in itertools.product(both, both):
        yield ({"a": v(4, 3) if a else v(3, 4), "b": v(2, 4) if b else v(4, 2)},
               {"transpose_a": a, "transpose_b": b, "a_is_sparse": a, "b_is_sparse": b})


@of("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")
def batch_mat_mul(operation):
    tout = {"Tout": tf.float32} if operation == "BatchMatMulV3" else {}
    for a, b in itertools.product(both, both):
        for batch in ((), (2,), (2, 3)):
            yield ({"x": v(*batch, *((4, 3) if a else (3, 4))), "y": v(*batch, *((2, 4) if b else (4, 2)))},
                   {"adj_x": a, "adj_y": b, **tout})
    if operation != "BatchMatMul":
        for one, other in (((2,), ()), ((), (3,)), ((2, 1), (3,)), ((1,), (2,)), ((2, 1, 2), (3, 1))):
            yield {"x": v(*one, 3, 4), "y": v(*other, 4, 2)}, tout
            yield {"x": v(*one, 4, 3), "y": v(*other, 2, 4)}, {"adj_x": True, "adj_y": True, **tout}
    if operation == "BatchMatMulV2":
        yield {"x": z(2, 3, 4), "y": z(2, 2, 4)}, {"adj_y": True}


EQUATIONS = [("ij,jk->ik", (3, 4), (4, 2)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)), ("bij,bkj->bik", (2, 3, 4), (2, 2, 4)),
             ("ij->ji", (3, 4)), ("ii->i", (3, 3)), ("ij->", (3, 4)), ("ij->i", (3, 4)), ("i,j->ij", (3,), (4,)),
              ("i,i->", (3,), (3,)),
             ("...ij,...jk->...ik", (2, 1, 3, 4), (3, 4, 2)), ("abc,cd->abd", (2, 3, 4), (4, 2)),
              ("BNHD,BMHD->BHNM", (2, 3, 2, 2), (2, 3, 2, 2)),
             ("aecd,abcd->acbe", (2, 3, 2, 2), (2, 3, 2, 2)), ("acbe,aecd->abcd", (2, 2, 3, 3), (2, 3, 2, 2)),
              ("ij,kl->ik", (3, 4), (2, 3)),
             ("ii,ij->j", (3, 3), (3, 2)), ("ij,ij->ij", (3, 4), (3, 4)), ("i...->...", (3, 4)), ("...->...", (3, 4))]


@of("Einsum")
def einsum(operation):
    for equation, *shapes in EQUATIONS:
        yield {"inputs": [v(*s) for s in shapes]}, {"equation": equation}
    yield {"inputs": [z(3, 4), z(4, 2)]}, {"equation": "ij,jk->ik"}


@of("Cholesky", "MatrixDeterminant", "LogMatrixDeterminant", "MatrixSquareRoot")
def positive_definite(operation):
    for shape in ((2, 2), (3, 3), (2, 3, 3), (2, 2, 2, 2)):
        yield {"input": spd(*shape)}


@of("MatrixInverse")
def matrix_inverse(operation):
    for adjoint, shape in itertools.product(both, ((3, 3), (2, 3, 3))):
        yield {"input": regular(*shape)}, {"adjoint": adjoint}


@of("MatrixSolve")
def matrix_solve(operation):
    for adjoint in both:
        for one, other in (((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 1))):
            yield {"matrix": regular(*one), "rhs": v(*other)}, {"adjoint": adjoint}, {"planted": {"adjoint": not adjoint}}


@of("MatrixTriangularSolve", "BandedTriangularSolve")
def triangular_solve(operation):
    for lower, adjoint in itertools.product(both, both):
        if operation == "BandedTriangularSolve":
            # Two bands of a 3 x 3 matrix, the diagonal first where lower, last where upper.
            bands = np.array([[2, 3, 4], [0.5, 0.4, 0.3]]) if lower else np.array([[0.5, 0.4, 0.3], [2, 3, 4]])
            yield {"matrix": Variable(bands), "rhs": v(3, 2)}, {"lower": lower, "adjoint": adjoint}
            yield {"matrix": Variable(np.stack([bands, bands * 1.5])), "rhs": v(2, 3, 2)}, {"lower": lower, "adjoint": adjoint}
            continue
        for one, other in (((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 1)), ((3, 3), (2, 3, 2)), ((2, 3, 3), (3, 2))):
            yield {"matrix": regular(*one), "rhs": v(*other)}, {"lower": lower,
                                                                "adjoint": adjoint}, {"planted": {"lower": not lower}}


@of("MatrixSolveLs")
def solve_ls(operation):
    for rows in (4, 2):
        yield {"matrix": Variable(_rng.normal(size=(rows, 3))), "rhs": v(rows, 2),
               "l2_regularizer": np.float64(0.1)}, {"fast": True}
    yield {"matrix": Variable(_rng.normal(size=(4, 3))), "rhs": v(4, 2), "l2_regularizer": np.float64(0)}, {"fast": False}
    yield {"matrix": Variable(_rng.normal(size=(2, 4, 3))), "rhs": v(2, 4, 1), "l2_regularizer": np.float64(0.1)}, {"fast": True}


@of("Qr")
def qr(operation):
    for full, shape in ((False, (4, 3)), (False, (3, 3)), (False, (2, 4, 3)), (True, (3, 3)), (False, (2, 3)), (True, (4, 3))):
        yield {"input": Variable(_rng.normal(size=shape))}, {"full_matrices": full}


@of("SelfAdjointEigV2")
def eigh(operation):
    for compute, shape in itertools.product(both, ((3, 3), (2, 3, 3))):
        yield {"input": Variable(np.diag([1.0, 2.0, 4.0]) + spd(*shape).value * 0.2)}, {"compute_v": compute}, {"outputs": (0,)}


@of("Eig")
def eig(operation):
    for compute in both:
        yield {"input": regular(3, 3)}, {"compute_v": compute, "Tout": tf.complex64}, {"outputs": (0,)}


@of("Svd")
def svd(operation):
    for shape, compute, full in (((3, 3), True, False), ((4, 3), True, False), ((3, 4), True, False), ((3, 3), False, False),
                                 ((4, 3), True, True), ((2, 3, 3), True, False)):
        matrices = Variable(_rng.normal(size=shape) * 0.2 + np.eye(*shape[-2:]) * np.arange(1, shape[-1] + 1))
        yield {"input": matrices}, {"compute_uv": compute, "full_matrices": full}, {"outputs": (0,)}


@of("TridiagonalMatMul")
def tridiagonal_mat_mul(operation):
    yield {"superdiag": v(1, 3), "maindiag": v(1, 3), "subdiag": v(1, 3), "rhs": v(3, 2)}
    yield {"superdiag": v(2, 1, 3), "maindiag": v(2, 1, 3), "subdiag": v(2, 1, 3), "rhs": v(2, 3, 2)}


@of("TridiagonalSolve")
def tridiagonal_solve(operation):
    for pivoting in both:
        diagonals = _rng.uniform(0.2, 0.5, (3, 4)) + np.array([[0], [3], [0]])
        yield {"diagonals": Variable(diagonals), "rhs": v(4, 2)}, {"partial_pivoting": pivoting}
        yield {"diagonals": Variable(np.stack([diagonals, diagonals + 0.1])), "rhs": v(2, 4, 2)}, {"partial_pivoting": pivoting}


# ---- Fourier transforms

@of("FFT", "IFFT", "FFT2D", "IFFT2D", "FFT3D", "IFFT3D")
def fft(operation):
    rank = {"2": 2, "3": 3}.get(operation[-2], 1)
    yield {"input": z(*(4, 3, 2)[:rank])}
    yield {"input": z(2, *(5, 4, 3)[:rank])}


def cut(operation):
    """The operation on no more than it uses: Python's gradient fails where there is more."""
    def call(input, fft_length, **given):  # noqa: A002
        used = int(fft_length[-1]) if operation.startswith("R") else int(fft_length[-1]) // 2 + 1
        return getattr(tf.raw_ops, operation)(input=input[..., :used], fft_length=fft_length, **given)
    return call


@of("RFFT", "RFFT2D")
def rfft(operation):
    rank = 2 if operation.endswith("2D") else 1
    for last, length in ((4, 4), (5, 5), (6, 4), (6, 3), (2, 2)):
        yield {"input": v(2, *(3, last)[-rank:]), "fft_length": [3, length][-rank:]}, {}, {"twin": cut(operation)}
    if rank == 2:
        yield {"input": v(2, 4, 4), "fft_length": [4, 4]}


@of("IRFFT", "IRFFT2D")
def irfft(operation):
    rank = 2 if operation.endswith("2D") else 1
    for last, length in ((3, 4), (3, 5), (4, 4), (4, 6), (5, 2)):
        yield {"input": z(2, *(3, last)[-rank:]), "fft_length": [3, length][-rank:]}, {}, {"twin": cut(operation)}


# ---- networks

@of("BiasAdd")
def bias_add(operation):
    for shape in ((3, 4), (2, 3, 4), (2, 3, 2, 4), (2, 3, 2, 2, 4)):
        yield {"value": v(*shape), "bias": v(4)}
        if len(shape) > 2:
            yield {"value": v(shape[0], 4, *shape[1:-1]), "bias": v(4)}, {"data_format": "NCHW"}


@of("BiasAddGrad")
def bias_add_grad(operation):
    for shape in ((3, 4), (2, 3, 4), (2, 3, 2, 4)):
        yield {"out_backprop": v(*shape)}
        if len(shape) > 2:
            yield {"out_backprop": v(shape[0], 4, *shape[1:-1])}, {"data_format": "NCHW"}


CONVOLUTIONS = [  # image, filter, strides, padding, explicit paddings, dilations
    ((2, 4, 5, 2), (3, 3, 2, 3), 1, "SAME", None, 1), ((2, 5, 6, 2), (3, 2, 2, 3), 1, "VALID", None, 1),
    ((2, 6, 6, 2), (3, 3, 2, 2), 2, "SAME", None, 1),
    ((2, 6, 5, 2), (2, 3, 2, 2), 2, "VALID", None, 1), ((1, 5, 5, 2), (1, 1, 2, 3), 1, "SAME", None, 1),
    ((1, 5, 5, 2), (1, 1, 2, 3), 2, "SAME", None, 1),
    ((1, 7, 7, 2), (3, 3, 2, 2), 1, "SAME", None, 2), ((1, 7, 8, 2), (2, 3, 2, 2), 1, "VALID", None, 2),
    ((2, 4, 4, 2), (3, 3, 2, 2), 1, "EXPLICIT", (1, 2, 0, 1), 1),
    ((2, 5, 4, 2), (3, 3, 2, 2), 2, "EXPLICIT", (1, 0, 2, 1), 1), ((1, 7, 7, 2), (3, 3, 2, 2), 1, "EXPLICIT", (2, 1, 0, 1), 2)]
UNEVEN = [((1, 7, 7, 2), (3, 3, 2, 2), (2, 1), "SAME", None, 1), ((1, 7, 7, 2), (3, 3, 2, 2), 1, "VALID", None, (1, 2))]
GROUPED = [((2, 4, 5, 4), (3, 3, 2, 4), 1, "SAME", None, 1), ((2, 4, 5, 4), (3, 3, 1, 4), 1, "SAME", None, 1),
           ((2, 5, 5, 4), (1, 1, 2, 2), 2, "VALID", None, 1)]
# Of which oneDNN's kernel for the gradient ends the process.
DEEP = [((2, 9, 8, 8), (3, 3, 8, 2), 1, "VALID", None, 2), ((2, 9, 8, 8), (3, 2, 8, 1), 1, "EXPLICIT", (1, 2, 0, 3), 2)]


def convolution_attributes(stride, padding, explicit, dilation, channels_first):
    def sizes(n):
        pair = list(n) if isinstance(n, tuple) else [n, n]
        return [1, 1] + pair if channels_first else [1] + pair + [1]
    attributes = {"strides": sizes(stride), "padding": padding, "dilations": sizes(dilation)}
    if explicit:
        attributes["explicit_paddings"] = [0, 0, 0, 0] + list(explicit) if channels_first else [0, 0] + list(explicit) + [0, 0]
    if channels_first:
        attributes["data_format"] = "NCHW"
    return attributes


def channels_first(shape):
    return tuple(shape[:1]) + tuple(shape[-1:]) + tuple(shape[1:-1])


def channels_last_twin(operation, *images):
    """The operation on images whose channels come last, of the inputs of these names."""
    def call(data_format, **given):
        for name in images:
            rank = len(given[name].shape)
            given[name] = tf.transpose(given[name], [0, *range(2, rank), 1])
        for name in ("strides", "ksize", "dilations"):
            if name in given:
                given[name] = [given[name][0], *given[name][2:], given[name][1]]
        if "explicit_paddings" in given:
            paddings = given["explicit_paddings"]
            given["explicit_paddings"] = paddings[:2] + paddings[4:] + paddings[2:4]
        function = getattr(tf.raw_ops, operation)
        if max(given.get("dilations", [1])) > 1:
            function = dilated if operation == "Conv2D" else dilated_depthwise
        if operation == "Conv2D" and given["input"].shape[-1] != given["filter"].shape[2]:
            function = grouped
        result = tf.nest.flatten(function(**given))
        rank = len(result[0].shape)
        return [tf.transpose(result[0], [0, rank - 1, *range(1, rank - 1)])] + result[1:]
    return call


@of("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter", "DepthwiseConv2dNative", "DepthwiseConv2dNativeBackpropInput",
    "DepthwiseConv2dNativeBackpropFilter")
def convolution(operation):
    deep = operation.startswith("Depthwise")
    some = CONVOLUTIONS + UNEVEN + GROUPED
    if operation == "DepthwiseConv2dNative":
        some = CONVOLUTIONS + UNEVEN[1:] + DEEP
    elif deep:
        some = [case for case in CONVOLUTIONS if case[-1] == 1]
    elif operation != "Conv2D":
        # Kernels have no dilations; Keras goes round them by SpaceToBatchND. What has some is for oneDNN, and not right there.
        some = [case for case in CONVOLUTIONS + UNEVEN if case[-1] == 1]
    for image, kernel, stride, padding, explicit, dilation in some:
        attributes = convolution_attributes(stride, padding, explicit, dilation, False)
        planted = {"planted": {"dilations": [1, 1, 1, 1]}} if dilation == 2 and padding == "SAME" else {}
        twin = (dilated_depthwise if deep else dilated) if dilation != 1 else grouped if image[-1] != kernel[-2] else None
        yield convolution_inputs(operation, image, kernel, attributes), attributes, {**planted, "twin": twin}
        if operation in ("Conv2D", "DepthwiseConv2dNative"):
            attributes = convolution_attributes(stride, padding, explicit, dilation, True)
            yield ({"input": v(*channels_first(image)), "filter": v(*kernel)}, attributes,
                   {"twin": channels_last_twin(operation, "input")})


def grouped(input, filter, **attributes):  # noqa: A002
    """A convolution of groups of channels, one by one."""
    groups = input.shape[-1] // filter.shape[2]
    parts = zip(tf.split(input, groups, -1), tf.split(filter, groups, -1))
    return tf.concat([tf.raw_ops.Conv2D(input=i, filter=f, **attributes) for i, f in parts], -1)


def dilated(input, filter, dilations, operation=tf.raw_ops.Conv2D, **attributes):  # noqa: A002
    """A convolution with zeros between the rows and columns of its filter."""
    rows, columns = dilations[1:3]
    height, width, *channels = filter.shape
    wide = tf.reshape(filter, [height, 1, width, 1, *channels])
    wide = tf.pad(wide, [[0, 0], [0, rows - 1], [0, 0], [0, columns - 1], [0, 0], [0, 0]])
    wide = tf.reshape(wide, [height * rows, width * columns, *channels])[:(height - 1) * rows + 1, :(width - 1) * columns + 1]
    return operation(input=input, filter=wide, **attributes)


def dilated_depthwise(input, filter, dilations, **attributes):  # noqa: A002
    return dilated(input, filter, dilations, tf.raw_ops.DepthwiseConv2dNative, **attributes)


def convolution_inputs(operation, image, kernel, attributes):
    if not operation.endswith(("BackpropInput", "BackpropFilter")):
        return {"input": v(*image), "filter": v(*kernel)}
    forward = tf.raw_ops.DepthwiseConv2dNative if operation.startswith("Depthwise") else tf.raw_ops.Conv2D
    out = forward(input=np.zeros(image, np.float32), filter=np.zeros(kernel, np.float32), **attributes).shape
    if operation.endswith("BackpropInput"):
        return {"input_sizes": list(image), "filter": v(*kernel), "out_backprop": v(*out)}
    return {"input": v(*image), "filter_sizes": list(kernel), "out_backprop": v(*out)}


@of("Conv3D", "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2")
def convolution_3d(operation):
    for stride, padding in ((1, "SAME"), (1, "VALID"), (2, "SAME"), (2, "VALID")):
        image, kernel = (1, 4, 3, 4, 2), (2, 2, 3, 2, 2)
        attributes = {"strides": [1, stride, stride, stride, 1], "padding": padding}
        if operation == "Conv3D":
            yield {"input": v(*image), "filter": v(*kernel)}, attributes
            attributes = {"strides": [1, 1, stride, stride, stride], "padding": padding, "data_format": "NCDHW"}
            yield ({"input": v(*channels_first(image)), "filter": v(*kernel)}, attributes,
                   {"twin": channels_last_twin(operation, "input")})
            continue
        out = tf.raw_ops.Conv3D(input=np.zeros(image, np.float32), filter=np.zeros(kernel, np.float32), **attributes).shape
        if operation == "Conv3DBackpropInputV2":
            yield {"input_sizes": list(image), "filter": v(*kernel), "out_backprop": v(*out)}, attributes
        else:
            yield {"input": v(*image), "filter_sizes": list(kernel), "out_backprop": v(*out)}, attributes


POOLS = [(2, 2, "VALID"), (2, 2, "SAME"), (3, 1, "SAME"), (3, 2, "SAME"), (2, 1, "VALID"), ((3, 2), (1, 2), "VALID")]


def pool_attributes(size, stride, padding):
    def sizes(n):
        return [1] + (list(n) if isinstance(n, tuple) else [n, n]) + [1]
    return {"ksize": sizes(size), "strides": sizes(stride), "padding": padding}


@of("MaxPool", "AvgPool", "MaxPoolWithArgmax")
def pool(operation):
    name = "value" if operation == "AvgPool" else "input"
    for size, stride, padding in POOLS:
        yield {name: distinct(2, 4, 5, 2)}, pool_attributes(size, stride, padding)
    for size, stride, padding in POOLS if operation != "MaxPoolWithArgmax" else ():
        attributes = pool_attributes(size, stride, padding)
        attributes = {**attributes, **{a: [1, 1] + attributes[a][1:3] for a in ("ksize", "strides")}, "data_format": "NCHW"}
        yield {name: distinct(2, 2, 4, 5)}, attributes, {"twin": channels_last_twin(operation, name)}
    if operation == "MaxPool":
        for size, stride, explicit in ((2, 1, (1, 0, 0, 1)), (3, 2, (1, 1, 1, 1))):
            yield {name: distinct(2, 4, 5, 2)}, {**pool_attributes(size, stride, "EXPLICIT"),
                                                 "explicit_paddings": [0, 0] + list(explicit) + [0, 0]}
    if operation == "MaxPoolWithArgmax":
        for whole in both:
            yield {name: distinct(2, 4, 4, 2)}, {**pool_attributes(2, 2, "VALID"), "include_batch_in_index": whole}
    if operation != "AvgPool":
        yield {name: ties(2, 4, 4, 2)}, pool_attributes(2, 2, "VALID")
        yield {name: ties(2, 4, 4, 2)}, pool_attributes(3, 1, "SAME")
        if operation == "MaxPool":
            yield {name: distinct(2, 3, 3, 4)}, {"ksize": [1, 1, 1, 2], "strides": [1, 1, 1, 2], "padding": "VALID"}


@of("MaxPoolV2")
def pool_v2(operation):
    for size, stride, padding in POOLS:
        attributes = pool_attributes(size, stride, padding)
        yield {"input": distinct(2, 4, 5, 2), "ksize": attributes["ksize"],
               "strides": attributes["strides"]}, {"padding": padding}


@of("AvgPoolGrad")
def avg_pool_grad(operation):
    for size, stride, padding in POOLS:
        attributes = pool_attributes(size, stride, padding)
        out = tf.raw_ops.AvgPool(value=np.zeros((2, 4, 5, 2), np.float32), **attributes).shape
        yield {"orig_input_shape": [2, 4, 5, 2], "grad": v(*out)}, attributes


@of("MaxPoolGrad", "MaxPoolGradGrad", "MaxPoolGradV2")
def max_pool_grad(operation):
    for size, stride, padding in POOLS:
        attributes = pool_attributes(size, stride, padding)
        image = distinct(2, 4, 5, 2)
        out = tf.raw_ops.MaxPool(input=image.value, **attributes).numpy()
        inputs = {"orig_input": image, "orig_output": out,
                  "grad": v(2, 4, 5, 2) if operation.endswith("GradGrad") else v(*out.shape)}
        if operation == "MaxPoolGradV2":
            inputs.update(ksize=attributes.pop("ksize"), strides=attributes.pop("strides"))
        yield inputs, attributes


POOLS_3D = [(2, 2, "VALID"), (2, 2, "SAME"), (3, 1, "SAME")]


@of("AvgPool3D", "MaxPool3D")
def pool_3d(operation):
    for size, stride, padding in POOLS_3D:
        yield {"input": distinct(1, 4, 3, 4, 2)}, {"ksize": [1, size, size, size, 1], "strides": [1, stride, stride, stride, 1],
                                                   "padding": padding}
        yield ({"input": distinct(1, 2, 4, 3, 4)}, {"ksize": [1, 1, size, size, size], "strides": [1, 1, stride, stride, stride],
                                                    "padding": padding,
                                                   "data_format": "NCDHW"}, {"twin": channels_last_twin(operation, "input")})


@of("AvgPool3DGrad")
def avg_pool_3d_grad(operation):
    for size, stride, padding in POOLS_3D:
        attributes = {"ksize": [1, size, size, size, 1], "strides": [1, stride, stride, stride, 1], "padding": padding}
        out = tf.raw_ops.AvgPool3D(input=np.zeros((1, 4, 3, 4, 2), np.float32), **attributes).shape
        yield {"orig_input_shape": [1, 4, 3, 4, 2], "grad": v(*out)}, attributes


@of("MaxPool3DGrad", "MaxPool3DGradGrad")
def max_pool_3d_grad(operation):
    for size, stride, padding in POOLS_3D:
        attributes = {"ksize": [1, size, size, size, 1], "strides": [1, stride, stride, stride, 1], "padding": padding}
        image = distinct(1, 4, 3, 4, 2)
        out = tf.raw_ops.MaxPool3D(input=image.value, **attributes).numpy()
        yield {"orig_input": image, "orig_output": out,
               "grad": v(*image.value.shape) if operation.endswith("GradGrad") else v(*out.shape)}, attributes


@of("Dilation2D")
def dilation(operation):
    for stride, rate, padding in ((1, 1, "SAME"), (2, 1, "VALID"), (1, 2, "SAME"), (2, 2, "VALID")):
        yield {"input": distinct(2, 6, 6, 2), "filter": v(2, 3, 2)}, {"strides": [1, stride, stride, 1],
                                                                      "rates": [1, rate, rate, 1], "padding": padding}


@of("FractionalAvgPool", "FractionalMaxPool")
def fractional_pool(operation):
    for pseudo, overlapping in itertools.product(both, both):
        yield ({"value": distinct(2, 6, 7, 2)}, {"pooling_ratio": [1.0, 1.4, 1.7, 1.0], "pseudo_random": pseudo,
                                                 "overlapping": overlapping,
                                                  "deterministic": True, "seed": 3, "seed2": 4}, {"outputs": (0,)})


@of("LRN")
def lrn(operation):
    for attributes in ({}, {"depth_radius": 1}, {"bias": 2.0}, {"alpha": 0.5}, {"beta": 0.75},
                       {"depth_radius": 2, "bias": 1.5, "alpha": 0.1, "beta": 0.6}):
        yield {"input": v(2, 2, 3, 6)}, attributes, {"planted": {"depth_radius": 5, "bias": 1.0, "alpha": 1.0,
                                                                 "beta": 0.5}} if attributes else {}


def batch_norm_3d(x, data_format, **given):
    sizes = x.shape
    result = tf.raw_ops.FusedBatchNormV3(x=tf.reshape(x, [sizes[0], sizes[1], -1, sizes[-1]]), **given)
    return [tf.reshape(result[0], sizes)]


@of("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def batch_norm(operation):
    shape = (3, 2, 3, 4)
    for training, epsilon, factor in ((False, 1e-3, 1.0), (True, 1e-3, 1.0), (False, 0.1, 1.0), (True, 0.1, 1.0)):
        # In training the statistics go in only where they are moved, and then are no part of the answer.
        statistics = {"mean": np.zeros(0 if training else 4, np.float32) + 0.1,
                      "variance": np.zeros(0 if training else 4, np.float32) + 0.7}
        yield ({"x": v(*shape), "scale": v(4, low=0.5), "offset": v(4), **statistics},
               {"is_training": training, "epsilon": epsilon, "exponential_avg_factor": factor},
               {"outputs": (0,), "planted": {"epsilon": 0.02}})
        formats = {"NCHW": (3, 4, 2, 3)} if operation != "FusedBatchNormV3" else {"NCHW": (3, 4, 2, 3), "NDHWC": (2, 2, 2, 3, 4),
                                                                                  "NCDHW": (2, 4, 2, 2, 3)}
        for name, sizes in formats.items():
            yield ({"x": v(*sizes), "scale": v(4, low=0.5), "offset": v(4), **statistics},
                   {"is_training": training, "epsilon": epsilon, "exponential_avg_factor": factor, "data_format": name},
                   {"outputs": (0,),
                    **({"twin": channels_last_twin(operation, "x")} if name.startswith("NC") else {"twin": batch_norm_3d})})
    yield {"x": v(*shape), "scale": v(4, low=0.5), "offset": v(4), "mean": v(4),
           "variance": v(4, low=0.5, high=2)}, {"is_training": False}, {"outputs": (0,)}
    yield ({"x": v(*shape), "scale": v(4, low=0.5), "offset": v(4), "mean": np.zeros(4, np.float32),
            "variance": np.ones(4, np.float32)},
           {"is_training": True, "exponential_avg_factor": 0.1}, {"outputs": (0,)})



@of("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3")
def batch_norm_grad(operation):
    for training, epsilon in ((True, 1e-3), (False, 1e-3), (True, 0.1)):
        x = v(3, 2, 3, 4)
        mean = x.value.mean((0, 1, 2))
        second = x.value.var((0, 1, 2))
        inputs = {"y_backprop": v(3, 2, 3, 4), "x": x, "scale": v(4, low=0.5), "reserve_space_1": mean, "reserve_space_2": second}
        if operation.endswith("V3"):
            inputs["reserve_space_3"] = np.zeros(0, np.float32)
        yield inputs, {"is_training": training, "epsilon": epsilon}, {"outputs": (0, 1, 2)}


@of("Softmax", "LogSoftmax")
def softmax(operation):
    for shape in ((5,), (3, 4), (2, 3, 4), (2, 3, 2, 4), (2, 1, 3, 2, 3)):
        yield {"logits": v(*shape, low=-2, high=2)}


def broadcast_cross_entropy(features, labels):
    """With inputs of one shape: Python's gradients of the operation have the shape of the larger."""
    shape = tf.broadcast_dynamic_shape(tf.shape(features), tf.shape(labels))
    return tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=tf.broadcast_to(features, shape),
                                                    labels=tf.broadcast_to(labels, shape))


@of("SoftmaxCrossEntropyWithLogits")
def cross_entropy(operation):
    labels = np.array([[0.2, 0.3, 0.5], [1, 0, 0]], np.float32)
    yield {"features": v(2, 3), "labels": labels}, {}, {"outputs": (0,)}
    yield {"features": v(2, 3), "labels": v(2, 3, low=0.1)}, {}, {"outputs": (0,)}
    yield {"features": v(2, 3), "labels": labels}, {}, {"outputs": (0, 1)}
    for features, other in ((1, 3), (2, 3)), ((2, 3), (1, 3)), ((2, 3), (2, 1)), ((2, 1), (2, 3)):
        for outputs in ((0,), (0, 1)):
            yield ({"features": v(*features), "labels": v(*other, low=0.1)}, {},
                   {"outputs": outputs, "twin": broadcast_cross_entropy})


@of("SparseSoftmaxCrossEntropyWithLogits")
def sparse_cross_entropy(operation):
    yield {"features": v(2, 3), "labels": [2, 0]}, {}, {"outputs": (0,)}
    yield {"features": v(2, 3), "labels": [2, 0]}, {}, {"outputs": (0, 1)}


@of("BlockLSTM", "BlockLSTMV2")
def block_lstm(operation):
    for peephole, clip, forget in ((False, -1.0, 0.5), (True, 0.0, 1.0)):
        x, n, hidden = v(3, 2, 2), 2, 3
        weights = {w: v(hidden) if peephole else np.zeros(hidden, np.float32) for w in ("wci", "wcf", "wco")}
        yield ({"seq_len_max": np.int64(3), "x": x, "cs_prev": v(n, hidden), "h_prev": v(n, hidden),
                "w": v(2 + hidden, 4 * hidden), **weights, "b": v(4 * hidden)},
               {"use_peephole": peephole, "cell_clip": clip,
                **({"forget_bias": forget} if operation == "BlockLSTM" else {})}, {"outputs": (6,)})


@of("CTCLoss")
def ctc(operation):
    for collapse, merge, ignore in ((False, True, False), (True, True, False), (False, False, False), (False, True, True)):
        yield ({"inputs": v(5, 2, 4, low=-2, high=2), "labels_indices": [[0, 0], [0, 1], [1, 0]], "labels_values": [0, 1, 2],
                "sequence_length": [5, 4]},
               {"preprocess_collapse_repeated": collapse, "ctc_merge_repeated": merge,
                "ignore_longer_outputs_than_inputs": ignore}, {"outputs": (0,)})


# ---- gradients as operations

@of("EluGrad", "SeluGrad")
def outputs_grad(operation):
    for shape in SHAPES:
        yield {"gradients": v(*shape), "outputs": v(*shape)}


@of("ReluGrad", "Relu6Grad", "SoftplusGrad", "LeakyReluGrad")
def features_grad(operation):
    for shape, alpha in zip(SHAPES, (0.2, 0.01, 0.5, 0.0, 0.3, 0.1)):
        yield {"gradients": v(*shape),
               "features": v(*shape, low=-4, high=8)}, {"alpha": alpha} if operation == "LeakyReluGrad" else {}


@of("InvGrad", "ReciprocalGrad", "RsqrtGrad", "SqrtGrad", "SigmoidGrad", "TanhGrad")
def y_grad(operation):
    for shape in SHAPES:
        yield {"y": v(*shape, low=0.3, high=0.9), "dy": v(*shape)}


# ---- numbers of few bits

@of("FakeQuantWithMinMaxArgs")
def fake_quant_args(operation):
    for low, high, bits, narrow in ((-6.0, 6.0, 8, False), (-0.5, 0.7, 4, True), (0.0, 0.8, 8, False)):
        yield {"inputs": v(3, 4)}, {"min": low, "max": high, "num_bits": bits, "narrow_range": narrow}


@of("FakeQuantWithMinMaxVars")
def fake_quant_vars(operation):
    for bits, narrow in ((8, False), (4, True)):
        yield {"inputs": v(3, 4), "min": Variable(-0.5), "max": Variable(0.6)}, {"num_bits": bits, "narrow_range": narrow}


@of("FakeQuantWithMinMaxVarsPerChannel")
def fake_quant_channels(operation):
    for shape, bits, narrow in (((3, 4), 8, False), ((2, 3, 2, 4), 4, True), ((4,), 8, False)):
        yield ({"inputs": v(*shape), "min": v(4, low=-0.7, high=-0.3), "max": v(4, low=0.3, high=0.7)},
               {"num_bits": bits, "narrow_range": narrow})



@of("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3", "QuantizeAndDequantizeV4")
def quantize_v2(operation):
    for i, (signed, bits, given, narrow, axis) in enumerate(((True, 8, True, False, -1), (False, 4, True, True, -1),
                                                             (True, 8, False, False, -1), (True, 8, True, False, 1))):
        if axis >= 0 and operation != "QuantizeAndDequantizeV3":
            continue
        ends = (4,) if axis >= 0 else ()
        inputs = {"input": v(3, 4), "input_min": np.full(ends, -0.5 if signed else 0.0, np.float32),
                  "input_max": np.full(ends, 0.6, np.float32)}
        if operation.endswith("V4") and axis < 0:
            inputs = {name: Variable(value) if isinstance(value, np.ndarray) else value for name, value in inputs.items()}
        attributes = {"signed_input": signed, "range_given": given, "narrow_range": narrow, "axis": axis}
        if operation == "QuantizeAndDequantizeV3":
            inputs["num_bits"] = bits
        else:
            attributes.update(num_bits=bits, round_mode="HALF_UP" if i % 2 else "HALF_TO_EVEN")
        yield inputs, attributes


@of("QuantizeAndDequantizeV4Grad")
def quantize_grad(operation):
    yield {"gradients": v(3, 4), "input": v(3, 4), "input_min": np.float32(-0.5), "input_max": np.float32(0.6)}
    yield {"gradients": v(3, 4), "input": v(3, 4), "input_min": np.full(4, -0.5, np.float32),
           "input_max": np.full(4, 0.6, np.float32)}, {"axis": 1}


# ---- images

@of("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic")
def resize(operation):
    for align, half in ((False, False), (True, False), (False, True)):
        for size in ([3, 7], [8, 6], [2, 2], [4, 6]):
            yield ({"images": v(2, 4, 6, 2), "size": size}, {"align_corners": align, "half_pixel_centers": half},
                   {"planted": {"align_corners": False}} if align and size == [3, 7] else {})


@of("ScaleAndTranslate")
def scale_and_translate(operation):
    for kernel, antialias in itertools.product(("lanczos3", "triangle", "gaussian", "keyscubic"), both):
        yield ({"images": v(2, 4, 6, 2), "size": [3, 5], "scale": [0.7, 0.8], "translation": [0.1, -0.2]},
               {"kernel_type": kernel, "antialias": antialias})


@of("CropAndResize")
def crop_and_resize(operation):
    boxes = np.array([[0.1, 0.2, 0.7, 0.9], [0, 0, 1, 1], [0.3, 0.1, 0.8, 0.6]], np.float32)
    for method, value in (("bilinear", 0.0), ("nearest", 0.0), ("bilinear", 0.5)):
        yield ({"image": v(2, 5, 6, 2), "boxes": boxes, "box_ind": [0, 1, 0], "crop_size": [3, 4]},
               {"method": method, "extrapolation_value": value})
    yield {"image": v(2, 5, 6, 2), "boxes": Variable(boxes * 0.9 + 0.03), "box_ind": [0, 1, 0], "crop_size": [3, 4]}


@of("ImageProjectiveTransformV2", "ImageProjectiveTransformV3")
def projective(operation):
    rotated = np.array([[0.9, -0.3, 0.4, 0.3, 0.9, -0.2, 0, 0]], np.float32)
    for interpolation, mode in (("BILINEAR", "CONSTANT"), ("NEAREST", "CONSTANT"), ("BILINEAR", "REFLECT"), ("BILINEAR", "WRAP"),
                                ("NEAREST", "NEAREST")):
        inputs = {"images": v(2, 5, 6, 2), "transforms": rotated, "output_shape": [5, 6]}
        if operation.endswith("V3"):
            inputs["fill_value"] = np.float32(0.5)
        yield inputs, {"interpolation": interpolation, "fill_mode": mode}
    inputs = {"images": v(2, 5, 6, 2), "transforms": np.repeat(rotated, 2, 0) * np.float32([[1], [0.8]]), "output_shape": [4, 4]}
    if operation.endswith("V3"):
        inputs["fill_value"] = np.float32(0)
    yield inputs, {"interpolation": "BILINEAR", "fill_mode": "CONSTANT"}


@of("RGBToHSV")
def rgb_to_hsv(operation):
    yield {"images": v(2, 3, 3, 3, low=0.1, high=0.9)}
    yield {"images": v(4, 3, low=0.1, high=0.9)}


# ---- sparse and ragged, as their dense parts

@of("SparseTensorDenseMatMul")
def sparse_dense_mat_mul(operation):
    for a, b in itertools.product(both, both):
        yield ({"a_indices": [[0, 1], [1, 0], [2, 3]], "a_values": v(3), "a_shape": [3, 4],
                "b": v(*((2, 3) if a else (2, 4))) if b else v(*((3, 2) if a else (4, 2)))},
               {"adjoint_a": a, "adjoint_b": b}, {"types": {"Tindices": "int64"}})


@of("SparseToDense")
def sparse_to_dense(operation):
    for validate in both:
        yield {"sparse_indices": [[0, 1], [2, 0]], "output_shape": [3, 2], "sparse_values": v(2),
               "default_value": np.float32(0.5)}, {"validate_indices": validate}
    yield {"sparse_indices": [[0, 1], [2, 0]], "output_shape": [3, 2], "sparse_values": v(2), "default_value": v()}


@of("SparseTensorDenseAdd")
def sparse_dense_add(operation):
    yield {"a_indices": [[0, 1], [2, 0]], "a_values": v(2), "a_shape": [3, 2], "b": v(3, 2)}


@of("SparseDenseCwiseAdd", "SparseDenseCwiseMul", "SparseDenseCwiseDiv")
def sparse_dense(operation):
    yield {"sp_indices": [[0, 1], [2, 0]], "sp_values": v(2), "sp_shape": [3, 2], "dense": v(3, 2, low=0.5)}
    yield {"sp_indices": [[0, 1], [2, 0]], "sp_values": v(2), "sp_shape": [3, 2], "dense": v(2, low=0.5)}


@of("SparseReduceSum")
def sparse_reduce(operation):
    for axes, keep in (([0], False), ([1], True), ([0, 1], False)):
        yield {"input_indices": [[0, 1], [2, 0], [2, 1]], "input_values": v(3), "input_shape": [3, 2],
               "reduction_axes": axes}, {"keep_dims": keep}


@of("SparseReorder")
def sparse_reorder(operation):
    yield {"input_indices": [[2, 0], [0, 1], [2, 1]], "input_values": v(3), "input_shape": [3, 2]}


@of("SparseSoftmax")
def sparse_softmax(operation):
    yield {"sp_indices": [[0, 1], [2, 0], [2, 1]], "sp_values": v(3), "sp_shape": [3, 2]}


@of("SparseAdd")
def sparse_add(operation):
    yield {"a_indices": [[0, 1], [2, 0]], "a_values": v(2), "a_shape": [3, 2], "b_indices": [[0, 1], [1, 1]], "b_values": v(2),
           "b_shape": [3, 2], "thresh": np.float32(0)}


@of("SparseSparseMaximum", "SparseSparseMinimum")
def sparse_sparse(operation):
    yield {"a_indices": [[0, 1], [2, 0]], "a_values": v(2), "a_shape": [3, 2], "b_indices": [[0, 1], [1, 1]], "b_values": v(2),
           "b_shape": [3, 2]}


@of("SparseSlice")
def sparse_slice(operation):
    yield {"indices": [[0, 1], [2, 0], [2, 1]], "values": v(3), "shape": [3, 2], "start": [1, 0], "size": [2, 2]}


@of("SparseFillEmptyRows")
def sparse_fill(operation):
    yield {"indices": [[0, 1], [2, 0]], "values": v(2), "dense_shape": [3, 2], "default_value": v()}


@of("RaggedTensorToTensor")
def ragged_to_tensor(operation):
    yield ({"shape": [3, 3], "values": v(4), "default_value": np.float32(0.5), "row_partition_tensors": [np.int64([0, 2, 2, 4])]},
           {"row_partition_types": ["ROW_SPLITS"]}, {"types": {"Tindex": "int64", "Tshape": "int64"}})
    yield ({"shape": [3, 2], "values": v(4), "default_value": v(), "row_partition_tensors": [np.int64([0, 3, 3, 4])]},
           {"row_partition_types": ["ROW_SPLITS"]}, {"types": {"Tindex": "int64", "Tshape": "int64"}})
    yield ({"shape": [3, 2], "values": v(4), "default_value": np.float32(0),
            "row_partition_tensors": [np.int64(3), np.int64([0, 0, 2, 2])]},
           {"row_partition_types": ["FIRST_DIM_SIZE", "VALUE_ROWIDS"]}, {"types": {"Tindex": "int64", "Tshape": "int64"}})


@of("RaggedGather")
def ragged_gather(operation):
    yield ({"params_nested_splits": [np.int64([0, 1, 2]), np.int64([0, 2, 4])], "params_dense_values": v(4, 2),
            "indices": [1, 1]}, {"OUTPUT_RAGGED_RANK": 2},
           {"types": {"Tsplits": "int64"}})
    yield ({"params_nested_splits": [np.int64([0, 2, 2, 4])], "params_dense_values": v(4), "indices": [2, 0]},
           {"OUTPUT_RAGGED_RANK": 1},
           {"types": {"Tsplits": "int64"}})


@of("RaggedTensorToSparse")
def ragged_to_sparse(operation):
    yield {"rt_nested_splits": [np.int64([0, 2, 2, 4])], "rt_dense_values": v(4)}, {}, {"types": {"Tsplits": "int64"}}
    yield {"rt_nested_splits": [np.int64([0, 1, 2]), np.int64([0, 2, 4])],
           "rt_dense_values": v(4)}, {}, {"types": {"Tsplits": "int64"}}


@of("RaggedFillEmptyRows")
def ragged_fill(operation):
    yield {"value_rowids": [0, 2, 2], "values": v(3), "nrows": np.int64(4), "default_value": v()}


# ---- draws that are a function of a seed

@of("StatelessRandomGammaV2")
def stateless_gamma(operation):
    yield {"shape": [3, 2], "seed": [1, 2], "alpha": v(2, low=1, high=3)}


@of("StatelessRandomGammaV3")
def stateless_gamma_v3(operation):
    yield {"shape": [3, 2], "key": np.array([1], np.uint64), "counter": np.array([2, 3], np.uint64), "alg": 1,
           "alpha": v(2, low=1, high=3)}


@of("StatelessParameterizedTruncatedNormal")
def stateless_truncated(operation):
    yield {"shape": [3, 2], "seed": [1, 2], "means": v(2), "stddevs": v(2, low=0.5, high=1), "minvals": v(2, low=-3, high=-2),
           "maxvals": v(2, low=2, high=3)}


# ---- without a gradient in Python: refused, with the name

@of("HSVToRGB")
def hsv_to_rgb(operation):
    yield {"images": v(2, 3, 3, 3, low=0.1, high=0.9)}


@of("AdjustContrastv2", "AdjustHue", "AdjustSaturation")
def adjust(operation):
    name = {"AdjustContrastv2": "contrast_factor", "AdjustHue": "delta", "AdjustSaturation": "scale"}[operation]
    yield {"images": v(2, 3, 3, 3, low=0.1, high=0.9), name: np.float32(0.6)}


@of("ResizeArea")
def resize_area(operation):
    for align in both:
        yield {"images": v(2, 4, 6, 2), "size": [2, 3]}, {"align_corners": align}


@of("ResizeBilinearGrad", "ResizeBicubicGrad", "SoftsignGrad", "LRNGrad")
def gradients_of_gradients(operation):
    if operation.startswith("Resize"):
        for align, half in ((False, False), (True, False), (False, True)):
            yield ({"grads": v(2, 3, 3, 2), "original_image": np.zeros((2, 4, 6, 2), np.float32)},
                   {"align_corners": align, "half_pixel_centers": half})
    elif operation == "LRNGrad":
        for attributes in ({}, {"depth_radius": 2, "bias": 1.5, "alpha": 0.1, "beta": 0.6}):
            yield {"input_grads": v(1, 2, 2, 6), "input_image": v(1, 2, 2, 6), "output_image": v(1, 2, 2, 6)}, attributes
    else:
        yield {"gradients": v(3, 4), "features": v(3, 4)}


@of("Lu", "CholeskyGrad")
def no_matrix_gradient(operation):
    yield {"input": regular(3, 3)} if operation == "Lu" else {"l": spd(3, 3), "grad": v(3, 3)}


@of("OneHot")
def one_hot(operation):
    for axis in (-1, 0):
        yield {"indices": [0, 2], "depth": 3, "on_value": v(), "off_value": np.float32(0)}, {"axis": axis}


@of("LinSpace", "Range")
def range_(operation):
    if operation == "LinSpace":
        yield {"start": v(), "stop": np.float32(5), "num": 4}
    else:
        yield {"start": v(low=0.1), "limit": np.float32(5), "delta": np.float32(1)}


@of("OnesLike", "ZerosLike")
def like(operation):
    yield {"x": v(3, 4)}


@of("Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "NotEqual")
def compare(operation):
    if operation not in ("Equal", "NotEqual"):
        yield {"x": v(3, 4), "y": v(4)}
        return
    for incompatible in both:
        yield {"x": v(3, 4), "y": v(3, 4)}, {"incompatible_shape_error": incompatible}


@of("IsFinite", "IsInf", "IsNan")
def is_finite(operation):
    yield {"x": v(3, 4)}


@of("Bucketize")
def bucketize(operation):
    yield {"input": v(3, 4)}, {"boundaries": [-0.5, 0.0, 0.5]}
    yield {"input": v(3, 4)}, {"boundaries": [0.0]}


@of("Bincount")
def bincount(operation):
    yield {"arr": [0, 1, 1], "size": 3, "weights": v(3)}


@of("DenseBincount")
def dense_bincount(operation):
    for binary in both:
        yield {"input": [0, 1, 1], "size": 3, "weights": v(3)}, {"binary_output": binary}


@of("IgammaGradA")
def igamma_grad(operation):
    yield {"a": v(3, low=1, high=2), "x": v(3, low=1, high=2)}


# ---- left out

LEFT_OUT = {
    "a reference to a variable, which TensorFlow 2 does not write":
        "RefIdentity RefEnter RefExit RefMerge RefNextIteration RefSwitch",
    "a part of a loop of TensorFlow 1, no operation by itself": "Enter Exit LoopCond Merge NextIteration Switch \
TensorArrayConcat TensorArrayConcatV2 TensorArrayConcatV3 TensorArrayGather TensorArrayGatherV2 TensorArrayGatherV3 \
TensorArrayRead TensorArrayReadV2 TensorArrayReadV3 TensorArrayScatter TensorArrayScatterV2 TensorArrayScatterV3 \
TensorArraySplit TensorArraySplitV2 TensorArraySplitV3 TensorArrayWrite TensorArrayWriteV2 TensorArrayWriteV3",
    "has no kernel on a CPU": "CudnnRNN CudnnRNNV2 CudnnRNNV3 AccumulateNV2 ApproxTopK CTCLossV2",
    "was taken out of TensorFlow": "BatchNormWithGlobalNormalization QuantizeAndDequantize",
    "has a kernel that cannot be made": "TopK",
    "takes or gives a list of tensors, which no constant is": "TensorListConcat TensorListConcatV2 TensorListFromTensor \
TensorListGather TensorListGetItem TensorListPopBack TensorListPushBack TensorListResize TensorListScatter \
TensorListScatterIntoExistingList TensorListScatterV2 TensorListSetItem TensorListSplit TensorListStack \
OptionalFromValue OptionalGetValue RaggedTensorFromVariant RaggedTensorToVariant",
    "draws that differ between Python's process and Java's": "RandomGamma",
    "has functions, which the models of saved-models/control-flow-keras2 and -keras3 try":
        "If StatelessIf Case StatelessCase While StatelessWhile",
}

# Attributes that no case need vary, (operation or * for all, attribute): why.
LEFT_ATTRIBUTES = {
    ("QuantizeAndDequantizeV2", "axis"): "has a kernel that takes one range only",
    ("QuantizeAndDequantizeV4", "axis"): "likewise",
    ("TridiagonalSolve", "perturb_singular"): "runs on a GPU only",
    ("CumulativeLogsumexp", "exclusive"): "begins with minus the largest number, which no loss can hold",
    ("DepthwiseConv2dNativeBackpropInput", "dilations"): "has no kernel on a CPU",
    ("DepthwiseConv2dNativeBackpropFilter", "dilations"): "has no kernel on a CPU",
    ("Conv2DBackpropInput", "dilations"): "has no kernel on a CPU",
    ("Conv2DBackpropFilter", "dilations"): "has no kernel on a CPU",
    ("Conv3D", "dilations"): "has no kernel on a CPU",
    ("Conv3DBackpropInputV2", "dilations"): "has no kernel on a CPU",
    ("Conv3DBackpropFilterV2", "dilations"): "has no kernel on a CPU",
    ("MaxPoolGrad", "explicit_paddings"): "is met as the gradient of its operation",
    ("*", "use_cudnn_on_gpu"): "acts on a GPU only",
    ("*", "grad_a"): "says what the product is for, and changes nothing", ("*", "grad_b"): "likewise",
    ("*", "grad_x"): "likewise", ("*", "grad_y"): "likewise",
    ("*", "seed"): "the draws are the same in both for one seed only", ("*", "seed2"): "likewise",
    ("*", "deterministic"): "likewise",
    ("*", "pooling_ratio"): "one with each axis of its own is used",
}

# Values of attributes that no case can have, (operation or * for all, attribute, value): why.
LEFT_VALUES = {
    **{(name, "data_format", "NCHW"): "is met as the gradient of its operation"
       for name in "Conv2DBackpropInput Conv2DBackpropFilter \
DepthwiseConv2dNativeBackpropInput DepthwiseConv2dNativeBackpropFilter AvgPoolGrad MaxPoolGrad MaxPoolGradGrad MaxPoolGradV2 \
FusedBatchNormGrad FusedBatchNormGradV2 FusedBatchNormGradV3".split()},
    **{(name, "data_format", "NCDHW"): "is met as the gradient of its operation"
       for name in "Conv3DBackpropInputV2 Conv3DBackpropFilterV2 AvgPool3DGrad \
MaxPool3DGrad MaxPool3DGradGrad FusedBatchNormGradV3".split()},
    ("FusedBatchNormGradV3", "data_format", "NDHWC"): "is met as the gradient of its operation",
    ("MaxPoolGrad", "padding", "EXPLICIT"): "is met as the gradient of its operation",
    **{(name, "data_format", "NCHW"): "has no kernel on a CPU" for name in ("MaxPoolV2", "DepthToSpace", "SpaceToDepth")},
    ("*", "data_format", "NCHW_VECT_C"): "is of eight bits",
}

# Type attributes that are not varied, (operation, attribute): why.
LEFT_TYPES = {("SparseAdd", "Treal"): "is that of the values where they are real"}

# Models that TensorFlow cannot run: why.
LEFT_MODELS = {"SplitV-0-Tlen-int8": "TensorFlow ends the process", "ArgMax-0-Tidx-int16": "Python reads another number there",
               "RGBToHSV-0-T-float16": "Python's gradient is not finite",
               "StridedSlice-0-Index-int16": "TensorFlow ends the process in a graph; refused by name"}

# Operations that Java refuses by name though Python has a gradient: why nobody should miss it.
REFUSED_FOR = {
    "is itself a part of a gradient": "AvgPoolGrad AvgPool3DGrad BiasAddGrad Conv2DBackpropFilter Conv3DBackpropFilterV2 \
DepthwiseConv2dNativeBackpropFilter EluGrad FusedBatchNormGrad FusedBatchNormGradV2 FusedBatchNormGradV3 InvGrad LeakyReluGrad \
MaxPoolGrad MaxPoolGradGrad MaxPoolGradV2 MaxPool3DGrad MaxPool3DGradGrad ReciprocalGrad Relu6Grad ReluGrad RsqrtGrad SeluGrad \
SigmoidGrad SoftplusGrad SqrtGrad TanhGrad",
    "is in no layer of Keras": "BandedTriangularSolve BlockLSTM BlockLSTMV2 CTCLoss Eig IsotonicRegression MatrixDiagPartV2 \
MatrixDiagV2 MatrixSetDiagV2 MatrixSolveLs MatrixSquareRoot Qr SelfAdjointEigV2 \
StatelessParameterizedTruncatedNormal StatelessRandomGammaV2 StatelessRandomGammaV3 Svd TridiagonalMatMul TridiagonalSolve",
    # What Python takes for the gradient of a transform is another transform, not the derivative.
    "is for images, before anything that is trained": "ImageProjectiveTransformV2 ImageProjectiveTransformV3 RGBToHSV",
    "is of sparse or ragged tensors": "RaggedFillEmptyRows RaggedGather RaggedTensorToSparse RaggedTensorToTensor SparseAdd \
SparseDenseCwiseDiv SparseDenseCwiseMul SparseFillEmptyRows SparseReduceSum SparseReorder SparseSlice SparseSoftmax",
}
REFUSED = {name for names in REFUSED_FOR.values() for name in names.split()}
