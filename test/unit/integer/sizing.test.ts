/** The rows of layers: what a block of several operations says of itself. */
import assert from 'node:assert/strict';
import { layerReports, sizeExactly } from '../../../src/integer/sizing.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { filterShape } from '../../../src/network/operation-counts.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { definition, networkOf } from '../costs/support/random-networks.ts';

const TARGET = findTarget('ethos-u55-128');

/** The rows of a definition without choices, its weights all 1. */
function rowsOf(layers: string): ReturnType<typeof layerReports> {
  const network = networkOf(definition(layers));
  const architecture = instantiate(network, []);
  const sized = sizeExactly(architecture, TARGET, (operation) =>
    new Int8Array(filterShape(operation)!.reduce((a, b) => a * b, 1)).fill(1),
  );
  return layerReports(network, architecture, TARGET, sized);
}

describe('rows of layers', () => {
  const end = '  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 4, sparsity: 0 }';

  for (const [op, kernel, decided] of [
    ['dsconv', '7x7', 0.9],
    ['ibn', '7x7', 0.9],
    ['ibn', '3x3', 0.5],
    ['conv', '3x3', 0.75],
    ['dwconv', '3x3', 0.5],
    ['dsconv', '7x7', 0],
  ] as const) {
    it(`say the decided sparsity of ${op} ${kernel} with ${decided}, whichever of its operations is the largest`, () => {
      const filters = op === 'dwconv' ? '' : 'filters: 8, ';
      const expand = op === 'ibn' ? 'expand: 2, ' : '';
      const [row, , last] = rowsOf(
        `  - { name: b, op: ${op}, kernel: ${kernel}, ${filters}${expand}bits: 4, sparsity: ${decided} }\n${end}`,
      );
      assert.deepEqual([row!.sparsity, row!.bits, last!.sparsity], [decided, 4, 0]);
    });
  }
});
