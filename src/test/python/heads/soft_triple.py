"""SoftTriple (Qian 2019, arXiv:1909.05235), eq. 5, 6 and 8; 1e-5 below the root as in the authors' code."""
import numpy as np

from head_reference import cosines, cross_entropy, norm

HEADS = [dict(name="soft-triple", scale=20.0, subcenters=3),
         dict(name="soft-triple", scale=30.0, subcenters=2, margin=0.1, temperature=0.5, regularizer=1.5),
         dict(name="soft-triple", scale=30.0, subcenters=1, label_smoothing=0.1)]


def loss(head, x, w, y):
    k, rows = head["subcenters"], np.arange(len(y))
    nearest, theta = cosines(x, w, y, k)
    wh = (w / norm(w)).reshape(-1, k, w.shape[1])
    c = np.einsum("nd,jkd->njk", x / norm(x), wh)
    e = np.exp((c - c.real.max(axis=2, keepdims=True)) / head.get("temperature", 0.1))
    z = (e / e.sum(axis=2, keepdims=True) * c).sum(axis=2)
    z[rows, y] -= head.get("margin", 0.01)
    total = cross_entropy(head["scale"] * z, y, head.get("label_smoothing", 0.0))
    if k > 1:
        gram = np.einsum("jkd,jld->jkl", wh, wh)
        pairs = np.triu_indices(k, 1)
        apart = np.sqrt(2 + 1e-5 - 2 * gram[:, pairs[0], pairs[1]]).sum()
        total = total + head.get("regularizer", 0.2) * apart / (len(wh) * k * (k - 1))
    logits = nearest.astype(np.result_type(nearest, theta))
    logits[rows, y] = np.cos(theta)
    return total, logits
