"""Shows a run in the real TensorBoard and compares what its server answers with what the run left.

    check_tensorboard.py RUN DATA   run folder, folder of Fashion-MNIST
"""
import gzip
import json
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run, data = map(pathlib.Path, sys.argv[1:3])
config = json.loads((run / "config.json").read_text())
metrics = {name: m["value"] for name, m in json.loads((run / "metrics.json").read_text()).items() if m["value"] is not None}
lines = [line.split(",") for line in (run / "history.csv").read_text().splitlines()]
history = [dict(zip(lines[0], line)) for line in lines[1:]]
ends = [row for row, after in zip(history, history[1:] + [{"epoch": None}]) if row["epoch"] != after["epoch"]]


def expected(best):
    """Curves by tag, as history.csv and metrics.json, of step best, have them: values by step."""
    curves = {}
    for row in history:
        step = int(row["step"])
        for name, text in row.items():
            if name == "step" or not text:
                continue
            if name.startswith("validation_"):
                curves.setdefault(name.replace("_", "/", 1), {})[step] = float(text)
            elif step % 10 == 0 or row in ends:
                curves.setdefault("train/" + name, {})[step] = float(text)
    for row in ends:
        of = [float(each["loss"]) for each in history if each["epoch"] == row["epoch"]]
        curves.setdefault("epoch/loss", {})[int(row["step"])] = sum(of) / len(of)
    for name, value in metrics.items():
        curves["test/" + name] = {best: value}
    return curves


def compare(found, want, tag):
    assert [step for step, _ in found] == sorted(want), (tag, found, want)
    for step, value in found:
        assert abs(value - want[step]) <= 1e-4 * max(1, abs(want[step])), (tag, step, value, want[step])


accumulator = EventAccumulator(str(run), size_guidance={"scalars": 0, "histograms": 0}).Reload()
(tested,) = accumulator.Scalars("test/accuracy")
assert tested.step in [int(row["step"]) for row in ends], "metrics are of the checkpoint of an epoch"
curves = expected(tested.step)
others = {"epoch/accuracy", "data/waited_share"}
assert set(accumulator.Tags()["scalars"]) == curves.keys() | others, accumulator.Tags()["scalars"]
for tag, want in curves.items():
    compare([(e.step, e.value) for e in accumulator.Scalars(tag)], want, tag)
angles = ["validation/angle_to_nearest_other_center", "validation/angle_to_own_center"]
samples = min(10_000, config["data"]["validation"])
for tag in angles:
    for event in accumulator.Histograms(tag):
        histogram = event.histogram_value
        assert histogram.num == sum(histogram.bucket) == samples, (tag, histogram.num, samples)
        assert 0 <= histogram.min <= histogram.sum / histogram.num <= histogram.max <= 180, tag
last = {tag: accumulator.Histograms(tag)[-1].histogram_value for tag in angles}
mean = {tag: last[tag].sum / last[tag].num for tag in angles}
assert mean[angles[1]] < mean[angles[0]], "samples are nearer to other classes than to their own"

server = subprocess.Popen(
    [sys.executable, "-m", "tensorboard.main", "--logdir", str(run), "--host", "localhost", "--port", "0"],
    stderr=subprocess.PIPE,
    text=True,
)
try:
    said, address = [], None
    killer = threading.Timer(120, server.kill)
    killer.start()
    while address is None:
        said.append(server.stderr.readline())
        assert said[-1], "TensorBoard did not start: " + "".join(said)
        address = re.search(r"http://\S+?:\d+/", said[-1])
    killer.cancel()
    # What else it says must not fill the pipe.
    threading.Thread(target=server.stderr.read, daemon=True).start()

    def get(path, **arguments):
        url = address.group() + "data/plugin/" + path + "?" + urllib.parse.urlencode(arguments)
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read()

    def ask(path, **arguments):
        return json.loads(get(path, **arguments))

    until = time.time() + 60
    while "test/accuracy" not in (tags := ask("scalars/tags").get(".", {})):
        assert time.time() < until, ("not read in a minute", tags)
        time.sleep(0.2)
    assert tags.keys() == curves.keys() | others, tags.keys()
    for tag, want in curves.items():
        # Long curves are thinned to 1,000 points.
        found = [(step, value) for _, step, value in ask("scalars/scalars", run=".", tag=tag)]
        compare(found, {step: want[step] for step, _ in found} if len(want) > 1000 else want, tag)
    assert sorted(ask("histograms/tags")["."]) == angles
    for tag in angles:
        shown = ask("histograms/histograms", run=".", tag=tag)
        assert [step for _, step, _ in shown] == [int(row["step"]) for row in ends], tag
        for _, _, bins in shown:
            assert abs(sum(count for _, _, count in bins) - samples) < 1e-3 * samples
            assert all(left <= right for left, right, _ in bins)

    assert ask("projector/runs") == ["."]
    (embedding,) = ask("projector/info", run=".")["embeddings"]
    name = embedding["tensorName"]
    n, dimension = embedding["tensorShape"]
    assert n == min(10_000, config["data"]["test"])
    vectors = np.frombuffer(get("projector/tensor", run=".", name=name), np.float32).reshape(n, dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    header, *rows = [line.split("\t") for line in get("projector/metadata", run=".", name=name).decode().splitlines()]
    assert header == ["class", "nearest class", "sample"] and len(rows) == n, header
    right = sum(of == nearest for of, nearest, _ in rows) / n
    assert n < config["data"]["test"] or abs(right - metrics["accuracy"]) < 1e-6, (right, metrics["accuracy"])

    def read(file, offset):
        return np.frombuffer(gzip.decompress((data / file).read_bytes()), np.uint8, offset=offset)

    images = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    labels = read("t10k-labels-idx1-ubyte.gz", 8)
    sheet = tf.io.decode_png(get("projector/sprite_image", run=".", name=name)).numpy()[:, :, 0]
    width, height = embedding["sprite"]["singleImageDim"]
    assert max(sheet.shape) <= 8192 and sheet.shape[1] % width == 0 and sheet.shape[0] % height == 0
    columns = sheet.shape[1] // width
    for i, (of, _, sample) in enumerate(rows):
        y, x = i // columns * height, i % columns * width
        assert (sheet[y : y + height, x : x + width] == images[int(sample)]).all(), ("image", i, sample)
        assert of == config["data"]["class_names"][labels[int(sample)]], ("class", i, of)
finally:
    server.terminate()
    server.wait(30)
print(f"TensorBoard shows {len(tags)} curves, {len(angles)} histograms and {n} embeddings [{dimension}] with images")
