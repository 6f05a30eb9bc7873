"""MV-Softmax (Wang 2020, arXiv:1912.00833): eq. 6 (fixed) and 8 (adaptive), the margins of eq. 4 and 5."""
import numpy as np

from head_reference import cosines, cross_entropy, shifted

HEADS = [
    dict(name="mv-arc", scale=30.0), dict(name="mv-am", scale=30.0),
    dict(name="mv-arc", margin=0.3, scale=64.0, guard="none", reweight=0.5),
    dict(name="mv-am", margin=0.2, scale=30.0, reweight=0.3, reweight_mode="fixed"),
    dict(name="mv-arc", margin=0.3, scale=30.0, subcenters=2, label_smoothing=0.1, reweight_mode="fixed"),
]


def loss(head, x, w, y):
    c, theta = cosines(x, w, y, head.get("subcenters", 1))
    m = head.get("margin", 0.5 if head["name"] == "mv-arc" else 0.35)
    t = shifted(theta, m, head.get("guard", "reflect")) if head["name"] == "mv-arc" else np.cos(theta) - m
    weight = head.get("reweight", 0.2)
    more = weight * (c + 1) if head.get("reweight_mode", "adaptive") == "adaptive" else weight
    z = np.where(c.real > t[:, None].real, c + more, c)
    z[np.arange(len(y)), y] = t
    return cross_entropy(head["scale"] * z, y, head.get("label_smoothing", 0.0)), head["scale"] * z
