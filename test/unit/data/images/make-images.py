"""Prints images.json: small files that Pillow writes and the SHA-256 of the RGB that it reads from them.
Run: python make-images.py > images.json"""
import base64
import hashlib
import io
import json

import numpy as np
import PIL
from PIL import Image, ImageOps

y, x, c = np.mgrid[0:13, 0:10, 0:3]
RGB = Image.fromarray(((x * 23 + y * 11 + c * 60) % 256).astype(np.uint8))
RGBA = RGB.copy()
RGBA.putalpha(Image.fromarray(((x * y * 5)[..., 0] % 256).astype(np.uint8)))
WIDE = Image.fromarray((np.arange(130).reshape(13, 10) * 500).astype(np.uint16))

INKS = Image.merge("CMYK", [*RGB.split(), Image.fromarray(((x * 9 + y * 5) % 200)[..., 0].astype(np.uint8))])
# Pillow writes no YCCK: what it writes becomes that by the last byte of Adobe's segment.
PRINT = {
    "CMYK": {"quality": 90},
    "CMYK, progressive": {"quality": 85, "progressive": True},
    "CMYK, with restarts": {"quality": 60, "restart_marker_blocks": 1},
    "YCCK": {"quality": 90},
    "YCCK of half the columns": {"quality": 75, "subsampling": 1},
    "YCCK of half the rows and columns, progressive": {"quality": 75, "subsampling": 2, "progressive": True},
}
FILES = {
    "baseline JPEG": (RGB, "JPEG", {"quality": 90}),
    "progressive JPEG": (RGB, "JPEG", {"quality": 70, "progressive": True}),
    "JPEG without subsampling": (RGB, "JPEG", {"subsampling": 0}),
    "grey JPEG": (RGB.convert("L"), "JPEG", {}),
    **{f"JPEG in print colours, {how}": (INKS, "JPEG", options) for how, options in PRINT.items()},
    "PNG": (RGB, "PNG", {}),
    "PNG with opacity": (RGBA, "PNG", {}),
    "PNG with a palette": (RGB.quantize(16), "PNG", {}),
    "grey PNG": (RGB.convert("L"), "PNG", {}),
    "PNG of one bit": (RGB.convert("1"), "PNG", {}),
    "lossless WebP": (RGB, "WEBP", {"lossless": True}),
    "WebP": (RGB, "WEBP", {"quality": 80}),
    "BMP": (RGB, "BMP", {}),
    "grey BMP": (RGB.convert("L"), "BMP", {}),
}


# How the camera was held, as Exif notes it: those from 5 on lie on their side, and all are 13x10 when they are upright.
TURNED = RGB.transpose(Image.Transpose.TRANSPOSE)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    FILES[f"JPEG of orientation {orientation}"] = (RGB if orientation < 5 else TURNED, "JPEG", {"quality": 90, "exif": exif})


def entry(name, image, kind, options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    content = bytearray(file.getvalue())
    if "YCCK" in name:
        content[content.index(b"Adobe") + 11] = 2
    pixels = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))
    return {"name": name, "file": base64.b64encode(content).decode(),
            "sha256": hashlib.sha256(pixels.tobytes()).hexdigest(), "first": pixels[0, :2].reshape(-1).tolist()}


print(f'{{\n  "about": "made by make-images.py with Pillow {PIL.__version__}",\n  "images": [\n    ' + ",\n    ".join(
    json.dumps(entry(name, *rest)) for name, rest in FILES.items()) + "\n  ]\n}")
