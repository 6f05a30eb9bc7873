"""Compares the head command and the SavedModels that it writes with formulas in float64 and with TensorFlow.

    python check_head.py margin-softmax WORK_DIR
"""
import json
import pathlib
import subprocess
import sys

import numpy as np
import tensorflow as tf

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import make_adaptive_reference as adaptive
import make_reference as reference

launcher, work = sys.argv[1], pathlib.Path(sys.argv[2])
work.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(11)
n, d, c = 32, 24, 50
x = rng.standard_normal((n, d)).astype(np.float32) * 3
w = rng.standard_normal((c, d)).astype(np.float32)
y = rng.integers(0, c, n)
for name, array in (("x", x), ("w", w), ("y", y)):
    np.save(work / f"{name}.npy", array)
heads = [dict(name="arcface", scale="64", guard=g, folder=g) for g in ("none", "reflect", "classic", "easy")]
heads += [dict(name="cosface"), dict(name="sphereface"), dict(name="combined"), dict(name="softmax"), dict(name="normface")]
more = [dict(name="circle", margin=0.25, scale=30.0), dict(name="magface", scale=30.0), dict(name="adaface", margin=0.4, scale=30.0),
        dict(name="curricularface", margin=0.5, scale=30.0), dict(name="linear-angle", margin=0.45, scale=30.0), dict(name="adacos")]
(work / "heads.json").write_text(json.dumps(heads + [dict(h, scale=str(h["scale"])) if "scale" in h else h for h in more]))
subprocess.run([launcher, "head", "--features", work / "x.npy", "--centers", work / "w.npy", "--labels", work / "y.npy",
                "--heads", work / "heads.json", "--out", work / "out", "--save-model", work / "models"], check=True)


def compare(folder, expected, gradients):
    out = work / "out" / folder
    found = {name: np.load(out / f"{name}.npy") for name in ("loss", "logits", "grad_features", "grad_centers")}
    assert found["loss"].shape == () and found["loss"].dtype == np.float32
    assert abs(found["loss"] - expected["loss"]) <= 5e-6 * max(1, expected["loss"]), (folder, found["loss"], expected["loss"])
    for name in gradients:
        e = np.array(expected[name])
        assert np.abs(found[name] - e).max() <= 2e-5 * np.linalg.norm(e, axis=1).max(), (folder, name)
    model = tf.saved_model.load(str(work / "models" / folder)).signatures["serving_default"]
    got = model(features=tf.constant(x), labels=tf.constant(y, tf.int32))
    for name in ("loss", "logits", "grad_features", "grad_centers"):
        assert np.abs(got[name].numpy() - found[name]).max() <= 1e-5 * max(1, np.abs(found[name]).max()), (folder, name)


usual = dict(arcface=dict(margin=0.5), cosface=dict(margin=0.35, scale=30.0), sphereface=dict(margin=4, scale=30.0),
             combined=dict(margins=[1.0, 0.3, 0.2], scale=30.0), softmax=dict(scale=1.0), normface=dict(scale=30.0))
for head in heads:
    full = dict(usual[head["name"]], head=head["name"], guard=head.get("guard", "none"))
    full.setdefault("scale", float(head.get("scale", 30)))
    case = reference.head_case(full, x.astype(float), w.astype(float), y)
    compare(head.get("folder", head["name"]), case, ("grad_features", "grad_centers"))
for head in more:
    state = adaptive.first_state(head, c)
    case = adaptive.case(head, x.astype(float), w.astype(float), y, state, None)
    compare(head["name"], case, ("grad_features", "grad_centers"))
print(f"{len(heads) + len(more)} heads agree with float64, and their SavedModels in Python with what Java wrote")
