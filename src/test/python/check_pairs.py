#!/usr/bin/env python3
"""Verification of a list of pairs by scikit-learn, of what embed writes, is what evaluate --pairs says.

    check_pairs.py COMMAND MODEL FASHION_MNIST FOLDER

Draws pairs.txt of Labeled Faces in the Wild's form over images of the test set, ten sets of sixty, and the same as a
list of templates of two images each.
"""
import gzip
import json
import pathlib
import random
import struct
import subprocess
import sys
import zlib

import numpy as np
import pair_protocol

command, model, data, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
SETS, EACH, IMAGES, SIDE = 10, 30, 800, 28


def png(pixels):
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(b)) + t + b + struct.pack(">I", zlib.crc32(t + b)) for t, b in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def run(*args):
    return subprocess.run([command, *map(str, args)], check=True, capture_output=True, text=True).stdout


def evaluated(*args):
    return json.loads(run("evaluate", model, "--bootstrap", 0, "--json", "--pairs", *args))


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def compare(found, first, second, same):
    cosines = np.clip((unit(first) * unit(second)).sum(1), -1, 1).astype(np.float32).astype(np.float64)
    expected = pair_protocol.report(cosines, same)
    # Both run the network, in batches of other sizes: a pair or two may change sides.
    near = 2 / len(same) + 1e-9
    for key, value in expected["figures"].items():
        actual = found[key]["value"]
        assert (value is None) == (actual is None), key
        assert value is None or abs(value - actual) <= near, (key, value, actual)
    assert len(found["folds"]["folds"]) == SETS
    for mine, theirs in zip(expected["folds"], found["folds"]["folds"]):
        assert abs(mine["accuracy"] - theirs["accuracy"]) <= 1 / (2 * EACH) + 1e-9, (mine, theirs)
    assert abs(expected["std"] - found["folds"]["standard_deviation"]) <= near
    exact = sum(m["accuracy"] == t["accuracy"] for m, t in zip(expected["folds"], found["folds"]["folds"]))
    print(f"accuracy {expected['mean']:.4f}, scikit-learn's; {exact} of {SETS} folds to the bit")
    assert exact >= SETS - 2


pixels = np.frombuffer(gzip.decompress((data / "t10k-images-idx3-ubyte.gz").read_bytes())[16:], np.uint8)
labels = np.frombuffer(gzip.decompress((data / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:], np.uint8)
images = {}
for image, label in zip(pixels.reshape(-1, SIDE, SIDE)[:IMAGES], labels):
    own = images.setdefault(f"class_{label}", [])
    own.append(f"class_{label}/class_{label}_{len(own) + 1:04d}.png")
    path = folder / "images" / own[-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(image))

rng = random.Random(1)
names, pairs, lines = sorted(images), {}, [f"{SETS}\t{EACH}"]
while len(pairs) < SETS * EACH * 2:
    same = len(pairs) // EACH % 2 == 0
    a = rng.choice(names)
    b = a if same else rng.choice([name for name in names if name != a])
    i, j = rng.randrange(len(images[a])), rng.randrange(len(images[b]))
    key = frozenset([(a, i), (b, j)])
    if len(key) == 2 and key not in pairs:
        pairs[key] = (images[a][i], images[b][j], same)
        lines.append(f"{a}\t{i + 1}\t{j + 1}" if same else f"{a}\t{i + 1}\t{b}\t{j + 1}")
(folder / "pairs.txt").write_text("\n".join(lines) + "\n")
first, second, same = map(list, zip(*pairs.values()))

run("embed", model, "--data", folder / "images", "--output", folder / "e.npy")
written = (folder / "e.names.txt").read_text().splitlines()
rows = {name: row for name, row in zip(written, np.load(folder / "e.npy").astype(np.float64))}
ending = next(iter(rows)).split("class_")[0]
embedded = {name: rows[ending + name] for own in images.values() for name in own}
compare(
    evaluated(folder / "pairs.txt", "--data-root", folder / "images"),
    np.array([embedded[name] for name in first]),
    np.array([embedded[name] for name in second]),
    np.array(same),
)

# Templates of two images of a class each: those of pair 2i and of pair 2i + 1.
templates, media = {}, ["template,path,subject"]
for name in names:
    for k in range(0, len(images[name]) - 1, 2):
        templates[f"{name}:{k}"] = images[name][k : k + 2]
        media += [f"{name}:{k},{path},{name}" for path in images[name][k : k + 2]]
drawn = {}
while len(drawn) < SETS * EACH * 2:
    same = len(drawn) // EACH % 2 == 0
    a, b = rng.sample(sorted(templates), 2)
    if (a.split(":")[0] == b.split(":")[0]) == same and frozenset([a, b]) not in drawn:
        drawn[frozenset([a, b])] = (a, b, same)
(folder / "templates.csv").write_text("\n".join(media) + "\n")
(folder / "pairs.csv").write_text("\n".join(["template1,template2", *(f"{a},{b}" for a, b, _ in drawn.values())]) + "\n")
mean = {name: unit(np.array([embedded[path] for path in own])).mean(0) for name, own in templates.items()}
compare(
    evaluated(folder / "pairs.csv", "--templates", folder / "templates.csv", "--data-root", folder / "images"),
    np.array([mean[a] for a, _, _ in drawn.values()]),
    np.array([mean[b] for _, b, _ in drawn.values()]),
    np.array([same for _, _, same in drawn.values()]),
)
