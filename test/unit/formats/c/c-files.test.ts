/** C programs as folders: compilers take the files without a warning, and their test finds what it is for. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cFiles } from '../../../../src/formats/c/c-files.ts';
import { quantise } from '../../../../src/integer/quantise-network.ts';
import type { IntegerNetwork } from '../../../../src/integer/integer-network.ts';
import { scratchFolder } from '../../../scratch.ts';
import { NETWORKS } from '../../integer/networks.ts';
import { hasCompiler, STRICT } from './c-compiler.ts';

/** Writes files into a new folder. */
function written(files: Readonly<Record<string, string>>): string {
  const folder = scratchFolder('c-files');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Compiles both sources and runs what comes of them. */
function tested(files: Readonly<Record<string, string>>, flags: readonly string[]): { status: number; said: string } {
  const folder = written(files);
  const out = join(folder, 'test');
  const sources = Object.keys(files).filter((name) => name.endsWith('.c'));
  const build = spawnSync('gcc', [...STRICT, ...flags, '-o', out, ...sources], { cwd: folder, encoding: 'utf8' });
  assert.deepEqual([build.stderr, build.status], ['', 0]);
  const { status, stdout } = spawnSync(out, { encoding: 'utf8' });
  return { status: status!, said: stdout };
}

/** Does the compiler make programs with these flags here? */
function links(flags: readonly string[]): boolean {
  const folder = written({ 'a.c': '#include <stdio.h>\nint main(void) { return puts("a") < 0; }\n' });
  return spawnSync('gcc', [...flags, '-o', 'a', 'a.c'], { cwd: folder }).status === 0;
}

describe('C programs as folders', () => {
  const networks = Object.entries(NETWORKS).map(([name, make]) => [name, quantise(make())] as const);
  const filesOf = (network: IntegerNetwork): Readonly<Record<string, string>> =>
    cFiles(network, 'test', { classes: true });

  it('are a header, a source and a test, named after the network', () => {
    const [, network] = networks[0]!;
    const names = Object.keys(filesOf(network));
    const [header] = names;
    const prefix = header!.replace(/\.h$/, '');
    assert.deepEqual(names, [`${prefix}.h`, `${prefix}.c`, `${prefix}_test.c`]);
    assert.doesNotMatch(Object.values(filesOf(network)).join(''), /IMPLEMENTATION/);
  });

  for (const [name, flags] of [
    ['64 bits', ['-O2']],
    ['32 bits', ['-m32', '-O2']],
    ['32 bits, floating point of the 8087', ['-m32', '-O2', '-mfpmath=387']],
  ] as const)
    it(`are built without a warning and compute what UDC does: ${name}`, function () {
      this.timeout(240_000);
      if (!hasCompiler() || !links(flags)) this.skip();
      for (const [of, network] of networks) {
        const { status, said } = tested(filesOf(network), flags);
        assert.deepEqual([status, said], [0, 'all outputs are those that UDC computed\n'], of);
      }
    });

  it('say which inputs come out wrong', function () {
    this.timeout(120_000);
    if (!hasCompiler()) this.skip();
    const files = filesOf(networks[0]![1]);
    const [test] = Object.keys(files).filter((name) => name.endsWith('_test.c'));
    const changed = files[test!]!.replace(/(expected\[3\] = \{\d+u, )\d+u/, '$11u');
    assert.notEqual(changed, files[test!]);
    assert.deepEqual(tested({ ...files, [test!]: changed }, ['-O1']), {
      status: 1,
      said: 'input 1: outputs are not those that UDC computed\n',
    });
  });

  it('are taken by the compiler for microcontrollers', function () {
    this.timeout(120_000);
    if (!hasCompiler('arm-none-eabi-gcc')) this.skip();
    for (const [of, network] of networks) {
      const files = filesOf(network);
      const sources = Object.keys(files).filter((name) => name.endsWith('.c'));
      const { status, stderr } = spawnSync(
        'arm-none-eabi-gcc',
        ['-mcpu=cortex-m4', '-mthumb', ...STRICT, '-Os', '-c', ...sources],
        { cwd: written(files), encoding: 'utf8' },
      );
      assert.deepEqual([stderr, status], ['', 0], of);
    }
  });
});
