/** `udc import` towards targets that can run a network, and towards those that cannot. */
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importNetwork } from '../../../src/formats/import-network.ts';
import { writeTflite } from '../../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { foldedNetwork, NETWORKS } from '../integer/networks.ts';
import { inFolder } from '../../scratch.ts';
import { udc } from './support.ts';

/** One of each family of limits. */
const FAMILIES = ['ethos-u55-128', 'max78000', 'stm32n6', 'generic-npu'];

/** Too large a map for a MAX78000, though it has each of its operators. */
const LARGE = foldedNetwork({ height: 96, width: 96, channels: 3 }, [
  { kind: 'conv', kernel: 3, filters: 8 },
  { kind: 'max-pool', kernel: 2, stride: 2 },
  { kind: 'conv', kernel: 3, filters: 8 },
  { kind: 'average-pool', kernel: 16, stride: 16 },
  { kind: 'flatten' },
  { kind: 'dense', filters: 4 },
]);

interface Refused {
  readonly error: {
    readonly message: string;
    readonly target?: string;
    readonly problems?: readonly string[];
    readonly targets?: readonly string[];
  };
}

describe('udc import towards a target', function () {
  this.timeout(120_000);

  for (const options of [[], ['--fixed']] as const) {
    // An import encodes all weights, and each network goes to each family.
    it(`writes a definition that its target runs, or nothing, and names targets that run it ${options.join(' ')}`, () =>
      inFolder(async (folder) => {
        const outcomes = { written: 0, refused: 0 };
        for (const [name, make] of Object.entries({ ...NETWORKS, large: () => LARGE })) {
          if (name === 'large' && options.length === 0) continue;
          const model = join(folder, `${name}.tflite`);
          const bytes = writeTflite(quantise(make()), { description: name });
          await writeFile(model, bytes);
          if ('refused' in importNetwork(bytes, model).definitions) continue;
          for (const target of name === 'large' ? ['ethos-u55-128', 'max78000'] : FAMILIES) {
            const out = join(folder, `${name}-${target}.udc.yaml`);
            const { code, out: said } = await udc(
              'import',
              model,
              '--target',
              target,
              '--out',
              out,
              '--json',
              ...options,
            );
            const written = (await readdir(folder)).filter((file) => file.startsWith(`${name}-${target}.`));
            if (code === 0) {
              assert.equal(written.length, 2, written.join());
              const checked = await udc('check', out, '--json');
              assert.deepEqual(
                (JSON.parse(checked.out) as { problems: readonly string[] }).problems,
                [],
                `${name} on ${target}`,
              );
              outcomes.written++;
              continue;
            }
            assert.deepEqual([code, written], [1, []], `${name} on ${target}: ${said}`);
            const { error } = JSON.parse(said) as Refused;
            assert.equal(error.target, target);
            assert.ok(error.problems && error.problems.length > 0 && error.message.includes(error.problems[0]!), said);
            assert.ok(error.targets && error.targets.length > 0 && !error.targets.includes(target), said);
            for (const able of error.targets.slice(0, 1)) {
              const other = join(folder, `${name}-${target}-${able}.udc.yaml`);
              assert.equal(
                (await udc('import', model, '--target', able, '--out', other, ...options)).code,
                0,
                `${name} on ${able}`,
              );
            }
            outcomes.refused++;
          }
        }
        assert.ok(outcomes.written > 5 && outcomes.refused > 1, JSON.stringify(outcomes));
      }));
  }

  it('the editor is given what the command line says', () => {
    for (const [name, make] of Object.entries(NETWORKS)) {
      const bytes = writeTflite(quantise(make()), { description: name });
      for (const target of ['max78000', 'generic-npu']) {
        const { definitions } = importNetwork(bytes, `${name}.tflite`, target);
        if ('refused' in definitions) continue;
        for (const { problems, able } of [definitions.fixed, definitions.search]) {
          assert.equal(able.length > 0, problems.length > 0, `${name} on ${target}`);
          assert.ok(!able.includes(target));
        }
      }
    }
  });
});
