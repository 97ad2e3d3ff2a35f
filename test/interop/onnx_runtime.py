"""Checks an ONNX file and runs it on float images [N, h, w, c]; prints outputs as codes by distance in steps from the expected ones."""
import json
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
for name, level in (("plain", ort.GraphOptimizationLevel.ORT_DISABLE_ALL), ("optimised", ort.GraphOptimizationLevel.ORT_ENABLE_ALL)):
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    options.log_severity_level = 3
    output = ort.InferenceSession(model_file, options, providers=["CPUExecutionProvider"]).run(None, {"input": np.ascontiguousarray(images)})[0]
    if output.ndim == 4:
        output = output.transpose(0, 2, 3, 1)
    codes = np.round(output.ravel() / facts["scale"]) + facts["zeroPoint"]
    result[name] = np.bincount(np.abs(codes - expected).astype(int)).tolist()
print(json.dumps(result))
