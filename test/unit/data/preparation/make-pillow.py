"""Prints pillow.json: what Pillow makes of images that a formula draws. Run: python make-pillow.py > pillow.json"""
import hashlib
import json

import numpy as np
import PIL
from PIL import Image, ImageOps

FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "nearest": Image.NEAREST}
SIZES = [
    ((37, 53), (16, 16)),
    ((16, 16), (37, 53)),
    ((20, 48), (20, 12)),
    ((48, 20), (12, 20)),
    ((9, 7), (1, 1)),
    ((30, 200), (35, 9)),
    ((96, 64), (31, 97)),
]


def made(height, width):
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return Image.fromarray(((x * x * 7 + y * 13 + c * 101 + x * y) % 256).astype(np.uint8))


def facts(image):
    return {"sha256": hashlib.sha256(np.asarray(image).tobytes()).hexdigest()}


def resized(old, new, name, fit):
    image, size, by = made(*old), (new[1], new[0]), FILTERS[name]
    ways = {"stretch": lambda: image.resize(size, by), "crop": lambda: ImageOps.fit(image, size, by),
            "pad": lambda: ImageOps.pad(image, size, by, color=(0, 0, 0))}
    return {"old": old, "new": new, "filter": name, "fit": fit, **facts(ways[fit]())}


print(json.dumps({
    "about": f"made by make-pillow.py with Pillow {PIL.__version__}",
    "resize": [resized(old, new, name, fit) for old, new in SIZES for name in FILTERS
               for fit in ("stretch", "crop", "pad")],
    "grey": [{"old": old, **facts(made(*old).convert("L"))} for old in ((5, 7), (64, 64))],
}, indent=1))
