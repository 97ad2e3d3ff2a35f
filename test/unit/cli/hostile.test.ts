/** What commands print about files, runs and options with hostile names: nothing that a terminal obeys. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { main } from '../../../src/cli/program.ts';
import { LiveView } from '../../../src/cli/terminal/live.ts';
import { neutral } from '../../../src/cli/terminal/io.ts';
import { typed } from '../../../src/cli/outcome.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { fixtureRun } from '../../fixtures/runs.ts';
import { HOSTILE } from '../../fixtures/hostile.ts';
import { inFolder } from '../../scratch.ts';
import { MODEL, resultOf } from './support.ts';
import { limitsOf, mainNetwork, progressOf, withNetwork } from '../../fixtures/run-parts.ts';

const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/u;

async function printed(...args: string[]): Promise<string> {
  let text = '';
  await main(args, {
    out: (more) => {
      text += more;
    },
    err: (more) => {
      text += more;
    },
  });
  return text;
}

describe('commands with hostile names', () => {
  it('say what is wrong in plain text', async () => {
    for (const text of HOSTILE) {
      const nul = text.includes('\0');
      for (const args of [
        [text],
        ['check', text],
        ['data', text, '--html', text],
        ['check', `${text}.tflite`],
        ['import', `${text}.tflite`, '--out', `${text}.yaml`],
        ['export', text, '--out', text],
        ['search', text, '--budget', text],
        ['compress', text, '--target', text],
        ['targets', text],
        ['apply', text],
        ['resume', text],
        ['runs', nul ? 'x' : text, '--delete', text],
      ]) {
        const told = await printed(...args);
        assert.doesNotMatch(told, OBEYED, JSON.stringify([args, told]));
        const asJson = await printed(...args, '--json');
        assert.doesNotMatch(asJson, OBEYED, JSON.stringify([args, asJson]));
      }
    }
  });

  it('list and show runs with hostile names in plain text, one line a run', () =>
    inFolder(async (folder) => {
      for (const text of HOSTILE) {
        const run = await RunFolder.create(join(folder, '.udc', 'runs'), {
          name: text,
          definitionText: MODEL,
          definitionPath: join(folder, text.replace(/[\0/]/g, '')),
          strategy: text,
          limits: limitsOf(1000),
          seed: 1,
          backend: 'auto',
          baselines: [],
          version: text,
        });
        const result = resultOf(MODEL, 1);
        const { layers, certificate } = mainNetwork(result);
        await run.writeResult({
          ...withNetwork(result, {
            name: text,
            layers: layers.map((layer) => ({ ...layer, name: text, op: text })),
            certificate: { ...certificate, encodedSha256: text },
          }),
          name: text,
          target: text,
          strategy: { id: text, title: text },
          baselines: result.baselines.map((one) => ({ ...one, name: text, details: text })),
        });
      }
      const listed = await printed('runs', folder);
      assert.equal(listed.trimEnd().split('\n').length, HOSTILE.length + 2);
      assert.doesNotMatch(listed, OBEYED);
      for (const { path } of JSON.parse(await printed('runs', folder, '--json')) as { path: string }[])
        assert.doesNotMatch(await printed('resume', path), OBEYED);
    }));

  it('follow a run with hostile names in plain text', () => {
    let text = '';
    const view = new LiveView(
      neutral({
        out: (more) => {
          text += more;
        },
        err: (more) => {
          text += more;
        },
        columns: 80,
        rewriteLine: (more) => {
          text += more;
        },
      }),
    );
    const [started, epoch] = fixtureRun({ name: 'x' }).events;
    for (const name of HOSTILE) {
      if (started?.type === 'started')
        view.event({
          ...started,
          name,
          strategy: { id: name, title: name },
          stages: started.stages.map((stage) => ({ ...stage, title: name })),
          curves: [{ id: 'x', title: name, line: name, about: name, unit: 'number', column: name }],
          target: name,
          backend: name,
          backendReason: name,
          initialWeights: { file: name, sha256: name, taken: 1, operations: 1, inputs: name },
        });
      if (epoch?.type === 'epoch') view.event({ ...epoch, stage: name, numbers: { x: 1 } });
      view.progress(progressOf({ stage: name, title: name }));
      view.event({ type: 'repaired', seq: 1, reason: name, beforeBytes: 2, afterBytes: 1 });
    }
    assert.doesNotMatch(text, OBEYED);
  });

  it('propose commands that a shell takes as they are meant', function shells() {
    if (spawnSync('bash', ['--version']).error) this.skip();
    for (const name of ['kws $(touch udc-pwned)/m.yaml', '-rf', "it's", '`id`.yaml', 'a\nb', 'a b/.udc/runs/x']) {
      assert.equal(
        spawnSync('bash', ['-c', `printf '%s' ${typed(join(process.cwd(), name))}`], { encoding: 'utf8' }).stdout,
        name.startsWith('-') ? `./${name}` : name,
      );
    }
  });
});
