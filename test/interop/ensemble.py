"""Asks the ensemble.py of a folder: what it decides on given logits, and on samples that LiteRT runs its members on."""
import importlib.util
import json
import pathlib
import sys

import numpy as np

folder, work = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
spec = importlib.util.spec_from_file_location("ensemble", folder / "ensemble.py")
ensemble = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ensemble)
points = range(len(ensemble.REPORT["points"]))

decided = []
if "logits" in work:
    for point in points:
        for sample in range(work["samples"]):
            decided += ensemble.decide(lambda member: work["logits"][member][sample], point)
else:
    members = ensemble.Members()
    samples = np.fromfile(work["images"], np.float32).reshape(work["shape"])
    for point in points:
        for sample in samples:
            decided += ensemble.decide(lambda member: members.logits(member, sample), point)
print(json.dumps(decided))
