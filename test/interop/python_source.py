"""Imports a generated Python source, loads the safetensors export into it and runs it on float images [N, h, w, c]; writes outputs [N, ...] NHWC."""
import importlib.util
import json
import sys

import numpy as np
from safetensors.numpy import load_file

kind, source, weights, images_file, shape, out = *sys.argv[1:5], json.loads(sys.argv[5]), sys.argv[6]
spec = importlib.util.spec_from_file_location("generated", source)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
images = np.fromfile(images_file, np.float32).reshape([-1] + shape)
net = module.load(weights)
if kind == "keras":
    output = np.asarray(net(images))
    module.build()
else:
    import torch

    module.Net()
    with torch.no_grad():
        output = net(torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))).numpy()
    if output.ndim == 4:
        output = output.transpose(0, 2, 3, 1)
output.astype(np.float32).tofile(out)
tensors = load_file(weights)
print(json.dumps({"tensors": len(tensors), "sum": float(sum(np.abs(t.astype(np.float64)).sum() for t in tensors.values())), "operations": sorted(module.QUANTISATION)}))
