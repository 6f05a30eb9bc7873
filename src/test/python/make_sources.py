"""Writes the same images in every format that margin-softmax reads, each by code that is not its own:
TFRecords by TensorFlow, tar files by tarfile, CSV by csv, and RecordIO by the description of its format.

    target/python/2.18.1/bin/python src/test/python/make_sources.py src/test/resources/fixtures/sources
"""
import csv
import io
import random
import shutil
import struct
import sys
import tarfile
import zlib
from pathlib import Path

import tensorflow as tf

CLASSES = ["ant", "b\u00e9e", "cow, 'brown'"]
MAGIC = 0xCED7230A


def png(k, i):
    """An image of 9 x 7 with colour; every third has the magic number of RecordIO in its comment."""
    pixels = tf.constant(
        [[[(40 * k + 7 * y) % 256, (30 * i + 11 * x) % 256, (13 * x * y + i) % 256] for x in range(9)] for y in range(7)],
        tf.uint8,
    )
    encoded = tf.io.encode_png(pixels).numpy()
    if i % 3:
        return encoded
    end = len(encoded) - 12
    # As many letters as put the numbers at multiples of four in the record: 24 bytes of header before.
    head = 8 + len(b"Comment\0")
    text = b"Comment\0" + b" " * (-(end + head) % 4) + struct.pack("<I", MAGIC) * 2 + b"..." + struct.pack("<I", MAGIC)
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))
    return encoded[:end] + chunk + encoded[end:]


def samples():
    """Class number, name below the folder, encoded image; in the order of names."""
    for k, name in enumerate(CLASSES):
        for i in range(4):
            yield k, f"{name}/{i:03d}.png", png(k, i)


def folder(root):
    for _, name, image in samples():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(image)


def lists(root):
    rows = [(name, CLASSES[k]) for k, name, _ in samples()]
    random.Random(1).shuffle(rows)
    with open(root / "list.csv", "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([("Path", "Label"), *rows])
    with open(root / "list.tsv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(rows)


def shuffled():
    all_samples = list(samples())
    random.Random(2).shuffle(all_samples)
    return all_samples


def tars(root):
    root.mkdir()
    for shard, part in enumerate((shuffled()[:5], shuffled()[5:])):
        form = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)[shard]
        with tarfile.open(root / f"shard-{shard:03d}.tar", "w", format=form) as tar:
            for k, name, image in part:
                stem = name.rsplit(".", 1)[0]
                for extension, content in (("png", image), ("json", b"{}"), ("txt", CLASSES[k].encode())):
                    info = tarfile.TarInfo(f"{stem}.{extension}")
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))


def tfrecords(root):
    root.mkdir()
    for shard, part in enumerate((shuffled()[:7], shuffled()[7:])):
        with tf.io.TFRecordWriter(str(root / f"images.tfrecord-{shard:05d}-of-00002")) as writer:
            for k, name, image in part:
                def feature(value):
                    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                example = tf.train.Example(features=tf.train.Features(feature={
                    "image/encoded": feature(image),
                    "image/class/text": feature(CLASSES[k].encode()),
                    "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[k])),
                    "image/filename": feature(name.encode()),
                    "image/object/bbox/xmin": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5, 0.25])),
                }))
                writer.write(example.SerializeToString(deterministic=True))


class RecordIo:
    """RecordIO as dmlc-core describes it: magic number, kind in 3 bits and length in 29, data, padding."""

    def __init__(self, stem):
        self.record = open(f"{stem}.rec", "wb")
        self.index = open(f"{stem}.idx", "w")

    def write(self, key, data):
        self.index.write(f"{key}\t{self.record.tell()}\n")
        word = struct.pack("<I", MAGIC)
        cuts = [i for i in range(0, len(data) - 3, 4) if data[i:i + 4] == word]
        parts, start = [], 0
        for cut in cuts:
            parts.append(data[start:cut])
            start = cut + 4
        parts.append(data[start:])
        for n, part in enumerate(parts):
            kind = 0 if len(parts) == 1 else 1 if n == 0 else 3 if n == len(parts) - 1 else 2
            self.record.write(word + struct.pack("<I", kind << 29 | len(part)) + part + b"\0" * (-len(part) % 4))

    def close(self):
        self.record.close()
        self.index.close()


def header(label):
    if isinstance(label, list):
        return struct.pack(f"<IfQQ{len(label)}f", len(label), 0, 0, 0, *label)
    return struct.pack("<IfQQ", 0, label, 0, 0)


def records(root):
    root.mkdir()
    plain = RecordIo(root / "images")
    for key, (k, _, image) in enumerate(samples()):
        plain.write(key, header(k) + image)
    plain.close()
    (root / "classes.txt").write_text("\n".join(CLASSES) + "\n", encoding="utf-8")


def faces(root):
    """The form of insightface: a record of ranges, the images with several labels, the ranges of the persons."""
    root.mkdir()
    every = list(samples())
    writer = RecordIo(root / "train")
    n, classes = len(every), len(CLASSES)
    writer.write(0, header([n + 1, n + 1 + classes]))
    for key, (k, _, image) in enumerate(every, 1):
        writer.write(key, header([k, 0] if key % 2 else k) + image)
    for k in range(classes):
        keys = [key for key, sample in enumerate(every, 1) if sample[0] == k]
        writer.write(n + 1 + k, header([keys[0], keys[-1] + 1]))
    writer.close()
    (root / "property").write_text(f"{classes},9,7\n")
    (root / "classes.txt").write_text("\n".join(CLASSES) + "\n", encoding="utf-8")


def main():
    root = Path(sys.argv[1])
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    folder(root / "folder")
    lists(root / "folder")
    tars(root / "tars")
    tfrecords(root / "tfrecords")
    records(root / "records")
    faces(root / "faces")


main()
