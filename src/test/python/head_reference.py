"""Float64 reference values of heads that have a file of their own in heads/, with numpy alone.

    python3 head_reference.py OUT_DIR [NAME...]

writes NAME.json for each: whole batches with loss, logits and both gradients. A file has HEADS, options as in
config.json, and loss(head, x, w, y), from the paper: the loss of each sample (or of the batch, spread over its samples)
and the logits. Gradients are complex-step derivatives, as in make_adaptive_reference.py.
"""
import importlib
import json
import pathlib
import sys

import numpy as np

from make_adaptive_reference import angle, batches, constant, exact, gradient, log1p_exp, norm, shifted  # noqa: F401

CLASSES = 7


def cosines(x, w, y, k=1):
    """With the nearest of the k centres of each class [N, C], and the angle to the label's [N]."""
    n, rows = len(y), np.arange(len(y))
    xh, wh = x / norm(x), w / norm(w)
    each = (xh @ wh.T).reshape(n, -1, k)
    best = each.real.argmax(axis=2)
    return np.take_along_axis(each, best[:, :, None], 2)[:, :, 0], angle(xh, wh[y * k + best[rows, y]])


def softplus(d):
    """log(1 + e^d), to the last digit at both ends."""
    return np.where(d.real > 0, d, 0) + log1p_exp(np.where(d.real > 0, -d, d))


def cross_entropy(z, y, smoothing=0.0):
    """Of logits, seen from the other classes."""
    rows = np.arange(len(y))
    others = z.astype(complex)
    label = others[rows, y].copy()
    others[rows, y] = -np.inf
    top = others.real.max(axis=1, keepdims=True)
    spread = np.exp(np.where(np.isinf(others), 0, others - top))
    spread[rows, y] = 0
    loss = softplus(top[:, 0] + np.log(spread.sum(axis=1)) - label)
    return loss + smoothing * (label - z.mean(axis=1))


def reference(module, rng):
    cases = []
    for name, x, w, y in batches(rng, 6, 5, CLASSES):
        x, w = exact(x), exact(w)
        entries = []
        for head in module.HEADS:
            k = head.get("subcenters", getattr(module, "SUBCENTERS", 1))
            flat = w[:, :k].reshape(CLASSES * k, -1)
            mean = lambda x, w: module.loss(head, x, w, y)[0].mean()
            loss, z = module.loss(head, x, flat, y)
            theta = cosines(x, flat, y, k)[1]
            entries.append(dict(head=head, loss=float(loss.real.mean()), logits=z.real.tolist(),
                                theta_target=theta.real.tolist(), state={},
                                grad_features=gradient(lambda v: mean(v, flat), x).tolist(),
                                grad_centers=gradient(lambda v: mean(x, v), flat).tolist()))
        cases.append(dict(name=name, features=x.tolist(), centers=w.tolist(), labels=y.tolist(),
                          draws=[0.0] * len(y), heads=entries))
    return cases


def main():
    here = pathlib.Path(__file__).parent
    names = sys.argv[2:] or [f.stem for f in sorted((here / "heads").glob("*.py"))]
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        cases = reference(importlib.import_module("heads." + name), np.random.default_rng(20261126))
        (out / (name + ".json")).write_text(json.dumps(cases))
        print(f"{name}: {len(cases)} batches x {len(cases[0]['heads'])} heads")


if __name__ == "__main__":
    main()
