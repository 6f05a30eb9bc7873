"""Prints runs of the glyph experiments as a Markdown table, mean and deviation over seeds."""
import json
import pathlib
import statistics
import sys

FIGURES = [("closed", "accuracy"), ("closed", "map_at_r"), ("closed", "tar_at_far_1e-3"), ("closed", "tar_at_far_1e-4"),
           ("unseen", "recall_at_1"), ("unseen", "map_at_r"), ("unseen", "tar_at_far_1e-3"), ("unseen", "tar_at_far_1e-4")]

rows = {}
for run in sorted(pathlib.Path(sys.argv[1]).glob("*-*")):
    if not (run / "unseen.json").exists():
        continue
    parts = {part: json.loads((run / f"{part}.json").read_text()) for part in ("closed", "unseen")}
    rows.setdefault(run.name.rsplit("-", 1)[0], []).append([parts[part][name] for part, name in FIGURES])
print("| head | seeds | accuracy | mAP@R | TAR@1e-3 | TAR@1e-4 | unseen: Recall@1 | mAP@R | TAR@1e-3 | TAR@1e-4 |")
print("| --- " * 10 + "|")
for head, runs in sorted(rows.items(), key=lambda row: -statistics.mean(r[5] for r in row[1])):
    cells = [f"{statistics.mean(c):.3f}" + (f" ± {statistics.stdev(c):.3f}" if len(c) > 1 else "") for c in zip(*runs)]
    print(f"| `{head}` | {len(runs)} | " + " | ".join(cells) + " |")
