"""Compares the Parquet of a job, as Apache Arrow reads it, with the rows of margin-softmax embed.

compare_embeddings.py OUTPUT E.npy      with E.names.txt beside it
"""

import pathlib
import sys

import numpy
import pyarrow.dataset

MOST = 1e-5

output, rows = sys.argv[1:]
wanted = numpy.load(rows)
names = pathlib.Path(rows[: -len(".npy")] + ".names.txt").read_text().splitlines()
table = pyarrow.dataset.dataset(output, format="parquet").to_table()
paths = table["path"].to_pylist()
got = numpy.stack(table["embedding"].to_numpy())
assert len(paths) == len(set(paths)), "%d paths twice" % (len(paths) - len(set(paths)))
assert set(paths) == set(names), "other paths"
place = {name: row for row, name in enumerate(names)}
apart = numpy.abs(got - wanted[[place[path] for path in paths]]).max()
print("%d rows, each once, the same paths as embed; largest difference %.2g" % (len(paths), apart))
assert apart <= MOST, "expected at most %g" % MOST
