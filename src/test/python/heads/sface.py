"""SFace (Zhong 2021, arXiv:2205.12010), eq. 9 to 12: the speeds r are held constant."""
import numpy as np

from head_reference import constant, cosines

HEADS = [dict(name="sface", scale=30.0), dict(name="sface", scale=64.0),
         dict(name="sface", scale=10.0, sigmoid_slope=8.0, intra_angle=0.3, inter_angle=1.6)]


def loss(head, x, w, y):
    c, theta = cosines(x, w, y)
    rows = np.arange(len(y))
    s, k = head["scale"], head.get("sigmoid_slope", 80.0)
    pull = s / (1 + np.exp(-k * (constant(theta) - head.get("intra_angle", 0.8))))
    push = s / (1 + np.exp(k * (np.arccos(np.clip(constant(c), -1, 1)) - head.get("inter_angle", 1.23))))
    push[rows, y] = 0
    c = c.astype(np.result_type(c, theta))
    c[rows, y] = np.cos(theta)
    return (push * c).sum(axis=1) - pull * c[rows, y], c
