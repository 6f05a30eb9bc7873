"""Draws the sets for evaluation-traps from Fashion-MNIST and the glyph set. Below OUT, as IDX with int32 labels:

glyphs                1,200 kanji in 14 fonts: the first of the two drawings of each that the glyph set has; to test on,
                      400 of them in 6 of these fonts: the second drawing
other-fonts           the same 400 in 6 fonts of other families
unseen                400 kanji never trained, in these 6 fonts
few                   2,000 images of Fashion-MNIST to train on; few-embedded: these, and 6,000 test images
copies-over-split     1,000 images, 5 copies of each, shifted by up to two pixels and with noise; a fifth of the copies
                      is the test set
images-over-split     the same copies; those of a fifth of the images are the test set
fresh                 5,000 test images of Fashion-MNIST, a copy of each
long-tail             10 classes of 1,000 down to 10 images, for training and for testing

    python3 src/bench/trap_sets.py GLYPHS OUT
"""
import gzip
import pathlib
import random
import struct
import sys

NAMES = "T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Ankle-boot".split()
FASHION = pathlib.Path(__file__).parents[2] / "data" / "fashion-mnist"
PIXELS = 28 * 28


def write(folder, names, **parts):
    folder.mkdir(parents=True, exist_ok=True)
    for part, (images, labels) in parts.items():
        header = struct.pack(">BBBB3i", 0, 0, 0x08, 3, len(images), 28, 28)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + b"".join(images))
        header = struct.pack(">BBBBi", 0, 0, 0x0C, 1, len(labels))
        (folder / f"{part}-labels-idx1-int").write_bytes(header + struct.pack(f">{len(labels)}i", *labels))
    (folder / "classes.txt").write_text("\n".join(names) + "\n")


def read(part):
    pixels = gzip.decompress((FASHION / f"{part}-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((FASHION / f"{part}-labels-idx1-ubyte.gz").read_bytes())[8:]
    return [pixels[i:i + PIXELS] for i in range(0, len(pixels), PIXELS)], list(labels)


def drawings(folder, part):
    pixels = (folder / f"{part}-images-idx3-ubyte").read_bytes()[16:]
    labels = (folder / f"{part}-labels-idx1-int").read_bytes()[8:]
    images = [pixels[i:i + PIXELS] for i in range(0, len(pixels), PIXELS)]
    return images, list(struct.unpack(f">{len(images)}i", labels))


def some(images, labels, chosen):
    return [images[i] for i in chosen], [labels[i] for i in chosen]


def copy(image, rng):
    """Shifted, with noise of deviation 10; black comes in from outside."""
    right, down = rng.randint(-2, 2), rng.randint(-2, 2)
    changed = bytearray(PIXELS)
    for y in range(28):
        for x in range(28):
            u, v = x - right, y - down
            level = image[28 * v + u] if 0 <= u < 28 and 0 <= v < 28 else 0
            changed[28 * y + x] = min(255, max(0, round(level + rng.gauss(0, 10))))
    return bytes(changed)


def of_classes(labels, counts, rng):
    chosen = []
    for k, count in enumerate(counts):
        chosen += rng.sample([i for i, y in enumerate(labels) if y == k], count)
    rng.shuffle(chosen)
    return chosen


glyphs, out = map(pathlib.Path, sys.argv[1:])
kanji = (glyphs / "closed" / "classes.txt").read_text().split()
images, labels = drawings(glyphs / "closed", "train")
# Two drawings of a kanji in a font follow each other, the 14 fonts of a kanji likewise.
first = some(images, labels, range(0, len(images), 2))
second = some(images, labels, [28 * k + 2 * font + 1 for k in range(400) for font in range(0, 12, 2)])
write(out / "glyphs", kanji, train=first, test=second)
images, labels = drawings(glyphs / "closed", "test")
write(out / "other-fonts", kanji, test=some(images, labels, range(6 * 400)))
images, labels = drawings(glyphs / "unseen", "test")
write(out / "unseen", (glyphs / "unseen" / "classes.txt").read_text().split(), test=(images, labels))

images, labels = read("train")
test_images, test_labels = read("t10k")
few = some(images, labels, of_classes(labels, [200] * 10, random.Random(1)))
# A folder without test images is not taken.
write(out / "few", NAMES, train=few, test=(test_images[:200], test_labels[:200]))
write(out / "few-embedded", NAMES, test=(few[0] + test_images[:6000], few[1] + test_labels[:6000]))

rng = random.Random(2)
chosen = of_classes(labels, [100] * 10, rng)
copies = [copy(images[i], rng) for i in chosen for _ in range(5)]
copied = [labels[i] for i in chosen for _ in range(5)]
by_image = range(4000), range(4000, 5000)
shuffled = rng.sample(range(5000), 5000)
by_copy = shuffled[:4000], shuffled[4000:]
for name, (train, test) in {"copies-over-split": by_copy, "images-over-split": by_image}.items():
    write(out / name, NAMES, train=some(copies, copied, train), test=some(copies, copied, test))
write(out / "fresh", NAMES, test=([copy(image, rng) for image in test_images[:5000]], test_labels[:5000]))

rng = random.Random(3)
counts = [round(1000 * 100 ** (-k / 9)) for k in range(10)]
write(
    out / "long-tail",
    NAMES,
    train=some(images, labels, of_classes(labels, counts, rng)),
    test=some(test_images, test_labels, of_classes(test_labels, counts, rng)),
)
