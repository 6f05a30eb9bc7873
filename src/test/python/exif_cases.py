"""Images whose EXIF data stand in every place and form, whole and damaged, and what Pillow shows of them.

Pillow refuses some damaged ones as a whole, and takes the orientation of XMP where EXIF has none; neither is asked here.
"""
import io
import itertools
import struct
import warnings

import numpy as np
from PIL import Image, ImageOps

from image_writers import chunk

ORIENTATION, MAKE = 0x0112, 0x010F
BYTE, SHORT, LONG, SIGNED_SHORT, SIGNED_LONG = 1, 3, 4, 8, 9
PACKED = {BYTE: "B", SHORT: "H", LONG: "I", SIGNED_SHORT: "h", SIGNED_LONG: "i"}
NAME = b"Exif\0\0"


def entry(order, tag, kind, count, value):
    return struct.pack(order + "HHI", tag, kind, count) + value.ljust(4, b"\0")[:4]


def orientation(order, value, kind=SHORT, count=1):
    return entry(order, ORIENTATION, kind, count, struct.pack(order + PACKED[kind], value))


def directory(order, *entries, after=b""):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IH", 8, len(entries)) + b"".join(entries) + bytes(4) + after


def forms():
    """EXIF data, without their name."""
    for order, value in itertools.product("<>", (*range(10), 65535)):
        yield f"short {value} {order}", directory(order, orientation(order, value))
    for order, value in itertools.product("<>", (0, 1, 6, 9, 65536 + 6, 0xFFFFFFFF)):
        yield f"long {value} {order}", directory(order, orientation(order, value, LONG))
    for order in "<>":
        six = orientation(order, 6)
        make = entry(order, MAKE, 2, 2, b"x\0")
        yield f"after another tag {order}", directory(order, make, six)
        yield f"before another tag {order}", directory(order, six, make)
        at = struct.pack(order + "I", 8 + 2 + 24 + 4)
        far = entry(order, MAKE, 2, 9, at)
        yield f"after a long tag {order}", directory(order, far, six, after=b"a camera\0")
        yield f"after a tag that is cut off {order}", directory(order, far, six, after=b"a ca")
        yield f"before a tag that is cut off {order}", directory(order, six, far)
        yield f"after a tag of no type {order}", directory(order, entry(order, MAKE, 99, 1, b""), six)
        yield f"twice {order}", directory(order, six, orientation(order, 3))
        yield f"two values {order}", directory(order, orientation(order, 6, SHORT, 2))
        yield f"no value {order}", directory(order, orientation(order, 6, SHORT, 0))
        yield f"none {order}", directory(order, make)
        yield f"no tags {order}", directory(order)
        for kind in (BYTE, SIGNED_SHORT, SIGNED_LONG):
            yield f"type {kind} {order}", directory(order, orientation(order, 6, kind))
        later = directory(order)[:4] + struct.pack(order + "I", 20) + bytes(12)
        yield f"a directory further on {order}", later + directory(order, six)[8:]
        yield f"a directory outside {order}", directory(order)[:4] + struct.pack(order + "I", 1 << 30) + directory(order, six)[8:]
        more = bytearray(directory(order, six))
        more[8:10] = struct.pack(order + "H", 500)
        yield f"fewer tags than said {order}", bytes(more)
    whole = directory("<", make, six)
    for length in range(8, len(whole)):
        yield f"{length} bytes", whole[:length]


def seen(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def app1(exif):
    return segment(0xE1, NAME + exif)


def places():
    """What stands before and after the frame of a JPEG."""
    six, three, none = (directory(">", orientation(">", value)) for value in (6, 3, 1))
    bare, little = directory("<"), directory("<", orientation("<", 8))
    others = {
        "JFIF": segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        "XMP": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"),
        "a profile": segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(200)),
        "pictures": segment(0xE2, b"MPF\0" + bytes(20)),
        "Photoshop": segment(0xED, b"Photoshop 3.0\0" + bytes(9)),
        "a comment": segment(0xFE, b"Exif\0\0" + three),
        "another name": segment(0xE1, b"Exif\0\1" + three),
        "another segment": segment(0xE3, b"Exif\0\0" + three),
        "filling": b"\xff" * 5,
        "nothing": segment(0xE1, b""),
        "a short name": segment(0xE1, b"Exif"),
    }
    for name, other in others.items():
        yield f"after {name}", other + app1(six), b""
        if name != "filling":
            yield f"before {name}", app1(six) + other, b""
    yield "after all of these", b"".join(others.values()) + app1(six), b""
    yield "after the frame", b"", app1(six)
    yield "before and after the frame", app1(three), app1(six)
    segments = {"six": six, "three": three, "one": none, "no tags": bare, "little": little, "nothing": b"", "cut": six[:15]}
    segments["named twice"] = NAME + six
    segments["cut off"] = directory(">", entry(">", MAKE, 2, 9, struct.pack(">I", 26)), orientation(">", 8))[:20]
    for (first, one), (second, other) in itertools.product(segments.items(), repeat=2):
        yield f"{first}, then {second}", app1(one) + app1(other), b""
    yield "divided", app1(six[:15]) + app1(six[15:]), b""
    yield "divided by a profile", app1(six[:15]) + others["a profile"] + app1(six[15:]), b""


def placed(jpeg, before, after):
    frame = 2
    while jpeg[frame + 1] not in (0xC0, 0xC1, 0xC2):
        frame += 2 + struct.unpack(">H", jpeg[frame + 2 : frame + 4])[0]
    end = frame + 2 + struct.unpack(">H", jpeg[frame + 2 : frame + 4])[0]
    return jpeg[:2] + before + jpeg[2:end] + after + jpeg[end:]


def riff(data, exif, flag=True):
    """A lossless WebP with EXIF chunks."""
    lossless = data[12:]
    width = 1 + (struct.unpack("<I", data[21:25])[0] & 0x3FFF)
    height = 1 + (struct.unpack("<I", data[21:25])[0] >> 14 & 0x3FFF)
    header = bytes([8 * bool(flag), 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = [(b"VP8X", header)] if flag is not None else []
    content = b"".join(name + struct.pack("<I", len(c)) + c + b"\0" * (len(c) % 2) for name, c in chunks) + lossless
    content += b"".join(b"EXIF" + struct.pack("<I", len(e)) + e + b"\0" * (len(e) % 2) for e in exif)
    return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def cases(image):
    """Name, file, pixels and levels allowed."""
    jpeg, png, webp = saved(image, "JPEG", quality=95), saved(image, "PNG"), saved(image, "WEBP", lossless=True)
    for name, before, after in places():
        yield f"JPEG EXIF {name}", placed(jpeg, before, after), 1
    at = png.index(b"IDAT") - 4
    for name, exif in forms():
        yield f"JPEG EXIF of {name}", placed(jpeg, app1(exif), b""), 1
        if name.startswith("short"):
            yield f"PNG EXIF of {name}", png[:at] + chunk(b"eXIf", exif) + png[at:], 0
            yield f"WebP EXIF of {name}", riff(webp, [exif]), 0
    six, three = (directory(">", orientation(">", value)) for value in (6, 3))
    for name, exif in (("twice", (six, three)), ("named", (NAME + six,)), ("named twice", (NAME * 2 + six,)), ("empty", (b"", six))):
        yield f"WebP EXIF {name}", riff(webp, exif), 0
        yield f"PNG EXIF {name}", png[:at] + b"".join(chunk(b"eXIf", e) for e in exif) + png[at:], 0
    yield "PNG EXIF after the pixels", png[:-12] + chunk(b"eXIf", six) + png[-12:], 0
    yield "PNG EXIF before and after the pixels", png[:at] + chunk(b"eXIf", three) + png[at:-12] + chunk(b"eXIf", six) + png[-12:], 0
    yield "WebP EXIF that its header does not name", riff(webp, [six], False), 0
    yield "WebP EXIF without a header", riff(webp, [six], None), 0
