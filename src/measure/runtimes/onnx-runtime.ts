/** ONNX Runtime on this computer's processor, on one thread, from the QDQ export. */
import { packageAvailable } from '../python-program.ts';
import type { Runtime } from '../runtime.ts';
import { measuredByPython } from '../timed-outputs.ts';

/** Floats in the order of channels first go in and come out: bringing codes there is no part of the time. */
const PROGRAM = `import numpy as np
import onnxruntime as ort

options = ort.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
options.log_severity_level = 3
# On x86 without VNNI sums of the fused kernels saturate without this; elsewhere it changes nothing.
options.add_session_config_entry("session.x64quantprecision", "1")
session = ort.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
codes = np.fromfile(job["inputs"], np.int8).reshape([job["samples"], 1] + job["shape"]).astype(np.float32)
values = ((codes - job["input"]["zeroPoint"]) * np.float32(job["input"]["scale"])).transpose(0, 1, 4, 2, 3)
found = []
for sample in values:
    output = session.run(None, {name: np.ascontiguousarray(sample)})[0]
    if output.ndim == 4:
        output = output.transpose(0, 2, 3, 1)
    found.append(np.round(output.ravel() / job["output"]["scale"]) + job["output"]["zeroPoint"])
np.concatenate(found).clip(-128, 127).astype(np.int8).tofile(job["outputs"])
sample = np.ascontiguousarray(values[0])
answer(times=timed(lambda: session.run(None, {name: sample})))
`;

export const onnxRuntime: Runtime = {
  id: 'onnxruntime',
  title: 'ONNX Runtime',
  mark: 'measured',
  devices: [{ id: 'cpu', title: 'CPU', usual: true }],
  available: (around) => packageAvailable('onnxruntime', around),
  measure: async (subject, _, around) => {
    const { architecture, input, operations } = subject.network;
    const { height, width, channels } = architecture.input;
    const job = { shape: [height, width, channels], input, output: operations.at(-1)?.output ?? input };
    const reading = await measuredByPython(
      subject,
      { program: PROGRAM, model: subject.onnx(), closeness: 'rounding', job },
      around,
    );
    return { ...reading, note: 'floats go in and come out' };
  },
};
