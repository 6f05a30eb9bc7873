"""Sets of embeddings on which figures go wrong, for the scripts that make references of evaluation.

Vectors are of small integers, so that they are short in JSON. Where cosines of different vectors tie, all of a vector's
numbers are 0 or of one size: they tie in every arithmetic.
"""
import numpy as np


def labels_of(rng, n, kind):
    match kind:
        case "one class":
            return np.full(n, 4)
        case "all alone":
            return rng.permutation(n) * 3
        case "some alone":
            # Half of them in classes of their own.
            return np.where(np.arange(n) % 2 == 0, 100 + np.arange(n), rng.integers(0, max(2, n // 8), n))
        case "unequal":
            return np.minimum(rng.geometric(0.35, n), 8)
        case _:
            return rng.integers(0, max(2, n // 7), n)


def vectors_of(rng, labels, kind):
    n = len(labels)
    if kind in ("ties", "some zero, ties"):
        rows = rng.integers(-1, 2, (n, 4))
        rows[~rows.any(1)] = 1
    elif kind == "all equal":
        rows = np.tile([3, 1, 4, 1], (n, 1))
    elif kind == "all zero":
        rows = np.zeros((n, 4), int)
    elif kind == "one axis":
        rows = np.eye(3, dtype=int)[np.arange(n) % 2]
    else:
        centers = rng.integers(-60, 61, (labels.max() + 1, 6))
        rows = centers[labels] + rng.integers(-60, 61, (n, 6))
        rows[~rows.any(1)] = 7
    if kind == "duplicates":
        rows = rows[rng.integers(0, max(1, n // 3), n)]
    if kind.startswith("some zero"):
        rows[rng.random(n) < 0.25] = 0
    return rows


VECTORS = ("ordinary", "duplicates", "ties", "all equal", "all zero", "one axis", "some zero", "some zero, ties")
LABELS = ("equal", "unequal", "some alone", "all alone", "one class")


def sets(rng):
    """Name, vectors and labels of each: all kinds, and more ordinary ones."""
    for n in (2, 3, 9, 40):
        for vectors in VECTORS:
            for labels in LABELS:
                if n < 40 or vectors in VECTORS[:3] or labels in LABELS[:3]:
                    y = labels_of(rng, n, labels)
                    yield f"{n} {vectors}, {labels}", vectors_of(rng, y, vectors), y
    for n in range(4, 34, 2):
        y = labels_of(rng, n, LABELS[n % 3])
        yield f"{n} ordinary, {LABELS[n % 3]}", vectors_of(rng, y, "ordinary"), y


def cosines_of(rows, columns):
    """In float64, rounded to float32; that with a zero vector is 0, as are sums that are 0 but for rounding."""
    products = unit(rows) @ unit(columns).T
    products[np.abs(products) < 1e-13] = 0
    return np.clip(products, -1, 1).astype(np.float32)


def unit(rows):
    once = normalized(np.asarray(rows, np.float64)).astype(np.float32)
    return normalized(once.astype(np.float64))


def normalized(rows):
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
