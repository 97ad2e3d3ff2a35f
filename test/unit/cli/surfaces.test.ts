/**
 * One source for each number: every surface says the same bytes of an applied run and of an import, exact, and no
 * estimate beside them.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Analysis } from '../../../src/editor/language/sizes/analysis.ts';
import { withExactBudget } from '../../../src/editor/language/problems/exact-problems.ts';
import { layerText } from '../../../src/editor/language/texts/layer-text.ts';
import { settingText } from '../../../src/editor/language/texts/value-text.ts';
import { importNetwork } from '../../../src/formats/import-network.ts';
import { writeTflite } from '../../../src/formats/tflite/write-tflite.ts';
import { certify, layerReports, sizeExactly, totalsOf } from '../../../src/integer/sizing.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { filterShape } from '../../../src/network/operation-counts.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { knownBytes, type EncodedSource, type KnownBytes } from '../../../src/costs/weights/known-bytes.ts';
import type { CheckReport } from '../../../src/costs/check/check-report.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { encodedSources } from '../../../src/runs/folder/encoded-weights.ts';
import { RunFolder, runsFolderOf } from '../../../src/runs/folder/run-folder.ts';
import { formatBytes, formatCount } from '../../../src/text/format.ts';
import type { RunResult } from '../../../src/wire/run.ts';
import { currentLayers, weightMeter } from '../../../webview/figures.ts';
import type { RunView } from '../../../webview/state.ts';
import { inFolder } from '../../scratch.ts';
import { NETWORKS } from '../integer/networks.ts';
import { trainedWeights } from '../costs/support/weight-generators.ts';
import { MODEL, resultOf, udc } from './support.ts';
import { certificateOf, limitsOf, mainNetwork, withNetwork } from '../../fixtures/run-parts.ts';

const spaces = (text: string): string => text.replaceAll('\u00a0', ' ');

/**
 * A finished run of MODEL whose result was sized from real codes. Estimates are off: half of the weights are zeros,
 * where none were decided.
 */
async function realRun(folder: string): Promise<{ readonly run: RunFolder; readonly result: RunResult }> {
  const { network } = parseDefinition(MODEL);
  const target = findTarget('ethos-u55-128');
  const assignment = network!.decisions.map(({ labels }) => labels.length - 1);
  const architecture = instantiate(network!, assignment);
  const codes = new Map(
    architecture.operations.flatMap((operation, i) => {
      const shape = filterShape(operation);
      return shape
        ? [
            [
              operation.id,
              trainedWeights(
                i + 1,
                shape.reduce((product, size) => product * size, 1),
                operation.bits,
                0.7,
              ),
            ] as const,
          ]
        : [];
    }),
  );
  const sized = sizeExactly(architecture, target, ({ id }) => codes.get(id)!);
  const layers = layerReports(network!, architecture, target, sized, codes);
  const totals = totalsOf(architecture, target, layers, sized);
  const limits = limitsOf(4096);
  const { encodedSha256, exactBytes } = certify(architecture, target, codes);
  assert.equal(exactBytes, totals.totalBytes);
  const certificate = certificateOf(encodedSha256, totals, limits);
  const result = { ...withNetwork(resultOf(MODEL, 1), { layers, totals, certificate }), limits };
  const run = await RunFolder.create(runsFolderOf(folder), {
    name: 'small',
    definitionText: MODEL,
    definitionPath: join(folder, 'small.udc.yaml'),
    strategy: 'udc',
    limits,
    seed: 1,
    backend: 'auto',
    baselines: [],
    version: '0.1.0',
  });
  await run.writeResult(result);
  return { run, result };
}

/** What all surfaces that read a definition say of it, beside what is right. */
async function assertAgreed(
  file: string,
  layers: readonly { readonly name: string; readonly totalBytes: number }[],
  totalBytes: number,
): Promise<void> {
  const { out } = await udc('check', file, '--json');
  const report = JSON.parse(out) as CheckReport;
  assert.deepEqual(
    report.rows.map(({ name, bytes }) => [name, bytes.smallest, bytes.largest]),
    layers.map((layer) => [layer.name, layer.totalBytes, layer.totalBytes]),
    'udc check, by layer',
  );
  assert.deepEqual(
    [report.totals.bytes.smallest, report.totals.bytes.expected, report.totals.bytes.largest],
    [totalBytes, totalBytes, totalBytes],
    'udc check, in sum',
  );
  const printed = spaces((await udc('check', file)).out);
  assert.ok(printed.includes(`Bytes are exact: ${formatCount(totalBytes)} B`), printed);

  const analysis = new Analysis(await readFile(file, 'utf8'));
  const sizes = analysis.sizes!;
  const known: KnownBytes<EncodedSource> | undefined = knownBytes(
    sizes.network,
    sizes.target.name,
    await encodedSources(file, sizes.definition, runsFolderOf(dirname(file))),
  );
  assert.equal(known?.totalBytes, totalBytes, 'hints and the line above the definition');
  layers.forEach((layer, index) => {
    if (layer.totalBytes === 0) return;
    const hover = spaces(layerText(sizes, index, known!.layers[index]));
    assert.ok(hover.startsWith(`**${layer.name}**: ${spaces(formatBytes(layer.totalBytes))} compressed`), hover);
    assert.doesNotMatch(hover, /≈/, 'no estimate beside exact bytes');
  });
  const budget = spaces(settingText(sizes, ['target', 'weights'], known!.totalBytes)!);
  assert.ok(budget.includes(`takes ${spaces(formatBytes(totalBytes))}`) && !budget.includes('≈'), budget);
  // Diagnostics judge the budget by the same bytes.
  const judged = (weights: number): boolean => {
    const text = analysis.text.replace(/(target: \{ npu: [\w-]+)[^}]*\}/, `$1, weights: ${weights} B }`);
    const other = new Analysis(text);
    return withExactBudget(other, { totalBytes: known!.totalBytes, origin: 'x' }).some(
      ({ code }) => code === 'budget-too-small',
    );
  };
  assert.deepEqual([judged(totalBytes), judged(totalBytes - 1)], [false, true], 'diagnostics');
}

describe('one source for each number', () => {
  it('an applied run: check, hovers, hints, diagnostics, panel, exports and certificate say the same bytes', () =>
    inFolder(async (folder) => {
      const { run, result } = await realRun(folder);
      const file = join(folder, 'small.udc.yaml');
      await writeFile(file, MODEL);
      assert.equal((await udc('apply', run.path, file)).code, 0);
      const { certificate, layers, totals } = mainNetwork(result);
      const { exactBytes } = certificate;
      await assertAgreed(file, layers, exactBytes);
      assert.equal(totals.totalBytes, exactBytes);
      const view = { summary: { limits: limitsOf(4096) }, result, epochs: [] } as unknown as RunView;
      assert.equal(weightMeter(view)!.split.totalBytes, exactBytes, 'the panel');
      assert.deepEqual(
        currentLayers(view).map(({ totalBytes }) => totalBytes),
        layers.map(({ totalBytes }) => totalBytes),
      );
      const csv = join(folder, 'out.csv');
      assert.equal((await udc('export', run.path, '--format', 'csv', '--out', csv)).code, 0);
      const [head, ...rows] = (await readFile(csv, 'utf8'))
        .trim()
        .split('\r\n')
        .map((line) => line.split(','));
      const column = (name: string): number[] => rows.map((row) => Number(row[head!.indexOf(name)]));
      assert.equal(
        column('total_bytes').reduce((a, b) => a + b, 0),
        exactBytes,
        'exports',
      );
      rows.forEach((_, i) => {
        assert.equal(
          column('weight_bytes')[i]! + column('side_bytes')[i]! + column('padding_bytes')[i]!,
          column('total_bytes')[i],
          'parts add up',
        );
      });
    }));

  it('applied to another file beside it: the same', () =>
    inFolder(async (folder) => {
      const { run, result } = await realRun(folder);
      await writeFile(join(folder, 'small.udc.yaml'), MODEL);
      const other = join(folder, 'chosen.udc.yaml');
      assert.equal((await udc('apply', run.path, join(folder, 'small.udc.yaml'), '--out', other)).code, 0);
      const { certificate, layers } = mainNetwork(result);
      await assertAgreed(other, layers, certificate.exactBytes);
    }));

  it('the definition before it is applied, another architecture and another target are estimates, and say so', () =>
    inFolder(async (folder) => {
      await realRun(folder);
      const file = join(folder, 'small.udc.yaml');
      for (const [text, ...options] of [
        [MODEL],
        [MODEL.replace('8 | 16', '16').replace('4 | 8', '4')],
        [MODEL.replace('8 | 16', '16').replace('4 | 8', '8'), '--target', 'ethos-u65-512'],
      ] as const) {
        await writeFile(file, text);
        const { out } = await udc('check', file, ...options);
        assert.match(out, /Bytes are estimates by the rate table/);
      }
    }));

  it('an import, and the table of its file', () =>
    inFolder(async (folder) => {
      let compared = 0;
      for (const [name, make] of Object.entries(NETWORKS)) {
        const bytes = writeTflite(quantise(make()), { description: name });
        const imported = importNetwork(bytes, `${name}.tflite`);
        if ('refused' in imported.definitions) continue;
        const file = join(folder, `${name}.udc.yaml`);
        await writeFile(join(folder, `${name}.tflite`), bytes);
        assert.equal((await udc('import', join(folder, `${name}.tflite`), '--fixed', '--out', file)).code, 0, name);
        const table = JSON.parse((await udc('check', join(folder, `${name}.tflite`), '--json')).out) as {
          totals: { bytes: { totalBytes: number } };
        };
        const report = JSON.parse((await udc('check', file, '--json')).out) as CheckReport;
        assert.equal(report.totals.bytes.largest, table.totals.bytes.totalBytes, name);
        compared++;
        await assertAgreed(
          file,
          report.rows.map(({ name: layer, bytes: { largest } }) => ({ name: layer, totalBytes: largest })),
          table.totals.bytes.totalBytes,
        );
      }
      assert.ok(compared > 1, `${compared} networks`);
    }));
});
