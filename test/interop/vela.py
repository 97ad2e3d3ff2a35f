"""Compiles a .tflite file with Vela and tells, per operator on the NPU, the encoded bytes, the block depth and the depth slices that it chose."""
import json
import os
import re
import subprocess
import sys

model, accelerator, folder, *options = sys.argv[1:]
vela = os.path.join(os.path.dirname(sys.executable), "vela")
text = subprocess.run([vela, model, "--accelerator-config", accelerator, "--output-dir", folder, "--verbose-schedule", *options], capture_output=True, text=True, check=True).stdout
# The last schedule of each part that runs on the NPU: '<part>_MAX_BUFFERED' and the like.
schedules = {re.match(r"Schedule: '(.*?)_(?:MAX|MIN)", part).group(1): part for part in re.split(r"(?=Schedule: ')", text)[1:]}
operators = []
for block in (block for schedule in schedules.values() for block in re.split(r"\n\t(?=\d+: Operation)", schedule)[1:]):
    encoded = re.search(r"Encoded Weights = (\d+)", block)
    if not encoded:
        continue
    ofm = re.search(r"OFM (?:<Shape4D \[)?1, (\d+), (\d+), (\d+)", block)
    kernel = re.search(r"w=(\d+), h=(\d+)|size=(\d+),(\d+)", block)
    depth = re.search(r"OFM Block ?= ?(?:<Shape4D )?\[\d+, \d+, \d+, (\d+)\]", block)
    operators.append({
        "bytes": int(encoded.group(1)), "output": [int(size) for size in ofm.groups()], "kernel": sorted(int(size) for size in kernel.groups() if size),
        "blockDepth": int(depth.group(1)), "slices": json.loads(re.search(r"Depth slices = (\[[^\]]*\])", block).group(1)),
    })
cpu = re.search(r"CPU operators = (\d+)", text)
print(json.dumps({"operators": operators, "cpu": int(cpu.group(1)) if cpu else None}))
