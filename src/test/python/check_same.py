"""Whether two JSON files say the same: names and texts exactly, numbers to 1e-8, since processors differ in the last digits.

    check_same.py MADE COMMITTED
"""
import json
import math
import sys


def same(a, b, where="$"):
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for key in a:
            same(a[key], b[key], f"{where}.{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, pair in enumerate(zip(a, b)):
            same(*pair, f"{where}[{i}]")
    elif isinstance(a, float) and isinstance(b, (int, float)) and math.isclose(a, b, rel_tol=1e-8, abs_tol=1e-12):
        pass
    elif a != b:
        sys.exit(f"check_same.py: {where}: {str(a)[:80]} made, {str(b)[:80]} committed")


with open(sys.argv[1]) as made, open(sys.argv[2]) as committed:
    same(json.load(made), json.load(committed))
