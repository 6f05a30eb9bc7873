#!/usr/bin/env python3
"""Answers of scikit-learn for agreement of clusters, calibrated probabilities, reliability, verification, lists of pairs.

    make_evaluation_reference.py FOLDER      committed as src/test/resources/fixtures/evaluation

Tables of classes and clusters are written as their cells [class, cluster, count], so that a million samples are short.
Cosines have three decimals, and are read as float32.
"""
import json
import math
import pathlib
import sys
import warnings

import numpy as np
from sklearn.calibration import _sigmoid_calibration, calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    adjusted_mutual_info_score,
    brier_score_loss,
    log_loss,
    normalized_mutual_info_score,
    roc_auc_score,
    roc_curve,
)

sys.dont_write_bytecode = True
import pair_protocol
from embedding_sets import cosines_of, labels_of, sets, vectors_of


def cells_of(classes, clusters):
    pairs, counts = np.unique(np.stack([classes, clusters], 1), axis=0, return_counts=True)
    return [[int(i), int(j), int(n)] for (i, j), n in zip(pairs, counts)]


def agreement(name, cells, weights=None):
    counts = [n * (weights[i] if weights else 1) for i, _, n in cells]
    classes = np.repeat([i for i, _, _ in cells], counts)
    clusters = np.repeat([j for _, j, _ in cells], counts)
    return {
        "name": name,
        "cells": cells,
        "weights": weights,
        "nmi": float(normalized_mutual_info_score(classes, clusters)),
        "ami": float(adjusted_mutual_info_score(classes, clusters)),
    }


def agreements(rng):
    cases = [
        agreement("one sample", [[0, 0, 1]]),
        agreement("one class, one cluster", [[0, 0, 7]]),
        agreement("one class", [[0, 0, 3], [0, 1, 4]]),
        agreement("one cluster", [[0, 0, 3], [1, 0, 4]]),
        agreement("singletons", [[i, i, 1] for i in range(40)]),
        agreement("singletons, numbered otherwise", [[i, 39 - i, 1] for i in range(40)]),
        agreement("clusters of one sample", [[i // 5, i, 1] for i in range(40)]),
        agreement("classes of one sample", [[i, i % 3, 1] for i in range(40)]),
        agreement("the same, with gaps in the numbers", [[3, 9, 5], [7, 2, 6], [40, 11, 1]]),
        agreement("independent", [[i, j, 5] for i in range(4) for j in range(6)]),
        agreement("two that are crossed", [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]),
        agreement("one cluster with the rest", [[i, min(i, 1), 1] for i in range(30)]),
    ]
    for n in (2, 3, 5, 8, 13, 40, 200, 2000):
        for spread in (1.5, 4, 20, 150):
            classes = rng.integers(0, spread, n)
            clusters = np.where(rng.random(n) < 0.6, classes, rng.integers(0, spread * 1.4, n))
            cells = cells_of(classes, clusters)
            if len(cells) < 500:
                cases.append(agreement(f"{n} samples, {spread}", cells))
                all_classes = int(classes.max()) + 1
                weights = [int(w) for w in rng.multinomial(all_classes, np.ones(all_classes) / all_classes)]
                weights[int(classes[0])] += 1
                cases.append(agreement(f"{n} samples, {spread}, weighted", cells, weights))
    table = rng.integers(0, 40000, (6, 9))
    cases.append(agreement("a million", [[i, j, int(table[i, j])] for i in range(6) for j in range(9)]))
    table = np.outer(rng.integers(100, 2000, 8), rng.integers(1, 9, 9)) * 3 + rng.integers(0, 9, (8, 9))
    cases.append(agreement("nearly independent", [[i, j, int(table[i, j])] for i in range(8) for j in range(9)]))
    return cases


def curve_case(name, cosines, same, weights=None, prior=None):
    written = [round(float(c), 3) for c in cosines]
    x = np.array(written, np.float32).astype(np.float64)
    y = np.array(same, np.float64)
    w = np.ones(len(y)) if weights is None else np.array(weights, np.float64)
    genuine, impostor = w[y == 1].sum(), w[y == 0].sum()
    targets = np.where(y == 1, (genuine + 1) / (genuine + 2), 1 / (impostor + 2))
    used = w.copy()
    if prior is not None:
        used *= (genuine + impostor) * np.where(y == 1, prior / genuine, (1 - prior) / impostor)
    a, b = logistic(x, targets, used)
    if prior is None:
        theirs = _sigmoid_calibration(x, y, w)
        ends = np.linspace(x.min(), x.max(), 50)
        apart = np.abs(1 / (1 + np.exp(a * ends + b)) - 1 / (1 + np.exp(theirs[0] * ends + theirs[1])))
        assert apart.max() < 1e-4, (name, apart.max())
    isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x, y, sample_weight=used)
    grid = np.unique(np.concatenate([np.linspace(-1.2, 1.2, 49), x[:20]]))
    return {
        "name": name,
        "cosines": written,
        "same": [bool(s) for s in same],
        "weights": None if weights is None else [float(v) for v in weights],
        "prior": prior,
        "platt": [float(a), float(b)],
        "grid": grid.tolist(),
        "isotonic": np.round(isotonic.predict(grid), 14).tolist(),
        "thresholds": len(isotonic.X_thresholds_),
    }


def logistic(x, targets, weights):
    """Platt's a and b: a pair with target t is one of the class by weight t, and one that is not by weight 1 - t."""
    kept = weights > 0
    x, targets, weights = x[kept], targets[kept], weights[kept]
    mean, deviation = x.mean(), x.std() if x.max() > x.min() else 1
    z = (x - mean)[:, None] / deviation
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    with warnings.catch_warnings():
        # It says that nothing below rounding can be gained.
        warnings.simplefilter("ignore")
        model.fit(
            np.concatenate([z, z]),
            np.repeat([1, 0], len(z)),
            sample_weight=np.concatenate([weights * targets, weights * (1 - targets)]),
        )
    slope, constant = float(model.coef_[0, 0]), float(model.intercept_[0])
    # Steps of Newton's method from there, until nothing changes: the solver ends a few digits earlier.
    for _ in range(5):
        p = 1 / (1 + np.exp(-slope * z[:, 0] - constant))
        g = np.array([(weights * (targets - p) * z[:, 0]).sum(), (weights * (targets - p)).sum()])
        h = weights * p * (1 - p)
        hessian = np.array([[(h * z[:, 0] ** 2).sum(), (h * z[:, 0]).sum()], [(h * z[:, 0]).sum(), h.sum()]])
        step = np.linalg.pinv(hessian) @ g
        assert np.abs(step).max() < 1e-3 * (1 + abs(slope) + abs(constant)), step
        slope, constant = slope + step[0], constant + step[1]
    return -slope / deviation, -constant + slope * mean / deviation


def curve_cases(rng):
    cases = []
    for n in (4, 30, 120):
        for apart in (0, 0.2, 0.6):
            same = rng.random(n) < 0.4
            same[:2] = [True, False]
            cosines = np.clip(rng.normal(0.1, 0.2, n) + apart * same, -1, 1)
            cases.append(curve_case(f"{n}, {apart} apart", cosines, same))
            cases.append(curve_case(f"{n}, {apart} apart, weighted", cosines, same, np.round(rng.uniform(0.1, 5, n), 2)))
            cases.append(curve_case(f"{n}, {apart} apart, rare", cosines, same, None, 0.01))
            cases.append(curve_case(f"{n}, {apart} apart, ties", np.round(cosines, 1), same, None, 0.5))
    same = np.arange(60) % 3 == 0
    cosines = rng.normal(0.3, 0.2, 60)
    weights = np.round(rng.uniform(0, 3, 60), 1) * (np.arange(60) % 4 > 0)
    # The first and the last cosine, and some between, have no weight.
    cases.append(curve_case("weights of 0", np.sort(cosines), same, weights * (np.arange(60) % 59 > 0)))
    cases.append(curve_case("separable", np.where(same, 0.8, 0.1) + np.arange(60) / 1000, same))
    cases.append(curve_case("separable, close together", np.where(same, 0.998, 0.99), same, None, 0.001))
    cases.append(curve_case("the wrong way round", np.where(same, 0.1, 0.8) + np.arange(60) / 1000, same))
    cases.append(curve_case("all equal", np.full(60, 0.25), same))
    cases.append(curve_case("all equal, rare", np.full(60, 0.25), same, None, 1e-4))
    cases.append(curve_case("two", [0.4, 0.6], [False, True]))
    cases.append(curve_case("two, the wrong way round", [0.6, 0.4], [False, True]))
    return cases


def reliability_case(name, probabilities, same, bins, quantiles=False):
    p, y = np.round(np.array(probabilities, np.float64), 4), np.array(same, bool)
    # Bounds as floats: (m - 1) / M < p <= m / M.
    bounds = np.array([m / bins for m in range(1, bins)])
    bin_of = np.searchsorted(bounds, p, side="left")
    ece = sum(abs(p[bin_of == m].mean() - y[bin_of == m].mean()) * (bin_of == m).mean() for m in np.unique(bin_of))
    observed, predicted = calibration_curve(y, p, n_bins=bins, pos_label=True) if len(set(y)) == 2 else (None, None)
    case = {
        "name": name,
        "probabilities": p.tolist(),
        "same": y.tolist(),
        "bins": bins,
        "observed": None if observed is None else observed.tolist(),
        "predicted": None if observed is None else predicted.tolist(),
        "ece": float(ece),
        "brier": float(brier_score_loss(y, p, pos_label=True)),
        "log_loss": float(log_loss(y, p, labels=[False, True])),
    }
    if quantiles:
        observed, predicted = calibration_curve(y, p, n_bins=bins, strategy="quantile", pos_label=True)
        case["by_mass"] = {"observed": observed.tolist(), "predicted": predicted.tolist()}
    return case


def reliability_cases(rng):
    cases = []
    for n, bins in ((1, 15), (15, 15), (150, 15), (300, 10), (64, 1), (40, 4)):
        p = rng.permutation(9999)[:n] / 10000
        same = rng.random(n) < p
        cases.append(reliability_case(f"{n} in {bins}", p, same, bins, n > 1 and n % bins == 0))
    on_bounds = np.tile([0, 0.25, 0.5, 0.75, 1], 6)
    cases.append(reliability_case("on the bounds", on_bounds, rng.random(30) < 0.5, 4))
    cases.append(reliability_case("certain and right", np.arange(20) % 2, np.arange(20) % 2, 15))
    cases.append(reliability_case("certain and wrong", np.arange(20) % 2, 1 - np.arange(20) % 2, 15))
    cases.append(reliability_case("all equal", np.full(30, 0.37), np.arange(30) % 3 == 0, 15))
    cases.append(reliability_case("all genuine", rng.random(30), np.ones(30), 15))
    cases.append(reliability_case("no genuine", rng.random(30), np.zeros(30), 15))
    return cases


def verification_case(name, vectors, labels):
    first, second = np.triu_indices(len(labels), 1)
    same, scores = labels[first] == labels[second], cosines_of(vectors, vectors)[first, second]
    case = {"name": name, "vectors": vectors.tolist(), "labels": labels.tolist(), "tar": {}, "eer": None, "auc": None}
    if 0 < same.sum() < len(same):
        far, tar, thresholds = roc_curve(same, scores, drop_intermediate=False)
        for k in range(1, 7):
            if (~same).sum() >= 10**k:
                # The last point that does not exceed the FAR, and the threshold above which its pairs are.
                at = np.flatnonzero(far <= float(f"1e-{k}"))[-1]
                case["tar"][f"tar_at_far_1e-{k}"] = [float(tar[at]), float(far[at]), float(thresholds[at + 1])]
        case["eer"], case["auc"] = equal_error_rate(far, 1 - tar), float(roc_auc_score(same, scores))
    return case


def equal_error_rate(far, frr):
    """Where the line through the points of the curve meets far = frr."""
    k = np.flatnonzero(far >= frr)[0]
    part = (frr[k - 1] - far[k - 1]) / (frr[k - 1] - far[k - 1] + far[k] - frr[k])
    return float(far[k - 1] + part * (far[k] - far[k - 1]))


def verification_cases(rng):
    cases = [verification_case(*each) for each in sets(rng)]
    for n, kind in ((150, "ordinary"), (150, "ties"), (1450, "ties")):
        labels = labels_of(rng, n, "unequal")
        cases.append(verification_case(f"{n} {kind}", vectors_of(rng, labels, kind), labels))
    return cases


def pair_case(name, cosines, same):
    written = [round(float(c), 3) for c in np.clip(cosines, -1, 1)]
    same = np.array(same, bool)
    found = pair_protocol.report(np.array(written, np.float32).astype(np.float64), same)
    return {"name": name, "cosines": written, "same": same.tolist()} | found


def pair_cases(rng):
    cases = []
    for n in (10, 11, 37, 600, 1500):
        # As insightface has them: as many of each kind one after the other.
        same = np.arange(n) // max(1, n // 10) % 2 == 0
        for apart in (0, 0.3, 1.5):
            cosines = rng.normal(-0.1, 0.15, n) + apart * same
            cases.append(pair_case(f"{n}, {apart} apart", cosines, same))
            cases.append(pair_case(f"{n}, {apart} apart, ties", np.round(cosines, 1), same))
            cases.append(pair_case(f"{n}, {apart} apart, mixed", cosines, rng.permutation(same)))
    same = np.arange(40) % 4 == 0
    cases.append(pair_case("all equal", np.full(40, 0.25), same))
    cases.append(pair_case("the wrong way round", rng.normal(0, 0.1, 40) - 0.5 * same, same))
    cases.append(pair_case("sorted by kind", rng.normal(0, 0.1, 40) + 0.2 * (np.arange(40) < 4), np.arange(40) < 4))
    return cases


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
made = {
    "agreement": agreements,
    "curves": curve_cases,
    "reliability": reliability_cases,
    "verification": verification_cases,
    "pairs": pair_cases,
}
for seed, (name, cases) in enumerate(made.items()):
    found = cases(np.random.default_rng(seed))
    assert all(math.isfinite(case["ami"]) for case in found if "ami" in case)
    # Vectors are long.
    separators = (",", ":") if name == "verification" else None
    text = ",\n".join(json.dumps(case, separators=separators) for case in found)
    (folder / f"{name}.json").write_text(f"[\n{text}\n]\n")
