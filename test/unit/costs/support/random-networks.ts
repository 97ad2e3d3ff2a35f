/** Networks for the tests of this room: parsed definitions, random and given. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import type { Architecture, Network, Operation } from '../../../../src/network/types.ts';
import { weightShape } from '../../../../src/costs/weights/padding/channel-padding.ts';
import { estimateSize } from '../../../../src/costs/weights/rates/estimate-size.ts';
import type { Target } from '../../../../src/targets/find-target.ts';
import { randomDefinition, type Gen } from '../../language/support/definitions.ts';
import { randomGraph } from '../../network/support/random-graphs.ts';

/** The network of a definition without errors. */
export function networkOf(text: string): Network {
  const { network, diagnostics } = parseDefinition(text);
  assert.ok(network, diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return network;
}

/** A definition around `layers`. */
export function definition(
  layers: string,
  { input = '16x16x3', npu = 'ethos-u55-128', search = '', task = 'classification' } = {},
): string {
  return `udc: 1\nname: test\ntask: ${task}\ninput: ${input}\ntarget: { npu: ${npu} }\n${search === '' ? '' : `search: ${search}\n`}layers:\n${layers}\n`;
}

/** Chains and graphs. */
export const networks = (most: number): fc.Arbitrary<Network> =>
  fc.oneof(
    fc.gen().map((g: Gen) => networkOf(randomDefinition(g, most).text)),
    fc.nat(9999).map((seed) => randomGraph(seed, { choices: true, layers: 1 + (seed % most) }).network),
  );

export const oneHot = (network: Network, assignment: readonly number[]): number[][] =>
  network.decisions.map(({ labels }, d) => labels.map((_, k) => (k === assignment[d] ? 1 : 0)));

/** Random probabilities that sum to 1, from integers. */
export function probabilitiesFrom(network: Network, seeds: readonly number[]): number[][] {
  let at = 0;
  return network.decisions.map(({ labels }) => {
    const weights = labels.map(() => 1 + (seeds[at++ % seeds.length]! % 17));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / total);
  });
}

export const assignmentFrom = (network: Network, seeds: readonly number[]): number[] =>
  network.decisions.map(({ labels }, d) => seeds[d % seeds.length]! % labels.length);

export const seeds = fc.array(fc.nat(), { minLength: 20, maxLength: 20 });

export function operationBytes(target: Target, operation: Operation): number {
  const shape = weightShape(operation);
  return shape ? estimateSize(target, { ...shape, bits: operation.bits, sparsity: operation.sparsity }).totalBytes : 0;
}

export const architectureBytes = (target: Target, { operations }: Architecture): number =>
  operations.reduce((sum, operation) => sum + operationBytes(target, operation), 0);

/** Every assignment of a small network. */
export function* allAssignments(network: Network): Generator<number[]> {
  const sizes = network.decisions.map(({ labels }) => labels.length);
  const assignment = sizes.map(() => 0);
  for (;;) {
    yield [...assignment];
    let d = sizes.length - 1;
    while (d >= 0 && ++assignment[d]! === sizes[d]) assignment[d--] = 0;
    if (d < 0) return;
  }
}
