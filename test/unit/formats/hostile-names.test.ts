/** Every export format of a run whose every name and text is hostile, read by the program that reads such a file. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { parse } from 'yaml';
import { cPrefix } from '../../../src/formats/c/c-program.ts';
import { FORMATS, findFormat } from '../../../src/formats/format-table.ts';
import { withInitialWeights } from '../../../src/formats/definition/start-settings.ts';
import { exportInput, type ExportInput } from '../../../src/reports/export-input.ts';
import { problemPage } from '../../../src/editor/networks/network-page.ts';
import { panelPage } from '../../../src/wire/panel-page.ts';
import { readSafetensors } from '../../../src/base/safetensors-file.ts';
import { HOSTILE } from '../../fixtures/hostile.ts';
import { exampleRun } from './run.ts';
import { mainNetwork, withNetwork } from '../../fixtures/run-parts.ts';

const BASE = exampleRun((i) => i);

/**
 * The run with the text wherever a run folder or a data set can bring one in. The first line of a definition tells
 * where another is appended.
 * @param title of stages: a chart leaves out those that are too long for it
 */
function runWith(text: string, title = text): ExportInput {
  const { header, events, result } = BASE;
  const { layers, certificate } = mainNetwork(result);
  const named = (name: string): string => `${name}${text}`;
  const input = exportInput({
    ...BASE,
    header: {
      ...header,
      id: named(header.id),
      version: named('0'),
      created: named('2025'),
      definitionPath: `/home/someone/models/kws $(touch udc-pwned)/${text.replace(/[\\/]/g, '')}`,
    },
    events: events.map((event) =>
      event.type === 'started'
        ? {
            ...event,
            name: text,
            strategy: { id: text, title: text },
            stages: event.stages.map((stage) => ({ ...stage, title, about: text })),
            curves: event.curves.map((curve) => ({ ...curve, title: text, line: text, about: text, column: text })),
            backendReason: text,
            initialWeights: { file: text, sha256: text, taken: 1, operations: 1, inputs: text },
            data: { normalisation: { mean: [0], std: [1] }, classNames: [text, named('a')] },
          }
        : event,
    ),
    result: {
      ...withNetwork(result, {
        name: text,
        layers: layers.map((layer) => ({ ...layer, name: text, op: named('conv'), kernel: named('3x3') })),
        certificate: { ...certificate, encodedSha256: named('ab') },
      }),
      name: text,
      backend: named('wasm'),
      strategy: { id: text, title: text },
      baselines: result.baselines.map((baseline) => ({ ...baseline, name: text, details: text })),
    },
  });
  const definitionText = `${header.definitionText}# ${text}`;
  const decisions = input.chosen.decisions.map((one) => ({ ...one, id: text, label: text }));
  const hostile = withNetwork(input.result, { decisions });
  return {
    ...input,
    header: { ...input.header, definitionText },
    architecture: { ...input.architecture, name: text },
    result: hostile,
    chosen: mainNetwork(hostile),
  };
}

const RUNS = HOSTILE.map((text) => runWith(text));
const PLAIN = runWith('plain');
const write = async (id: string, run: ExportInput): Promise<string> =>
  new TextDecoder().decode(await findFormat(id).write(run));

/** Runs a Python program on JSON and takes JSON from it; undefined where there is no Python. */
function python<T>(program: string, input: unknown): T | undefined {
  const { stdout, stderr, error } = spawnSync(
    'python3',
    ['-c', `import json, sys\nsys.stdin.reconfigure(encoding="utf-8")\n${program}`],
    { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (error) return undefined;
  assert.equal(stderr, '');
  return JSON.parse(stdout) as T;
}

const TAGS = `
from html.parser import HTMLParser
class Tags(HTMLParser):
    def __init__(self): super().__init__(); self.tags = []
    def handle_starttag(self, tag, attrs): self.tags.append([tag, sorted(name for name, _ in attrs)])
    def handle_comment(self, data): self.tags.append(["comment", []])
    def handle_pi(self, data): self.tags.append(["instruction", []])
def tags(page):
    parser = Tags(); parser.feed(page); parser.close()
    return parser.tags
print(json.dumps([tags(page) for page in json.load(sys.stdin)]))`;

describe('exports of a run with hostile names', () => {
  it('can all be written', async () => {
    for (const run of RUNS) for (const format of FORMATS) assert.ok((await format.write(run)).length > 100, format.id);
  });

  for (const id of ['keras', 'pytorch']) {
    it(`${id}: the program is that of a run with plain names`, async function sources() {
      const sources = await Promise.all([PLAIN, ...RUNS].map((run) => write(id, run)));
      const trees = python<string[]>(
        'import ast\nprint(json.dumps([ast.dump(ast.parse(source.encode("utf-8"))) for source in json.load(sys.stdin)]))',
        sources,
      );
      if (!trees) this.skip();
      // The name of a Keras model is the one text of a run in the program; its letters are few.
      const unnamed = trees.map((tree) =>
        tree.replace(
          /keyword\(arg='name', value=Constant\(value='[A-Za-z0-9_.\\/>-]*'\)\)\]\)\)\], decorator_list=\[\]/,
          '',
        ),
      );
      assert.equal(new Set(unnamed).size, 1);
    });
  }

  it('c: a compiler takes it, without a warning', async function header() {
    if (spawnSync('gcc', ['--version']).error) this.skip();
    for (const run of RUNS.filter(({ result }) => /[*\\?"\p{Cc}\u2028]/u.test(result.name))) {
      const { status, stderr } = spawnSync(
        'gcc',
        ['-std=c99', '-trigraphs', '-Wall', '-Wextra', '-Werror', '-pedantic', '-fsyntax-only', '-xc', '-'],
        {
          input: `#define ${cPrefix('test-net').toUpperCase()}_IMPLEMENTATION\n${await write('c', run)}`,
          encoding: 'utf8',
        },
      );
      assert.deepEqual([status, stderr], [0, ''], run.result.name);
    }
  }).timeout(120_000);

  it('html: the elements and attributes are those of a run with plain names', async function pages() {
    const pairs = RUNS.flatMap((run, i) => [runWith('plain', 'x'.repeat(HOSTILE[i]!.length)), run]);
    const tags = python<unknown[]>(TAGS, await Promise.all(pairs.map((run) => write('html', run))));
    if (!tags) this.skip();
    HOSTILE.forEach((text, i) => {
      assert.deepEqual(tags[2 * i + 1], tags[2 * i], text);
    });
  });

  it('the pages of the editor: the elements are those of a plain name', function editorPages() {
    const frame = (title: string): Parameters<typeof problemPage>[0] => ({
      cspSource: 'vscode-resource:',
      style: title,
      title,
    });
    const pages = ['plain', ...HOSTILE].flatMap((text) => [
      problemPage(frame(text), text, text),
      panelPage({ cspSource: text, nonce: 'abcdefghijklmnop', script: text, styles: [text] }),
    ]);
    const tags = python<unknown[]>(TAGS, pages);
    if (!tags) this.skip();
    tags.forEach((found, i) => {
      assert.deepEqual(found, tags[i % 2]);
    });
  });

  it('markdown: tables of as many cells, no link, no picture, no HTML', async function reports() {
    let markdownIt: {
      new (options: object): {
        parse(text: string, env: object): { type: string; children: { type: string }[] | null }[];
      };
    };
    // Comes with the packager; where it does not, the property of the shared function stands alone.
    try {
      markdownIt = createRequire(import.meta.url)('markdown-it') as typeof markdownIt;
    } catch {
      this.skip();
    }
    const parser = new markdownIt({ html: true, linkify: true });
    const kinds = async (run: ExportInput): Promise<string[]> =>
      parser
        .parse(await write('markdown', run), {})
        .flatMap(({ type, children }) => [
          type,
          ...(children ?? []).map((child) => child.type).filter((kind) => kind !== 'text' && kind !== 'text_special'),
        ]);
    const plain = await kinds(PLAIN);
    for (const run of RUNS) assert.deepEqual(await kinds(run), plain, run.result.name);
  });

  for (const id of FORMATS.filter(({ extension }) => extension === 'csv').map((format) => format.id)) {
    it(`${id}: as many rows and cells as of plain names, and no formula`, async function rows() {
      const program =
        'import csv, io\nprint(json.dumps([list(csv.reader(io.StringIO(text, newline=""))) for text in json.load(sys.stdin)]))';
      const tables = python<string[][][]>(program, await Promise.all([PLAIN, ...RUNS].map((run) => write(id, run))));
      if (!tables) this.skip();
      for (const table of tables) {
        assert.deepEqual(
          table.map((row) => row.length),
          tables[0]!.map((row) => row.length),
        );
        for (const cell of table.flat()) assert.doesNotMatch(cell, /^\s*[=+\-@]/);
      }
    });
  }

  it('json and safetensors: texts are what they were', async () => {
    for (const [i, run] of RUNS.entries()) {
      const { result } = JSON.parse(await write('json', run)) as ExportInput;
      assert.equal(result.name, HOSTILE[i]);
      const { metadata } = readSafetensors(await findFormat('safetensors').write(run));
      assert.equal((JSON.parse(metadata['udc']!) as { name: string }).name, HOSTILE[i]);
    }
  });

  it('the command that repeats the run is one command, its file one word', async function command() {
    if (spawnSync('bash', ['--version']).error) this.skip();
    for (const run of RUNS.filter(({ result }) => !/[\0\p{Cs}]/u.test(result.name))) {
      const { run: told } = JSON.parse(await write('json', run)) as { run: { command: string } };
      const { stdout, stderr } = spawnSync('bash', ['-c', `udc() { printf '%s\\0' "$@"; }\n${told.command}`], {
        encoding: 'utf8',
      });
      const [verb, file, option] = stdout.split('\0');
      const name = run.result.name.replace(/[\\/]/g, '') || `${run.header.id}.udc.yaml`;
      assert.deepEqual(
        [stderr, verb, file, option],
        ['', 'search', name.startsWith('-') ? `./${name}` : name, '--budget'],
      );
    }
  });

  it('an imported definition names its weights file as it is called', () => {
    for (const file of HOSTILE.filter((text) => !/\p{Cs}/u.test(text))) {
      const text = withInitialWeights('udc: 1\nlayers:\n  - { name: a }\n', file);
      assert.deepEqual(parse(text), { udc: 1, training: { initialWeights: file }, layers: [{ name: 'a' }] });
    }
  });
});
