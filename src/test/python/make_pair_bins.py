"""Writes lists of pairs as insightface has them, pickles of encoded images and booleans, in every protocol that is read.

    python3 src/test/python/make_pair_bins.py src/test/resources/fixtures/pairs

Protocols 2 to 5 are written by Python's pickle. Python 2 is not at hand: what its cPickle writes at protocol 2 is put together
here, opcode by opcode, and read again by Python 3.
"""
import hashlib
import json
import pickle
import shutil
import struct
import sys
import zlib
from pathlib import Path


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def stored(data):
    """A zlib stream without compression, the same from every zlib."""
    return b"\x78\x01\x01" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data + struct.pack(">I", zlib.adler32(data))


def png(number, comment=b""):
    """A grey image, unlike that of any other number; every fifth is larger than a string of one byte's length."""
    side = 17 if number % 5 == 0 else 4
    rows = b"".join(
        b"\0" + bytes((number * 7 + number // 36 * 5 + 31 * y + 13 * x * (y + 1)) % 256 for x in range(side))
        for y in range(side)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", b"Comment\0" + str(number).encode() + comment)
        + chunk(b"IDAT", stored(rows))
        + chunk(b"IEND", b"")
    )


def pairs(count, large):
    """Images 2i and 2i+1 are pair i. Some are the same object as an earlier one, some the same bytes in another object."""
    images, same = [], []
    for i in range(count):
        is_same = i % 3 != 1
        a = images[2 * (i // 2)] if i % 4 == 3 else png(2 * i)
        b = bytes(bytearray(images[2 * (i // 3)])) if i % 7 == 5 else png(2 * i + 1)
        images += [a, b]
        same.append(is_same)
    if large:  # Longer than a frame: protocols 4 and 5 write it between two frames.
        images[-1] = png(2 * count - 1, b" " * (1 << 16))
    return images, same


def python2(images, same):
    """What cPickle of Python 2 writes at protocol 2: strings of bytes, each noted, lists in parts of 1,000."""
    out, memo = bytearray(b"\x80\x02"), {}

    def note(value):
        memo[id(value)] = len(memo)
        number = memo[id(value)]
        out.extend(b"q" + bytes([number]) if number < 256 else b"r" + struct.pack("<I", number))

    def known(value):
        number = memo[id(value)]
        out.extend(b"h" + bytes([number]) if number < 256 else b"j" + struct.pack("<I", number))

    def string(value):
        if id(value) in memo:
            known(value)
            return
        out.extend(b"U" + bytes([len(value)]) if len(value) < 256 else b"T" + struct.pack("<i", len(value)))
        out.extend(value)
        note(value)

    def whole(values, write):
        out.extend(b"]")
        note(values)
        for start in range(0, len(values), 1000):
            out.extend(b"(")
            for value in values[start : start + 1000]:
                write(value)
            out.extend(b"e")

    top = (images, same)
    whole(images, string)
    whole(same, lambda value: out.extend(b"\x88" if value else b"\x89"))
    out.extend(b"\x86")
    note(top)
    out.extend(b".")
    assert pickle.loads(bytes(out), encoding="bytes") == top
    return bytes(out)


def write(root, name, content):
    (root / name).write_bytes(content)


def main(root):
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for name, count, large in (("small", 4, False), ("pairs", 140, True)):
        images, same = pairs(count, large)
        for protocol in range(2, 6):
            write(root, f"{name}-{protocol}.bin", pickle.dumps((images, same), protocol=protocol))
        write(root, f"{name}-python2.bin", python2(images, same))
        expected = {"images": [hashlib.sha256(image).hexdigest() for image in images], "same": same}
        (root / f"{name}.json").write_text(json.dumps(expected, indent=1) + "\n")
    images, same = pairs(4, False)
    # Tuples for lists, integers for booleans, a list for the tuple of both.
    write(root, "other-tuples.bin", pickle.dumps([tuple(images), tuple(same)], protocol=4))
    write(root, "other-three.bin", pickle.dumps((tuple(images[:2]), (True,)), protocol=2))
    write(root, "other-integers.bin", pickle.dumps((images, [int(s) for s in same]), protocol=3))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
