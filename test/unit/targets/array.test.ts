/** MAX78000 and MAX78002: limits per processor, memory and layer, at their edges, and said by every surface. */
import type { Limit } from '../../../src/wire/limits.ts';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Analysis } from '../../../src/editor/language/sizes/analysis.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { Architecture } from '../../../src/network/types.ts';
import { weightColumns } from '../../../src/targets/array/array-layers.ts';
import { checkReport } from '../../../src/costs/check/check-report.ts';
import { problemsOf, runs } from '../../../src/targets/runnable.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { checkTarget } from '../../../src/strategies/session/refusals.ts';
import { TargetError, type SearchContext } from '../../../src/training/problem.ts';

const CHIPS = { max78000: findTarget('max78000'), max78002: findTarget('max78002') };
type Chip = keyof typeof CHIPS;

const text = (npu: string, input: string, layers: readonly string[]): string =>
  `udc: 1\nname: net\ninput: ${input}\ntarget: { npu: ${npu} }\nlayers:\n${layers.map((layer) => `  - { ${layer} }\n`).join('')}`;

function architecture(input: string, layers: readonly string[]): Architecture {
  const { network, diagnostics } = parseDefinition(text('max78000', input, layers));
  assert.ok(network, JSON.stringify(diagnostics));
  return instantiate(network, []);
}

const END = ['name: end, op: global-average-pool', 'name: logits, op: dense, units: 10, bits: 8'];
const conv = (name: string, filters: number, kernel = '3x3', bits = 8): string =>
  `name: ${name}, op: conv, kernel: ${kernel}, filters: ${filters}, bits: ${bits}`;
const pool = (name: string): string => `name: ${name}, op: max-pool, kernel: 2, stride: 2`;

/**
 * What fits, and the next that does not, by chip: [chip, what, input, layers that run, layers that do not, why not].
 */
const EDGES: readonly (readonly [Chip, string, string, readonly string[], readonly string[], RegExp])[] = [
  [
    'max78000',
    'biases of a layer',
    '8x8x16',
    [conv('a', 512), ...END],
    [conv('a', 513), ...END],
    /a: 513 output channels with biases: a bias memory holds 512/,
  ],
  [
    'max78000',
    'channels',
    '8x8x1024',
    [conv('a', 8, '1x1'), ...END],
    [conv('a', 1025, '1x1'), ...END],
    /1,025 channels: MAX78000 takes up to 1,024/,
  ],
  [
    'max78000',
    'kernels of a processor',
    '4x4x96',
    [conv('a', 316), ...END],
    [conv('a', 388), ...END],
    /a: its weights take 784 columns .* of each of 48 processors, which has 768/,
  ],
  [
    'max78000',
    'kernels of 4 bits',
    '4x4x192',
    [conv('a', 436, '3x3', 4), ...END],
    [conv('a', 436, '3x3', 8), ...END],
    /a: its weights take 1,344 columns/,
  ],
  [
    'max78000',
    'pixels of a channel',
    '64x64x64',
    [conv('a', 64), conv('b', 64, '1x1'), pool('p'), pool('q'), ...END],
    [conv('a', 128), conv('b', 16, '1x1'), pool('p'), pool('q'), ...END],
    /a: beside the maps that are still needed its 64x64x128/,
  ],
  [
    'max78000',
    'a map',
    '181x181x1',
    [pool('p'), ...END].map((layer) => layer.replace('name: p,', 'name: p, padding: valid,')),
    [conv('a', 4), ...END],
    /a: a map of 181x181x4: a data memory holds 8,192 pixels/,
  ],
  [
    'max78002',
    'pixels of a channel',
    '128x128x3',
    [conv('a', 4), pool('p'), pool('q'), pool('r'), pool('s'), ...END],
    [conv('a', 68), pool('p'), pool('q'), pool('r'), pool('s'), ...END],
    /a: a map of 128x128x68/,
  ],
  [
    'max78002',
    'kernels of a processor',
    '4x4x128',
    [conv('a', 1024, '3x3'), ...END],
    [conv('a', 1024), conv('b', 1024), ...END],
    /b: its weights take 16,384 columns .* which has 4,096/,
  ],
  [
    'max78002',
    'kernels of the first processor',
    '8x8x1',
    [conv('a', 1024), ...END],
    [conv('a', 1025), ...END],
    /1,025 channels/,
  ],
];

describe('accelerators made of processors', () => {
  for (const [chip, what, input, fitting, beyond, reason] of EDGES) {
    it(`${chip}: ${what}`, () => {
      if (!(what === 'a map')) assert.deepEqual(problemsOf(CHIPS[chip], architecture(input, fitting)), []);
      assert.match(problemsOf(CHIPS[chip], architecture(input, beyond)).join('; '), reason);
    });
  }

  it('pools have no padding, up to 16x16, and lead into a convolution where they are of more than 64 channels', () => {
    const problems = (chip: Chip, layers: readonly string[], input = '32x32x4'): string =>
      problemsOf(CHIPS[chip], architecture(input, [...layers, ...END])).join('; ');
    const windowed = (kernel: number, stride: number, padding: string): string =>
      `name: p, op: max-pool, kernel: ${kernel}, stride: ${stride}, padding: ${padding}`;
    assert.equal(problems('max78000', [windowed(16, 3, 'valid')]), '');
    assert.match(problems('max78000', [windowed(17, 17, 'valid')]), /pool 17x17: MAX78000 pools over up to 16x16/);
    assert.match(problems('max78000', [windowed(3, 2, 'same')]), /pools without padding/);
    assert.equal(
      problems('max78000', [windowed(2, 2, 'same'), windowed(1, 1, 'same').replace('name: p', 'name: q')]),
      '',
      'SAME that adds nothing',
    );
    assert.match(
      problems(
        'max78000',
        [windowed(2, 2, 'valid'), conv('a', 80, '1x1'), windowed(2, 2, 'valid').replace('name: p', 'name: q')],
        '32x32x4',
      ),
      /q: a pool of 80 channels: beyond 64/,
    );
    assert.equal(
      problems(
        'max78000',
        [
          windowed(2, 2, 'valid'),
          conv('a', 80, '1x1'),
          windowed(2, 2, 'valid').replace('name: p', 'name: q'),
          conv('b', 8),
        ],
        '32x32x4',
      ),
      '',
    );
    assert.equal(
      problems(
        'max78002',
        [windowed(2, 2, 'valid'), conv('a', 80, '1x1'), windowed(2, 2, 'valid').replace('name: p', 'name: q')],
        '32x32x4',
      ),
      '',
    );
  });

  it('the MAX78000 runs 32 layers, the MAX78002 128; pools in front of convolutions are not counted', () => {
    const deep = (convolutions: number): Architecture =>
      architecture('8x8x4', [pool('p'), ...Array.from({ length: convolutions }, (_, i) => conv(`c${i}`, 4)), ...END]);
    assert.deepEqual(problemsOf(CHIPS.max78000, deep(31)), []);
    assert.deepEqual(problemsOf(CHIPS.max78000, deep(32)), [
      '33 layers: MAX78000 runs up to 32, pools and additions in front of a convolution not counted',
    ]);
    assert.deepEqual(problemsOf(CHIPS.max78002, deep(127)), []);
    assert.equal(runs(CHIPS.max78002, deep(128)), false);
  });

  it('an addition runs without an activation, a depthwise convolution on the MAX78002 alone', () => {
    const residual = (activation: string): Architecture =>
      architecture('8x8x4', [
        conv('a', 8),
        `name: r, op: residual, kernel: 3x3, filters: 8, bits: 8, activation: ${activation}`,
        ...END,
      ]);
    assert.match(problemsOf(CHIPS.max78000, residual('relu')).join(), /an addition with an activation/);
    assert.equal(problemsOf(CHIPS.max78000, residual('none')).join(), '');
    const separable = architecture('8x8x4', ['name: a, op: dsconv, kernel: 3x3, filters: 8, bits: 8', ...END]);
    assert.deepEqual([runs(CHIPS.max78000, separable), runs(CHIPS.max78002, separable)], [false, true]);
  });

  it('a network that the maker ships for the MAX78000 fits both: SimpleNet for CIFAR-100', () => {
    const simplenet = architecture('32x32x3', [
      conv('c1', 16),
      conv('c2', 20),
      conv('c3', 20),
      conv('c4', 20),
      pool('p5'),
      conv('c5', 20),
      conv('c6', 20),
      conv('c7', 44),
      pool('p8'),
      conv('c8', 48),
      conv('c9', 48),
      pool('p10'),
      conv('c10', 96),
      pool('p11'),
      conv('c11', 512, '1x1'),
      conv('c12', 128, '1x1'),
      pool('p13'),
      conv('c13', 128),
      conv('c14', 100, '1x1'),
      ...END.slice(0, 1),
    ]);
    assert.deepEqual(problemsOf(CHIPS.max78000, simplenet), []);
    assert.deepEqual(problemsOf(CHIPS.max78002, simplenet), []);
  });

  it('what runs takes no more than the memories are in sum, whatever the network', () => {
    const layer = fc.record({
      filters: fc.integer({ min: 1, max: 300 }),
      kernel: fc.constantFrom('1x1', '3x3'),
      bits: fc.constantFrom(2, 4, 8),
      pooled: fc.boolean(),
    });
    let ran = 0;
    fc.assert(
      fc.property(
        fc.array(layer, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 80 }),
        fc.constantFrom(...Object.values(CHIPS)),
        (layers, channels, target) => {
          const net = architecture(`16x16x${channels}`, [
            ...layers.flatMap(({ filters, kernel, bits, pooled }, i) => [
              ...(pooled && i === 2 ? [pool(`p${i}`)] : []),
              conv(`c${i}`, filters, kernel, bits),
            ]),
            ...END,
          ]);
          const weighted = net.operations.filter(({ kind }) => kind === 'conv' || kind === 'dense');
          const packed = weighted.map(
            ({ kernel, inChannels, outChannels, bits }) =>
              (kernel.height * kernel.width * inChannels * outChannels * bits) / 8,
          );
          const array = target.array!;
          weighted.forEach((operation, i) => {
            // Each of at most 64 processors holds its own channels' kernels.
            assert.ok(
              weightColumns(array, operation) * 9 * Math.min(array.processors, operation.inChannels) >=
                packed[i]! - 1e-9,
              operation.id,
            );
          });
          if (!runs(target, net)) return;
          ran++;
          assert.ok(packed.reduce((sum, bytes) => sum + bytes, 0) <= target.weightMemory!.value);
          assert.ok(
            weighted.every(({ inChannels, outChannels }) => Math.max(inChannels, outChannels) <= array.maxChannels),
          );
          assert.ok(weighted.reduce((sum, { outChannels }) => sum + outChannels, 0) <= 4 * array.biasBytes);
        },
      ),
      { seed: 7, numRuns: 200 },
    );
    assert.ok(ran > 20, `${ran} of 200 run`);
  });

  it('what cannot run is never said to fit: check, editor and search agree', () => {
    const tooLarge = [
      ['8x8x1', [conv('a', 1024), ...END]],
      ['128x128x3', [conv('a', 8), ...END]],
      ['4x4x64', [conv('a', 256), conv('b', 256), conv('c', 256), ...END]],
      ['8x8x4', [conv('a', 16), ...END]],
    ] as const;
    for (const [input, layers] of tooLarge) {
      const written = text('max78000', input, layers);
      const network = parseDefinition(written).network!;
      const target = CHIPS.max78000;
      const possible = input === '8x8x4';
      const report = checkReport(network, target);
      assert.deepEqual(
        [report.feasible, report.allFit, report.problems.length > 0],
        [possible, possible, !possible],
        input,
      );
      assert.equal(
        new Analysis(written).errors.some(({ code }) => code === 'unsupported-by-target'),
        !possible,
      );
      const search = (): void => {
        checkTarget({ network, target, limits: [] as readonly Limit[] } as SearchContext);
      };
      if (possible) assert.doesNotThrow(search);
      else assert.throws(search, TargetError);
    }
  });

  it('a space is refused for options that never run, not for combinations that do not', () => {
    const space = (filters: string): string[] => [
      ...checkReport(
        parseDefinition(
          text('max78000', '8x8x64', [
            conv('a', 8).replace('filters: 8', `filters: ${filters}`),
            conv('b', 256),
            ...END,
          ]),
        ).network!,
        CHIPS.max78000,
      ).problems,
    ];
    assert.match(space('8 | 1100').join(), /1,100 channels/);
    assert.deepEqual(space('8 | 256'), [], '256 and 256 do not fit together, 8 and 256 do');
  });
});
