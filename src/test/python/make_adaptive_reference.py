"""Float64 reference values for the heads that make_reference.py does not have, with numpy alone.

    python3 make_adaptive_reference.py OUT_DIR [--seed 20261124]

writes adaptive_curves.json (target logits as functions of the angle), adaptive_cases.json (whole
batches: loss, logits, both gradients) and adaptive_steps.json (ten steps of heads that carry state
or draw: loss and state of each step, the centres at the end).

Only losses are written down here, from the papers. Gradients are complex-step derivatives of them,
d f / d x = Im f(x + i h) / h with h = 1e-30, which lose no digits; what a paper holds constant is
computed from the real parts beforehand. Conventions as in make_reference.py; centers [C K, D] with K
centres a class, those of class j in rows j K .. j K + K - 1.
"""
import argparse
import json
import math
import pathlib

import numpy as np

H = 1e-30


def norm(a):
    return np.sqrt((a * a).sum(axis=-1, keepdims=True))


def angle(a, b):
    """Between unit rows, accurate at both ends and analytic."""
    return 2 * np.arctan(norm(a - b)[..., 0] / norm(a + b)[..., 0])


def psi(m, theta):
    k = np.minimum(np.floor(m * theta.real / math.pi), m - 1)
    return (-1.0) ** k * np.cos(m * theta) - 2 * k


def shifted(theta, m, guard):
    """cos(theta + m) under a guard."""
    t = np.cos(theta + m)
    past = theta.real + np.real(m) > math.pi
    if guard == "reflect":
        return np.where(past, -2 - t, t)
    if guard == "classic":
        return np.where(past, np.cos(theta) - m * np.sin(m), t)
    if guard == "easy":
        return np.where(theta.real < math.pi / 2, t, np.cos(theta))
    return t


def clip(a, low, high):
    return np.where(a.real < low, low, np.where(a.real > high, high, a))


def constant(a):
    """Without gradient."""
    return np.real(a)


def label_target(head, theta, a, y, state, draws):
    """t of each sample; a is the norm of the features."""
    name, m = head["name"], head.get("margin")
    guard = head.get("guard", "classic" if name == "curricularface" else "reflect")
    if head.get("class_margins") is not None:
        m = np.array(head["class_margins"])[y]
    if name in ("normface", "adacos", "adacos-fixed"):
        return np.cos(theta)
    if name == "cosface":
        return np.cos(theta) - m
    if name in ("sphereface", "l-softmax"):
        return psi(m, theta)
    if name in ("arcface", "subcenter-arcface", "curricularface"):
        return shifted(theta, m, guard)
    if name == "ldam":  # m_j = M (n_min / n_j)^(1/4)
        n = np.array(head["counts"], float)
        return np.cos(theta) - m * (n.min() / n[y]) ** 0.25
    if name == "linear-angle":
        return (math.pi - 2 * (theta + m)) / math.pi
    if name == "circle":
        c = np.cos(theta)
        return constant(np.maximum(1 + m - c.real, 0)) * (c - (1 - m))
    if name == "magface":
        la, ua = head.get("norms", (10.0, 110.0))
        lm, um = head.get("margins", (0.45, 0.8))
        clamped = clip(a, la, ua)
        return shifted(theta, lm + (um - lm) / (ua - la) * (clamped - la), guard)
    if name == "adaface":
        clamped = constant(clip(a, 1e-3, 100))
        z = (clamped - state["norm_mean"]) / (state["norm_deviation"] + 1e-3)
        z = np.clip(head.get("concentration", 0.333) * z, -1, 1)
        return np.cos(clip(theta - m * z, 1e-3, math.pi - 1e-3)) - (m + m * z)
    if name.startswith("elasticface"):
        d = np.array(draws)
        if name.endswith("plus"):
            ordered = np.empty_like(d)
            ordered[np.argsort(np.cos(theta.real), kind="stable")] = np.sort(d)[::-1]
            d = ordered
        each = m + head.get("deviation", 0.05) * d
        return np.cos(theta) - each if "cos" in name else shifted(theta, each, guard)
    raise ValueError(name)


def negatives(head, c, t, state):
    """What cosines [N, C] become; t [N, 1] is the label's target."""
    name = head["name"]
    if name == "curricularface":
        return np.where(c.real > t.real, c * (state["hardness"] + c), c)
    if name == "linear-angle" and head.get("negatives", "angle") == "angle":
        return (math.pi - 2 * np.arccos(c)) / math.pi
    if name == "circle":
        m = head["margin"]
        return constant(np.maximum(c.real + m, 0)) * (c - m)
    return c


def forward(head, x, w, y, state, draws):
    """Loss of each sample, logits [N, C], angle to the label's centre."""
    n, rows = len(y), np.arange(len(y))
    k = head.get("subcenters", 3 if head["name"] == "subcenter-arcface" else 1)
    a = norm(x)
    xh, wh = x / a, w / norm(w)
    each = (xh @ wh.T).reshape(n, -1, k)
    best = each.real.argmax(axis=2)  # the first maximum
    c = np.take_along_axis(each, best[:, :, None], 2)[:, :, 0]
    theta = angle(xh, wh[y * k + best[rows, y]])
    if head["name"] == "p2sgrad":
        c = c.copy()
        c[rows, y] = np.cos(theta)
        hot = np.zeros_like(c)
        hot[rows, y] = 1
        return ((c - hot) ** 2).sum(axis=1) / 2, c, theta
    t = label_target(head, theta, a[:, 0], y, state, draws)
    if head["name"] in ("softmax", "l-softmax"):
        z = x @ w.T
        wn = norm(w)[y, 0]
        z = z.astype(np.result_type(z, t, wn, a))
        z[rows, y] = a[:, 0] * wn * (np.cos(theta) if head["name"] == "softmax" else t)
        kept = np.ones(z.shape, bool)
    else:
        s = state.get("scale", head.get("scale"))
        if head.get("feature_norm") == "keep":
            s = s * a
        z = negatives(head, c, t[:, None], state)
        kept = np.ones(z.shape, bool)
        threshold = head.get("inter_class_filter")
        if threshold is not None:
            above = c.real > threshold
            if head.get("inter_class_mode", "remove") == "zero":
                z = np.where(above, 0, z)
            else:
                kept = ~above
        z = z.astype(np.result_type(z, t))
        z[rows, y] = t
        z = s * z
    kept[rows, y] = True
    top = np.where(kept, z.real, -np.inf).max(axis=1, keepdims=True)
    log_sum = top[:, 0] + np.log(np.where(kept, np.exp(np.where(kept, z - top, 0)), 0).sum(axis=1))
    # seen from the others, log(1 + e^d) keeps its digits where a sample is learnt
    others = kept.copy()
    others[rows, y] = False
    if others.any(axis=1).all():
        top = np.where(others, z.real, -np.inf).max(axis=1, keepdims=True)
        rivals = top[:, 0] + np.log(np.where(others, np.exp(np.where(others, z - top, 0)), 0).sum(axis=1))
        d = rivals - z[rows, y]
        loss = np.where(d.real > 0, d + np.log(1 + np.exp(-np.where(d.real > 0, d, 0))), log1p_exp(d))
    else:
        loss = log_sum - z[rows, y]
    smoothing = head.get("label_smoothing", 0.0)
    if smoothing:
        spread = np.where(kept, z, 0).sum(axis=1) / kept.sum(axis=1)
        loss = loss + smoothing * (z[rows, y] - spread)
    if head["name"] == "magface":
        la, ua = head.get("norms", (10.0, 110.0))
        clamped = clip(a[:, 0], la, ua)
        loss = loss + head.get("regularizer", 35.0) * (clamped / ua ** 2 + 1 / clamped)
    return loss, z, theta


def log1p_exp(d):
    """log(1 + e^d) for d <= 0, complex: log1p of numpy loses the imaginary part of small numbers."""
    e = np.exp(np.where(d.real > 0, 0, d))
    return np.log1p(e.real) + 1j * e.imag / (1 + e.real)



def next_state(head, x, w, y, state):
    """The state of this step, from the batch and the state of the step before."""
    name = head["name"]
    n, rows = len(y), np.arange(len(y))
    a = norm(x)
    xh, wh = x / a, w / norm(w)
    if name == "adaface":
        keep = head.get("state_momentum", 0.99)
        clamped = np.clip(a[:, 0], 1e-3, 100)
        return dict(norm_mean=keep * state["norm_mean"] + (1 - keep) * clamped.mean(),
                    norm_deviation=keep * state["norm_deviation"] + (1 - keep) * clamped.std(ddof=1))
    if name == "curricularface":
        keep = head.get("state_momentum", 0.99)
        return dict(hardness=keep * state["hardness"] + (1 - keep) * np.cos(angle(xh, wh[y])).mean())
    if name == "adacos":
        c = xh @ wh.T
        e = np.exp(state["scale"] * c)
        e[rows, y] = 0
        median = np.sort(angle(xh, wh[y]))[(n - 1) // 2]
        # the paper's formula turns negative where no other class is near; kept at 0.1 or above
        return dict(scale=max(0.1, math.log(e.sum() / n) / math.cos(min(math.pi / 4, median))))
    return {}


def first_state(head, classes):
    return dict(adaface=dict(norm_mean=20.0, norm_deviation=100.0), curricularface=dict(hardness=0.0),
                adacos=dict(scale=math.sqrt(2) * math.log(classes - 1))).get(head["name"], {})


def gradient(f, a):
    """Complex-step derivative of the scalar f in every element of a."""
    out = np.zeros(a.shape)
    for i in np.ndindex(a.shape):
        moved = a.astype(complex)
        moved[i] += 1j * H
        out[i] = f(moved).imag / H
    return out


def case(head, x, w, y, before, draws):
    state = next_state(head, x, w, y, before)
    if head["name"] == "adacos-fixed":
        head = dict(head, scale=math.sqrt(2) * math.log(len(w) - 1))
    mean = lambda x, w: forward(head, x, w, y, state, draws)[0].mean()
    loss, z, theta = forward(head, x, w, y, state, draws)
    return dict(loss=float(loss.real.mean()), loss_per_sample=loss.real.tolist(), logits=z.real.tolist(),
                theta_target=theta.real.tolist(), state=state,
                grad_features=gradient(lambda v: mean(v, w), x).tolist(),
                grad_centers=gradient(lambda v: mean(x, v), w).tolist())


def heads(classes):
    rng = np.random.default_rng(5)
    by_class = rng.uniform(0.1, 0.6, classes).round(3).tolist()
    counts = rng.integers(1, 200, classes).tolist()
    s = dict(scale=30.0)
    arc = dict(name="arcface", margin=0.5, guard="reflect", **s)
    cos = dict(name="cosface", margin=0.35, **s)
    return [
        dict(name="l-softmax", margin=2), dict(name="l-softmax", margin=4),
        dict(name="subcenter-arcface", margin=0.5, subcenters=3, **s),
        dict(cos, subcenters=2), dict(arc, subcenters=1, guard="classic"),
        dict(name="sphereface", margin=4, subcenters=2, **s),
        dict(name="adacos-fixed"), dict(name="adacos"),
        dict(name="curricularface", margin=0.5, **s), dict(name="curricularface", margin=0.3, scale=64.0, state_momentum=0.01),
        dict(name="magface", **s), dict(name="magface", scale=64.0, regularizer=20.0, norms=[1.0, 3.0], margins=[0.2, 0.9]),
        dict(name="magface", scale=30.0, norms=[0.5, 8.0], guard="classic"), dict(name="magface", scale=30.0, norms=[0.5, 8.0], guard="none"),
        dict(name="adaface", margin=0.4, **s), dict(name="adaface", margin=0.4, scale=64.0, concentration=5.0, state_momentum=0.5),
        dict(name="elasticface", margin=0.5, **s), dict(name="elasticface-plus", margin=0.5, deviation=0.0125, scale=64.0),
        dict(name="elasticface-cos", margin=0.35, **s), dict(name="elasticface-cos-plus", margin=0.35, deviation=0.1, **s),
        dict(name="linear-angle", margin=0.45, **s), dict(name="linear-angle", margin=0.45, negatives="cosine", **s),
        dict(name="p2sgrad"), dict(name="circle", margin=0.25, **s), dict(name="circle", margin=0.4, scale=256.0),
        dict(name="ldam", margin=0.5, counts=counts, **s),
        dict(cos, margin=None, class_margins=by_class), dict(arc, margin=None, class_margins=by_class, guard="none"),
        dict(arc, label_smoothing=0.1), dict(name="l-softmax", margin=3, label_smoothing=0.2),
        dict(arc, inter_class_filter=0.2), dict(arc, inter_class_filter=0.2, inter_class_mode="zero"),
        dict(cos, inter_class_filter=0.1, label_smoothing=0.1), dict(arc, subcenters=2, inter_class_filter=0.3, label_smoothing=0.05),
        dict(name="curricularface", margin=0.5, inter_class_filter=0.4, **s),
        dict(cos, feature_norm="keep", scale=2.0, subcenters=2), dict(arc, feature_norm="keep", scale=1.0, label_smoothing=0.1),
    ]


def batches(rng, n, d, c):
    """Ordinary, learnt, near-zero, near-pi and mixed-norm features, of up to three centres a class."""
    unit = lambda a: a / norm(a)
    y = rng.integers(0, c, n)
    w = rng.standard_normal((c, 3, d)) * 0.3
    x = rng.standard_normal((n, d))
    yield "random", x, w, y
    yield "learnt", 2.0 * unit(w)[y, 0] + 0.12 * x, w, y
    w = w[0, 0] + 0.15 * w
    own = unit(w)[y, 0]
    side = rng.standard_normal((n, d))
    side = unit(side - (side * own).sum(1, keepdims=True) * own)
    for name, at in (("near-zero", np.geomspace(1e-5, 1e-1, n)), ("near-pi", math.pi - np.geomspace(1e-4, 0.6, n))):
        yield name, 3.0 * (np.cos(at[:, None]) * own + np.sin(at[:, None]) * side), w, y
    w = rng.standard_normal((c, 3, d)) * 0.3
    yield "norms", x * np.geomspace(1e-2, 1e2, n)[:, None], w * np.geomspace(1e-2, 1e2, c)[:, None, None], y


def exact(a):
    """What float32 holds exactly, so that every precision sees the same problem."""
    return a.astype(np.float32).astype(np.float64)


def curves():
    degrees = [0.001, 0.1, 1, 5, 30, 45, 60, 89.9, 90, 120, 133.4, 150, 151.3, 151.36, 160, 170, 179, 179.999]
    theta = np.radians(degrees)
    named = [dict(name="linear-angle", margin=0.45), dict(name="circle", margin=0.25), dict(name="l-softmax", margin=4)]
    named += [dict(name="magface", guard=g, norm=a) for g in ("reflect", "classic", "none", "easy") for a in (5.0, 40.0, 200.0)]
    named += [dict(name="adaface", margin=0.4, norm=a, norm_mean=20.0, norm_deviation=30.0) for a in (1.0, 40.0, 200.0)]
    for head in named:
        t = lambda v: label_target(head, v, np.full(v.shape, head.get("norm", 1.0)), None, head, None)
        slope = t(theta + 1j * H).imag / H
        yield dict(head, degrees=degrees, target=t(theta).real.tolist(), dtarget_dtheta=slope.tolist())


def ten_steps(head, rng):
    """Ten batches; the centres follow their gradient at rate 0.5."""
    n, d, c = 8, 6, 9
    w = exact(rng.standard_normal((c, d)) * 0.3)
    first, state, steps = w, first_state(head, c), []
    for _ in range(10):
        x, y = exact(rng.standard_normal((n, d)) * rng.uniform(1, 15, (n, 1))), rng.integers(0, c, n)
        draws = rng.standard_normal(n)
        at = case(head, x, w, y, state, draws)
        state = at["state"] or state
        w = w - 0.5 * np.array(at["grad_centers"])
        steps.append(dict(features=x.tolist(), labels=y.tolist(), draws=draws.tolist(), loss=at["loss"], state=state))
    return dict(head=head, centers=first.tolist(), steps=steps, centers_after=w.tolist())


def main():
    a = argparse.ArgumentParser()
    a.add_argument("out")
    a.add_argument("--seed", type=int, default=20261124)
    a = a.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(a.seed)
    classes, cases = 7, []
    for name, x, w, y in batches(rng, 6, 5, classes):
        x, w, draws = exact(x), exact(w), rng.standard_normal(len(y))
        entries = []
        for head in heads(classes):
            k = head.get("subcenters", 1)
            flat = w[:, :k].reshape(classes * k, -1)
            entries.append(dict(head=head, **case(head, x, flat, y, first_state(head, classes), draws)))
        cases.append(dict(name=name, features=x.tolist(), centers=w.tolist(), labels=y.tolist(), draws=draws.tolist(), heads=entries))
    (out / "adaptive_cases.json").write_text(json.dumps(cases))
    (out / "adaptive_curves.json").write_text(json.dumps(list(curves()), indent=1))
    s = dict(scale=30.0)
    stateful = [dict(name="adacos"), dict(name="curricularface", margin=0.5, **s), dict(name="adaface", margin=0.4, **s),
                dict(name="adaface", margin=0.4, concentration=2.0, state_momentum=0.8, **s)]
    stateful += [dict(name=n, margin=0.4, deviation=0.1, **s)
                 for n in ("elasticface", "elasticface-plus", "elasticface-cos", "elasticface-cos-plus")]
    (out / "adaptive_steps.json").write_text(json.dumps([ten_steps(head, rng) for head in stateful]))
    print(f"{len(cases)} batches x {len(heads(classes))} heads, {len(stateful)} heads over ten steps")


if __name__ == "__main__":
    main()
