import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { udc } from './support.ts';

describe('udc', () => {
  it('says its version, the one of the package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    assert.deepEqual(await udc('--version'), { code: 0, out: `${version}\n`, err: '' });
    assert.deepEqual(JSON.parse((await udc('--version', '--json')).out), { version });
  });

  it('helps: in general, for each command, and when nothing was said', async () => {
    const help = await udc('--help');
    assert.equal(help.code, 0);
    const commands = [...help.out.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map((match) => match[1]!);
    assert.ok(
      ['check', 'search', 'resume', 'apply', 'export', 'import', 'runs', 'compress', 'targets'].every((name) =>
        commands.includes(name),
      ),
      commands.join(),
    );
    for (const name of commands) {
      const { code, out } = await udc(name, '--help');
      assert.equal(code, 0, name);
      assert.match(out, new RegExp(`[Uu]sage: udc ${name} `), name);
      const [line, ...explained] = out.slice(out.indexOf('Usage:')).split('\n');
      const told = explained.flatMap((text) => /^ {2}(\S.*?) {2,}\S/.exec(text)?.[1] ?? []);
      const terms = [...line!.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
      for (const flag of terms)
        assert.ok(
          told.some((term) => term.split(' ')[0] === flag),
          `${name} ${flag} is not explained`,
        );
      assert.ok(terms.includes('--json') && told.length >= terms.length, name);
    }
    const nothing = await udc();
    assert.deepEqual([nothing.code, nothing.out, nothing.err], [2, '', help.out]);
  });

  it('calls a wrong command line wrong, with exit code 2 and what would be right', async () => {
    const wrong = async (message: RegExp, ...args: string[]): Promise<void> => {
      const { code, out, err } = await udc(...args);
      assert.deepEqual([code, out], [2, ''], err);
      assert.match(err, message);
    };
    await wrong(/there is no command 'serch'; did you mean 'search'\?/, 'serch');
    await wrong(/there is no command 'zzzzzzzzzz'; the commands are check, data, search, /, 'zzzzzzzzzz');
    await wrong(/MODEL is missing\nUsage: udc search MODEL/, 'search');
    await wrong(
      /Unknown option '--bugdet'; did you mean '--budget'\?\nUsage: udc search/,
      'search',
      'm.yaml',
      '--bugdet',
      '3',
    );
    await wrong(/'b' is one argument too many/, 'resume', 'a', 'b');
    await wrong(/--parallel needs a whole number from 0, not 'two'/, 'search', 'm.yaml', '--parallel', 'two');
    await wrong(/--parallel needs a whole number up to 64, not '65'/, 'resume', 'latest', '--parallel', '65');
    await wrong(/--seed needs a whole number from 0, not '-0.5'/, 'search', 'm.yaml', '--seed=-0.5');
    await wrong(/--backend needs one of auto, wasm, .*, not 'cuda'/, 'search', 'm.yaml', '--backend', 'cuda');
    await wrong(/'--budget <value>' argument missing/, 'search', 'm.yaml', '--budget');
  });

  it('puts errors into JSON too, when asked for JSON', async () => {
    const { code, out } = await udc('search', 'no-such.udc.yaml', '--json');
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(out), { error: { exitCode: 1, message: 'no-such.udc.yaml: there is no such file' } });
  });
});
