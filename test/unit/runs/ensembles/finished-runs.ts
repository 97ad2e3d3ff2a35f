/** Finished runs on the disk whose networks have weights of a seed: their results say what these networks do. */
import { dirname } from 'node:path';
import { atSize } from '../../../../src/data/dataset.ts';
import { loadDatasets } from '../../../../src/data/load-sizes.ts';
import { evaluateInteger } from '../../../../src/integer/evaluate-integer.ts';
import { packFolded } from '../../../../src/integer/pack-folded.ts';
import { quantise } from '../../../../src/integer/quantise-network.ts';
import { certify } from '../../../../src/integer/sizing.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { RunFolder } from '../../../../src/runs/folder/run-folder.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { argmax } from '../../../../src/tasks/argmax.ts';
import { certificateOf, limitsOf, mainNetwork, withNetwork } from '../../../fixtures/run-parts.ts';
import { exampleRun, foldedOf } from '../../formats/run.ts';

export const ENSEMBLE_MODEL = `udc: 1
name: member
task: classification
input: 32x16x1
dataset: { format: generated, generator: tones, samples: 120 }
target: { npu: ethos-u55-128, weights: 16 KiB }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16, bits: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6, bits: 8 }
`;

/** With two early exits; a map is read on both sides of them. */
export const EXITS_MODEL = `udc: 1
name: exits
task: classification
input: 32x16x1
dataset: { format: generated, generator: tones, samples: 120 }
target: { npu: ethos-u55-128, weights: 16 KiB }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8 }
  - { name: early, op: exit, units: 6, bits: 8 }
  - { name: body, op: dsconv, kernel: 3x3, filters: 8, bits: 4 }
  - { name: late, op: exit, units: 6, bits: 4 }
  - { name: sum, op: add, from: stem }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6, bits: 8 }
`;

export interface MemberPlan {
  readonly seed: number;
  /** Of each decision. */
  readonly option?: number;
  readonly text?: string;
  readonly cycles?: number;
  /** Of the result. */
  readonly target?: string;
  /** What the result says instead of what its network does. */
  readonly lie?: Partial<{ readonly accuracy: number; readonly bytes: number }>;
}

/** Makes the folder of a finished run in `runsFolder`. */
export async function finishedRun(runsFolder: string, plan: MemberPlan): Promise<RunFolder> {
  const {
    seed,
    option = 0,
    text = ENSEMBLE_MODEL,
    cycles = 1000 * (seed + 1),
    lie = {},
    target: named = 'ethos-u55-128',
  } = plan;
  const { definition, network } = parseDefinition(text);
  const path = `${runsFolder}/member-${seed}.udc.yaml`;
  const architecture = instantiate(
    network!,
    network!.decisions.map(({ labels }) => option % labels.length),
  );
  const folded = foldedOf(architecture, seed + 1);
  const data = atSize(await loadDatasets(definition!, dirname(path)), architecture.input);
  const integer = quantise(folded);
  const { images, labels } = await data.test.slice(0, data.test.count);
  const logits = Float32Array.from(evaluateInteger(integer, images, data.test.count));
  await data.close();
  const outputs = logits.length / labels.length;
  const right = labels.filter((label, i) => argmax(logits, i * outputs, outputs) === label).length;

  const base = exampleRun(() => option, text);
  const target = findTarget(named);
  const codes = new Map(
    folded.operations.flatMap((one) => (one.codes ? [[one.operation.id, one.codes] as const] : [])),
  );
  const { encodedSha256, exactBytes } = certify(architecture, target, codes);
  const limits = limitsOf(16384, 32768);
  const totals = { ...mainNetwork(base.result).totals, totalBytes: lie.bytes ?? exactBytes, cycles };
  const folder = await RunFolder.create(runsFolder, {
    name: `member ${seed}`,
    definitionText: text,
    definitionPath: path,
    strategy: 'udc',
    limits,
    seed,
    backend: 'auto',
    baselines: [],
    version: '0.0.0',
  });
  const result = withNetwork(base.result, {
    totals,
    integerMetric: lie.accuracy ?? right / labels.length,
    certificate: certificateOf(encodedSha256, totals, limits),
  });
  await folder.writeNetwork(mainNetwork(result).weights, packFolded(folded));
  await folder.writeResult({ ...result, limits, target: named });
  return folder;
}
