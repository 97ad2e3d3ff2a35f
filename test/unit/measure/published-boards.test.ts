import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chooseColumns, concerning } from '../../../src/measure/choose-columns.ts';
import { measureNetworks } from '../../../src/measure/measure-networks.ts';
import { MLPERF_TINY, PUBLISHED_BOARDS } from '../../../src/measure/published-boards.ts';
import { RUNTIMES } from '../../../src/measure/runtime-table.ts';
import { randomSubject } from '../../../src/measure/subject/random-subject.ts';
import type { Subject } from '../../../src/measure/subject/subject.ts';
import { measureCsv } from '../../../src/reports/measure-csv.ts';
import { measureTables } from '../../../src/charts/measure-tables.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { subject } from './fakes.ts';

/** The examples that are the benchmark's networks. */
const EXAMPLES: Readonly<Record<string, string>> = {
  ic: 'resnet8/resnet8',
  kws: 'kws-dscnn/kws-dscnn',
  vww: 'visual-wake-words/vww-mobilenet',
  ad: 'anomaly-detection/anomaly-autoencoder',
};
const OPTIONS = { environment: {}, seconds: 0.1 };

const example = (name: string): Subject => {
  const { definition, network } = parseDefinition(readFileSync(`examples/${EXAMPLES[name]!}.udc.yaml`, 'utf8'));
  return randomSubject(definition!.name, network!);
};

describe('published boards', () => {
  it('are known of the networks of MLPerf Tiny, which the examples have', () => {
    for (const name of Object.keys(EXAMPLES)) assert.equal(example(name).hash, MLPERF_TINY[name], name);
    assert.equal(new Set(Object.values(MLPERF_TINY)).size, 4);
  });

  it('have names of their own, and results of no other networks, in plausible units', () => {
    assert.equal(new Set(PUBLISHED_BOARDS.map(({ id }) => id)).size, PUBLISHED_BOARDS.length);
    for (const { id, results } of PUBLISHED_BOARDS)
      for (const [network, { perSecond, microjoules }] of Object.entries(results)) {
        assert.ok(network in MLPERF_TINY, `${id} ${network}`);
        // A board takes between 1 and 100 mW.
        const watts = 1e-6 * (microjoules ?? 1e4 / perSecond) * perSecond;
        assert.ok(watts > 1e-3 && watts < 0.1, `${id} ${network}: ${watts} W`);
      }
  });

  it('say time and energy with their source, or why not', async () => {
    const subjects = [example('ic'), example('ad'), subject(8)];
    const report = await measureNetworks(subjects, chooseColumns(RUNTIMES, ['published']), OPTIONS);
    const at = (network: number, device: string) =>
      report.networks[network]!.cells.find((cell) => cell.device === device)!;
    const { seconds, joules, mark, note, version } = at(0, 'stm32l4r5');
    assert.ok(Math.abs(seconds!.median - 0.1657) < 1e-4);
    assert.ok(Math.abs(joules! - 5.495915e-3) < 1e-9);
    assert.deepEqual([mark, version], ['measured', 'MLPerf Tiny v1.3']);
    assert.match(note!, /published by STMicroelectronics with X-CUBE-AI 10\.2 \(NUCLEO_L4R5ZI-P\)/);
    assert.equal(at(0, 'stm32u3c5').joules, undefined);
    assert.match(at(0, 'stm32u3c5').note!, /status Preview/);
    assert.match(at(1, 'ndp9120-98').reason!, /Syntiant published nothing of this network/);
    assert.match(at(2, 'stm32l4r5').reason!, /only the networks of MLPerf Tiny v1\.3, and this is none/);
    const energy = measureTables(report).find(({ title }) => title === 'Energy of an inference')!;
    assert.deepEqual(energy.rows[0]!.slice(1, 4), ['5.5\u00a0mJ', '160\u00a0µJ', '–']);
    assert.ok(measureCsv(report).includes('0.005495915'));
  });

  it('are columns only where one of the networks is known', () => {
    const ids = (subjects: readonly Subject[]): boolean =>
      concerning(chooseColumns(RUNTIMES), subjects).some(({ runtime }) => runtime.id === 'published');
    assert.equal(ids([subject(8)]), false);
    assert.equal(ids([subject(8), example('ad')]), true);
  });
});
