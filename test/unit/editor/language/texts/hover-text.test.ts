/** The texts of hovers, hints and lenses: figures that can be checked by hand. */
import assert from 'node:assert/strict';
import { Analysis } from '../../../../../src/editor/language/sizes/analysis.ts';
import { consumers } from '../../../../../src/editor/language/sizes/consumers.ts';
import { layerText } from '../../../../../src/editor/language/texts/layer-text.ts';
import { matchLayers } from '../../../../../src/costs/weights/known-bytes.ts';
import { layerValueText, settingText } from '../../../../../src/editor/language/texts/value-text.ts';
import { ensembleText } from '../../../../../src/editor/language/texts/members-text.ts';
import { againstBudget, bytesRange } from '../../../../../src/editor/language/texts/words.ts';
import { formatArchitectures } from '../../../../../src/text/format.ts';
import { channelPadding, weightShape } from '../../../../../src/costs/weights/padding/channel-padding.ts';
import type { LayerReport } from '../../../../../src/wire/run.ts';
import { fixtureOfEnsemble } from '../../../../fixtures/ensembles.ts';

const definition = (layers: string, rest = ''): string => `udc: 1
name: net
input: 16x16x1
target: { npu: ethos-u55-128, weights: 8 KiB }
${rest}layers:
${layers}  - { name: logits, op: dense, units: 10, bits: 8 }
`;

const FIXED = definition(`  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 40, bits: 8 }
  - { name: mix, op: pwconv, filters: 64, bits: 4, sparsity: 0.5 }
  - { name: pool, op: global-average-pool }
`);
const OPEN = definition(`  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16, bits: 8 }
  - { name: block, op: dsconv | skip, kernel: 3x3 | 5x5, filters: 16 | 32, bits: 2 | 4 }
  - { name: pool, op: global-average-pool }
`);
const spaces = (text: string): string => text.replaceAll('\u00a0', ' ');
const sized = (text: string): NonNullable<Analysis['sizes']> => {
  const { sizes, diagnostics } = new Analysis(text);
  assert.ok(sizes, JSON.stringify(diagnostics));
  return sizes;
};

describe('the hover of a layer', () => {
  it('gives shapes, parameters and operations of an architecture exactly', () => {
    const text = spaces(layerText(sized(FIXED), 0));
    // 3x3x1x40 weights and 40 biases; 8x8 outputs.
    for (const line of [
      'Operators: conv 3×3.',
      '| Shape in | 16×16×1 |',
      '| Shape out | 8×8×40 |',
      '| Parameters | 400 |',
      '| MACs | 23,040 |',
      '| As floats | 1.41 KiB |',
      '- floats: 360 × 4 B = 1.41 KiB',
      '| Packed into their bits | 360 B |',
      '- packed: 360 × 8 bit = 360 B',
    ]) {
      assert.ok(text.includes(line), `${line} is not in\n${text}`);
    }
    assert.match(text, /^\*\*stem\*\*: ≈ .* compressed, .* % of the 8 KiB budget; 400 parameters\./);
  });

  it('gives the smallest and the largest architecture where there are choices', () => {
    const text = spaces(layerText(sized(OPEN), 1));
    assert.ok(
      text.includes(
        'Operators: none, skipped (in the smallest architecture); depthwise 5×5, conv 1×1 (in the largest).',
      ),
      text,
    );
    assert.ok(text.includes('| Shape in | – | 8×8×16 |'), text);
    assert.ok(text.includes('- floats: 400 × 4 B + 512 × 4 B = 3.56 KiB'), text);
    assert.match(text, /0 B to /);
  });

  it('adds up: the stored sum is what is stored', () => {
    const sizes = sized(FIXED);
    for (const index of [0, 1, 3]) {
      const { operations, storedBytes } = sizes.largestArchitecture.layer(index);
      assert.equal(
        operations.reduce((sum, { stored }) => sum + (stored?.weightBytes ?? 0) + (stored?.sideBytes ?? 0), 0),
        storedBytes,
      );
      assert.equal(sizes.layerRange(index).largest, storedBytes);
    }
  });

  it('shows the bytes of a run without "≈"', () => {
    const report = {
      name: 'stem',
      totalBytes: 944,
      weightBytes: 544,
      sideBytes: 400,
      paddingBytes: 90,
      entropyBytes: 300,
      sparsity: 0,
      achievedSparsity: 0.01,
    } as LayerReport;
    const text = spaces(layerText(sized(FIXED), 0, report));
    assert.match(text, /^\*\*stem\*\*: 944 B compressed, 11.5 % of the 8 KiB budget/);
    assert.ok(text.includes('**944 B** |'), text);
    assert.ok(
      text.includes(
        '454 B weights (0 % zeros decided, 1 % reached) + 90 B padding + 400 B bias and scale = 944 B, exact',
      ),
      text,
    );
  });

  it('says that a layer without weights stores none, and shows no Markdown of the user', () => {
    assert.match(layerText(sized(FIXED), 2), /^\*\*pool\*\* stores no weights\./);
    const odd = FIXED.replaceAll('stem', 'a_b-d');
    assert.match(layerText(sized(odd), 0), /^\*\*a\\_b-d\*\*/);
  });
});

describe('the hover of an early exit', () => {
  const exits = (op: string): string =>
    definition(`  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 16, bits: 8 }
  - { name: early, op: ${op}, units: 10, bits: 4 }
  - { name: block, op: dsconv, kernel: 3x3, filters: 32, bits: 4 }
  - { name: pool, op: global-average-pool }
`);
  const cells = (text: string, title: string): string[] =>
    text
      .split('\n')
      .find((line) => line.startsWith(`| ${title} |`))!
      .split(' | ')
      .slice(1)
      .map((cell) => cell.replace(/ \|$/, ''));

  it('says what its head takes, and how many cycles an inference takes that stops there', () => {
    const sizes = sized(exits('exit'));
    const text = spaces(layerText(sizes, 1));
    assert.match(text, /^\*\*early\*\*: ≈ .* compressed, .* of the 8 KiB budget; 170 parameters\./);
    const { largestArchitecture: whole } = sizes;
    const until = whole.workUntil(1)!;
    assert.equal(until.cycles, whole.layerWork(0)!.cycles + whole.layerWork(1)!.cycles);
    assert.ok(until.share > whole.layerWork(1)!.share && until.share < 1);
    assert.match(cells(text, 'Cycles until it answers')[0]!, /^[\d.,]+( k)?, \d.* % of all$/);
    assert.ok(!layerText(sizes, 2).includes('until it answers'));
  });

  it('shows one that may be left out as left out, and as it stands', () => {
    const text = spaces(layerText(sized(exits('exit | skip')), 1));
    assert.match(text, /^\*\*early\*\*: ≈ 0 B to .* compressed/);
    const [least, most] = cells(text, 'Cycles until it answers');
    assert.equal(least, '–');
    assert.match(most!, /% of all$/);
    assert.match(text, /Operators: none, skipped \(in the smallest architecture\); .*dense \(in the largest\)/);
  });
});

describe('padding', () => {
  it('names the widths that waste nothing: 40 inputs are stored as 64', () => {
    const sizes = sized(FIXED);
    const [mix] = sizes.largestArchitecture.layer(1).operations;
    const padding = channelPadding(sizes.target, weightShape(mix!.operation)!, 'input');
    assert.deepEqual(padding, { channels: 40, stored: 64 });
    assert.equal(channelPadding(sizes.target, weightShape(mix!.operation)!, 'output'), undefined);
  });

  it('is reported at the filters that cause it', () => {
    assert.match(
      layerValueText(sized(FIXED), 0, 'filters'),
      /filters 40 stores 64 in mix, which reads it; 32 or 64 waste nothing/,
    );
  });

  it('follows additions and pools to the operators that read a layer', () => {
    const { largestArchitecture } = sized(
      definition(`  - { name: stem, op: conv, kernel: 3x3, filters: 24 }
  - { name: left, op: conv, kernel: 3x3, filters: 24 }
  - { name: sum, op: add, from: stem }
  - { name: small, op: max-pool, kernel: 2x2, stride: 2 }
  - { name: next, op: pwconv, filters: 8 }
  - { name: pool, op: global-average-pool }
`),
    );
    assert.deepEqual(
      consumers(largestArchitecture.architecture, 0).map(({ layerName }) => layerName),
      ['left', 'next'],
    );
  });

  it('asks for no change of what is given: the input and the classes', () => {
    assert.match(layerText(sized(FIXED), 0), /1 input channel is stored as 8: the data give them/);
    assert.match(layerText(sized(FIXED), 3), /10 output channels are stored as 16: the task gives them/);
  });

  it('is nothing where the format has no order', () => {
    const sizes = sized(FIXED.replace('ethos-u55-128', 'stm32h743'));
    for (const { operation } of sizes.largestArchitecture.layer(1).operations)
      assert.equal(channelPadding(sizes.target, weightShape(operation)!, 'input'), undefined);
  });
});

describe('the hover of a value', () => {
  it('compares its options', () => {
    const text = spaces(layerValueText(sized(OPEN), 1, 'bits'));
    assert.match(text, /\| `2` \| ≈ .* \| ≈ .* \| .* % to .* % \|/);
    assert.match(text, /\| `4` \|/);
  });

  it('says that an addition decides widths together', () => {
    const text = layerValueText(
      sized(
        definition(`  - { name: stem, op: conv, kernel: 3x3, filters: 8 | 16 }
  - { name: left, op: conv, kernel: 3x3, filters: 8 | 16 }
  - { name: sum, op: add, from: stem }
  - { name: pool, op: global-average-pool }
`),
      ),
      0,
      'filters',
    );
    assert.match(text, /Decided together with left: an addition joins them\./);
  });

  it('lists the presets that the chip can have', () => {
    const sizes = sized(OPEN.replace('ethos-u55-128', 'ethos-u65-256, system: Ethos_U65_Embedded'));
    assert.match(settingText(sizes, ['target', 'system']) ?? '', /\| \*\*`Ethos_U65_Embedded`\*\* \| 500.MHz \|/);
    assert.match(settingText(sizes, ['target', 'memory']) ?? '', /Possible .*: `Sram_Only`, `Shared_Sram`\./);
  });

  it('explains operators, the target and the budget', () => {
    assert.match(layerValueText(sized(OPEN), 1, 'op'), /- `dsconv`: Depthwise separable convolution/);
    assert.match(settingText(sized(OPEN), ['target', 'npu']) ?? '', /stores weights of 2, 3, 4, 5, 6, 7, 8 bits/);
    assert.match(settingText(sized(OPEN), ['target', 'weights']) ?? '', /The architectures of this definition take ≈ /);
    assert.equal(settingText(undefined, ['nothing']), undefined);
  });
});

describe('targetProblems', () => {
  const codes = (text: string): readonly string[] =>
    new Analysis(text).diagnostics.map(({ code }) => code).filter((code) => code !== 'no-dataset');
  it('finds a target that does not exist, and offers the nearest', () => {
    const [found] = new Analysis(FIXED.replace('ethos-u55-128', 'ethos-u55-1128')).diagnostics;
    assert.equal(found?.code, 'unknown-target');
    assert.equal(found.severity, 'error');
    assert.match(found.message, /did you mean `ethos-u55-128`/);
    assert.equal(found.fixes?.[0]?.text, 'ethos-u55-128');
    assert.equal(new Analysis(FIXED.replace('ethos-u55-128', 'ethos-u55-1128')).sizes, undefined);
  });
  it('finds presets that the target cannot have, and offers the nearest', () => {
    const text = FIXED.replace('ethos-u55-128', 'ethos-u55-128, system: Ethos_U55_Deep_Embeded');
    const [found] = new Analysis(text).diagnostics;
    assert.equal(found?.code, 'unknown-preset');
    assert.equal(found.fixes?.[0]?.text, 'Ethos_U55_Deep_Embedded');
    assert.equal(new Analysis(text).sizes, undefined);
    assert.deepEqual(codes(text.replace('Embeded', 'Embedded')), []);
    assert.deepEqual(codes(FIXED.replace('ethos-u55-128', 'ethos-u85-128, memory: Sram_Only')), ['unknown-preset']);
  });
  it('finds operators that the target cannot run', () => {
    assert.ok(codes(OPEN.replace('ethos-u55-128', 'max78000')).includes('unsupported-by-target'));
    assert.deepEqual(codes(OPEN), []);
  });
  it('finds budgets that nothing fits', () => {
    assert.deepEqual(codes(FIXED.replace('8 KiB', '300 B')), ['budget-too-small']);
    assert.deepEqual(codes(FIXED.replace('8 KiB', '8 KiB, activations: 1 KiB')), ['activations-too-large']);
    assert.deepEqual(codes(FIXED.replace('8 KiB', '8 KiB, latency: 1 us')), ['latency-too-long']);
    assert.deepEqual(codes(FIXED.replace('8 KiB', '8 KiB, cycles: 10')), ['cycles-too-many']);
    assert.deepEqual(codes(FIXED.replace('8 KiB', '8 KiB, macs: 10')), ['macs-too-many']);
    assert.deepEqual(codes(FIXED.replace('8 KiB', '8 KiB, latency: 1 s, cycles: 1 G, macs: 1 G')), []);
  });
});

describe('matchLayers', () => {
  const sizes = sized(FIXED);
  const layers = sizes.network.layers.map(({ spec }, index): LayerReport => {
    const measure = sizes.largestArchitecture.layer(index);
    return {
      name: spec.name,
      op: spec.op.options[0]!,
      output: [...measure.output!] as [number, number, number],
      kernel: '',
      bits: spec.bits.options[0]!,
      sparsity: spec.sparsity.options[0]!,
      parameters: measure.parameters,
      macs: measure.macs,
      activationBytes: 0,
      totalBytes: 1,
      weightBytes: 1,
      sideBytes: 0,
      paddingBytes: 0,
      entropyBytes: 0,
    };
  });
  const result = { target: 'ethos-u55-128', layers };
  it('recognises the architecture that a run found', () => {
    assert.deepEqual(
      matchLayers(sizes.network, sizes.target.name, result)?.map((layer) => layer?.name),
      ['stem', 'mix', 'pool', 'logits'],
    );
  });
  it('does not take another width, bitwidth, sparsity or target for it', () => {
    for (const change of [
      ['filters: 64', 'filters: 56'],
      ['bits: 4', 'bits: 3'],
      ['sparsity: 0.5', 'sparsity: 0.25'],
      ['ethos-u55-128', 'ethos-u55-256'],
    ] as const) {
      const other = sized(FIXED.replace(change[0], change[1]));
      assert.equal(matchLayers(other.network, other.target.name, result), undefined, change[1]);
    }
  });
});

describe('words', () => {
  it('say ranges, counts and budgets', () => {
    assert.equal(spaces(bytesRange(1024, 2048)), '1 KiB to 2 KiB');
    assert.equal(spaces(bytesRange(1024, 1024)), '1 KiB');
    assert.equal(formatArchitectures(46080n), '46,080');
    assert.equal(formatArchitectures(12n * 10n ** 17n), '1.2 × 10^18');
    assert.equal(spaces(againstBudget(10, 20, 5)), 'none fits 5 B');
    assert.equal(spaces(againstBudget(1, 4, 5)), 'all fit 5 B');
    assert.equal(spaces(againstBudget(1, 10, 5)), 'some fit 5 B');
    assert.equal(spaces(againstBudget(5, 5, 5)), 'fits 5 B');
    assert.equal(spaces(againstBudget(7, 7, 5)), '2 B over 5 B');
  });
});

describe('the hover of a choice of inputs', () => {
  it('gives MACs and activations with each, in the architectures with the fewest and the most weights', () => {
    const sizes = sized(OPEN.replace('input: 16x16x1', 'input: 16x16x1 | 8x8x1'));
    const text = spaces(settingText(sizes, ['input'])!);
    // Smallest: 3x3 weights of 8 channels over 8x8 outputs, and 8 of 10 logits; at half the side a quarter of these.
    assert.ok(text.includes('| `16x16x1` | 4.69 k … '), text);
    assert.ok(text.includes('| `8x8x1` | 1.23 k … '), text);
    assert.match(text, /which do not depend on the input\.$/);
    assert.doesNotMatch(settingText(sized(OPEN), ['input'])!, /activations at the peak/);
    assert.deepEqual(sized(OPEN).atInputs, []);
  });
});

describe('the hover of an ensemble', () => {
  const text = OPEN.replace('target:', 'ensemble: { members: 3 }\ntarget:');

  it('gives what its members take together, and what the last search came to', () => {
    const sizes = sized(text);
    assert.ok(sizes.work('cycles'));
    const alone = spaces(ensembleText(sizes, undefined));
    const { smallest, largest } = sizes;
    assert.ok(alone.includes(spaces(bytesRange(3 * smallest, 3 * largest))), alone);
    assert.match(alone, /the budget of 8 KiB is of all of them, 2\.67 KiB each/);
    assert.match(alone, /cycles at the least, where the first member is sure/);
    const { result } = fixtureOfEnsemble();
    const after = spaces(ensembleText(sizes, { name: 'third try', result: result! }));
    assert.ok(after.startsWith(alone));
    assert.match(after, /The last search \(third try\):\n\n- The ensemble was chosen/);
  });

  it('is empty where there is none', () => {
    assert.equal(ensembleText(sized(OPEN), undefined), '');
  });
});
