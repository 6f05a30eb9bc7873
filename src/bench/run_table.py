"""Prints the runs of head-experiments as a Markdown table, mean and deviation over seeds.

run_table.py RUNS FILE:FIGURE HEADING=FILE:FIGURE...     by the first figure, largest first
"""
import json
import pathlib
import statistics
import sys


def figure(run, name):
    file, key = name.split(":")
    value = json.loads((run / f"{file}.json").read_text())[key]
    return value["value"] if isinstance(value, dict) else value


def cell(values):
    digits = 1 if max(values) > 1 else 3
    return f"{statistics.mean(values):.{digits}f}" + (
        f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else "")


folder, order, *columns = sys.argv[1:]
headings, figures = zip(*(c.rsplit("=", 1) for c in columns))
heads = {}
for run in sorted(pathlib.Path(folder).glob("*-*")):
    if (run / "judged").exists():
        heads.setdefault(run.name.rsplit("-", 1)[0], []).append(run)
print("| head | seeds | " + " | ".join(headings) + " |")
print("| --- " * (len(headings) + 2) + "|")
for head, runs in sorted(heads.items(), key=lambda row: -statistics.mean(figure(r, order) for r in row[1])):
    print(f"| `{head}` | {len(runs)} | " + " | ".join(cell([figure(r, f) for r in runs]) for f in figures) + " |")
