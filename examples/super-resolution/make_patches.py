"""Patches of images as arrays for super-resolution: x_*.npy (small), y_*.npy (large), groups_*.npy (which image).

python make_patches.py TRAIN_FOLDER TEST_FOLDER OUT [--factor 2] [--size 24] [--per-image 4]

Images become luma (of colours Y after ITU-R BT.601, 16 to 235, as papers judge by; grey ones stay as they are).
The small ones are made by bicubic interpolation with smoothing, as MATLAB's imresize. Of a training image some patches
are taken at random places; a test image is cut into as many as fit, and what is left at its right and lower edge is
left out. Needs NumPy and Pillow.
"""
import argparse
import pathlib

import numpy as np
from PIL import Image


def luma(file):
    image = Image.open(file)
    if image.mode in ("L", "I;16"):
        return image.convert("L")
    rgb = np.asarray(image.convert("RGB"), np.float64) / 255
    y = 16 + rgb @ (65.481, 128.553, 24.966)
    return Image.fromarray(np.round(y).astype(np.uint8))


def pairs(folder, factor, size, places):
    small, large, groups = [], [], []
    files = sorted(p for p in pathlib.Path(folder).iterdir() if p.suffix.lower() in (".png", ".bmp", ".jpg"))
    for number, file in enumerate(files):
        image = luma(file)
        width, height = (side // factor * factor for side in image.size)
        image = image.crop((0, 0, width, height))
        reduced = np.asarray(image.resize((width // factor, height // factor), Image.Resampling.BICUBIC))
        whole = np.asarray(image)
        for top, left in places(*reduced.shape):
            small.append(reduced[top : top + size, left : left + size])
            at = slice(top * factor, (top + size) * factor), slice(left * factor, (left + size) * factor)
            large.append(whole[at])
            groups.append(number)
    return np.stack(small), np.stack(large), np.array(groups, np.int32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("train", "test", "out"):
        parser.add_argument(name)
    parser.add_argument("--factor", type=int, default=2)
    parser.add_argument("--size", type=int, default=24)
    parser.add_argument("--per-image", type=int, default=4)
    args = parser.parse_args()
    random = np.random.default_rng(0)

    def some(height, width):
        return [
            (random.integers(height - args.size + 1), random.integers(width - args.size + 1))
            for _ in range(args.per_image)
        ]

    def tiles(height, width):
        steps = [range(0, side - args.size + 1, args.size) for side in (height, width)]
        return [(top, left) for top in steps[0] for left in steps[1]]

    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    for part, folder, places in (("train", args.train, some), ("test", args.test, tiles)):
        for name, array in zip(("x", "y", "groups"), pairs(folder, args.factor, args.size, places)):
            np.save(out / f"{name}_{part}.npy", array)
        print(part, array.size, "patches")


main()
