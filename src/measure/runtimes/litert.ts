/** LiteRT (TensorFlow Lite) on this computer's processor, on one thread, with each of its sets of kernels. */
import type { Closeness } from '../agreement.ts';
import { packageAvailable } from '../python-program.ts';
import type { Device, Runtime } from '../runtime.ts';
import { measuredByPython } from '../timed-outputs.ts';

const PROGRAM = `import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

resolver = getattr(OpResolverType, job["resolver"])
interpreter = Interpreter(job["model"], experimental_op_resolver_type=resolver, num_threads=1)
interpreter.allocate_tensors()
source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
found = []
for sample in np.fromfile(job["inputs"], np.int8).reshape((job["samples"],) + tuple(source["shape"])):
    interpreter.set_tensor(source["index"], sample)
    interpreter.invoke()
    found.append(interpreter.get_tensor(target["index"]).ravel().copy())
np.concatenate(found).astype(np.int8).tofile(job["outputs"])
answer(times=timed(interpreter.invoke))
`;

/** As the API calls them. XNNPACK rounds once, in floating point. */
const KERNELS: readonly (Device & { readonly resolver: string; readonly closeness: Closeness })[] = [
  { id: 'xnnpack', title: 'XNNPACK', usual: true, resolver: 'AUTO', closeness: 'rounding' },
  {
    id: 'built-in',
    title: 'built-in kernels',
    usual: true,
    resolver: 'BUILTIN_WITHOUT_DEFAULT_DELEGATES',
    closeness: 'rounding',
  },
  { id: 'reference', title: 'reference kernels', usual: true, resolver: 'BUILTIN_REF', closeness: 'exact' },
];

export const litert: Runtime = {
  id: 'litert',
  title: 'LiteRT',
  mark: 'measured',
  devices: KERNELS,
  available: (around) => packageAvailable('ai-edge-litert', around),
  measure: (subject, { id }, around) => {
    const { resolver, closeness } = KERNELS.find((kernels) => kernels.id === id)!;
    const { expected, exact } = subject.tfliteAnswers();
    const request = { program: PROGRAM, model: subject.tflite(), expected, job: { resolver } };
    return measuredByPython(subject, { ...request, closeness: exact ? closeness : 'rounding' }, around);
  },
};
