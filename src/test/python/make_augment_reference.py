#!/usr/bin/env python3
"""Answers of Pillow, NumPy and colorsys for steps of augmentation.

    make_augment_reference.py FILE      committed as src/test/resources/fixtures/augmented.json

StepReferenceTest compares within a tolerance for each case. Of moved images only places count whose colour comes from
inside the image ("inside"), because Pillow leaves what lies beyond it black.
"""
import base64
import colorsys
import io
import json
import math
import pathlib
import sys

import numpy as np
from PIL import Image, ImageEnhance, features

HEIGHT, WIDTH = 36, 52


def picture(channels):
    """Waves, an edge and some noise, so that neither blur nor JPEG has an easy task."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [127 + 90 * np.sin(x / (3 + 2 * c) + y / (7 - 2 * c) + c) for c in range(channels)]
    image = np.stack(waves, -1) + rng.normal(0, 6, (HEIGHT, WIDTH, channels))
    image[8:20, 30:44] = [[250, 20, 90][:channels]]
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def pil(image):
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def array(image):
    values = np.asarray(image)
    return values[..., None] if values.ndim == 2 else values


def moved(image, matrix):
    """A matrix from places of the result to places of the source, pixels from the centre, as Pillow's coefficients."""
    to_centre = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 1]])
    m = np.linalg.inv(to_centre) @ matrix @ to_centre
    m = m / m[2, 2]
    coefficients = m.ravel()[:8].tolist()
    result = pil(image).transform((WIDTH, HEIGHT), Image.PERSPECTIVE, coefficients, Image.BILINEAR)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    u, v = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w
    inside = (u > 0.5) & (u < WIDTH - 0.5) & (v > 0.5) & (v < HEIGHT - 0.5)
    return array(result), inside


def rotation(degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def corners(x, y):
    """Solved as eight equations, not by Heckbert's formula."""
    at = [(-WIDTH / 2, -HEIGHT / 2), (WIDTH / 2, -HEIGHT / 2), (WIDTH / 2, HEIGHT / 2), (-WIDTH / 2, HEIGHT / 2)]
    rows, right = [], []
    for (p, q), u, v in zip(at, x, y):
        rows += [[p, q, 1, 0, 0, 0, -u * p, -u * q], [0, 0, 0, p, q, 1, -v * p, -v * q]]
        right += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(right)), 1).reshape(3, 3)


def hue(image, degrees):
    result = np.empty(image.shape)
    for index in np.ndindex(image.shape[:2]):
        h, s, v = colorsys.rgb_to_hsv(*(image[index] / 255))
        result[index] = np.array(colorsys.hsv_to_rgb((h + degrees / 360) % 1, s, v)) * 255
    return np.rint(result)


def blur(image, sigma):
    """Every neighbour weighed by a Gaussian cut off at three standard deviations along either axis."""
    reach = math.ceil(3 * sigma)
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-(offsets[:, None] ** 2 + offsets[None] ** 2) / (2 * sigma**2))
    padded = np.pad(image.astype(float), ((reach, reach), (reach, reach), (0, 0)), "edge")
    total = sum(
        kernel[i, j] * padded[i : i + HEIGHT, j : j + WIDTH]
        for i in range(len(offsets))
        for j in range(len(offsets))
    )
    return np.rint(total / kernel.sum())


def jpeg(image, quality):
    file = io.BytesIO()
    pil(image).save(file, "JPEG", quality=quality)
    return array(Image.open(io.BytesIO(file.getvalue())))


cases = []


def case(name, amounts, result, inside=None):
    entry = {"step": name, "amounts": amounts, "channels": result.shape[-1]}
    entry["pixels"] = base64.b64encode(result.astype(np.uint8).tobytes()).decode()
    if inside is not None:
        entry["inside"] = base64.b64encode(inside.astype(np.uint8).tobytes()).decode()
    cases.append(entry)


X = [-20.5, 24.0, 30.0, -26.0]
Y = [-19.0, -12.5, 15.0, 20.0]
for channels in (1, 3):
    image = picture(channels)
    for degrees in (17, -64, 90, 180):
        case("rotate", [degrees], *moved(image, rotation(degrees)))
    case("scale", [1.4], *moved(image, np.diag([1 / 1.4, 1 / 1.4, 1])))
    case("scale", [0.7], *moved(image, np.diag([1 / 0.7, 1 / 0.7, 1])))
    case("shift", [5.25, -3.5], *moved(image, np.array([[1, 0, -5.25], [0, 1, 3.5], [0, 0, 1]])))
    case("perspective", X + Y, *moved(image, corners(X, Y)))
    together = rotation(17) @ np.array([[1, 0, -5.25], [0, 1, 3.5], [0, 0, 1]]) @ corners(X, Y)
    case("rotate shift perspective", [17, 5.25, -3.5] + X + Y, *moved(image, together))
    for factor in (0.4, 1.6):
        case("brightness", [factor], array(ImageEnhance.Brightness(pil(image)).enhance(factor)))
        case("contrast", [factor], array(ImageEnhance.Contrast(pil(image)).enhance(factor)))
    for sigma in (0.6, 2.5):
        case("blur", [sigma], blur(image, sigma))
    for quality in (90, 50, 10):
        case("jpeg", [quality], jpeg(image, quality))
for factor in (0, 0.4, 1.6):
    case("saturation", [factor], array(ImageEnhance.Color(pil(picture(3))).enhance(factor)))
for degrees in (40, 120, -75, 180):
    case("hue", [degrees], hue(picture(3), degrees))
document = {
    "height": HEIGHT,
    "width": WIDTH,
    "pictures": {str(c): base64.b64encode(picture(c).tobytes()).decode() for c in (1, 3)},
    "cases": cases,
}
target = pathlib.Path(sys.argv[1])
target.write_text(json.dumps(document, indent=1) + "\n")
print(f"{len(cases)} cases, {target.stat().st_size} bytes, Pillow {Image.__version__}, libjpeg {features.version('jpg')}")
