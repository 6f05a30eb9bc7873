"""Makes every model of saved-models/other_models.py and holds what Java makes of it against Python: inspect and train say
the same, embed gives Python's output, one step of SGD changes what Python's own changes, and Python reads what was written
back. What has to be refused is, in words.

    check_other_models.py CLASSPATH WORK_DIR [NAME...]
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

# Java has oneDNN on. Python has not: some of its kernels are wrong, and expectations should not be the same kernels'.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "saved-models"))
import other_models as models  # noqa: E402

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

classpath, work, names = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:] or list(models.RECIPES)
RATE, STEP = 1e-2, 2e-3
labels = np.arange(models.SIZE, dtype=np.int32) % models.CLASSES
centers = np.random.default_rng(5).uniform(-1, 1, (models.CLASSES, models.FEATURES)).astype(np.float32)


def written(model, case, images):
    """What Python answers from a folder: TensorFlow 2's loader, and TensorFlow 1's."""
    name = case.options.get("signature") or "serving_default"
    output = case.options.get("output")
    inputs, answers = {case.image_input: images, **case.inputs}, []
    if 2 in case.loaders:
        signature = tf.saved_model.load(str(model), tags=["serve"]).signatures[name]
        found = signature(**{key: tf.constant(value) for key, value in inputs.items()})
        answers.append((found[output] if output else next(iter(found.values()))).numpy())
    if 1 not in case.loaders:
        return answers
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph = tf.compat.v1.saved_model.load(session, ["serve"], str(model))
        definition = graph.signature_def[name]
        fetch = definition.outputs[output] if output else next(iter(definition.outputs.values()))
        answers.append(session.run(fetch.name, {definition.inputs[k].name: v for k, v in inputs.items()}))
    return answers


def off(found, expected, start=None):
    """The largest difference, as a share of the largest value, or of the largest change."""
    scale = np.abs(expected if start is None else expected - start).max()
    return float(np.abs(np.asarray(found) - expected).max() / scale)


def check(name, case):
    folder = work / name
    refused, embedded, inspected, warned = [
        (folder / f"{part}.txt").read_text() for part in ("train", "embed", "inspect", "warnings")]
    assert "internal failure" not in refused + embedded, refused + embedded
    if case.features and not embedded:
        found = off(np.load(folder / "embedded.npy"), case.features(case.images))
        assert found <= case.answer, f"embed is off by {found:.1e}"
    if case.refused:
        assert case.refused in refused and "; " in refused, f"train: expected '{case.refused}', found '{refused}'"
        assert case.options or inspected.split("\n")[0] == refused, f"inspect says '{inspected}', train '{refused}'"
        return "refused: " + refused
    assert not refused, refused
    said = warned.split("\n---\n")
    assert case.options or said[0] == said[1], f"inspect warns '{said[0]}', train '{said[1]}'"
    assert (case.warned or "") in said[1] and ("gradient" in said[1]) == bool(case.warned), f"warned of '{said[1]}'"
    assert not inspected or case.options, inspected
    x = case.images
    before = case.features(x)
    assert not embedded, embedded
    result = [found]
    after = case.step(x, labels, centers, RATE)
    for answer in written(folder / "steps" / "model", case, x):
        result.append(off(answer, after, before))
    assert max(result[1:]) <= max(STEP, case.answer), f"after a step Python differs by {result[1:]} of the change"
    return " ".join(f"{r:.0e}" for r in result)


shutil.rmtree(work, ignore_errors=True)
work.mkdir(parents=True)
np.save(work / "pixels.npy", models.pixels().astype(np.float32))
np.save(work / "labels.npy", labels.astype(np.int64))
np.save(work / "centers.npy", centers)
cases = {}
for name in names:
    case = cases[name] = models.make(name, work)
    np.save(work / name / "images.npy", case.images)
    (work / name / "options.json").write_text(json.dumps({**case.options, "rate": RATE, "input": case.image_input}))
subprocess.run(["java", "-cp", classpath, "org.marginsoftmax.run.OtherModelSteps", work], check=True,
               stdout=subprocess.DEVNULL, stderr=open(work / "java.err", "w"),
               env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "1"})
failed = 0
for name, case in cases.items():
    try:
        print(f"{name}: {check(name, case)}", flush=True)
    except Exception as e:  # the others are looked at too
        failed += 1
        print(f"{name}: FAILED: {type(e).__name__}: {str(e)[:700]}", flush=True)
print(f"{len(cases) - failed} passed, {failed} failed")
sys.exit(1 if failed else 0)
