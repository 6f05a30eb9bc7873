"""Runs notebooks/*.ipynb and compares the numbers that cells tagged 'figures' print with those committed.

What is computed repeats to the bit on one machine, but processors round differently and training lets that grow: numbers
may differ by 10 % of the committed one and 0.05: one with AVX2 was 6 % off in an angle, committed with AVX-512.
With --write outputs and pictures are written into the notebooks instead. --only NAME runs those whose name contains NAME.
"""

import argparse
import copy
import pathlib
import re
import sys
import time

import nbformat
from nbclient import NotebookClient

NUMBER = re.compile(r"-?\d+\.\d+|-?\d+")
RELATIVE, ABSOLUTE = 0.1, 0.05
# Of a cell with the tag steep: the share of samples beyond a threshold where many lie near it. Networks that were trained
# on another kind of processor differ by 0.1 there.
STEEP = 0.15


def printed(cell):
    return "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")


def tidy(notebook):
    """Standard output in one piece, no standard error, and nothing that differs from run to run and says nothing."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            text = printed(cell)
            cell.outputs = [o for o in cell.outputs if o.output_type != "stream"]
            if text:
                cell.outputs.insert(0, nbformat.v4.new_output("stream", name="stdout", text=text))
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    output.data.pop("text/plain", None)


def differences(committed, ran):
    for old, new in zip(committed.cells, ran.cells, strict=True):
        if "figures" not in old.metadata.get("tags", []):
            continue
        expected, found = NUMBER.findall(printed(old)), NUMBER.findall(printed(new))
        if not expected or NUMBER.sub("#", printed(old)).split() != NUMBER.sub("#", printed(new)).split():
            yield f"expected other words\n{printed(old)}found\n{printed(new)}"
            continue
        absolute = STEEP if "steep" in old.metadata.tags else ABSOLUTE
        for a, b in zip(expected, found, strict=True):
            if abs(float(a) - float(b)) > RELATIVE * abs(float(a)) + absolute:
                yield f"expected {a}, found {b} in\n{printed(new)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    failed = False
    for path in sorted(pathlib.Path("notebooks").glob("*.ipynb")):
        if options.only not in path.name:
            continue
        committed = nbformat.read(path, 4)
        ran = copy.deepcopy(committed)
        for cell in ran.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        start = time.time()
        NotebookClient(ran, timeout=900, kernel_name="java", resources={"metadata": {"path": "notebooks"}}).execute()
        print(f"{path}: ran in {time.time() - start:.0f} s")
        if options.write:
            tidy(ran)
            aside = path.with_suffix(".tmp")
            nbformat.write(ran, aside)
            aside.replace(path)
            continue
        for difference in differences(committed, ran):
            failed = True
            print(f"{path}: {difference}")
    sys.exit(failed)


main()
