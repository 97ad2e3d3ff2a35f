/** The text formats, and what holds for every format. */
import assert from 'node:assert/strict';
import { FORMATS, findFormat } from '../../../src/formats/format-table.ts';
import { exportInput } from '../../../src/reports/export-input.ts';
import { packFolded } from '../../../src/integer/pack-folded.ts';
import { certify } from '../../../src/integer/sizing.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { readSafetensors } from '../../../src/base/safetensors-file.ts';
import { exampleRun } from './run.ts';
import { mainNetwork, withNetwork, withResult } from '../../fixtures/run-parts.ts';

const text = async (id: string, run = exportInput(exampleRun())): Promise<string> =>
  new TextDecoder().decode(await findFormat(id).write(run));

describe('export formats', () => {
  for (const { id, extension } of FORMATS) {
    it(`${id}: writes, is found by its name and extension, and repeats`, async () => {
      const run = exportInput(exampleRun((i) => i));
      const bytes = await findFormat(id.toUpperCase()).write(run);
      assert.ok(bytes.length > 100);
      assert.deepEqual(await findFormat(id).write(run), bytes);
      assert.equal(findFormat(extension).extension, extension);
    });
  }

  it('leak no folder of the machine that made them', async () => {
    for (const format of FORMATS)
      assert.ok(!Buffer.from(await format.write(exportInput(exampleRun()))).includes('/home/someone'), format.id);
  });

  it('names the formats where one is unknown', () => {
    assert.throws(() => findFormat('docx'), /no export format 'docx'; the formats are tflite, onnx, /);
  });

  it('says which formats need weights', async () => {
    const { header, events, result, chosen } = exampleRun();
    const without = exportInput({ header, events, result, chosen });
    await assert.rejects(
      findFormat('tflite').write(without),
      /needs the run's weights, but its folder has no weights.safetensors/,
    );
    assert.ok((await findFormat('html').write(without)).length > 1000);
  });

  it('names the layers that the target cannot run, in formats that are for the target', async () => {
    const run = exampleRun();
    const elsewhere = exportInput(withResult(run, { ...run.result, target: 'max78000' }));
    await assert.rejects(
      findFormat('tflite').write(elsewhere),
      /is for max78000, which cannot run this network: .*block1: .*depthwise/,
    );
    for (const id of ['json', 'html', 'safetensors', 'onnx', 'c'])
      assert.ok((await findFormat(id).write(elsewhere)).length > 100);
  });

  it('names the layer whose maps a format has too many bits for', async () => {
    const example = exampleRun();
    const run = exportInput(withResult(example, { ...example.result, target: 'mcu-packed' }));
    const [first, ...rest] = run.architecture.operations;
    const narrow = {
      ...run,
      architecture: { ...run.architecture, operations: [{ ...first!, activationBits: 4 }, ...rest] },
    };
    for (const id of ['tflite', 'onnx', 'onnx-int4'])
      await assert.rejects(findFormat(id).write(narrow), /has no activations of 4 bits, and `stem` writes such/);
    assert.ok((await findFormat('html').write(narrow)).length > 100);
  });

  it('are of the network that is meant, where a result has several', async () => {
    const [best, other] = [exampleRun(), exampleRun((decision) => decision + 1)];
    const networks = [mainNetwork(best.result), mainNetwork(other.result)] as const;
    const both = { ...best.result, networks };
    const [first, second] = [
      exportInput({ ...best, result: both }),
      exportInput({ ...other, result: both, chosen: networks[1] }),
    ];
    for (const id of ['csv', 'keras', 'tflite', 'safetensors', 'c'])
      assert.notDeepEqual(await findFormat(id).write(first), await findFormat(id).write(second), id);
    assert.deepEqual(await findFormat('csv').write(second), await findFormat('csv').write(exportInput(other)));
  });

  it('refuses a result of another definition', () => {
    const run = exampleRun();
    const decisions = mainNetwork(run.result).decisions.slice(1);
    assert.throws(
      () => exportInput(withResult(run, withNetwork(run.result, { decisions }))),
      /no valid decision for 'stem\.filters'/,
    );
  });
});

describe('the certificate of a run without checksums', () => {
  it('is checked before its weights are exported', () => {
    const run = { ...exampleRun(), checked: false };
    const { architecture, operations } = run.folded;
    const codes = new Map(operations.flatMap((one) => (one.codes ? [[one.operation.id, one.codes] as const] : [])));
    const { encodedSha256 } = certify(architecture, findTarget(run.result.target), codes);
    const { certificate } = mainNetwork(run.result);
    const result = withNetwork(run.result, { certificate: { ...certificate, encodedSha256 } });
    const same = withResult(run, result);
    assert.ok(exportInput(same).network);
    const flipped = run.folded.operations.map((one, i) =>
      i === 0 ? { ...one, codes: one.codes!.map((code, k) => (k === 7 ? code ^ 1 : code)) } : one,
    );
    assert.throws(
      () => exportInput({ ...same, weights: packFolded({ ...run.folded, operations: flipped }) }),
      /does not give the encoded weights of the certificate/,
    );
  });
});

describe('JSON export', () => {
  it('holds the result, the events and how to repeat the run', async () => {
    const run = exampleRun();
    const document = JSON.parse(await text('json')) as {
      result: unknown;
      events: unknown;
      definitionText: string;
      run: { command: string };
    };
    assert.deepEqual(document.result, run.result);
    assert.deepEqual(document.events, run.events);
    assert.equal(document.definitionText, run.header.definitionText);
    assert.equal(document.run.command, 'udc search test.udc.yaml --budget 16384 --seed 1 --backend wasm --baselines');
  });
});

describe('CSV export', () => {
  it('has a row of as many cells for every layer, quoted where needed', async () => {
    const run = exampleRun();
    const { layers } = mainNetwork(run.result);
    const [first, ...rest] = layers;
    const named = exportInput(
      withResult(run, withNetwork(run.result, { layers: [{ ...first!, name: 'a "quoted", name' }, ...rest] })),
    );
    const lines = (await text('csv', named)).split('\r\n');
    assert.equal(lines.pop(), '');
    assert.equal(lines.length, layers.length + 1);
    assert.ok(lines[1]!.startsWith('"a ""quoted"", name",conv,'));
    const head = lines[0]!.split(',');
    const second = lines[2]!.split(',');
    assert.equal(second.length, head.length);
    assert.equal(second[head.indexOf('total_bytes')], String(rest[0]!.totalBytes));
  });
});

describe('Markdown export', () => {
  it('shows headline, layers, baselines, certificate and definition, with cells escaped', async () => {
    const run = exampleRun();
    const odd = exportInput(withResult(run, { ...run.result, name: 'a|b*c' }));
    const markdown = await text('markdown', odd);
    assert.match(markdown, /^# a\\\|b\\\*c\n/);
    for (const title of [
      'Layers',
      'Decisions',
      'Certificate',
      'Repeat it',
      'Definition',
      'Networks of the same budget',
    ])
      assert.ok(markdown.includes(`## ${title}`), title);
    assert.ok(markdown.includes(mainNetwork(run.result).certificate.encodedSha256));
    assert.match(markdown, /8,000 to train on, 2,000 for validation, 2,000 for the test/);
    const rows = markdown.split('\n').filter((line) => line.startsWith('| block1 '));
    assert.equal(rows.length, 1);
    const cells = (line: string): number => line.split(/(?<!\\)\|/).length;
    const head = markdown.split('\n').find((line) => line.startsWith('| Layer '))!;
    assert.equal(cells(rows[0]!), cells(head));
  });
});

describe('HTML report', () => {
  it('is self-contained, escapes what the user wrote, and carries the charts', async () => {
    const html = await text('html');
    assert.ok(!/<script|<link|src=(?!"data:image\/png;base64,[A-Za-z0-9+/=]*")|url\((?!#)|@import/i.test(html));
    assert.ok(!html.includes('<a> & "b"'), 'the definition text is escaped');
    assert.ok(html.includes('&lt;a&gt; &amp; &quot;b&quot;'));
    assert.ok((html.match(/<svg /g) ?? []).length >= 9);
    for (const title of ['Budget', 'Baselines', 'Layers', 'Search', 'Decisions', 'Certificate', 'Repeat it'])
      assert.ok(html.includes(`<h2>${title}</h2>`), title);
  });

  it('closes every element it opens', async () => {
    const open: string[] = [];
    const voids = new Set(['meta', 'line', 'path', 'rect', 'circle', 'img']);
    for (const [, close, name, self] of (await text('html')).matchAll(
      /<(\/?)([a-z0-9]+)(?:\s(?:[^"'<>]|"[^"]*")*)?(\/?)>/gi,
    )) {
      if (close) assert.equal(open.pop(), name);
      else if (!self && !voids.has(name!)) open.push(name!);
    }
    assert.deepEqual(open, []);
  });

  it('does without baselines and without epochs', async () => {
    const run = exampleRun();
    const html = await text('html', exportInput({ ...run, events: [], result: { ...run.result, baselines: [] } }));
    assert.ok(!html.includes('<h2>Baselines</h2>') && !html.includes('<h2>Search</h2>'));
  });
});

describe('safetensors export', () => {
  it('holds real and integer weights that agree', async () => {
    const run = exampleRun();
    const { tensors, metadata } = readSafetensors(await findFormat('safetensors').write(exportInput(run)));
    const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    for (const { operation, codes, steps } of run.folded.operations) {
      if (!codes || !steps) {
        assert.ok(byName.has(`${operation.id}.output_scale`));
        continue;
      }
      const real = byName.get(`${operation.id}.weight`)!;
      assert.deepEqual(byName.get(`${operation.id}.weight_int`)!.values, codes);
      assert.deepEqual(
        real.values,
        Float32Array.from(codes, (code, i) => code * steps[Math.floor(i / (codes.length / steps.length))]!),
      );
      assert.deepEqual(real.shape, byName.get(`${operation.id}.weight_int`)!.shape);
    }
    const facts = JSON.parse(metadata['udc']!) as { decisions: Record<string, string>; exactBytes: number };
    assert.equal(facts.exactBytes, mainNetwork(run.result).totals.totalBytes);
    assert.equal(facts.decisions['block1.op'], 'dsconv');
  });
});
