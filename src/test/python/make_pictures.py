#!/usr/bin/env python3
"""Small pictures in every form that a camera or Adobe's programs write, and what a person sees in them, by Pillow.

  make_pictures.py OUT.json      with Pillow 11 or later, no other package: src/test/resources/fixtures/pictures.json
"""
import base64
import io
import json
import struct
import sys

from PIL import Image, ImageOps

APP0, APP14, START_OF_SCAN = 0xE0, 0xEE, 0xDA
JFIF = bytes.fromhex("ffe000104a46494600010100000100010000")


def picture(width, height):
    image = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            image.putpixel(
                (x, y), (40 + 170 * x // width, 30 + 190 * y // height, 200 - 120 * (x + y) // (width + height))
            )
    return image


def inks(image):
    """CMYK with as much black as can be."""
    cmyk = Image.new("CMYK", image.size)
    for y in range(image.height):
        for x in range(image.width):
            rgb = image.getpixel((x, y))
            light = max(rgb)
            cmyk.putpixel((x, y), tuple((light - c) * 255 // light for c in rgb) + (255 - light,))
    return cmyk


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=93, **options)
    return out.getvalue()


def segments(data):
    at = 2
    while data[at + 1] != START_OF_SCAN:
        length = 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        yield data[at + 1], at, length
        at += length


def without(data, marker):
    at, length = next((at, length) for found, at, length in segments(data) if found == marker)
    return data[:at] + data[at + length :]


def with_transform(data, transform):
    at = next(at for found, at, _ in segments(data) if found == APP14)
    return data[: at + 15] + bytes([transform]) + data[at + 16 :]


def ycck(cmyk):
    """Pillow writes no YCCK: the inks become Y, Cb and Cr here, inverted as it will invert them."""
    c, m, y, k = cmyk.split()
    three = Image.merge("RGB", (c, m, y)).convert("YCbCr").split()
    return with_transform(jpeg(Image.merge("CMYK", (*(ImageOps.invert(band) for band in three), k))), 2)


def exif(order, orientation, kind=3):
    value = struct.pack(order + "HHI", 0x0112, kind, 1)
    value += struct.pack(order + ("HH" if kind == 3 else "I"), *((orientation, 0) if kind == 3 else (orientation,)))
    make = struct.pack(order + "HHI", 0x010F, 2, 2) + b"x\0\0\0"
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IH", 8, 2) + make + value + bytes(4)


def with_exif(data, tiff):
    content = b"Exif\0\0" + tiff
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + data[2:]


def png(image, **options):
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def files():
    p = picture(11, 6)
    grey, cmyk, odd = p.convert("L"), inks(p), picture(17, 9)
    plain = {
        "colour": jpeg(p, subsampling=0),
        "colour, 4:2:0": jpeg(odd, subsampling=2),
        "colour, 4:2:2": jpeg(odd, subsampling=1),
        "colour, progressive": jpeg(p, progressive=True),
        "colour without JFIF": without(jpeg(p), APP0),
        "grey": jpeg(grey),
        "grey, progressive": jpeg(grey, progressive=True),
        "RGB by Adobe": jpeg(p, keep_rgb=True),
        "RGB by its components' names": without(jpeg(p, keep_rgb=True), APP14),
        "YCbCr by Adobe": with_transform(
            jpeg(p)[:2] + JFIF + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\1" + without(jpeg(p), APP0)[2:], 1
        ),
        "CMYK": jpeg(cmyk),
        "CMYK, progressive": jpeg(cmyk, progressive=True),
        "CMYK, 4:2:0": jpeg(inks(odd), subsampling=2),
        "CMYK without Adobe's marker": without(jpeg(cmyk), APP14),
        "YCCK": ycck(cmyk),
        "YCCK, odd": ycck(inks(odd)),
    }
    yield from plain.items()
    for name in ("colour, 4:2:0", "colour, progressive", "grey", "RGB by Adobe", "CMYK", "YCCK"):
        for orientation in range(1, 9):
            order = "<>"[orientation % 2]
            yield f"{name}, orientation {orientation} {order}", with_exif(plain[name], exif(order, orientation))
    for orientation in range(1, 9):
        order = ">"[: orientation % 2] or "<"
        other = "<" if order == ">" else ">"
        yield f"colour, orientation {orientation} {other}", with_exif(plain["colour"], exif(other, orientation))
        yield f"colour, long orientation {orientation}", with_exif(plain["colour"], exif(order, orientation, 4))
        kind = ("RGB", "L", "P", "1")[orientation % 4]
        yield f"PNG {kind}, orientation {orientation}", png(p.convert(kind), exif=exif(order, orientation))


def main():
    found = []
    for name, data in files():
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        found.append(
            {
                "name": name,
                "file": base64.b64encode(data).decode(),
                "width": image.width,
                "height": image.height,
                "pixels": base64.b64encode(image.tobytes()).decode(),
            }
        )
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(found, out, indent=0)
        out.write("\n")


main()
