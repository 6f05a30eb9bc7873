"""Image files of every kind, read by Java and by Pillow: the same pixels.

    check_images.py CLASSPATH WORK_DIR [--only REGEX]
    check_images.py --fixture FILE          the smaller ones, with their pixels, for ImageKindsTest
    check_images.py --jpegs FILE            JPEGs of several cells, for TurboJpegTest

To the bit, as stored and brought to a size by every fit; a BMP of 16 bits and an image that its EXIF data turn within one
level.
"""
import argparse
import base64
import json
import pathlib
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

import numpy as np  # noqa: E402
import PIL  # noqa: E402
from PIL import Image, ImageOps  # noqa: E402

import image_cases  # noqa: E402

FITS = ("stretch", "crop", "pad", "pad:200")
TARGETS = ((12, 9), (28, 28), (50, 7))


def fitted(pixels, size, fit):
    """By Pillow alone."""
    image = Image.fromarray(pixels)
    height, width = size
    if fit == "stretch":
        return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
    if fit == "crop":
        return np.asarray(ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR))
    part = ImageOps.contain(image, (width, height), Image.Resampling.BILINEAR)
    whole = Image.new("RGB", (width, height), (int(fit[4:] or 0),) * 3)
    whole.paste(part, ((width - part.width) // 2, (height - part.height) // 2))
    return np.asarray(whole)


def tied(pixels, size):
    """Whether the shorter side in proportion ends on a half, which Pillow rounds to even."""
    (h, w), (height, width) = pixels.shape[:2], size
    return (2 * h * width) % (2 * w) == w or (2 * w * height) % (2 * h) == h


def fixture(file, cases):
    found = []
    for case in cases:
        found.append(
            {
                "name": case.name,
                "file": base64.b64encode(case.data).decode(),
                "height": case.pixels.shape[0],
                "width": case.pixels.shape[1],
                "pixels": base64.b64encode(case.pixels.tobytes()).decode(),
                "tolerance": case.tolerance,
            }
        )
    with open(file, "w", encoding="utf-8") as out:
        json.dump(found, out, indent=0)
        out.write("\n")
    print(f"{len(found)} files in {file}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("classpath", nargs="?")
    parser.add_argument("work", nargs="?", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--fixture")
    parser.add_argument("--jpegs")
    options = parser.parse_args()
    if options.fixture:
        return fixture(options.fixture, image_cases.cases(image_cases.SMALL))
    if options.jpegs:
        return fixture(options.jpegs, image_cases.jpegs([(37, 45)]))
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    wanted, lines = [], []
    for number, case in enumerate(image_cases.cases()):
        if not re.search(options.only, case.name):
            continue
        path = options.work / f"{number}.image"
        path.write_bytes(case.data)
        height, width = case.pixels.shape[:2]
        forms = [(f"{height}x{width}", "stretch", case.pixels)]
        target, fit = TARGETS[number % 3], FITS[number % 4]
        if not (fit.startswith("pad") and tied(case.pixels, target)):
            expected = fitted(case.pixels, target, fit)
            forms.append((f"{target[0]}x{target[1]}", fit, expected))
        for size, fit, expected in forms:
            out = options.work / f"{number}.{size}.{fit.replace(':', '-')}"
            lines.append(f"{path}\t{size}\t{fit}\t{out}\n")
            wanted.append((case.name, size, fit, out, expected, case.tolerance))
    listing = options.work / "files.txt"
    listing.write_text("".join(lines))
    subprocess.run(
        ["java", "-cp", options.classpath, "org.marginsoftmax.image.DecodeImages", str(listing)], check=True
    )
    wrong, worst = [], {}
    for name, size, fit, out, expected, tolerance in wanted:
        if not out.exists():
            wrong.append(f"{name}: not read: {out.with_name(out.name + '.error').read_text()}")
            continue
        found = np.frombuffer(out.read_bytes(), np.uint8).reshape(expected.shape)
        difference = int(np.abs(found.astype(int) - expected.astype(int)).max())
        key = name.split()[0], fit.split(":")[0] if expected.shape[:2] in TARGETS else "as stored"
        worst[key] = max(worst.get(key, 0), difference)
        if difference > tolerance:
            wrong.append(f"{name}, {size} {fit}: {difference} levels from Pillow's, expected at most {tolerance}")
    print(f"{len(wanted)} images by Pillow {PIL.__version__} and by Java; the largest differences:")
    for (kind, fit), difference in sorted(worst.items()):
        print(f"  {kind:5} {fit:10} {difference}")
    for line in wrong[:60]:
        print(line)
    sys.exit(f"{len(wrong)} of {len(wanted)} differ" if wrong else None)


main()
