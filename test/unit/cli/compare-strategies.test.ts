/** `udc compare` is a sweep of strategies, whatever else it is given. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sweepArguments } from '../../../src/cli/commands/compare-strategies.ts';
import { STRATEGY_NAMES } from '../../../src/wire/strategies.ts';
import { inFolder } from '../../scratch.ts';
import { MODEL, udc } from './support.ts';

const QUICK = MODEL.replace(
  'layers:',
  'training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 32 }\nlayers:',
);

describe('udc compare', () => {
  it('is the sweep of all strategies, or of those that are named, with the options as they are', () => {
    assert.deepEqual(sweepArguments(['a.udc.yaml', '--seeds', '1..3']), [
      'a.udc.yaml',
      '--seeds=1..3',
      `--strategies=${STRATEGY_NAMES.join(',')}`,
    ]);
    assert.deepEqual(sweepArguments(['a.udc.yaml', '--strategies=udc,random', '--yes']), [
      'a.udc.yaml',
      '--strategies=udc,random',
      '--yes',
    ]);
  });

  it('runs nothing else than that sweep: which goes on where the same is asked of either', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'small.udc.yaml');
      writeFileSync(model, QUICK);
      const cells = ['--strategies', 'random,uniform', '--budgets', '2KiB', '--backend', 'wasm', '--json'];
      const compared = await udc('compare', model, ...cells);
      assert.equal(compared.code, 0, compared.err);
      const { runs } = JSON.parse(compared.out) as { readonly runs: readonly { readonly strategy: string }[] };
      assert.deepEqual(
        runs.map(({ strategy }) => strategy),
        ['random', 'uniform'],
      );
      const swept = await udc('sweep', model, ...cells);
      assert.match(swept.err, /this sweep is there already/);
      assert.deepEqual(JSON.parse(swept.out), JSON.parse(compared.out));
    })).timeout(240_000);

  it('refuses what is no strategy, and has no model', async () => {
    assert.match((await udc('compare', 'a.udc.yaml', '--strategies', 'udk')).err, /a\.udc\.yaml|--strategies/);
    assert.equal((await udc('compare')).code, 2);
    assert.equal((await udc('compare', 'a.udc.yaml', '--resume', 'x')).code, 2);
  });
});
