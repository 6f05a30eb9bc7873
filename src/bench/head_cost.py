"""Fits a step's time, t = a + b S + f 6 N D C + c C D + l C N, to measurements, smallest relative error first.

head_cost.py FOLDER     with FOLDER/fit and FOLDER/compare, JSON files of `bench head`; writes FOLDER/model.json,
                        which `plan --step-cost` reads
"""
import json
import pathlib
import sys

import numpy as np

TERMS = {
    "a": ("once a step", "ms", 1),
    "b": ("a shard", "ms", 1),
    "f": ("a multiplication or addition of the products", "ps", 1e9),
    "c": ("a number of the centres", "ns", 1e6),
    "l": ("a logit", "ns", 1e6),
}


def terms(classes, dim, batch, shards):
    return [1, shards, 6 * batch * dim * classes, classes * dim, classes * batch]


def read(folder):
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def of(step):
    # Of Partial FC a step has a share of the classes.
    return terms(step["classes"] * step["subcenters"] * step["partial_fc"], step["dim"], step["batch"], step["shards"])


def fit(steps):
    """Least squares of relative errors; a term that would be negative is left out."""
    times = np.array([step["step_ms"] for step in steps])
    matrix = np.array([of(step) for step in steps]) / times[:, None]
    kept = list(range(matrix.shape[1]))
    while True:
        norms = np.linalg.norm(matrix[:, kept], axis=0)
        found = np.linalg.lstsq(matrix[:, kept] / norms, np.ones(len(times)), rcond=None)[0] / norms
        if (found >= 0).all():
            costs = np.zeros(matrix.shape[1])
            costs[kept] = found
            return costs
        del kept[int(np.argmin(found * norms))]


def processor(steps):
    """Where the steps were measured, in words."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "this machine")
    return f"{steps[0]['threads']} threads of {name}"


folder = pathlib.Path(sys.argv[1])
fitted = fit(read(folder / "fit"))
model = dict(zip(TERMS, map(float, fitted)))
written = model | {"processor": processor(read(folder / "fit"))}
(folder / "model.json").write_text(json.dumps(written, indent=2) + "\n")

print("| | cost | |\n| --- | --- | --- |")
for name, cost in model.items():
    what, unit, times = TERMS[name]
    print(f"| {name} | {cost * times:.3g} {unit} | {what} |")
for part, title in ("fit", "fitted"), ("compare", "not fitted"):
    print(f"\n{title}:\n\n| C | D | N | shards | R | measured, ms | model, ms | model / measured |")
    print("| --- " * 8 + "|")
    for step in sorted(read(folder / part), key=lambda s: (s["classes"], s["dim"], s["batch"], s["shards"])):
        predicted = float(np.dot(fitted, of(step)))
        low, high = step["step_ms_range"]
        print(f"| {step['classes']:,} | {step['dim']} | {step['batch']} | {step['shards']} | {step['partial_fc']:g} "
              f"| {step['step_ms']:.1f} ({low:.1f}..{high:.1f}) | {predicted:.1f} | {predicted / step['step_ms']:.2f} |")
print("\n| C | R | step (N 128, D 512), s | centres and momentum, GB |\n| --- | --- | --- | --- |")
for classes in 10_000_000, 100_000_000:
    for share in 1, 0.1, 0.01:
        used = classes * share
        # As many shards as the usual: of 2,048 rows at D 512, at most 192.
        predicted = float(np.dot(fitted, terms(used, 512, 128, min(used / 2048, 192))))
        print(f"| {classes:,} | {share:g} | {predicted / 1e3:.3g} | {8 * classes * 512 / 1e9:.0f} |")
