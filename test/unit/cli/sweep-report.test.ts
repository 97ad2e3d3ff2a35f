/** How a sweep stands, as the terminal shows it. */
import assert from 'node:assert/strict';
import { udc } from './support.ts';
import { inFolder } from '../../scratch.ts';
import { sweepIn, sweepRequest } from '../runs/sweep/support.ts';

describe('the standing of a sweep', () => {
  it('proposes nothing to be done with results where there are none', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest({ epochs: 1, stepMs: 0 }));
      const { code, out } = await udc('sweep', '--status', sweep.path);
      assert.equal(code, 0);
      assert.match(out, /0 of 4 runs done, 4 missing/);
      assert.doesNotMatch(out, /Next:|export|apply/);
    }));
});
