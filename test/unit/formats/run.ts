/**
 * A finished run for the export tests: a real definition and architecture, weights from a seed, sizes by the real
 * encoder. No search made it.
 */
import { packFolded } from '../../../src/integer/pack-folded.ts';
import { weightTensor } from '../../../src/integer/quantise-network.ts';
import { certify } from '../../../src/integer/sizing.ts';
import { largestCode } from '../../../src/base/codes.ts';
import type { FoldedNetwork, FoldedOperation } from '../../../src/integer/integer-network.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { filterShape, macs, outputElements, parameters } from '../../../src/network/operation-counts.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { Architecture, Operation } from '../../../src/network/types.ts';
import { splitSize } from '../../../src/costs/weights/padding/unpadded.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { ByteSplit, LayerReport, RunHeader, RunResult } from '../../../src/wire/run.ts';
import type { RunContent } from '../../../src/wire/run.ts';
import { fixtureRun } from '../../fixtures/runs.ts';
import { generator } from '../integer/networks.ts';
import { certificateOf, limitsOf, mainNetwork, withNetwork } from '../../fixtures/run-parts.ts';
import { classDetails, reportOf } from '../../fixtures/test-parts.ts';

export const DEFINITION = `udc: 1
name: test-net # <a> & "b" | c
task: classification
input: 12x10x2
dataset: { format: generated, generator: tones, samples: 100 }
target: { npu: ethos-u55-128, weights: 16 KiB }
search: { bits: 2 | 3 | 4 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16, bits: 8 }
  - { name: block1, op: dsconv | ibn, kernel: 3x3 | 5x5, filters: 8 | 16, expand: 2, activation: relu6 }
  - { name: block2, op: residual | skip, kernel: 3x3, filters: 8 | 16 }
  - { name: shrink, op: max-pool, kernel: 2 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`;

/** Weights of a seed on the grids of an architecture, as sparse as it says. */
export function foldedOf(architecture: Architecture, seed = 5): FoldedNetwork {
  const random = generator(seed);
  return {
    architecture,
    input: { min: -2, max: 2.5 },
    operations: architecture.operations.map((operation): FoldedOperation => {
      const output = { min: operation.activation === 'none' ? -4 : 0, max: operation.activation === 'relu6' ? 6 : 5 };
      const shape = filterShape(operation);
      if (!shape) return { operation, output };
      const limit = largestCode(operation.bits),
        fan = shape[1] * shape[2] * shape[3];
      const code = (): number =>
        random() < operation.sparsity ? 0 : (1 + Math.floor(random() * limit)) * (random() < 0.5 ? -1 : 1);
      return {
        operation,
        output,
        codes: Int8Array.from({ length: shape[0] * fan }, code),
        steps: Float32Array.from({ length: shape[0] }, () => ((0.5 + random()) * 2) / (limit * Math.sqrt(fan))),
        bias: Float32Array.from({ length: shape[0] }, () => random() - 0.5),
      };
    }),
  };
}

const NOTHING: ByteSplit = { totalBytes: 0, weightBytes: 0, sideBytes: 0, paddingBytes: 0, entropyBytes: 0 };

function plus(a: ByteSplit, b: ByteSplit): ByteSplit {
  return {
    totalBytes: a.totalBytes + b.totalBytes,
    weightBytes: a.weightBytes + b.weightBytes,
    sideBytes: a.sideBytes + b.sideBytes,
    paddingBytes: a.paddingBytes + b.paddingBytes,
    entropyBytes: a.entropyBytes + b.entropyBytes,
  };
}

function layerReports(folded: FoldedNetwork): LayerReport[] {
  const target = findTarget('ethos-u55-128');
  const names = [...new Set(folded.operations.map(({ operation }) => operation.layerName))];
  return names.map((name) => {
    const group = folded.operations.filter(({ operation }) => operation.layerName === name);
    const bytes = group.reduce(
      (sum, { operation, codes }) => (codes ? plus(sum, splitSize(target, weightTensor(operation, codes)!)) : sum),
      NOTHING,
    );
    const last: Operation = group.at(-1)!.operation;
    return {
      ...bytes,
      name,
      op: group[0]!.operation.id.split('/')[1]!,
      output: [last.outSize.height, last.outSize.width, last.outChannels],
      kernel: '3x3',
      bits: last.bits,
      sparsity: last.sparsity,
      parameters: group.reduce((sum, { operation }) => sum + parameters(operation), 0),
      macs: group.reduce((sum, { operation }) => sum + macs(operation), 0),
      activationBytes: outputElements(last),
    };
  });
}

/** The content of a run folder. `choose` gives the option of each decision, by default the first. */
export function exampleRun(
  choose: (decision: number) => number = () => 0,
  definitionText = DEFINITION,
): RunContent & { readonly weights: Uint8Array; readonly folded: FoldedNetwork } {
  const { network } = parseDefinition(definitionText);
  const assignment = network!.decisions.map((decision, i) => choose(i) % decision.labels.length);
  const folded = foldedOf(instantiate(network!, assignment));
  const fixture = fixtureRun({ name: 'test-net' });
  const layers = layerReports(folded);
  const sum = layers.reduce<ByteSplit>(plus, NOTHING);
  const base = fixture.result!;
  const codes = new Map(
    folded.operations.flatMap((one) => (one.codes ? [[one.operation.id, one.codes] as const] : [])),
  );
  const { encodedSha256 } = certify(folded.architecture, findTarget('ethos-u55-128'), codes);
  const totals = { ...mainNetwork(base).totals, ...sum };
  const limits = limitsOf(16384);
  const { accuracy: integerMetric, ...test } = reportOf(classDetails(6, 12));
  const result: RunResult = {
    ...withNetwork(base, {
      layers,
      decisions: network!.decisions.map((decision, i) => ({
        id: decision.id,
        kind: decision.kind,
        option: assignment[i]!,
        label: decision.labels[assignment[i]!]!,
      })),
      totals,
      integerMetric,
      test,
      certificate: certificateOf(encodedSha256, totals, limits),
    }),
    limits,
  };
  const header: RunHeader = {
    format: 2,
    id: '20250301-120000-test',
    created: '2025-03-01T12:00:00.000Z',
    version: '0.1.0',
    definitionText,
    definitionPath: '/home/someone/models/test.udc.yaml',
    strategy: 'udc',
    limits,
    seed: 1,
    backend: 'auto',
    baselines: ['uniform'],
  };
  const chosen = mainNetwork(result);
  return { header, events: fixture.events, result, chosen, weights: packFolded(folded), checked: true, folded };
}
