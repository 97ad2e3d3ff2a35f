/** Times and counts, as they are written and as `target:` states them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCount, parseDuration, parseSeconds } from '../../../src/language/quantity-units.ts';
import { completions } from '../../../src/language/yaml/definition-completions.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';

const definition = (target: string): string =>
  `udc: 1\nname: a\ntask: classification\ninput: 8x8x1\ntarget: { npu: ethos-u55-128, ${target} }\nlayers:\n  - { name: c, op: conv, kernel: 3x3, filters: 4 }\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 2 }\n`;

describe('times and counts', () => {
  it('are read with their units', () => {
    for (const [text, seconds] of [
      ['3 ms', 0.003],
      ['3ms', 0.003],
      ['2.9 ms', 0.0029],
      ['250 us', 0.00025],
      ['250 µs', 0.00025],
      ['.5 s', 0.5],
    ] as const)
      assert.equal(parseSeconds(text), seconds, text);
    for (const [text, count] of [
      ['1200000', 1_200_000],
      ['1.2 M', 1_200_000],
      ['1.2M', 1_200_000],
      ['800 k', 800_000],
      ['800K', 800_000],
      ['2 G', 2e9],
      ['1.15 k', 1150],
    ] as const)
      assert.equal(parseCount(text), count, text);
  });

  it('are refused where a unit is missing, unknown or means something else, saying what would be right', () => {
    for (const text of ['3', '3 m', '3 MS', '0 ms', '-1 ms', '1e3 ms', 'ms', '', '3 ms ms', '90000 s', '1,5 ms'])
      assert.throws(() => parseSeconds(text), /is not a time with its unit such as `3 ms`/, text);
    for (const text of ['1.2 m', '0', '0.5', '-3 M', '1e6', '5 MB', 'M', '', '9999999 G'])
      assert.throws(() => parseCount(text), /is not a number such as `1200000`, `1.2 M`/, text);
  });

  it('come back from how they are written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999_999 }), fc.constantFrom('ms', 'us', 's'), (n, unit) => {
        const per = { ms: 1e3, us: 1e6, s: 1 }[unit]!;
        const seconds = Number((n / 1000 / per).toPrecision(15));
        if (seconds > 86_400) return;
        assert.equal(parseSeconds(`${n / 1000} ${unit}`), seconds);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (n) => {
        assert.equal(parseCount(`${n / 1000} k`), n);
        assert.equal(parseCount(String(n)), n);
      }),
    );
  });

  it('are limits of a definition, as text and as numbers', () => {
    const { definition: read, diagnostics } = parseDefinition(
      definition('latency: 3 ms, cycles: 1.2 M, macs: 5000000'),
    );
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(read?.target, { npu: 'ethos-u55-128', latency: 0.003, cycles: 1_200_000, macs: 5_000_000 });
  });

  it('are diagnosed at their place with what would be right', () => {
    for (const [target, expected] of [
      ['latency: 3', 'a time with its unit such as `3 ms`, `250 us` or `0.5 s`'],
      ['latency: 0 ms', 'a time with its unit such as `3 ms`, `250 us` or `0.5 s`'],
      ['latency: fast', 'a time with its unit such as `3 ms`, `250 us` or `0.5 s`'],
      ['cycles: 1.2 MB', 'a number such as `1200000`, `1.2 M` or `800 k`'],
      ['cycles: 0', 'a number such as `1200000`, `1.2 M` or `800 k`'],
      ['macs: 0.2', 'a number such as `5000000`, `5 M` or `800 k`'],
      ['macs: 1 M | 2 M', 'a number such as `5000000`, `5 M` or `800 k`'],
      ['macs: 99999999999 G', 'a number such as `1200000`, `1.2 M` or `800 k`'],
    ] as const) {
      const [found, ...others] = parseDefinition(definition(target)).diagnostics;
      assert.deepEqual([found?.severity, found?.line, others.length], ['error', 5, 0], target);
      assert.ok(found!.message.includes(expected), found!.message);
    }
  });

  it('are offered', () => {
    const text = definition('latency: ');
    const offset = text.indexOf('latency: ') + 'latency: '.length;
    assert.deepEqual(
      completions(text, offset).map(({ label }) => label),
      ['1 ms', '3 ms', '10 ms'],
    );
    const open = definition('x');
    const keys = completions(open, open.indexOf(', x }') + 3).map(({ label }) => label);
    for (const key of ['latency', 'cycles', 'macs']) assert.ok(keys.includes(key), keys.join());
  });
});

describe('how long a search may take', () => {
  const trained = (training: string): ReturnType<typeof parseDefinition> =>
    parseDefinition(`${definition('weights: 2 KiB')}training: { ${training} }\n`);

  it('is a time with its unit, and patience a number of epochs', () => {
    for (const [text, seconds] of [
      ['30 min', 1800],
      ['2h', 7200],
      ['1.5 h', 5400],
      ['90 s', 90],
      ['1 d', 86_400],
    ] as const)
      assert.equal(parseDuration(text), seconds, text);
    for (const text of ['30', '30 m', '30 ms', '0 min', '-1 h', '400 d', '', '1 hour'])
      assert.throws(() => parseDuration(text), /is not a time with its unit such as `30 min`/, text);
    const { definition: found, diagnostics } = trained('patience: 3, maxTime: 30 min');
    assert.deepEqual([found?.training.patience, found?.training.maxTime, diagnostics], [3, 1800, []]);
    const { definition: plain } = trained('seed: 2');
    assert.deepEqual(
      ['patience', 'maxTime'].map((key) => key in plain!.training),
      [false, false],
    );
  });

  it('is refused where it is none, with the place and what would be right', () => {
    for (const [training, message] of [
      ['maxTime: 30', /maxTime.*30 min/],
      ['maxTime: 30 minutes', /maxTime.*30 min/],
      ['maxTime: 0 min', /maxTime.*30 min/],
      ['patience: 0', /patience.*a whole number from 1/],
      ['patience: 1.5', /patience.*a whole number from 1/],
    ] as const) {
      const errors = trained(training).diagnostics.filter(({ severity }) => severity === 'error');
      assert.equal(errors.length, 1, training);
      assert.match(errors[0]!.message, message);
      assert.equal(errors[0]!.line, 10);
    }
  });

  it('is warned of where patience never acts', () => {
    const [warning] = trained('patience: 5').diagnostics;
    assert.match(warning!.message, /`patience: 5` never acts: a stage would need 12 epochs, and the longest has 10/);
    assert.deepEqual(trained('patience: 5, search: 12').diagnostics, []);
  });
});
