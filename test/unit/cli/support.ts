/** A command line for tests: runs a command and keeps what it wrote. */
import { join } from 'node:path';
import { main } from '../../../src/cli/program.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import type { RunResult } from '../../../src/wire/run.ts';
import { certificateOf, limitsOf } from '../../fixtures/run-parts.ts';

export interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function udc(...args: string[]): Promise<Told> {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

export const MODEL = `udc: 1
name: small
task: classification
input: 32x16x1
dataset: { format: generated, generator: tones, samples: 120 }
target: { npu: ethos-u55-128, weights: 4 KiB }
layers:
  # The first layer.
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16, bits: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6, bits: 4 | 8 }
`;

/** The result of a run of `text` that chose the given option everywhere. */
export function resultOf(text: string, option: number): RunResult {
  const { network } = parseDefinition(text);
  const bytes = { totalBytes: 900, weightBytes: 800, sideBytes: 100, paddingBytes: 0, entropyBytes: 700 };
  const layer = {
    ...bytes,
    op: 'conv',
    kernel: '3x3',
    bits: 8,
    sparsity: 0.5,
    achievedSparsity: 0.51,
    parameters: 1234,
    macs: 12345,
    activationBytes: 2048,
    output: [16, 8, 16] as const,
  };
  const totals = { ...bytes, parameters: 1234, macs: 12345, peakActivationBytes: 2048, cycles: 4000 };
  const limits = limitsOf(1000);
  return {
    format: 2,
    name: 'small',
    metric: 'accuracy',
    strategy: { id: 'udc', title: 'UDC' },
    target: 'ethos-u55-128',
    backend: 'cpu',
    seed: 1,
    limits,
    networks: [
      {
        name: 'small',
        decisions: network!.decisions.map(({ id, kind, labels }) => ({ id, kind, option, label: labels[option]! })),
        layers: [
          { ...layer, name: 'stem' },
          {
            ...layer,
            name: 'pool',
            op: 'global-average-pool',
            kernel: '',
            parameters: 0,
            macs: 0,
            totalBytes: 0,
            output: [1, 1, 16],
          },
        ],
        totals,
        floatMetric: 0.92,
        integerMetric: 0.913,
        certificate: certificateOf('abc123', totals, limits),
        weights: 'weights.safetensors',
        steps: 1500,
      },
    ],
    baselines: [
      { name: 'uniform 4 bit', details: 'width × 0.75', exactBytes: 880, floatMetric: 0.9, integerMetric: 0.87 },
    ],
  };
}

/** A run of the definition in `folder`/small.udc.yaml that is done. */
export async function finishedRun(folder: string, text = MODEL, option = 1): Promise<RunFolder> {
  const run = await RunFolder.create(join(folder, '.udc', 'runs'), {
    name: 'small',
    definitionText: text,
    definitionPath: join(folder, 'small.udc.yaml'),
    strategy: 'udc',
    limits: limitsOf(1000),
    seed: 1,
    backend: 'auto',
    baselines: [],
    version: '0.1.0',
  });
  await run.writeResult(resultOf(text, option));
  return run;
}
