/** More runs than a process may have files open. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder } from '../../../scratch.ts';
import { resultOf, MODEL } from '../../cli/support.ts';
import { limitsOf } from '../../../fixtures/run-parts.ts';

describe('three hundred runs', () => {
  it('are all listed by a process that may open 256 files', function many() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (place) => {
      const result = JSON.stringify(resultOf(MODEL, 1));
      for (let n = 0; n < 300; n++) {
        const id = `run-${n}`,
          folder = join(place, id);
        await mkdir(folder);
        await writeFile(
          join(folder, 'run.json'),
          JSON.stringify({
            format: 2,
            id,
            created: new Date(n).toISOString(),
            version: '0',
            definitionText: '',
            definitionPath: '/x',
            strategy: 'udc',
            limits: limitsOf(1),
            seed: 1,
            backend: 'auto',
            baselines: [],
          }),
        );
        await writeFile(join(folder, 'result.json'), result);
      }
      const program = `import { listRuns } from ${JSON.stringify(join(process.cwd(), 'src/runs/folder/run-folder.ts'))}; console.log((await listRuns(${JSON.stringify(place)})).filter(({ result }) => result).length);`;
      const { stdout, stderr } = spawnSync(
        'bash',
        [
          '-c',
          'ulimit -n 256; exec "$0" "$@"',
          process.execPath,
          '--import',
          'tsx',
          '--input-type=module',
          '-e',
          program,
        ],
        { encoding: 'utf8' },
      );
      assert.deepEqual([stdout, stderr], ['300\n', '']);
    });
  }).timeout(60_000);
});
