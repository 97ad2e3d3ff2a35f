/** The check report: its sums, its padding remedies, its verdict; and the limits of targets. */
import assert from 'node:assert/strict';
import { instantiate } from '../../../../src/network/architecture.ts';
import { checkReport } from '../../../../src/costs/check/check-report.ts';
import { findTarget, supports } from '../../../../src/targets/find-target.ts';
import { allAssignments, architectureBytes, definition, networkOf } from '../support/random-networks.ts';
import { resnet8 } from '../support/published-networks.ts';

const LAYERS =
  '  - { name: stem, op: conv, kernel: 3x3, filters: 16 | 40 }\n  - { name: mix, op: pwconv | skip, filters: 64 }\n  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 10, bits: 4 | 8 }';

describe('check report', () => {
  const network = networkOf(definition(LAYERS));
  const target = findTarget('ethos-u55-128');

  it('bytes are those of the architectures', () => {
    const report = checkReport(network, target, { weights: 4096 });
    const all = [...allAssignments(network)].map((assignment) =>
      architectureBytes(target, instantiate(network, assignment)),
    );
    assert.equal(report.totals.bytes.smallest, Math.min(...all));
    assert.equal(report.totals.bytes.largest, Math.max(...all));
    assert.ok(Math.abs(report.totals.bytes.expected - all.reduce((a, b) => a + b, 0) / all.length) < 1e-6);
    assert.equal(report.architectures, String(all.length));
    assert.equal(report.totals.share!.largest, Math.max(...all) / 4096);
    assert.equal(
      report.rows.reduce((sum, row) => sum + row.bytes.expected, 0),
      report.totals.bytes.expected,
    );
  });

  it('says that every architecture fits, whichever limits there are', () => {
    const { totals } = checkReport(network, target);
    const { bytes, macs, peakActivationBytes } = totals;
    assert.equal(checkReport(network, target).allFit, undefined);
    for (const [cost, most] of [
      ['weights', Math.ceil(bytes.largest)],
      ['activations', peakActivationBytes.largest],
      ['macs', macs.largest],
    ] as const) {
      assert.equal(checkReport(network, target, { [cost]: most }).allFit, true, cost);
      assert.equal(checkReport(network, target, { [cost]: most - 1 }).allFit, false, `less ${cost}`);
      assert.equal(checkReport(network, target, { [cost]: 1 }).allFit, false, `no ${cost}`);
    }
  });

  it('rows say what each layer costs', () => {
    const [stem, mix, pool, logits] = checkReport(network, target).rows;
    assert.deepEqual(stem!.output, { height: 16, width: 16, channels: { smallest: 16, largest: 40 } });
    assert.deepEqual(stem!.parameters, { smallest: 16 * 27 + 16, largest: 40 * 27 + 40 });
    assert.deepEqual(stem!.macs, { smallest: 16 * 27 * 256, largest: 40 * 27 * 256 });
    assert.deepEqual(stem!.activationBytes, { smallest: 256 * (3 + 16), largest: 256 * (3 + 48) });
    assert.equal(stem!.kernel, '3x3');
    assert.equal(mix!.op, 'pwconv | skip');
    assert.equal(mix!.bytes.smallest, 0);
    assert.deepEqual(
      [mix!.output.channels, pool!.output.channels],
      [
        { smallest: 16, largest: 64 },
        { smallest: 16, largest: 64 },
      ],
      'skipped, it passes on the 16 channels of stem',
    );
    assert.equal(pool!.bytes.largest, 0);
    assert.equal(logits!.share, undefined);
  });

  it('padding comes with its remedy', () => {
    const [stem, mix, , logits] = checkReport(network, target).rows;
    assert.ok(
      mix!.padding!.remedies.includes('filters of stem 40 stores 64; 32 or 64 waste nothing'),
      mix!.padding!.remedies.join(),
    );
    assert.ok(
      mix!.padding!.share > 0 && mix!.padding!.share < 1 - 40 / 64,
      'zeros that fill bricks take less than weights',
    );
    assert.deepEqual(stem!.padding!.reasons, ['3 input channels are stored as 8: the data give them']);
    assert.ok(logits!.padding!.reasons.includes('10 output channels are stored as 16: the task gives them'));
    assert.equal(checkReport(network, findTarget('stm32h743')).rows[1]!.padding, undefined);
  });

  it('says whether the network can fit', () => {
    assert.equal(checkReport(network, target).feasible, undefined);
    const { smallest } = checkReport(network, target).totals.bytes;
    assert.equal(checkReport(network, target, { weights: smallest }).feasible, true);
    assert.equal(checkReport(network, target, { weights: smallest - 1 }).feasible, false);
    const tight = networkOf(definition(LAYERS).replace('npu: ethos-u55-128', 'npu: ethos-u55-128, activations: 4 KiB'));
    assert.equal(checkReport(tight, target, { weights: 1e6 }).feasible, false);
    assert.equal(checkReport(network, findTarget('max78000')).budgetBytes, 442_368);
  });

  it('names what the target cannot run', () => {
    const depthwise = networkOf(
      definition(
        '  - { name: dw, op: dsconv, kernel: 3x3, filters: 8 }\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 4, bits: 3 }',
      ),
    );
    assert.deepEqual(checkReport(depthwise, findTarget('max78000')).problems, [
      'dw: MAX78000 has no depthwise convolutions',
      'd: 3-bit weights: MAX78000 stores 2, 4, 8 bits',
    ]);
    assert.deepEqual(checkReport(depthwise, target).problems, []);
  });
});

describe('operator limits', () => {
  const conv = resnet8().operations[0]!;
  const u55 = findTarget('ethos-u55-128');
  const max = findTarget('max78000');
  const cases = [
    [u55, { kernel: { height: 65, width: 1 } }, /kernel height 65 \(dilated\): Ethos-U55-128 takes 1 to 64/],
    [
      u55,
      { kernel: { height: 33, width: 65 }, dilation: { height: 1, width: 2 } },
      /kernel area 4257 \(dilated\): .* up to 4096/,
    ],
    [u55, { stride: { height: 4, width: 1 } }, /stride 4x1: .* with stride 1 to 3 only/],
    [u55, { kind: 'depthwise', factor: 2 }, /depth multiplier 2: .* \(here 3\)/],
    [u55, { kind: 'average-pool', kernel: { height: 9, width: 9 }, padding: 'same' }, /pool 9x9: .* up to 8x8/],
    [
      u55,
      { kind: 'average-pool', kernel: { height: 257, width: 1 }, padding: 'valid' },
      /up to height 256 and area 65536/,
    ],
    [u55, { kind: 'max-pool', kernel: { height: 300, width: 1 } }, /pool 300x1: .* up to height 256/],
    [u55, { outChannels: 65536 }, /a dimension of 65536: .* up to 65535/],
    [u55, { bits: 9 }, /9-bit weights/],
    [max, { kernel: { height: 5, width: 5 } }, /kernel 5x5: MAX78000 has 1x1 and 3x3 only/],
    [max, { stride: { height: 2, width: 2 } }, /convolutions with stride 1 only/],
    [max, { dilation: { height: 2, width: 2 } }, /dilation 2x2: MAX78000 has no dilated/],
    [max, { kind: 'depth-to-space' }, /cannot rearrange channels/],
  ] as const;
  for (const [target, change, reason] of cases) {
    it(`${target.name}: ${JSON.stringify(change)}`, () => {
      assert.equal(supports(target, { ...conv, bits: 8 }), undefined);
      assert.match(supports(target, { ...conv, bits: 8, ...change })!, reason);
    });
  }

  it('a depth multiplier is fine over a single input channel, an average pool of 9x9 without padding', () => {
    assert.equal(supports(u55, { ...conv, kind: 'depthwise', factor: 2, inChannels: 1 }), undefined);
    assert.equal(
      supports(u55, { ...conv, kind: 'average-pool', kernel: { height: 9, width: 9 }, padding: 'valid' }),
      undefined,
    );
  });
});
