/** TFLite Micro's interpreter on this computer: the time is that of its reference kernels, the arena a chip's. */
import { packageAvailable } from '../python-program.ts';
import type { Runtime } from '../runtime.ts';
import { measuredByPython } from '../timed-outputs.ts';

/** The arena overwrites the input: it is set before every run. What is allocated is printed, not returned. */
const PROGRAM = `import os, re
import numpy as np
from tflite_micro import runtime

interpreter = runtime.Interpreter.from_file(job["model"])
shape = tuple(interpreter.get_input_details(0)["shape"])
samples = np.fromfile(job["inputs"], np.int8).reshape((job["samples"],) + shape)
found = []
for sample in samples:
    interpreter.set_input(sample, 0)
    interpreter.invoke()
    found.append(interpreter.get_output(0).ravel().copy())
np.concatenate(found).astype(np.int8).tofile(job["outputs"])

kept = os.dup(2)
with open("allocations", "wb") as file:
    os.dup2(file.fileno(), 2)
    interpreter.print_allocations()
    os.dup2(kept, 2)
with open("allocations", encoding="utf-8", errors="replace") as file:
    total = re.search(r"Arena allocation total (\\d+) bytes", file.read())

def run():
    interpreter.set_input(samples[0], 0)
    interpreter.invoke()

answer(times=timed(run), memory={"arenaBytes": int(total.group(1))} if total else {})
`;

export const tfliteMicro: Runtime = {
  id: 'tflite-micro',
  title: 'TFLite Micro',
  mark: 'measured',
  devices: [{ id: 'reference', title: 'reference kernels', usual: true }],
  available: (around) => packageAvailable('tflite-micro', around),
  measure: async (subject, _, around) => {
    const reading = await measuredByPython(
      subject,
      { program: PROGRAM, model: subject.tflite(), closeness: 'rounding', expected: subject.tfliteAnswers().expected },
      around,
    );
    return { ...reading, note: 'the arena has pointers of 64 bits here' };
  },
};
