/**
 * A space of `ibn | fused-ibn` with widths, searched for accuracy alone and with an objective on cycles, for two
 * accelerators: what that saves at which accuracy, by Vela, and which operators come out. Needs the Python of
 * `npm run test:interop`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { velaAnswers } from '../scripts/vela/jobs.ts';
import { loadDataset } from '../src/data/load-dataset.ts';
import type { Dataset } from '../src/data/dataset.ts';
import { openBackend } from '../src/devices/open-device.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import { findTarget } from '../src/targets/find-target.ts';
import { needsVela, searched } from './lib/searched.ts';
import { decimals, mean } from './lib/statistics.ts';
import type { Benchmark, Row } from './run.ts';

const TARGETS = ['ethos-u55-128', 'ethos-u85-256'];
const OBJECTIVES = ['', 'cycles: 20 k, weight: -0.15'];

const definitionText = (npu: string, objective: string): string => `udc: 1
name: fused
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: 480, seed: 1 }
target: { npu: ${npu}, weights: 24 KiB }
${objective === '' ? '' : `search: { objective: { ${objective} } }\n`}training: { warmup: 2, search: 2, race: 2, sparsify: 2, settle: 6, batch: 16 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8 | 16 }
  - { name: early, op: ibn | fused-ibn, kernel: 3x3, filters: 8 | 16, expand: 2 | 4 }
  - { name: middle, op: ibn | fused-ibn, kernel: 3x3, stride: 2, filters: 16 | 24, expand: 2 | 4 }
  - { name: late, op: ibn | fused-ibn, kernel: 3x3, stride: 2, filters: 16 | 32, expand: 2 | 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

interface Found {
  readonly npu: string;
  readonly objective: string;
  readonly accuracy: number;
  readonly operators: string;
  readonly file: string;
}

async function search(
  npu: string,
  objective: string,
  seed: number,
  file: string,
  data?: Dataset,
): Promise<[Dataset, Found]> {
  const { network, definition, diagnostics } = parseDefinition(definitionText(npu, objective));
  if (!network || !definition) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  const dataset = data ?? (await loadDataset(definition, '.'));
  const backend = { name: 'wasm', reason: 'benchmark' } as const;
  const limits = [{ cost: 'weights', limit: definition.target.weights!, from: 'definition' }] as const;
  const target = findTarget(npu);
  const found = (await searched({ network, dataset, target, limits, seed, backend }))!;
  const [{ integerMetric, layers }] = found.result.networks;
  writeFileSync(file, found.tflite);
  const operators = layers.filter(({ op }) => op.endsWith('ibn')).map(({ op }) => (op === 'ibn' ? 'i' : 'F'));
  return [dataset, { npu, objective, accuracy: integerMetric, operators: operators.join(''), file }];
}

export const benchmark: Benchmark = {
  name: 'fused',
  describe:
    'A space of ibn | fused-ibn and widths on generated shapes, without an objective and with one on cycles, for an Ethos-U55 and an Ethos-U85: accuracy and cycles by Vela, means over seeds (i: ibn, F: fused-ibn).',
  parameters: ['seeds'],
  run: async ({ parameters = {} }) => {
    needsVela();
    await openBackend('wasm', { threads: 1 });
    const folder = mkdtempSync(join(tmpdir(), 'udc-fused-'));
    try {
      const found: Found[] = [];
      let data: Dataset | undefined;
      for (let seed = 1; seed <= Number(parameters['seeds'] ?? 3); seed++)
        for (const npu of TARGETS)
          for (const objective of OBJECTIVES) {
            const [dataset, one] = await search(npu, objective, seed, join(folder, `${found.length}.tflite`), data);
            data = dataset;
            found.push(one);
          }
      const answers = await velaAnswers(found.map(({ file, npu }) => ({ file, accelerator: npu })));
      return TARGETS.flatMap((npu) =>
        OBJECTIVES.map((objective): Row => {
          const at = found.flatMap((one, i) => (one.npu === npu && one.objective === objective ? [i] : []));
          return {
            target: npu,
            objective: objective === '' ? 'none' : objective,
            'accuracy, %': decimals(100 * mean(at.map((i) => found[i]!.accuracy)), 1),
            'cycles by Vela': Math.round(mean(at.map((i) => answers[i]!.cycles))),
            operators: at.map((i) => found[i]!.operators).join(' '),
          };
        }),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
