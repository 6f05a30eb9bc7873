"""Verification of a list of pairs, by scikit-learn: ten folds as Labeled Faces in the Wild has them, and the curve."""
import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.model_selection import KFold


def best_threshold(cosines, same):
    """Of the thresholds that judge most pairs right the strictest; between two cosines the middle."""
    far, tar, thresholds = roc_curve(same, cosines, drop_intermediate=False)
    if same.all() or not same.any():
        tar, far = (np.nan_to_num(tar), np.nan_to_num(far))
    right = np.round(tar * same.sum() + (1 - far) * (~same).sum())
    best = int(np.argmax(right))
    if best == 0:
        return float(np.nextafter(np.float32(cosines.max()), np.float32(2)))
    return -1.0 if best + 1 == len(thresholds) else float((thresholds[best] + thresholds[best + 1]) / 2)


def folds(cosines, same, count=10):
    found = []
    for others, own in KFold(count, shuffle=False).split(cosines):
        threshold = best_threshold(cosines[others], same[others])
        accuracy = float(np.mean((cosines[own] >= threshold) == same[own]))
        found.append({"threshold": threshold, "accuracy": accuracy})
    return found


def figures(cosines, same):
    far, tar, _ = roc_curve(same, cosines, drop_intermediate=False)
    found = {"list_area_under_curve": float(roc_auc_score(same, cosines))}
    for k in range(1, 7):
        shown = (~same).sum() >= 10**k
        found[f"list_tar_at_far_1e-{k}"] = float(tar[far <= 10.0**-k].max()) if shown else None
    above = int(np.argmax(far >= 1 - tar))
    before = 1 - tar[above - 1] - far[above - 1]
    part = before / (before + far[above] - (1 - tar[above]))
    found["list_equal_error_rate"] = float((1 - tar[above - 1]) * (1 - part) + (1 - tar[above]) * part)
    return found


def report(cosines, same, count=10):
    """Cosines are float64 of float32."""
    found = folds(cosines, same, count)
    accuracies = [fold["accuracy"] for fold in found]
    return {
        "folds": found,
        "mean": float(np.mean(accuracies)),
        "std": float(np.std(accuracies, ddof=1)),
        "figures": {"list_accuracy": float(np.mean(accuracies))} | figures(cosines, same),
    }
