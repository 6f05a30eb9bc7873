"""How many of the outliers listed are the samples whose labels fashion_variants.py made wrong; JSON.

outlier_figures.py OUTLIERS.json WRONG-LABELS-FOLDER
"""
import json
import pathlib
import struct
import sys


def labels(name):
    content = (pathlib.Path(sys.argv[2]) / name).read_bytes()
    return struct.unpack(f">{len(content) // 4 - 2}i", content[8:])


listed = {int(found["name"]) for found in json.loads(pathlib.Path(sys.argv[1]).read_text())["outliers"]}
pairs = zip(labels("train-labels-idx1-int"), labels("true-labels-idx1-int"))
wrong = {i for i, (given, true) in enumerate(pairs) if given != true}
print(json.dumps({"listed": len(listed), "wrong": len(wrong), "precision": len(listed & wrong) / max(1, len(listed)),
                  "recall": len(listed & wrong) / len(wrong)}))
