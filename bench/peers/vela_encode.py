"""Times the weight encoder of Arm's Vela (pip install ethos-u-vela) on arrays of int16 weights read from standard input.

Input: for each array its length as a little-endian uint32, then its weights. Output: one JSON line with seconds (best of the repetitions) and bytes for each.
"""
import json
import sys
import time

import numpy
from ethosu import mlw_codec

REPEATS = int(sys.argv[1])
# One output channel row of 8 x 32 keeps the given order, so that the C code alone is timed and not the conversion of a list.
BRICK = 8 * 32

data = sys.stdin.buffer.read()
position = 0
rows = []
while position < len(data):
    (length,) = numpy.frombuffer(data, dtype="<u4", count=1, offset=position)
    weights = numpy.frombuffer(data, dtype="<i2", count=length, offset=position + 4).astype(numpy.int16)
    position += 4 + 2 * int(length)
    ohwi = weights.reshape(-1, 8, 32).reshape(-1, 1, 1, 32)
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        stream, _ = mlw_codec.reorder_encode(8, 8, ohwi, 8, False, False, 8, 8, 8)
        best = min(best, time.process_time() - start)
    rows.append({"seconds": best, "bytes": len(stream)})
print(json.dumps(rows))
