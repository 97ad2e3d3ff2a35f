/**
 * `udc check FILE --vela` beside the real compiler: what is read of its schedule is all that it stores, and every
 * promise is confirmed.
 */
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { confirm } from '../../src/formats/vela/confirm.ts';
import { PYTHON_VARIABLE } from '../../src/formats/vela/vela-program.ts';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { sizeNetwork } from '../../src/integer/sizing.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { udc } from '../unit/cli/support.ts';
import { scratchFolder } from '../scratch.ts';
import { CASES, PUBLISHED_MODELS } from './networks.ts';
import { constantBytes, writeBytes } from './tools.ts';

const TARGETS = ['ethos-u55-128', 'ethos-u65-512', 'ethos-u85-256', 'nxp-imx93'];
const NAMES = ['residual', 'search-last'];

describe('Vela, asked to confirm', () => {
  const folder = scratchFolder('vela-confirm');
  const environment = (): NodeJS.ProcessEnv => ({
    ...process.env,
    [PYTHON_VARIABLE]: resolve(process.env['UDC_INTEROP_PYTHON']!),
  });

  for (const target of TARGETS)
    it(`confirms what is promised for ${target}`, async function () {
      for (const name of NAMES) {
        const network = quantise(CASES[name]!());
        const file = writeTflite(network, { description: 'interop' });
        const weighted = network.operations.filter(({ weights }) => weights).length;
        const bytes = sizeNetwork(network, findTarget(target)).totalBytes;
        // Without costs nothing is told of SRAM: as `constantBytes` compiles it.
        const found = await confirm(
          { file, target: findTarget(target), bytes, weighted, costs: [] },
          { environment: environment() },
        );
        assert.ok(found.confirmed && 'version' in found, JSON.stringify(found));
        this.test!.title += `; ${name}: stored ${found.storedBytes}, promised ${found.promisedBytes}`;
        if (findTarget(target).encoder === 'regor') {
          const path = writeBytes(join(folder, `${name}.tflite`), file);
          const [answer] = await constantBytes([{ file: path, accelerator: found.accelerator, options: ['default'] }]);
          assert.equal(found.storedBytes, answer!.stored['default'], 'read-only bytes of the compiled file');
        }
      }
    });

  it('confirms published networks, whose tables for SOFTMAX are no weights', async function () {
    if (PUBLISHED_MODELS.length === 0) this.skip();
    process.env[PYTHON_VARIABLE] = resolve(process.env['UDC_INTEROP_PYTHON']!);
    try {
      for (const { file } of PUBLISHED_MODELS) {
        const { code, out } = await udc('check', file, '--vela');
        assert.equal(code, 0);
        assert.match(
          out,
          /\nConfirmed by Vela 5\.\S+ for ethos-u55-128: stored [\d,]+ B, promised [\d,]+ B; .* of SRAM, .* cycles\n$/,
        );
      }
    } finally {
      Reflect.deleteProperty(process.env, PYTHON_VARIABLE);
    }
  });
});
