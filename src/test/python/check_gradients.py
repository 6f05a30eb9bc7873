"""One step of SGD on models of one operation each, in Java and by Python's GradientTape: every operation that Python has a
gradient for and that a SavedModel may hold (pure-operations.txt), with its attributes, types and shapes varied.

    check_gradients.py CLASSPATH WORK_DIR [--part] [--share I/N] [--only REGEX] [--again] [--findings FILE]

--part takes a few models of each operation; --share the I-th of N parts of them; --again those that lie in WORK_DIR, with
what Python found then. What inspect says of a model must be
what training does: 'possible' where Python has a gradient, and then the variables change as Python's do, or the name of
the operation. Fails too if an operation or an attribute of one has no case (gradient_cases.py), or if a wrong gradient
would not have been seen.
"""
import argparse
import collections
import json
import os
import pathlib
import pickle
import re
import shutil
import subprocess
import sys
import zlib

sys.dont_write_bytecode = True
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
# Java has oneDNN on. Python has not: some of its kernels end the process, and expectations should not be the same kernels'.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow.python.framework import op_def_registry, ops  # noqa: E402

import gradient_cases as table  # noqa: E402
import gradient_models as models  # noqa: E402
from gradient_models import Case, Handle, Variable  # noqa: E402

ROOT = pathlib.Path(__file__).parents[3]
PURE = [name for line in (ROOT / "src/main/resources/org/marginsoftmax/savedmodel/pure-operations.txt").read_text().splitlines()
        if not line.startswith("#") for name in line.split()]
# Share of a variable's largest change. float32 sums in another order differ by some 1e-6, and up to 1e-4 where a matrix
# is inverted or decomposed; an attribute that is dropped shows by 1e-2 and more. A 16-bit type has 3 or 2 digits.
TOLERANCE = {"float16": 2e-2, "bfloat16": 1e-1}
USUAL = 2e-4
PLANTED = 1e-3
FLOATS = "float64", "float16", "bfloat16"
registry = ops.gradient_registry


def differentiable(operation):
    return operation in registered and registry.lookup(operation) is not None


registered = set(registry.list())


# ---- models

def all_cases(operation):
    """The cases of an operation, with unknown sizes, and in other types where Python can run those."""
    for i, (inputs, attributes, options) in enumerate(table.cases(operation)):
        types = options.pop("types", {})
        case = Case(f"{operation}-{i}", operation, inputs, attributes, types, **options)
        yield case
        specs = case.specs()
        if any(spec.value.ndim and not isinstance(spec, Handle) for spec in specs):
            yield varied(case, "unknown", loose=True)
        if i == 0:
            yield from other_types(case)


def varied(case, suffix, **changes):
    return Case(**{**case.__dict__, "name": f"{case.name}-{suffix}", "planted": None, **changes})


def other_types(case):
    definition = case.definition()
    trained = {a.type_attr for a in definition.input_arg if isinstance(first(case.inputs[a.name]), Variable)}
    for attribute in definition.attr:
        if attribute.type != "type" or attribute.name in case.attributes or (case.operation, attribute.name) in table.LEFT_TYPES:
            continue
        allowed = [tf.dtypes.as_dtype(t).name for t in attribute.allowed_values.list.type]
        for kind in FLOATS + ("complex64",) if attribute.name in trained else allowed:
            if allowed and kind not in allowed or kind == "complex64" and not allowed or kind in ("float32", case.types.get(attribute.name)):
                continue
            inputs = case.inputs
            if kind == "complex64":
                inputs = {n: complex_twin(s) if definition_type(definition, n) == attribute.name else s for n,
                          s in inputs.items()}
            other = varied(case, f"{attribute.name}-{kind}", inputs=inputs, types={**case.types, attribute.name: kind},
                           usual=None if kind == "complex64" else case)
            if other.name not in table.LEFT_MODELS and runs(other):
                yield other


def definition_type(definition, name):
    return next(a.type_attr for a in definition.input_arg if a.name == name)


def complex_twin(spec):
    if isinstance(spec, list):
        return [complex_twin(s) for s in spec]
    if not isinstance(spec, Variable) or np.iscomplexobj(spec.value):
        return spec
    return Variable(spec.value + 0.3j * np.sin(np.arange(1, spec.value.size + 1)).reshape(spec.value.shape))


def first(given):
    return given[0] if isinstance(given, list) and given else given


def runs(case):
    """Whether Python has a kernel for it."""
    try:
        row = case.outputs_of(tf.constant(models.IMAGES, tf.float32), [tf.Variable(value) for value in case.trained()])
        return bool(np.isfinite(row).all())
    except (tf.errors.OpError, TypeError, ValueError):
        return False


def few(cases):
    """Of an operation's models the first, one that their names choose, and one to plant a wrong gradient in."""
    chosen = cases[:1] + sorted(cases[1:], key=lambda case: zlib.crc32(case.name.encode()))[:1]
    return chosen + [case for case in cases if case.planted and case not in chosen][:1]


# ---- what has no case

def uncovered(by_operation):
    """Differentiable operations and attributes that nothing tries, in words."""
    left = {name: why for why, names in table.LEFT_OUT.items() for name in names.split()}
    for name in PURE:
        if differentiable(name) and name not in by_operation and name not in left:
            yield f"{name}: no case, though Python has a gradient for it"
    for name in left:
        if name in by_operation or not differentiable(name):
            yield f"{name}: left out, though it has a case or no gradient"
    for name, cases in by_operation.items():
        if name not in PURE:
            yield f"{name}: a case, though no SavedModel may hold it"
        for attribute in op_def_registry.get(name).attr:
            if attribute.type in ("type", "list(type)", "func") or any((o, attribute.name) in table.LEFT_ATTRIBUTES
                                                                       for o in ("*", name)):
                continue
            used = {value_of(case, attribute) for case in cases}
            if attribute.allowed_values.list.s:
                missing = {s.decode() for s in attribute.allowed_values.list.s} - used
                missing -= {v for (o, a, v) in table.LEFT_VALUES if o in ("*", name) and a == attribute.name}
                if missing:
                    yield f"{name}: no case with {attribute.name} {', '.join(sorted(missing))}"
            elif len(used) == 1:
                yield f"{name}: {attribute.name} is {next(iter(used))} in every case"


def undocumented(by_operation):
    """Figures of docs/keras.md that are not those of the table."""
    if tf.__version__.startswith("2.18"):
        figures = (f"{len(by_operation)} operations in {sum(map(len, by_operation.values())):,} models", f"{len(table.REFUSED)} operations")
        text = " ".join((ROOT / "docs/keras.md").read_text().split())
        for figure in figures:
            if figure not in text:
                yield f"docs/keras.md: expected '{figure}' in it, found it nowhere"


def value_of(case, attribute):
    if attribute.name in case.attributes:
        return str(case.attributes[attribute.name])
    for argument in case.definition().input_arg:
        if argument.number_attr == attribute.name:
            return len(case.inputs[argument.name])
    return {"s": attribute.default_value.s.decode(), "list": str(list(attribute.default_value.list.i)),
            "i": str(attribute.default_value.i),
            "b": str(attribute.default_value.b), "f": str(attribute.default_value.f)}.get(attribute.default_value.WhichOneof("value"), "none")


# ---- Java

def java(classpath, work, rates):
    """What Java says of each model; a model that ends the process is answered with that, and the others go on."""
    results, left = work / "results.json", list(rates)
    answers = {}
    while left:
        (work / "list").write_text("".join(f"{name} {rates[name]}\n" for name in left))
        results.unlink(missing_ok=True)
        ended = subprocess.run(["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+SuppressFatalErrorMessage", "-cp",
                                classpath,
                                "org.marginsoftmax.run.GradientSteps", work, work / "list", results],
                               stdout=subprocess.DEVNULL, stderr=(work / "errors").open("w"),
                               env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "TF_ENABLE_ONEDNN_OPTS": "1"}).returncode
        begun = None
        for line in results.read_text().splitlines() if results.exists() else []:
            answer = json.loads(line)
            begun = answer.get("begins")
            if "name" in answer:
                answers[answer["name"]] = answer
        if begun:
            answers[begun] = {"killed": f"ended the process with code {ended}"}
        elif ended or not results.exists():
            sys.exit(f"Java ended with code {ended}:\n" + (work / "errors").read_text()[-3000:])
        left = [name for name in left if name not in answers]
    return answers


# ---- comparison

def rate(gradients):
    """One that makes the smallest of the changes about 1."""
    largest = [np.abs(g).max() for g in gradients or [] if g is not None and g.size and np.abs(g).max() > 0]
    return 1 / max(min(largest), max(largest) / 1e4) if largest else 1.0


def moved(folder, case, count):
    reader = tf.train.load_checkpoint(str(folder / "step" / "step-00000001" / "variables"))
    return [reader.get_tensor(f"keras/v{i}") for i in range(count)]


def error(before, after, gradients, step):
    """The largest difference of a variable over its largest change, where Python changes it; an ulp is forgiven."""
    worst = 0.0
    for start, found, gradient in zip(before, after, gradients):
        if not start.size:
            continue
        change = np.zeros_like(start, np.float64) if gradient is None else -step * gradient.astype(np.float64)
        largest = np.abs(change).max()
        rounding = 2 * np.finfo(np.float32).eps * np.abs(start).max()
        off = max(np.abs(found.astype(np.float64) - start - change).max() - rounding, 0)
        worst = max(worst, off / largest if largest else (np.inf if off > 1e-6 else 0))
    return worst


def tolerance(case):
    return max([USUAL] + [TOLERANCE.get(kind, 0) for kind in list(case.types.values()) + [getattr(case.attributes.get("DstT"), "name", "")]])


def judge(case, expected, answer, folder, step):
    """A word for what happened, and what is wrong with it, if anything is."""
    if "killed" in answer:
        return "wrong", answer["killed"]
    if "failed" in answer:
        return "wrong", f"inspect {'possible' if not answer['inspect'] else 'refused'}, training failed: {answer['failed'].splitlines()[0]}"
    possible, trained = not answer["inspect"], "loss" in answer
    if possible != trained:
        return "wrong", f"inspect {answer['inspect'] or 'possible'}, training {answer.get('refused', 'possible')}"
    flows = expected.gradients and any(g is not None and g.any() for g in expected.gradients)
    if not trained:
        message = answer["refused"]
        if not flows or expected.refusal or any(g is None for g in expected.gradients):
            # Python warns of a variable without a gradient and trains the others; here it is to be frozen first.
            return "none", None if expected.refusal is None or case.operation in message else f"does not name the operation: {message}"
        known = case.operation in table.REFUSED
        if case.operation not in message:
            return "wrong", f"does not name the operation: {message}"
        return "refused", None if known else f"refused, though Python has a gradient: {message}"
    if expected.gradients is None:
        return "wrong", f"trained, though Python says {expected.refusal}"
    if case.operation in table.REFUSED:
        return "wrong", "trained, though listed as refused"
    if abs(answer["loss"] - expected.loss) > 10 * tolerance(case) * max(1, abs(expected.loss)):
        return "wrong", f"loss {answer['loss']}, expected {expected.loss}"
    before = case.trained()
    after = moved(folder, case, len(before))
    off = error(before, after, expected.gradients, step)
    if off > tolerance(case):
        return "wrong", f"gradient off by {off:.2g}"
    if flows:
        # A wrong gradient of any variable has to show: one of its numbers off by a thousandth of the largest.
        for i, gradient in enumerate(expected.gradients):
            if gradient is not None and gradient.any() and tolerance(case) == USUAL:
                planted = list(expected.gradients)
                planted[i] = gradient.copy()
                planted[i].flat[np.abs(gradient).argmax()] *= 1 + PLANTED
                if error(before, after, planted, step) <= USUAL:
                    return "wrong", f"a wrong gradient of variable {i} would not be seen"
    return ("trained", None) if flows else ("none", None)


def written(cases, work):
    """Writes the models, and gives what Python finds, by name, and what does not run, in words."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name, values in (("images", models.IMAGES), ("labels", models.LABELS), ("centers", models.CENTERS)):
        np.save(work / f"{name}.npy", values)
    found, failures = {}, []
    for case in cases:
        try:
            expected, projection = models.expected(case)
            if expected.refusal and case.usual:
                # Python's code fails in these types: the change is that of the usual ones.
                expected.gradients = models.expected(case.usual, projection)[0].gradients
            models.write(case, projection, work / case.name)
            found[case.name] = expected
        except Exception as e:  # noqa: BLE001 - a case that does not run is to be mended
            failures.append(f"{case.name}: the case does not run: {type(e).__name__}: {e}".splitlines()[0])
    print(f"{len(found)} models written", flush=True)
    return found, failures


def unseen(case, answer, folder, step):
    """Whether the gradient of the operation with another attribute passes for its own."""
    wrong, _ = models.expected(case, **case.planted)
    before = case.trained()
    return "loss" not in answer or error(before, moved(folder, case, len(before)), wrong.gradients, step) <= 10 * USUAL


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("classpath")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--part", action="store_true")
    parser.add_argument("--share", default="0/1")
    parser.add_argument("--only", default="")
    parser.add_argument("--findings", type=pathlib.Path)
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    by_operation = {name: list(all_cases(name)) for name in table.TABLE if re.search(options.only, name)}
    problems = [] if options.only else list(uncovered(by_operation)) + list(undocumented(by_operation))
    chosen = [case for cases in by_operation.values() for case in (few(cases) if options.part else cases)]
    share, shares = map(int, options.share.split("/"))
    chosen = chosen[share::shares]
    kept = options.work / "expected.pickle"
    if options.again:
        answers_of_python = pickle.loads(kept.read_bytes())
        chosen = [case for case in chosen if case.name in answers_of_python]
    else:
        answers_of_python, failures = written(chosen, options.work)
        problems += failures
        kept.write_bytes(pickle.dumps(answers_of_python))
    rates = {case.name: rate(answers_of_python[case.name].gradients) for case in chosen if case.name in answers_of_python}
    answers = java(options.classpath, options.work, rates)
    counts, trained, planted = collections.Counter(), set(), 0
    for case in chosen:
        if case.name in rates:
            kind, problem = judge(case, answers_of_python[case.name], answers[case.name], options.work / case.name,
                                  rates[case.name])
            counts[kind if problem is None else "wrong"] += 1
            if kind == "trained":
                trained.add(case.operation)
            if problem:
                problems.append(f"{case.name} {described(case)}: {problem}")
            elif case.planted:
                planted += 1
                if unseen(case, answers[case.name], options.work / case.name, rates[case.name]):
                    problems.append(f"{case.name}: the gradient with {case.planted} was taken for its own")
    for problem in problems:
        print("WRONG", problem)
    if options.findings:
        options.findings.write_text("".join(problem + "\n" for problem in problems))
    print(f"{len(trained)} operations and {counts['trained']} models trained as in Python, {counts['none']} without a gradient in both, "
          f"{counts['refused']} refused by name, {planted} wrong gradients seen, {len(problems)} wrong")
    sys.exit(1 if problems else 0)


def described(case):
    """Shapes and attributes in short."""
    def one(given):
        if isinstance(given, Variable):
            return f"float{list(given.value.shape)}"
        if isinstance(given, list) and any(isinstance(g, (Variable, np.ndarray)) for g in given):
            return "[" + ", ".join(map(one, given)) + "]"
        return str(np.asarray(given).tolist()) if np.size(given) < 9 else f"{np.shape(given)}"

    inputs = ", ".join(f"{name} {one(given)}" for name, given in case.inputs.items())
    return f"({inputs}; {case.attributes} {case.types}{' sizes unknown' if case.loose else ''})"


if __name__ == "__main__":
    main()
