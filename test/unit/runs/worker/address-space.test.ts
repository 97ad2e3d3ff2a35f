import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryArguments } from '../../../../src/runs/worker/address-space.ts';
import { inFolder } from '../../../scratch.ts';

describe('a limit on addresses', () => {
  it("starts workers without WebAssembly's reserve", function limits() {
    if (process.platform !== 'linux') this.skip();
    return inFolder(async (place) => {
      const file = join(place, 'limits');
      const given = async (limit: string): Promise<readonly string[]> => {
        await writeFile(
          file,
          `Limit                     Soft Limit           Hard Limit           Units\nMax file size             unlimited            unlimited            bytes\nMax address space         ${limit.padEnd(20)} unlimited            bytes\n`,
        );
        return memoryArguments(file);
      };
      assert.deepEqual(await given('unlimited'), []);
      assert.deepEqual(await given('12288000000'), ['--disable-wasm-trap-handler']);
      assert.deepEqual(await given(String(2 ** 40)), []);
      assert.deepEqual(memoryArguments(join(place, 'none')), []);
    });
  });
});
