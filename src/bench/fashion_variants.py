"""Draws small variants of Fashion-MNIST that heads are tried on, at half size (14 x 14, means of 2 x 2 pixels), as IDX
with int32 labels. Below OUT, each with the same 4,000 test images, 400 a class:

plain          6,000 training images, 600 a class
long-tail      1,000 images of class 0, then ever fewer, 10 of class 9 (exponential, ratio 100, as in Cao 2019); 2,480 in all
long-tail-rare test images alone, of its four rarest classes
wrong-labels   6,000 images, a quarter of them with a label drawn from the other classes; true-labels-idx1-int besides
two-names      6,000 images; half of each of the classes 0, 2, 4, 6 and 8 goes by a second label, 10 to 14
damaged        the test images alone, each turned by up to 25 degrees, shifted by up to 2 pixels, with noise of deviation 25
               and, every other one, a square of 5 x 5 at random levels

    python3 src/bench/fashion_variants.py OUT
"""
import gzip
import math
import pathlib
import random
import struct
import sys

NAMES = "T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Ankle-boot".split()
SOURCE = pathlib.Path(__file__).parents[2] / "data" / "fashion-mnist"


def read(part):
    pixels = gzip.decompress((SOURCE / f"{part}-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((SOURCE / f"{part}-labels-idx1-ubyte.gz").read_bytes())[8:]
    return [pixels[i:i + 784] for i in range(0, len(pixels), 784)], list(labels)


def half(image):
    corners = (28 * y + x for y in range(0, 28, 2) for x in range(0, 28, 2))
    return bytes((image[i] + image[i + 1] + image[i + 28] + image[i + 29] + 2) // 4 for i in corners)


def draw(images, labels, counts, seed):
    """So many of each class, in random order."""
    chosen = []
    for k, count in enumerate(counts):
        chosen += random.Random(seed * 100 + k).sample([i for i, y in enumerate(labels) if y == k], count)
    random.Random(seed).shuffle(chosen)
    return [half(images[i]) for i in chosen], [labels[i] for i in chosen]


def write_labels(folder, name, labels):
    content = struct.pack(f">BBBBi{len(labels)}i", 0, 0, 0x0C, 1, len(labels), *labels)
    (folder / f"{name}-labels-idx1-int").write_bytes(content)


def write(folder, names, **parts):
    folder.mkdir(parents=True, exist_ok=True)
    for part, (images, labels) in parts.items():
        header = struct.pack(">BBBB3i", 0, 0, 0x08, 3, len(images), 14, 14)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + b"".join(images))
        write_labels(folder, part, labels)
    (folder / "classes.txt").write_text("\n".join(names) + "\n")


def damage(image, rng):
    """Turned, shifted, with noise and perhaps a square; black comes in from outside."""
    angle = math.radians(rng.uniform(-25, 25))
    right, down = rng.uniform(-2, 2), rng.uniform(-2, 2)
    result = []
    for y in range(14):
        for x in range(14):
            p, q = x - 6.5 - right, y - 6.5 - down
            u = math.cos(angle) * p - math.sin(angle) * q + 6.5
            v = math.sin(angle) * p + math.cos(angle) * q + 6.5
            level = 0
            for i in (math.floor(u), math.floor(u) + 1):
                for j in (math.floor(v), math.floor(v) + 1):
                    if 0 <= i < 14 and 0 <= j < 14:
                        level += image[14 * j + i] * (1 - abs(u - i)) * (1 - abs(v - j))
            result.append(min(255, max(0, round(level + rng.gauss(0, 25)))))
    if rng.random() < 0.5:
        left, top = rng.randrange(10), rng.randrange(10)
        for y in range(top, top + 5):
            for x in range(left, left + 5):
                result[14 * y + x] = rng.randrange(256)
    return bytes(result)


out = pathlib.Path(sys.argv[1])
source = read("train")
test = draw(*read("t10k"), [400] * 10, 1)
write(out / "plain", NAMES, train=draw(*source, [600] * 10, 2), test=test)

write(out / "long-tail", NAMES, train=draw(*source, [round(1000 * 100 ** (-k / 9)) for k in range(10)], 3), test=test)
rare = [i for i, y in enumerate(test[1]) if y >= 6]
write(out / "long-tail-rare", NAMES, test=([test[0][i] for i in rare], [test[1][i] for i in rare]))

images, labels = draw(*source, [600] * 10, 4)
rng = random.Random(4)
wrong = [rng.choice([k for k in range(10) if k != y]) if rng.random() < 0.25 else y for y in labels]
write(out / "wrong-labels", NAMES, train=(images, wrong), test=test)
write_labels(out / "wrong-labels", "true", labels)

rng = random.Random(5)
second = [10 + y // 2 if y % 2 == 0 and rng.random() < 0.5 else y for y in labels]
write(out / "two-names", NAMES + [f"{NAMES[k]} again" for k in range(0, 10, 2)], train=(images, second), test=test)

rng = random.Random(6)
write(out / "damaged", NAMES, test=([damage(image, rng) for image in test[0]], test[1]))
