/** Where the cycles of layers go: parts of the network's total, never more than the array can do. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { estimateCycles } from '../../../../src/costs/cycles/estimate-cycles.ts';
import { layerWork } from '../../../../src/costs/cycles/layer-work.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { TARGETS, findTarget } from '../../../../src/targets/find-target.ts';
import { definition, networkOf } from '../support/random-networks.ts';
import { dscnn, resnet8 } from '../support/published-networks.ts';

const modelled = TARGETS.filter(({ engine, systems }) => engine && systems.length > 0);

describe('the work of layers', () => {
  it('adds up to the cycles of the network, on every target with a model', () => {
    assert.ok(modelled.length >= 11);
    for (const target of modelled)
      for (const architecture of [resnet8(), dscnn()]) {
        const bytes = architecture.operations.map((_, i) => 16 * i);
        const works = [...layerWork(architecture, target, bytes)!.values()];
        const { total } = estimateCycles(architecture, target, bytes);
        assert.equal(
          works.reduce((sum, { cycles }) => sum + cycles, 0),
          total,
          target.name,
        );
        assert.ok(Math.abs(works.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
        for (const { utilisation } of works) assert.ok((utilisation ?? 1) > 0 && (utilisation ?? 1) <= 1, target.name);
      }
  });

  it('is unknown where there is no model of the target', () => {
    assert.equal(layerWork(resnet8(), findTarget('mcu-packed')), undefined);
  });

  it('is bound by weights where a single pixel reads many, and by the array where many pixels read few', () => {
    const target = findTarget('ethos-u55-128');
    const of = (layer: string, input: string): string => {
      const network = networkOf(definition(`  - { name: a, ${layer} }`, { input, task: 'super-resolution' }));
      return layerWork(instantiate(network, []), target)!.get(0)!.bottleneck;
    };
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 32 }), (eighths) => {
        const channels = 8 * eighths;
        assert.equal(of(`op: pwconv, filters: ${channels}, bits: 8`, `1x1x${channels}`), 'weights');
        assert.equal(of(`op: conv, kernel: 3x3, filters: ${channels}, bits: 8`, `32x32x${channels}`), 'array');
      }),
      { seed: 1, numRuns: 12 },
    );
  });
});
