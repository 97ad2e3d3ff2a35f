"""Checks an ONNX file and runs it on float images [N, h, w, c]; prints outputs as codes by distance in steps from the expected ones: without
optimisation, with the session entries that the file advises, and as a session is by default; and whether this processor has VNNI."""
import json
import os
import platform
import sys

import numpy as np
import onnx
import onnxruntime as ort

model_file, images_file, expected_file, facts = *sys.argv[1:4], json.loads(sys.argv[4])
model = onnx.load(model_file)
onnx.checker.check_model(model, full_check=True)
images = np.fromfile(images_file, np.float32).reshape([-1] + facts["input"]).transpose(0, 3, 1, 2)
expected = np.fromfile(expected_file, np.int8)
result = {"opset": model.opset_import[0].version, "int4": sum(t.data_type == onnx.TensorProto.INT4 for t in model.graph.initializer)}
advised = json.loads(next(p.value for p in model.metadata_props if p.key == "onnxruntime.session"))
result["advised entries"] = advised
none, all_of_it = ort.GraphOptimizationLevel.ORT_DISABLE_ALL, ort.GraphOptimizationLevel.ORT_ENABLE_ALL
for name, level, entries in (("plain", none, {}), ("advised", all_of_it, advised), ("optimised", all_of_it, {})):
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    for key, value in entries.items():
        options.add_session_config_entry(key, value)
    options.log_severity_level = 3
    output = ort.InferenceSession(model_file, options, providers=["CPUExecutionProvider"]).run(None, {"input": np.ascontiguousarray(images)})[0]
    if output.ndim == 4:
        output = output.transpose(0, 2, 3, 1)
    codes = np.round(output.ravel() / facts["scale"]) + facts["zeroPoint"]
    result[name] = np.bincount(np.abs(codes - expected).astype(int)).tolist()
machine = platform.machine().lower()
flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
# Only x86 has the kernels that saturate; where the flags cannot be read, nothing is known.
result["saturates"] = None if not flags else machine in ("x86_64", "amd64") and "vnni" not in flags
print(json.dumps(result))
