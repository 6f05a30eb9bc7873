"""Writers of PNG, BMP and TIFF files in every form, from the values themselves: most forms are none that Pillow writes."""
import struct
import zlib

import numpy as np


def bits_of(rows, depth):
    """Rows of numbers as bytes, the first number in the highest bits."""
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in rows]
    if depth == 8:
        return [row.astype(np.uint8).tobytes() for row in rows]
    out = []
    for row in rows:
        bits = ((row[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8).ravel()
        out.append(np.packbits(bits).tobytes())
    return out


# PNG


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def filtered(rows, step):
    """Each row by another of the five filters."""
    before, out = bytes(len(rows[0])), b""
    for number, row in enumerate(rows):
        kind = number % 5
        line = bytearray()
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b = before[i]
            c = before[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) & 255)
        out += bytes([kind]) + bytes(line)
        before = row
    return out


def png(values, color, depth, interlaced=False, extra=b""):
    """values: [height, width, samples]; extra: chunks before the pixels."""
    height, width, samples = values.shape
    step = max(1, samples * depth // 8)
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    data = b""
    for top, left, down, across in passes:
        part = values[top::down, left::across]
        if part.size:
            data += filtered(bits_of(part.reshape(part.shape[0], -1), depth), step)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


# BMP


def bmp(rows, width, height, bits, compression=0, palette=b"", masks=b"", top_down=False, core=False, colors=0):
    """rows: bytes of each row, top first, or all of them compressed."""
    if isinstance(rows, bytes):
        pixels = rows
    else:
        padded = [row + bytes(-len(row) % 4) for row in rows]
        pixels = b"".join(padded if top_down else padded[::-1])
    if core:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        size = 40 if len(masks) < 16 else 108
        header = struct.pack(
            "<IiiHHIIiiII", size, width, -height if top_down else height, 1, bits, compression, len(pixels), 0, 0, colors, 0
        )
        if size == 108:
            header += masks + struct.pack("<I", 0x73524742) + bytes(48)
        else:
            header += masks
    at = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", at + len(pixels), 0, 0, at) + header + palette + pixels


def run_lengths(rows, depth):
    """RLE8 or RLE4, rows from the bottom, in turns as runs and as they are."""
    out = b""
    for y, row in enumerate(rows[::-1]):
        x = 0
        while x < len(row):
            n = 1
            while x + n < len(row) and row[x + n] == row[x] and n < 255:
                n += 1
            left = len(row) - x
            if n == 1 and left >= 3 and (x + y) % 2:
                n = min(left, 5)
                part = row[x : x + n]
                data = bytes(map(int, part)) if depth == 8 else bits_of([np.array(list(part))], 4)[0]
                out += bytes([0, n]) + data + bytes(len(data) % 2)
            else:
                value = int(row[x])
                out += bytes([n, value if depth == 8 else value * 17])
            x += n
        out += b"\0\0"
    return out[:-2] + b"\0\1"


# TIFF


def packbits(data):
    out, i = b"", 0
    while i < len(data):
        n = 1
        while i + n < len(data) and data[i + n] == data[i] and n < 128:
            n += 1
        if n > 1:
            out += bytes([257 - n, data[i]])
        else:
            while i + n < len(data) and n < 128 and data[i + n] != data[i + n - 1]:
                n += 1
            out += bytes([n - 1]) + data[i : i + n]
        i += n
    return out


def tiff(values, photometric, bits, order="<", rows=None, tile=None, planar=1, compression=1, predictor=1, tags=()):
    """values: [height, width, samples]; rows of a strip, or the side of a tile; tags: (number, type, values)."""
    height, width, samples = values.shape

    def encoded(part):
        if predictor == 2:
            change = part.astype(np.int64).copy()
            change[:, 1:] -= part[:, :-1].astype(np.int64)
            part = change & ((1 << bits) - 1)
        lines = part.reshape(part.shape[0], -1)
        if bits == 16:
            data = lines.astype(order + "u2").tobytes()
        else:
            data = b"".join(bits_of(lines, bits))
        if compression == 8:
            return zlib.compress(data)
        if compression == 32773:
            # Each row by itself.
            each = len(data) // part.shape[0]
            return b"".join(packbits(data[i : i + each]) for i in range(0, len(data), each))
        return data

    planes = [values] if planar == 1 else [values[..., k : k + 1] for k in range(samples)]
    pieces = []
    for plane in planes:
        if tile:
            for top in range(0, height, tile):
                for left in range(0, width, tile):
                    part = np.zeros((tile, tile, plane.shape[2]), plane.dtype)
                    inside = plane[top : top + tile, left : left + tile]
                    part[: inside.shape[0], : inside.shape[1]] = inside
                    pieces.append(encoded(part))
        else:
            strip = rows or height
            pieces += [encoded(plane[top : top + strip]) for top in range(0, height, strip)]
    offsets, at = [], 8
    for piece in pieces:
        offsets.append(at)
        at += len(piece) + len(piece) % 2
    entries = [
        (256, 4, [width]),
        (257, 4, [height]),
        (258, 3, [bits] * samples),
        (259, 3, [compression]),
        (262, 3, [photometric]),
        (277, 3, [samples]),
        (284, 3, [planar]),
        (317, 3, [predictor]),
        *tags,
    ]
    if tile:
        entries += [(322, 4, [tile]), (323, 4, [tile]), (324, 4, offsets), (325, 4, [len(p) for p in pieces])]
    else:
        entries += [(273, 4, offsets), (278, 4, [rows or height]), (279, 4, [len(p) for p in pieces])]
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", at)
    for piece in pieces:
        out += piece + bytes(len(piece) % 2)
    beyond = at + 2 + 12 * len(entries) + 4
    directory, rest = struct.pack(order + "H", len(entries)), b""
    for number, kind, numbers in sorted(entries):
        data = struct.pack(order + f"{len(numbers)}{'HI'[kind - 3]}", *numbers)
        directory += struct.pack(order + "HHI", number, kind, len(numbers))
        if len(data) <= 4:
            directory += data + bytes(4 - len(data))
        else:
            directory += struct.pack(order + "I", beyond + len(rest))
            rest += data + bytes(len(data) % 2)
    return out + directory + bytes(4) + rest
