"""Image files of every kind, depth, colour, option and orientation, and the pixels that a reader should get from each.

What is stored without loss is known beforehand; the rest is as Pillow reads it. Pixels are red, green, blue; transparent
ones on white; 16 bits by the upper byte; colour profiles without effect.
"""
import io
import itertools
import struct

import numpy as np
from PIL import Image, ImageCms, ImageOps

import exif_cases
from image_writers import bmp, bits_of, chunk, png, run_lengths, tiff

SIZES = [(1, 1), (3, 17), (16, 16), (23, 9), (40, 61)]
SMALL = [(5, 7)]


class Case:
    def __init__(self, name, data, pixels, tolerance=0):
        self.name, self.data, self.pixels, self.tolerance = name, data, pixels, tolerance


def picture(height, width):
    """Smooth, with some detail, uint8 [height, width, 3]."""
    y, x = np.mgrid[0:height, 0:width]
    values = np.stack(
        [
            40 + 170 * x / width + 12 * np.sin(y / 3),
            30 + 190 * y / height + 9 * np.cos(x / 2),
            200 - 120 * (x + y) / (width + height),
        ],
        -1,
    )
    return np.clip(values, 0, 255).astype(np.uint8)


def gray(height, width):
    return picture(height, width).mean(-1).astype(np.uint8)


def alphas(height, width):
    y, x = np.mgrid[0:height, 0:width]
    return ((x * 37 + y * 11) % 256).astype(np.uint8)


def on_white(color, alpha):
    share = alpha[..., None].astype(np.float64) / 255
    return np.floor(color * share + 255 * (1 - share) + 0.5).astype(np.uint8)


def rgb(values):
    return np.repeat(values[..., None], 3, -1)


def turned(pixels, orientation):
    """The picture upright that is stored like this."""
    image = Image.fromarray(pixels)
    method = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    return np.asarray(image.transpose(method) if method is not None else image)


def exif(orientation, order="<"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def profile():
    """Of a space whose red and blue are the other way round: whoever applies it shows it."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", data[128:132])[0]
    for i in range(count):
        at = 132 + 12 * i
        if data[at : at + 4] in (b"rXYZ", b"bXYZ"):
            data[at : at + 4] = b"bXYZ" if data[at : at + 4] == b"rXYZ" else b"rXYZ"
    return bytes(data)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def seen(data, turn=True):
    """What Pillow shows."""
    image = Image.open(io.BytesIO(data))
    if turn:
        image = ImageOps.exif_transpose(image)
    if image.mode == "I;16":
        return rgb((np.asarray(image) >> 8).astype(np.uint8))
    values = np.asarray(image.convert("RGBA"))
    return on_white(values[..., :3], values[..., 3])


def pngs(sizes):
    for (height, width), interlaced in itertools.product(sizes, (False, True)):
        color, flat, alpha = picture(height, width), gray(height, width), alphas(height, width)
        where = f"{height}x{width}{' interlaced' if interlaced else ''}"
        for depth in (1, 2, 4, 8, 16):
            most = (1 << depth) - 1
            values = (flat.astype(np.int64) * most) // 255
            shown = rgb(values >> 8 if depth == 16 else values * 255 // most).astype(np.uint8)
            yield Case(f"PNG grey {depth} bits {where}", png(values[..., None], 0, depth, interlaced), shown)
            clear = int(values[0, 0])
            extra = chunk(b"tRNS", struct.pack(">H", clear))
            yield Case(
                f"PNG grey {depth} bits with a transparent value {where}",
                png(values[..., None], 0, depth, interlaced, extra),
                np.where((values == clear)[..., None], 255, shown).astype(np.uint8),
            )
        for depth in (1, 2, 4, 8):
            n = min(1 << depth, 200)
            palette = np.stack([(np.arange(n) * 83) % 256, (np.arange(n) * 29) % 256, 255 - np.arange(n)], -1)
            palette = palette.astype(np.uint8)
            index = (flat.astype(np.int64) * n) // 256
            extra = chunk(b"PLTE", palette.tobytes())
            yield Case(f"PNG palette {depth} bits {where}", png(index[..., None], 3, depth, interlaced, extra), palette[index])
            clear = ((np.arange(n) * 50) % 256).astype(np.uint8)[: n // 2 + 1]
            whole = np.concatenate([clear, np.full(n - len(clear), 255, np.uint8)])
            yield Case(
                f"PNG palette {depth} bits with alpha {where}",
                png(index[..., None], 3, depth, interlaced, extra + chunk(b"tRNS", clear.tobytes())),
                on_white(palette[index], whole[index]),
            )
        for depth in (8, 16):
            wide = 257 if depth == 16 else 1
            noise = (np.arange(height * width).reshape(height, width) % 200) * (depth == 16)
            deep = np.minimum(color.astype(np.int64) * wide + noise[..., None] - 100 * (depth == 16), 65535 if depth == 16 else 255)
            deep = np.maximum(deep, 0)
            shown = (deep >> 8 if depth == 16 else deep).astype(np.uint8)
            yield Case(f"PNG colour {depth} bits {where}", png(deep, 2, depth, interlaced), shown)
            clear = deep[0, 0]
            yield Case(
                f"PNG colour {depth} bits with a transparent colour {where}",
                png(deep, 2, depth, interlaced, chunk(b"tRNS", struct.pack(">HHH", *map(int, clear)))),
                np.where((deep == clear).all(-1)[..., None], 255, shown).astype(np.uint8),
            )
            deep_alpha = alpha.astype(np.int64) * wide
            yield Case(
                f"PNG grey and alpha {depth} bits {where}",
                png(np.stack([flat.astype(np.int64) * wide, deep_alpha], -1), 4, depth, interlaced),
                on_white(rgb(flat), alpha),
            )
            yield Case(
                f"PNG colour and alpha {depth} bits {where}",
                png(np.concatenate([deep, deep_alpha[..., None]], -1), 6, depth, interlaced),
                on_white(shown, alpha),
            )
    color = picture(*sizes[-1])
    for orientation in range(1, 9):
        data = png(color, 2, 8, False, chunk(b"eXIf", exif(orientation, "<>"[orientation % 2])))
        yield Case(f"PNG orientation {orientation}", data, turned(color, orientation))
    yield Case("PNG with a profile", saved(Image.fromarray(color), "PNG", icc_profile=profile()), color)


def jpegs(sizes):
    for (height, width), quality, progressive in itertools.product(sizes, (40, 95), (False, True)):
        color = Image.fromarray(picture(height, width))
        where = f"quality {quality}{' progressive' if progressive else ''} {height}x{width}"
        for sampling in (0, 1, 2):
            data = saved(color, "JPEG", quality=quality, progressive=progressive, subsampling=sampling)
            yield Case(f"JPEG colour {sampling} {where}", data, seen(data))
        data = saved(color, "JPEG", quality=quality, progressive=progressive, restart_marker_blocks=2)
        yield Case(f"JPEG restarts {where}", data, seen(data))
        data = saved(color, "JPEG", quality=quality, progressive=progressive, keep_rgb=True)
        yield Case(f"JPEG RGB {where}", data, seen(data))
        data = saved(color, "JPEG", quality=quality, progressive=progressive, icc_profile=profile())
        yield Case(f"JPEG with a profile {where}", data, seen(data))
        for mode in ("L", "CMYK"):
            data = saved(color.convert(mode), "JPEG", quality=quality, progressive=progressive)
            yield Case(f"JPEG {mode} {where}", data, seen(data))
            data = saved(color.convert(mode), "JPEG", quality=quality, optimize=True, icc_profile=profile())
            yield Case(f"JPEG {mode} with a profile {where}", data, seen(data))
    for (height, width), orientation in itertools.product(sizes, range(1, 9)):
        data = saved(Image.fromarray(picture(height, width)), "JPEG", quality=95, exif=b"Exif\0\0" + exif(orientation, "<>"[orientation % 2]))
        yield Case(f"JPEG orientation {orientation} {height}x{width}", data, seen(data), 1)
    first, second = Image.fromarray(picture(*sizes[-1])), Image.fromarray(picture(*sizes[-1])[::-1])
    data = saved(first, "MPO", save_all=True, append_images=[second], quality=95)
    yield Case("JPEG of two pictures", data, seen(data))


def bmps(sizes):
    for height, width in sizes:
        color, flat, alpha = picture(height, width), gray(height, width), alphas(height, width)
        for down in (False, True):
            where = f"{height}x{width}{' from the top' if down else ''}"
            for depth in (1, 4, 8):
                n = 1 << depth
                palette = np.stack([(np.arange(n) * 83) % 256, (np.arange(n) * 29) % 256, 255 - np.arange(n)], -1)
                index = (flat.astype(np.int64) * n) // 256
                colors = b"".join(bytes([int(b), int(g), int(r), 0]) for r, g, b in palette)
                data = bmp(bits_of(index, depth), width, height, depth, palette=colors, top_down=down)
                yield Case(f"BMP palette {depth} bits {where}", data, palette[index].astype(np.uint8))
                if not down:
                    three = b"".join(bytes([int(b), int(g), int(r)]) for r, g, b in palette)
                    data = bmp(bits_of(index, depth), width, height, depth, palette=three, core=True)
                    yield Case(f"BMP palette {depth} bits of OS/2 {where}", data, palette[index].astype(np.uint8))
                if depth > 1 and not down:
                    data = bmp(run_lengths(index, depth), width, height, depth, depth == 8 and 1 or 2, palette=colors)
                    yield Case(f"BMP palette {depth} bits in runs {where}", data, palette[index].astype(np.uint8))
            data = bmp([row[:, ::-1].tobytes() for row in color], width, height, 24, top_down=down)
            yield Case(f"BMP colour 24 bits {where}", data, color)
            five = color.astype(np.int64) >> 3
            rows = (five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2]).astype("<u2")
            data = bmp([row.tobytes() for row in rows], width, height, 16, top_down=down)
            yield Case(f"BMP colour 16 bits {where}", data, seen(data), 1)
            rows = (five[..., 0] << 11 | (color[..., 1].astype(np.int64) >> 2) << 5 | five[..., 2]).astype("<u2")
            masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
            data = bmp([row.tobytes() for row in rows], width, height, 16, 3, masks=masks, top_down=down)
            yield Case(f"BMP colour 16 bits by masks {where}", data, seen(data), 1)
            four = np.concatenate([color[..., ::-1], alpha[..., None]], -1)
            data = bmp([row.tobytes() for row in four], width, height, 32, top_down=down)
            yield Case(f"BMP colour 32 bits {where}", data, color)
            masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
            data = bmp([row.tobytes() for row in four], width, height, 32, 3, masks=masks, top_down=down)
            yield Case(f"BMP colour and alpha by masks {where}", data, on_white(color, alpha))


def gifs(sizes):
    for height, width in sizes:
        color = Image.fromarray(picture(height, width))
        where = f"{height}x{width}"
        for interlaced in (0, 1):
            data = saved(color, "GIF", interlace=interlaced)
            yield Case(f"GIF colour {where} {interlaced}", data, seen(data))
            data = saved(color.convert("L"), "GIF", interlace=interlaced)
            yield Case(f"GIF grey {where} {interlaced}", data, seen(data))
        index = Image.fromarray((np.arange(height * width).reshape(height, width) % 7).astype(np.uint8), "P")
        index.putpalette([(i * 40) % 256 for i in range(21)])
        data = saved(index, "GIF", transparency=3)
        yield Case(f"GIF with a transparent colour {where}", data, seen(data))
        other = color.transpose(Image.Transpose.ROTATE_180)
        data = saved(color, "GIF", save_all=True, append_images=[other])
        yield Case(f"GIF animated {where}", data, seen(data))


def tiffs(sizes):
    layouts = [
        {"rows": 1},
        {"rows": 3, "compression": 8},
        {"compression": 32773},
        {"tile": 16},
        {"tile": 16, "compression": 8, "order": ">"},
        {"order": ">", "rows": 2},
        {"tile": 16, "compression": 32773},
    ]
    for (height, width), layout in itertools.product(sizes, layouts):
        color, flat, alpha = picture(height, width), gray(height, width), alphas(height, width)
        where = f"{height}x{width} {' '.join(f'{k} {v}' for k, v in layout.items())}"
        for depth in (1, 2, 4, 8, 16):
            most = (1 << depth) - 1
            values = (flat.astype(np.int64) * most) // 255
            shown = rgb(values >> 8 if depth == 16 else values * 255 // most).astype(np.uint8)
            yield Case(f"TIFF grey {depth} bits {where}", tiff(values[..., None], 1, depth, **layout), shown)
            yield Case(f"TIFF grey {depth} bits, 0 is white {where}", tiff((most - values)[..., None], 0, depth, **layout), shown)
        for depth in (1, 2, 4, 8):
            n = 1 << depth
            palette = np.stack([(np.arange(n) * 83) % 256, (np.arange(n) * 29) % 256, 255 - np.arange(n)], -1)
            index = (flat.astype(np.int64) * n) // 256
            tags = [(320, 3, [int(v) * 257 for v in palette.T.ravel()])]
            data = tiff(index[..., None], 3, depth, tags=tags, **layout)
            yield Case(f"TIFF palette {depth} bits {where}", data, palette[index].astype(np.uint8))
        for depth, planar in itertools.product((8, 16), (1, 2)):
            wide = 257 if depth == 16 else 1
            deep, deep_alpha = color.astype(np.int64) * wide, alpha.astype(np.int64) * wide
            rest = f"{depth} bits planar {planar} {where}"
            more = {"predictor": 2} if layout.get("compression") == 8 else {}
            yield Case(f"TIFF colour {rest}", tiff(deep, 2, depth, planar=planar, **layout, **more), color)
            values = np.concatenate([deep, deep_alpha[..., None]], -1)
            data = tiff(values, 2, depth, planar=planar, tags=[(338, 3, [2])], **layout)
            yield Case(f"TIFF colour and alpha {rest}", data, on_white(color, alpha))
            data = tiff(values, 2, depth, planar=planar, tags=[(338, 3, [0])], **layout)
            yield Case(f"TIFF colour and a value of no meaning {rest}", data, color)
            values = np.stack([flat.astype(np.int64) * wide, deep_alpha], -1)
            data = tiff(values, 1, depth, planar=planar, tags=[(338, 3, [2])], **layout)
            yield Case(f"TIFF grey and alpha {rest}", data, on_white(rgb(flat), alpha))
            if depth == 8:
                values = np.concatenate([color * (alpha[..., None] / 255.0), alpha[..., None]], -1).astype(np.int64)
                shown = np.clip(values[..., :3] + 255 - alpha[..., None].astype(np.int64), 0, 255).astype(np.uint8)
                data = tiff(values, 2, depth, planar=planar, tags=[(338, 3, [1])], **layout)
                yield Case(f"TIFF colour times alpha {rest}", data, shown, 1)
            inks = 255 - np.concatenate([color, np.full_like(color[..., :1], 200)], -1).astype(np.int64)
            light = (255 - inks).astype(np.int64)
            shown = (light[..., :3] * light[..., 3:] + 127) // 255
            data = tiff(inks * wide, 5, depth, planar=planar, **layout)
            yield Case(f"TIFF inks {rest}", data, shown.astype(np.uint8), 1)
    for height, width in sizes:
        color = picture(height, width)
        for orientation in range(1, 9):
            for order in "<>":
                data = tiff(color.astype(np.int64), 2, 8, order, tags=[(274, 3, [orientation])])
                yield Case(f"TIFF orientation {orientation} {order} {height}x{width}", data, turned(color, orientation))
        for kind, orientation in ((3, 0), (3, 9), (3, 65535), (4, 6), (4, 65536 + 6)):
            data = tiff(color.astype(np.int64), 2, 8, tags=[(274, kind, [orientation])])
            yield Case(f"TIFF orientation {orientation} of type {kind} {height}x{width}", data, seen(data))
        image = Image.fromarray(color)
        for mode, compression in itertools.product(
            ("1", "L", "P", "RGB", "RGBA", "CMYK"), ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group3", "group4", "tiff_ccitt")
        ):
            if compression in ("group3", "group4", "tiff_ccitt") and mode != "1":
                continue
            if compression == "jpeg" and mode not in ("L", "RGB", "CMYK"):
                continue
            data = saved(image.convert(mode), "TIFF", compression=compression)
            yield Case(f"TIFF {mode} {compression} {height}x{width}", data, seen(data), 3 if compression == "jpeg" else 0)
        data = saved(image.convert("YCbCr"), "TIFF", compression="jpeg", quality=90)
        yield Case(f"TIFF YCbCr jpeg {height}x{width}", data, seen(data))
        data = saved(image, "TIFF", compression="tiff_lzw", icc_profile=profile())
        yield Case(f"TIFF with a profile {height}x{width}", data, color)
        data = saved(image, "TIFF", save_all=True, append_images=[image.rotate(180)])
        yield Case(f"TIFF of two pages {height}x{width}", data, color)


def webps(sizes):
    for height, width in sizes:
        color = Image.fromarray(picture(height, width))
        clear = Image.fromarray(np.dstack([picture(height, width), alphas(height, width)]))
        for image, name in ((color, "colour"), (clear, "alpha")):
            for quality, method in itertools.product((20, 75, 100), (0, 4, 6)):
                data = saved(image, "WEBP", quality=quality, method=method)
                yield Case(f"WebP {name} quality {quality} method {method} {height}x{width}", data, seen(data), 1)
            data = saved(image, "WEBP", lossless=True, exact=True)
            yield Case(f"WebP {name} lossless {height}x{width}", data, seen(data), 0)
            for lossless in (False, True):
                data = saved(image, "WEBP", lossless=lossless, save_all=True, append_images=[image.rotate(180)])
                yield Case(f"WebP {name} animated {lossless} {height}x{width}", data, seen(data), 1)
        data = saved(color, "WEBP", lossless=True, icc_profile=profile())
        yield Case(f"WebP with a profile {height}x{width}", data, picture(height, width))
        for orientation in range(1, 9):
            named = b"Exif\0\0" * (orientation % 2)
            data = saved(color, "WEBP", lossless=True, exif=named + exif(orientation, "<>"[orientation // 2 % 2]))
            yield Case(f"WebP orientation {orientation} {height}x{width}", data, turned(picture(height, width), orientation))


KINDS = {"PNG": pngs, "JPEG": jpegs, "BMP": bmps, "GIF": gifs, "TIFF": tiffs, "WebP": webps}


def cases(sizes=SIZES):
    for kind in KINDS.values():
        yield from kind(sizes)
    for name, data, tolerance in exif_cases.cases(Image.fromarray(picture(*SMALL[0]))):
        yield Case(name, data, exif_cases.seen(data), tolerance)
