/** Numbers as people read them, and the panel's page. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLarge,
  formatNumber,
  formatShare,
  formatUnit,
} from '../../../src/text/format.ts';
import { formatMetric, formatNamedMetric } from '../../../src/wire/tasks/metrics.ts';
import { panelPage } from '../../../src/wire/panel-page.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('numbers as text', () => {
  it('formats bytes', () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, '0 B'],
      [812, '812 B'],
      [1023, '1023 B'],
      [1023.9, '1 KiB'],
      [1024, '1 KiB'],
      [1536, '1.5 KiB'],
      [48 * 1024, '48 KiB'],
      [48_224, '47.1 KiB'],
      [1024 * 1024 - 1, '1 MiB'],
      [-2048, '-2 KiB'],
    ];
    for (const [bytes, text] of cases) assert.equal(plain(formatBytes(bytes)), text);
  });

  it('is within half a percent of the bytes it stands for', () => {
    const units: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 36 }), (bytes) => {
        const [value, unit] = plain(formatBytes(bytes)).split(' ');
        assert.ok(Math.abs(Number(value) * units[unit!]! - bytes) <= 0.005 * bytes + 0.5);
      }),
    );
  });

  it('formats the rest', () => {
    assert.equal(formatCount(49_152), '49,152');
    assert.equal(plain(formatLarge(4_712_000)), '4.71 M');
    assert.equal(plain(formatShare(0.857)), '85.7 %');
    assert.equal(plain(formatShare(1)), '100 %');
    assert.equal(plain(formatMetric('psnr', 32.414)), '32.41 dB');
    assert.equal(plain(formatNamedMetric('accuracy', 0.935)), '93.5 % accuracy');
    assert.equal(plain(formatNamedMetric('psnr', 32.414)), '32.41 dB PSNR');
    assert.equal(formatNumber(0.000_01), '1.00e-5');
    assert.equal(plain(formatUnit('seconds', 0.078)), '78 ms');
    assert.deepEqual(
      [8, 125, 4320, -1].map((seconds) => plain(formatDuration(seconds))),
      ['8 s', '2 min 5 s', '1 h 12 min', '0 s'],
    );
  });
});

describe('page of the panel', () => {
  const page = panelPage({
    cspSource: 'https://cdn.example',
    nonce: 'abcdefghijklmnop+/==',
    script: 'https://cdn.example/panel.js?a="b"',
    styles: ['https://cdn.example/panel.css'],
  });

  it('allows nothing inline, nothing evaluated and nothing from elsewhere', () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)![1]!.replaceAll('&#39;', "'");
    assert.match(policy, /^default-src 'none';/);
    assert.doesNotMatch(policy, /unsafe|\*|http:/);
    assert.match(policy, /script-src 'nonce-abcdefghijklmnop\+\/=='$/);
    assert.doesNotMatch(page, /<style|style=|onload=/);
  });

  it('escapes addresses and refuses a weak nonce', () => {
    assert.match(page, /a=&quot;b&quot;/);
    for (const nonce of ['', 'short', 'x"><script>alert(1)</script>'])
      assert.throws(() => panelPage({ cspSource: 'x', nonce, script: '', styles: [] }), /nonce/);
  });
});
