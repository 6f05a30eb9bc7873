"""Every backbone of the catalogue in Java and, written again from the authors' code, in Python (backbone_networks.py):
variables and initial values, embeddings with the same weights, and one step of SGD.

    check_backbones.py CLASSPATH WORK_DIR [--whole] [--only REGEX] [--seed N]

--whole adds cases of drawn sizes and options, and the authors' input. Python counts in float64 and by other operations.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from backbone_networks import NETWORKS, Tower  # noqa: E402

CLASSES = 3
WARM = 6
OUTPUTS = 1e-4
STEP = 1e-3
# Changes below this share of the largest one of all variables are rounding.
LEAST = 1e-4
# A step below this is lost in the rounding of the variables: the network has learnt its few samples.
SEEN = 1e-3
# Inputs of ReLU that float32 may have on the other side of 0, and how many are tried there: one of them changes a gradient
# by as much as it weighs, up to some 1e-2.
NEAR = 1e-5
TRIED = 12
# In large networks there are more of them than can be tried: then the step as a whole may be as far away, as a share of its
# length, as this, or as twice what Python's own step in float32 is.
WHOLE = 3e-2
ARRAYS = "xvector", "ecapa-tdnn"


def case(backbone, sizes, batch=6, warm=0.002, **options):
    label = "-".join([backbone, "x".join(map(str, sizes))] + [f"{k}-{v}".replace("_", "-") for k, v in options.items()])
    return {"name": f"{label}-n{batch}", "backbone": backbone, "sizes": list(sizes), "batch": batch, "options": options,
            "seed": 11, "drawn": False, "warm": warm, "rate": 1.0}


def small_cases():
    """Each backbone where its layers are smallest, and where sizes are odd and differ; each option."""
    yield case("small-cnn", (9, 6, 1), embedding=8)
    yield case("iresnet-18", (16, 16, 1), 8, embedding=8)
    yield case("iresnet-18", (33, 20, 3), embedding=16, dropout_rate=0.4)
    yield case("iresnet-34", (24, 16, 3), embedding=8)
    yield case("iresnet-50", (17, 24, 3), embedding=8)
    yield case("iresnet-100", (16, 17, 3), embedding=8)
    yield case("mobilefacenet", (16, 16, 1), 8, embedding=8)
    yield case("mobilefacenet", (17, 24, 3), embedding=16, width=2)
    yield case("resnet-18", (40, 33, 3), 8, embedding=8)
    yield case("resnet-18", (17, 16, 1), embedding=16, stem="small")
    yield case("resnet-50", (16, 24, 3), 8, embedding=8)
    yield case("xvector", (16, 5), 8, embedding=8, channels=32, pooled_channels=40)
    yield case("xvector", (45, 12), embedding=16)
    yield case("ecapa-tdnn", (5, 3), 8, embedding=8, channels=32, pooled_channels=48)
    yield case("ecapa-tdnn", (40, 12), embedding=16, channels=64)


def drawn_cases(seed):
    random = np.random.default_rng(seed)

    def one(*values):
        return values[random.integers(len(values))]

    for backbone in NETWORKS:
        for _ in range(2 if backbone.endswith(("34", "100")) else 5):
            embedding = int(one(2, 7, 64, 200))
            if backbone in ARRAYS:
                sizes = int(random.integers(16, 90)), int(random.integers(1, 81))
                options = {"channels": 8 * int(random.integers(2, 40)), "pooled_channels": int(random.integers(16, 300))}
            else:
                sizes = int(random.integers(16, 66)), int(random.integers(16, 66)), one(1, 3)
                options = {"iresnet": {"dropout_rate": one(0.0, 0.3)}, "resnet": {"stem": one("imagenet", "small")},
                           "mobilefacenet": {"width": one(1, 2, 3)}}.get(backbone.split("-")[0], {})
            yield case(backbone, sizes, int(random.integers(5, 9)), embedding=embedding, **options)
    # At the rate of the others the networks would have learnt their four samples, and no step would be left.
    for backbone in "iresnet-18", "iresnet-34", "iresnet-50", "iresnet-100", "mobilefacenet", "resnet-18", "resnet-50":
        yield case(backbone, (112, 112, 3), 4, warm=0.0001)
    for backbone in ARRAYS:
        yield case(backbone, (200, 80), 4, warm=0.0001)


def prepare(folder, cases):
    for each in cases:
        own = folder / each["name"]
        own.mkdir(parents=True)
        random = np.random.default_rng(sum(each["sizes"]))
        shape = [each["batch"]] + each["sizes"]
        arrays = each["backbone"] in ARRAYS
        samples = random.normal(size=shape) if arrays else random.integers(0, 256, shape)
        np.save(own / "samples.npy", samples.astype(np.float32))
        np.save(own / "labels.npy", np.arange(each["batch"], dtype=np.int32) % CLASSES)
    (folder / "cases.json").write_text(json.dumps(cases))


def java(classpath, folder):
    subprocess.run(["java", "-XX:+UseSerialGC", "-cp", classpath, "org.marginsoftmax.run.BackboneSteps", folder], check=True,
                   stderr=(folder / "errors").open("w"), env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "1"})


def checkpoint(folder, when):
    reader = tf.train.load_checkpoint(str(folder / when / "step-00000001" / "variables"))
    names = [n for n in reader.get_variable_to_shape_map() if n != "_CHECKPOINTABLE_OBJECT_GRAPH"]
    return {name: reader.get_tensor(name) for name in names}


def weights_of(values, kind=np.float64):
    return {name: tf.Variable(value.astype(kind)) for name, value in values.items()}


def forward(each, weights, samples, training, step=0, other=()):
    tower = Tower(weights, training, each["seed"], step, other)
    return NETWORKS[each["backbone"]](tower, tf.constant(samples, weights["centers"].dtype), **each["options"]), tower


def check_initial(asked, values):
    """Moments of the initial values are those of the distribution, within five times what chance makes of them."""
    for name, (kind, parameter) in asked.items():
        value = values[name].astype(np.float64)
        if kind == "constant":
            if not np.all(value == np.float32(parameter)):
                yield f"{name}: initial values are not {parameter}"
            continue
        deviation = parameter / 3 ** 0.5 if kind == "uniform" else parameter
        chance = 5 / value.size ** 0.5
        if abs(value.mean()) > deviation * chance or abs(value.std() / deviation - 1) > chance:
            yield f"{name}: initial values have mean {value.mean():.3g} and deviation {value.std():.3g}, expected 0 and {deviation:.3g}"
        if kind == "uniform" and not (0.9 - chance) * parameter < np.abs(value).max() <= parameter * (1 + 1e-6):
            yield f"{name}: initial values reach {np.abs(value).max():.3g}, expected {parameter:.3g}"
        if kind == "normal" and value.size > 2000 and np.abs(value).max() < 3 * parameter:
            yield f"{name}: initial values are cut off at {np.abs(value).max() / parameter:.2g} deviations"


def check(folder, each):
    """What is wrong, in words, and the errors."""
    own = folder / each["name"]
    result = json.loads((own / "result.json").read_text())
    samples, labels = np.load(own / "samples.npy"), np.load(own / "labels.npy")
    before, after = checkpoint(own, "before"), checkpoint(own, "after")
    weights = weights_of(before)

    features, tower = forward(each, weights, samples, training=False)
    embeddings = (features / tf.norm(features, axis=1, keepdims=True)).numpy()
    outputs = np.abs(embeddings - np.load(own / "embeddings.npy")).max()
    wrong = list(check_initial(tower.asked, checkpoint(own, "initial")))
    missed = set(weights) - set(tower.asked) - {"centers"}
    if missed:
        wrong.append(f"variables that Python has not: {', '.join(sorted(missed))}")
    counted = sum(v.size for n, v in before.items() if n in tower.asked and not n.endswith(("/mean", "/variance")))
    if counted != result["parameters"]:
        wrong.append(f"{counted} parameters, Java counts {result['parameters']}")

    loss, gradients, tower = step_of(each, weights, samples, labels)
    errors, largest, whole = step_errors(each, gradients, tower, before, after)
    enough, as_a_whole = STEP, each["drawn"] and max(errors.values()) > STEP
    if as_a_whole:
        enough = max(WHOLE, 2 * rounding(each, before, samples, labels, gradients))
        errors = {"all": whole}
    other = []
    for size, place in sorted(tower.near)[:TRIED]:
        if max(errors.values()) <= enough or size > NEAR:
            break
        _, *there = step_of(each, weights, samples, labels, other + [place])
        fewer, _, whole = step_errors(each, *there, before, after)
        fewer = {"all": whole} if as_a_whole else fewer
        if sum(fewer.values()) < sum(errors.values()):
            errors, other = fewer, other + [place]
    worst = max(errors, key=errors.get)
    step = errors[worst]
    if outputs > OUTPUTS:
        wrong.append(f"embeddings differ by {outputs:.2g}")
    if step > enough:
        wrong.append(f"the step of {worst} differs by {step:.2g} of it, expected {enough:.2g} at most")
    if largest < SEEN:
        wrong.append(f"changes of {largest:.2g} at most are too small to be compared")
    if abs(loss - result["loss"]) > 1e-4 * max(1, loss):
        wrong.append(f"loss {result['loss']}, expected {loss}")
    return wrong, outputs, step, enough, len(other)


def step_of(each, weights, samples, labels, other=()):
    """The loss, its gradients and the tower."""
    with tf.GradientTape() as tape:
        features, tower = forward(each, weights, samples, training=True, step=WARM, other=other)
        logits = features @ tf.transpose(weights["centers"])
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    return loss.numpy(), dict(zip(weights, tape.gradient(loss, list(weights.values())))), tower


def rounding(each, before, samples, labels, exact):
    """How far Python's gradient in float32 is from that in float64, as a share of its length."""
    _, single, _ = step_of(each, weights_of(before, np.float32), samples, labels)
    exact = {name: gradient.numpy() for name, gradient in exact.items() if gradient is not None}
    off = sum(((single[name].numpy() - gradient) ** 2).sum() for name, gradient in exact.items())
    return np.sqrt(off / sum((gradient ** 2).sum() for gradient in exact.values()))


def step_errors(each, gradients, tower, before, after):
    """The largest difference of each variable as a share of its largest change; the largest change; the difference of all
    as a share of the length of the step."""
    changes = {n: np.zeros(before[n].shape) if g is None else -each["rate"] * g.numpy() for n, g in gradients.items()}
    scales = {}
    for name, value in tower.statistics.items():
        changes[name] = value.numpy() - before[name]
        # A mean may be 0 but for rounding: it is right if it is so within the spread of what it is the mean of.
        if name.endswith("/mean"):
            scales[name] = np.sqrt(after[name.replace("/mean", "/variance")].max())
    largest = max(np.abs(changes[n]).max() for n, g in gradients.items() if g is not None)
    errors = {}
    for name, change in changes.items():
        ulp = 2 * np.finfo(np.float32).eps * np.abs(before[name]).max()
        off = max(np.abs(after[name].astype(np.float64) - before[name] - change).max() - ulp, 0)
        # A bias below a batch norm has no gradient: what changes it is rounding.
        errors[name] = off / max(np.abs(change).max(), LEAST * largest, scales.get(name, 0))
    trained = [name for name, gradient in gradients.items() if gradient is not None]
    off = np.sqrt(sum(((after[n] - before[n] - changes[n]) ** 2).sum() for n in trained))
    whole = off / np.sqrt(sum((changes[n] ** 2).sum() for n in trained))
    return errors, largest, whole


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("classpath")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    drawn = [{**each, "drawn": True} for each in drawn_cases(args.seed)] if args.whole else []
    cases = list(small_cases()) + drawn
    cases = [each for each in cases if re.search(args.only, each["name"])]
    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    prepare(args.work, cases)
    java(args.classpath, args.work)
    failed = False
    for each in cases:
        wrong, outputs, step, enough, kinks = check(args.work, each)
        print(f"{each['name']:62} outputs {outputs:.1e}  step {step:.1e} of {enough:.0e}  {'; '.join(wrong) or 'as in Python'}"
              + (f", {kinks} of its activations at the kink" if kinks else ""), flush=True)
        failed |= bool(wrong)
        shutil.rmtree(args.work / each["name"])
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
