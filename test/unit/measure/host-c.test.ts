/** The C program on this computer: compiled, compared, timed as a whole and by layers. No time is asserted. */
import assert from 'node:assert/strict';
import { hostC } from '../../../src/measure/runtimes/host-c.ts';
import { hasCompiler } from '../formats/c/c-compiler.ts';
import { inFolder } from '../../scratch.ts';
import { subject } from './fakes.ts';

describe('our C program on this computer', function () {
  this.timeout(120_000);
  before(function compiler() {
    if (!hasCompiler('cc')) this.skip();
  });

  it('answers as the integer evaluation, and says what share of the time each layer takes', () =>
    inFolder(async (folder) => {
      const one = subject(16);
      const { agreement, layers, seconds, reason, note } = await hostC.measure(one, hostC.devices[0]!, {
        folder,
        environment: process.env,
        seconds: 0.02,
      });
      assert.equal(reason, undefined);
      assert.equal(agreement!.equal, 1);
      assert.ok(seconds!.runs! >= 10);
      assert.deepEqual(layers!.map(({ name }) => name).sort(), ['logits', 'pool', 'stem']);
      assert.ok(Math.abs(layers!.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
      assert.match(note!, /layers by a clock between operations/);
    }));
});
