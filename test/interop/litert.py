"""Runs a .tflite file on images of int8 codes: outputs with the reference kernels, and how far the default kernels are from them."""
import json
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def outputs(model, images, resolver):
    interpreter = Interpreter(model, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    results = []
    for image in images.reshape((-1, 1) + tuple(source["shape"][1:])):
        interpreter.set_tensor(source["index"], image)
        interpreter.invoke()
        results.append(interpreter.get_tensor(target["index"]).ravel().copy())
    return np.concatenate(results), target


model, images, expected = sys.argv[1], np.fromfile(sys.argv[2], np.int8), np.fromfile(sys.argv[3], np.int8)
size = int(np.prod(Interpreter(model).get_input_details()[0]["shape"]))
images = images.reshape(-1, size)
reference, target = outputs(model, images, OpResolverType.BUILTIN_REF)
default, _ = outputs(model, images, OpResolverType.AUTO)
steps = lambda values: np.bincount(np.abs(values.astype(int) - expected)).tolist()
print(json.dumps({"reference": steps(reference), "default": steps(default), "scale": float(target["quantization"][0]), "zeroPoint": int(target["quantization"][1])}))
