"""Runs every model of saved-models with Python's TensorFlow on its inputs and compares with its outputs.

    check_saved_models.py [--root DIR] [NAME...]   another tree: DIR/NAME/model, DIR/NAME/io/SIGNATURE/inputs ...

Keras opens the folders too: those of Keras 2 with tf_keras.models.load_model, those of Keras 3 as a TFSMLayer.
"""
import argparse
import logging
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
# With oneDNN, on a processor with AVX-512, Python loses the slope of a LeakyReLU that it fuses with a convolution.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

TOLERANCE = 1e-5
logging.getLogger("tensorflow").setLevel(logging.ERROR)


def arrays(folder):
    return {str(file.relative_to(folder).with_suffix("")): np.load(file) for file in sorted(folder.rglob("*.npy"))}


def compare(found, expected, what):
    """The largest difference, relative to the largest value expected."""
    assert set(found) >= set(expected), f"{what}: found {sorted(found)}, expected {sorted(expected)}"
    worst = 0.0
    for name, value in expected.items():
        other = np.asarray(found[name])
        assert (other.shape, other.dtype) == (value.shape, value.dtype), f"{what}: {name}: {other.shape}, {other.dtype}"
        distance = np.abs(other.astype(np.float64) - value).max() / max(np.abs(value.astype(np.float64)).max(), 1e-30)
        assert distance <= TOLERANCE, f"{what}: {name} is off by {distance:.2g}"
        worst = max(worst, distance)
    return f"{what} {worst:.1e}"


def check_signature(model, case):
    # Loaded anew for each, as a signature may change variables.
    loaded = tf.saved_model.load(model)
    function = loaded.signatures[case.name]
    outputs = function(**{name: tf.constant(value) for name, value in arrays(case / "inputs").items()})
    result = compare(outputs, arrays(case / "outputs"), case.name)
    changed = arrays(case / "changed")
    if changed:
        variables = {variable.name.removesuffix(":0"): variable for variable in function.variables}
        result += ", " + compare(variables, changed, "its variables")
    return result


def check_training(folder):
    """training=True, which a folder of Keras 2 has beside its signature."""
    loaded = tf.saved_model.load(str(folder / "model"))
    (value,) = arrays(folder / "io" / "serving_default" / "inputs").values()
    expected = arrays(folder / "training" / "outputs")
    outputs = {next(iter(expected)): loaded(tf.constant(value), training=True)}
    variables = {variable.name.removesuffix(":0"): variable for variable in loaded.variables}
    return compare({**outputs, **variables}, {**expected, **arrays(folder / "training" / "changed")}, "training")


def check_keras2(model, case):
    loaded = tf_keras.models.load_model(model)
    inputs = arrays(case / "inputs")
    outputs = loaded([inputs[name] for name in loaded.input_names] if len(inputs) > 1 else next(iter(inputs.values())))
    return compare(dict(zip(loaded.output_names, tf.nest.flatten(outputs))), arrays(case / "outputs"), "load_model")


def check_keras3(model, case):
    inputs = {name: tf.constant(value) for name, value in arrays(case / "inputs").items()}
    serve = getattr(tf.saved_model.load(model), "serve", None)
    if serve is None:  # not from Keras' export: only signatures
        layer, value = keras.layers.TFSMLayer(model, call_endpoint=case.name), next(iter(inputs.values()))
    else:
        # A signature would take several inputs by name alone, the layer hands on one argument: what export was given.
        layer = keras.layers.TFSMLayer(model, call_endpoint="serve")
        (structure, *_), _ = serve.concrete_functions[0].structured_input_signature
        value = tf.nest.map_structure(lambda spec: inputs[spec.name], structure)
    outputs = layer(value)
    if not isinstance(outputs, dict):
        outputs = {f"output_{index}": output for index, output in enumerate(tf.nest.flatten(outputs))}
    return compare(outputs, arrays(case / "outputs"), "TFSMLayer")


def check(folder):
    model, cases = str(folder / "model"), sorted(case for case in (folder / "io").iterdir() if case.is_dir())
    assert cases, "no inputs and outputs"
    results = [check_signature(model, case) for case in cases]
    if (folder / "training").is_dir():
        results.append(check_training(folder))
    other = check_keras2 if (folder / "model" / "keras_metadata.pb").exists() else check_keras3
    return results + [other(model, case) for case in cases if case.name == "serving_default"]


parser = argparse.ArgumentParser()
parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).parents[3] / "saved-models")
parser.add_argument("names", nargs="*")
options = parser.parse_args()
folders = [pb.parent.parent for pb in sorted(options.root.glob("*/model/saved_model.pb"))]
if options.names:
    missing = set(options.names) - {folder.name for folder in folders}
    if missing:
        sys.exit(f"check_saved_models.py: no such model under {options.root}: {', '.join(sorted(missing))}")
    folders = [folder for folder in folders if folder.name in options.names]
failed = 0
for folder in folders:
    try:
        print(f"{folder.name}: {'; '.join(check(folder))}", flush=True)
    except Exception as problem:  # whatever a loader throws counts against the model, not against the others
        failed += 1
        print(f"{folder.name}: FAILED: {type(problem).__name__}: {problem}", flush=True)
print(f"TensorFlow {tf.__version__}, Keras {keras.__version__}: {len(folders) - failed} passed, {failed} failed")
# Nothing found is no pass.
sys.exit(1 if failed or not folders else 0)
