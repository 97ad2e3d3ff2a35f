/** Runtimes of tests, and networks to measure on them. */
import type { Reading, Runtime } from '../../../src/measure/runtime.ts';
import { randomSubject } from '../../../src/measure/subject/random-subject.ts';
import type { Subject } from '../../../src/measure/subject/subject.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';

export const definitionText = (filters: number): string => `udc: 1
name: net-${filters}
task: classification
input: 8x8x1
target: { npu: ethos-u55-128, weights: 16 KiB }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: ${filters} }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

export const subject = (filters: number): Subject => {
  const { definition, network } = parseDefinition(definitionText(filters));
  return randomSubject(definition!.name, network!);
};

/** A runtime that answers what a function says. */
export const fakeRuntime = (
  id: string,
  reading: (subject: Subject) => Reading | Promise<Reading>,
  options: Partial<Runtime> = {},
): Runtime => ({
  id,
  title: `Runtime ${id}`,
  mark: 'measured',
  devices: [
    { id: 'first', title: 'first', usual: true },
    { id: `${id}-other`, title: 'other', usual: false },
  ],
  available: () => Promise.resolve({ version: '1.2' }),
  measure: async (measured) => reading(measured),
  ...options,
});
