/** On which Node.js searches run: VS Code's own, unless a setting names another or a GPU needs one. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { isNode, programFor } from '../../../../src/editor/runs/worker-program.ts';
import { scratchFolder } from '../../../scratch.ts';

const worker = { path: 'worker.cjs' };

describe('programFor', () => {
  const desktop = { nodePath: '', electron: true, answers: (program: string) => program === 'node' };
  it('takes the node of PATH for a GPU on the desktop, and for nothing else', () => {
    assert.deepEqual(programFor(worker, 'webgpu', desktop), { path: 'worker.cjs', execPath: 'node' });
    for (const backend of ['auto', 'wasm', 'tensorflow', 'cpu'] as const)
      assert.equal(programFor(worker, backend, desktop), worker);
    assert.equal(programFor(worker, 'webgpu', { ...desktop, electron: false }), worker);
    assert.equal(
      programFor(worker, 'webgpu', { ...desktop, answers: () => false }),
      worker,
      'the worker itself says what is missing',
    );
  });
  it('takes what the setting names, always', () => {
    for (const backend of ['auto', 'webgpu'] as const)
      assert.equal(
        programFor(worker, backend, { ...desktop, nodePath: '/opt/node', answers: () => true }).execPath,
        '/opt/node',
      );
    assert.throws(
      () => programFor(worker, 'auto', { ...desktop, nodePath: '/opt/deno' }),
      /The setting udc\.nodePath names \/opt\/deno, which does not answer as Node\.js 20 or later/,
    );
  });
});

describe('isNode', () => {
  it('knows this one, and neither what is missing, old nor another program', function () {
    assert.ok(isNode(process.execPath));
    assert.ok(!isNode(join(scratchFolder('node'), 'none')));
    if (process.platform === 'win32') this.skip();
    for (const answer of ['v18.20.0', 'Python 3.11']) {
      const program = join(scratchFolder('node'), 'node');
      writeFileSync(program, `#!/bin/sh\necho ${answer}\n`);
      chmodSync(program, 0o755);
      assert.ok(!isNode(program), answer);
    }
  });
});
