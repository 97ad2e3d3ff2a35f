/** OpenVINO on this computer's processor, on one thread, from the .tflite file. */
import { packageAvailable } from '../python-program.ts';
import type { Runtime } from '../runtime.ts';
import { measuredByPython } from '../timed-outputs.ts';

const PROGRAM = `import numpy as np
import openvino, shutil

# It goes by the ending of the name.
shutil.copyfile(job["model"], "model.tflite")

core = openvino.Core()
settings = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"}
model = core.read_model("model.tflite")
shape = [1 if size.is_dynamic else size.get_length() for size in model.inputs[0].get_partial_shape()]
model.reshape(shape)
request = core.compile_model(model, "CPU", settings).create_infer_request()
found = []
for sample in np.fromfile(job["inputs"], np.int8).reshape([job["samples"]] + shape):
    found.append(next(iter(request.infer({0: sample}).values())).ravel().copy())
np.concatenate(found).astype(np.int8).tofile(job["outputs"])
answer(times=timed(request.infer))
`;

export const openvino: Runtime = {
  id: 'openvino',
  title: 'OpenVINO',
  mark: 'measured',
  devices: [{ id: 'cpu', title: 'CPU', usual: true }],
  available: (around) => packageAvailable('openvino', around),
  measure: (subject, _, around) =>
    measuredByPython(
      subject,
      { program: PROGRAM, model: subject.tflite(), closeness: 'rounding', expected: subject.tfliteAnswers().expected },
      around,
    ),
};
