#!/usr/bin/env python3
"""Answers of pytorch-metric-learning's AccuracyCalculator for retrieval.

    make_retrieval_reference.py FOLDER      committed as src/test/resources/fixtures/evaluation/peers

Its ranks of equal cosines are those that torch.topk happens to give. So it is asked three times: by its own search, and with
ties ranked so that samples of other classes come first (worst) and last (best). Its own answer lies between; without ties
all are the same.
"""
import json
import logging
import math
import pathlib
import sys

import numpy as np
import torch
from pytorch_metric_learning.distances import CosineSimilarity
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from pytorch_metric_learning.utils.inference import CustomKNN

sys.dont_write_bytecode = True
from embedding_sets import cosines_of, labels_of, sets, unit, vectors_of

# Of queries without any of their class it says so, and leaves them out.
logging.getLogger("PML").setLevel(logging.ERROR)

FIGURES = {
    "precision_at_1": "recall_at_1",
    "r_precision": "r_precision",
    "mean_average_precision_at_r": "map_at_r",
    "mean_average_precision": "mean_average_precision",
    "mean_reciprocal_rank": "mean_reciprocal_rank",
}


def search(queries, query_labels, gallery, gallery_labels, own_first):
    """A search whose ties are ranked by class."""
    found = cosines_of(queries, gallery).astype(np.float64)
    same = query_labels[:, None] == gallery_labels[None, :]

    def ranked(_, k, __, without_self):
        order = np.lexsort((~same if own_first else same, -found), axis=1)
        if without_self:
            order = np.array([row[row != i] for i, row in enumerate(order)])
        indices = torch.tensor(order[:, :k])
        return torch.tensor(np.take_along_axis(found, order, 1)[:, :k]), indices

    return ranked


def near_ties(queries, query_labels, gallery, gallery_labels, without_self):
    """Whether a sample of a query's class and one of another are so near in cosine that float32 may swap them."""
    found = unit(queries) @ unit(gallery).T
    same = query_labels[:, None] == gallery_labels[None, :]
    for i, (row, own) in enumerate(zip(found, same)):
        kept = np.arange(len(row)) != i if without_self else np.full(len(row), True)
        own, others = row[kept & own], row[kept & ~own]
        if len(own) and len(others) and np.abs(own[:, None] - others[None, :]).min() < 2e-6:
            return True
    return False


def figures(search, queries, query_labels, gallery, gallery_labels):
    calculator = AccuracyCalculator(
        include=tuple(FIGURES), device=torch.device("cpu"), knn_func=search, kmeans_func=lambda *_: None
    )
    of = [torch.tensor(queries, dtype=torch.float32), torch.tensor(query_labels)]
    among = [] if gallery is queries else [torch.tensor(gallery, dtype=torch.float32), torch.tensor(gallery_labels)]
    found = calculator.get_accuracy(*of, *among)
    return {ours: None if math.isnan(found[theirs]) else float(found[theirs]) for theirs, ours in FIGURES.items()}


def case(name, queries, query_labels, gallery=None, gallery_labels=None):
    apart = gallery is not None
    sides = (queries, query_labels) + ((gallery, gallery_labels) if apart else (queries, query_labels))
    own = figures(CustomKNN(CosineSimilarity()), *sides)
    worst = figures(search(*sides, own_first=False), *sides)
    best = figures(search(*sides, own_first=True), *sides)
    ties = near_ties(*sides, without_self=not apart)
    for key, value in own.items():
        assert (value is None) == (worst[key] is None) == (best[key] is None), (name, key)
        if value is not None:
            # Its reciprocal ranks are in float32.
            assert worst[key] - 1e-6 <= value <= best[key] + 1e-6, (name, key, value)
            assert ties or abs(worst[key] - best[key]) < 1e-12, (name, key)
    return {
        "name": name,
        "vectors": queries.tolist(),
        "labels": query_labels.tolist(),
        "gallery": gallery.tolist() if apart else None,
        "gallery_labels": gallery_labels.tolist() if apart else None,
        "ties": ties,
        "own": own,
        "worst": worst,
    }


def cases(rng):
    for name, vectors, labels in sets(rng):
        yield case(name, vectors, labels)
    for n in (1, 6, 40):
        for kind in ("ordinary", "duplicates", "ties", "all equal", "some zero"):
            for labels in ("equal", "some alone"):
                y = labels_of(rng, 2 * n + 3, labels)
                rows = vectors_of(rng, y, kind)
                # Some classes are on one side alone.
                order = rng.permutation(len(y))
                some, others = order[:n], order[n:]
                yield case(f"{n} {kind}, {labels}, in a gallery", rows[some], y[some], rows[others], y[others])


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
found = list(cases(np.random.default_rng(11)))
assert any(c["own"] != c["worst"] for c in found) and sum(not c["ties"] for c in found) > 30
text = ",\n".join(json.dumps(c, separators=(",", ":")) for c in found)
(folder / "retrieval.json").write_text(f"[\n{text}\n]\n")
