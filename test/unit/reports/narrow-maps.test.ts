/** Bits of maps in what is reported of a network: said wherever a layer has fewer than 8, and nowhere else. */
import assert from 'node:assert/strict';
import { layerDifferences } from '../../../src/charts/layer-differences.ts';
import { layerFacts } from '../../../src/charts/network-words.ts';
import { layersCsv } from '../../../src/reports/csv.ts';
import { layerTable } from '../../../src/reports/facts.ts';
import type { ExportInput } from '../../../src/reports/export-input.ts';
import type { NetworkResult } from '../../../src/wire/run.ts';
import { narrowed, withNarrowMaps } from '../../fixtures/narrow-maps.ts';
import { mainNetwork } from '../../fixtures/run-parts.ts';
import { fixtureRun } from '../../fixtures/runs.ts';

const usual = mainNetwork(fixtureRun().result!);
const narrow = mainNetwork(withNarrowMaps(fixtureRun()).result!);
const expected = narrow.layers.map(({ activationBits = 8 }) => String(activationBits));

const column = (rows: readonly (readonly string[])[], at: number): readonly string[] => rows.map((row) => row[at]!);

describe('bits of maps', () => {
  it('are a column of the table of layers, with the numbers, where any are few', () => {
    const { head, rows, numeric } = layerTable(narrow);
    const at = head.indexOf('Output bits');
    assert.ok(numeric.includes(at));
    assert.deepEqual(column(rows, at).slice(0, -1), expected);
    assert.deepEqual(
      rows.map(({ length }) => length),
      rows.map(() => head.length),
    );
    const without = layerTable(usual);
    assert.ok(!without.head.includes('Output bits'));
    assert.deepEqual(
      rows.map((row) => row.filter((_, i) => i !== at)),
      without.rows,
    );
    assert.deepEqual(
      numeric.map((i) => head[i]).filter((title) => title !== 'Output bits'),
      without.numeric.map((i) => without.head[i]),
    );
  });

  it('are a column of the CSV file always', () => {
    const cells = ({ layers }: NetworkResult): string[][] =>
      layersCsv({ chosen: { layers } } as ExportInput)
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(','));
    const [head, ...rows] = cells(narrow);
    const at = head!.indexOf('activation_bits');
    assert.deepEqual(column(rows, at), expected);
    assert.ok(column(cells(usual).slice(1), at).every((bits) => bits === '8'));
  });

  it('stand under the blocks of the picture and in the comparison of two networks', () => {
    for (const [i, layer] of narrow.layers.entries()) {
      const few = layer.activationBits !== undefined && layer.op !== 'skip';
      assert.equal(layerFacts(layer).includes(`map ${expected[i]!} bit`), few);
    }
    const same = layerDifferences(usual.layers, narrowed(usual.layers));
    assert.deepEqual(
      same.map(({ values }) => values[2]!.differs),
      narrow.layers.map(({ activationBits }) => activationBits !== undefined),
    );
    assert.match(same[0]!.values[2]!.after, /^\d+×\d+×\d+, 2 bits$/);
  });
});
