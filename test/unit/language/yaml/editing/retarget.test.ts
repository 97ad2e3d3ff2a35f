/** Another chip in a definition: its presets come and go with it, and nothing else changes. */
import assert from 'node:assert/strict';
import { parseDefinition } from '../../../../../src/language/yaml/parse-definition.ts';
import { retarget } from '../../../../../src/language/yaml/editing/retarget.ts';

const text = (target: string): string => `udc: 1
name: a
input: 1x1x16
target: ${target}
layers:
  - { name: logits, op: dense, units: 4 } # stays
`;

function retargeted(target: string, name: string): string {
  const found = retarget(text(target), name);
  assert.ok('text' in found, 'refused' in found ? found.refused : '');
  return found.text;
}

describe('retarget', () => {
  it('writes presets beside the chip, and takes out those that its name does not have', () => {
    for (const [from, name, to] of [
      ['{ npu: ethos-u55-128, weights: 8 KiB }', 'max78000', { npu: 'max78000', weights: 8192 }],
      [
        '{ npu: ethos-u55-128, weights: 8 KiB }',
        'ethos-u65-256+Ethos_U65_Embedded+Sram_Only',
        { npu: 'ethos-u65-256', system: 'Ethos_U65_Embedded', memory: 'Sram_Only', weights: 8192 },
      ],
      ['{ npu: ethos-u55-128, system: Ethos_U55_Deep_Embedded }', 'ethos-u55-128', { npu: 'ethos-u55-128' }],
      [
        '{ npu: ethos-u55-128, system: Ethos_U55_Deep_Embedded }',
        'ethos-u55-64+Sram_Only',
        { npu: 'ethos-u55-64', memory: 'Sram_Only' },
      ],
    ] as const) {
      const after = retargeted(from, name);
      assert.deepEqual(parseDefinition(after).definition?.target, to);
      assert.ok(after.endsWith('# stays\n'));
    }
  });

  it('leaves a text as it is that says so already', () => {
    const target = '{ npu: ethos-u55-128, system: Ethos_U55_Deep_Embedded, memory: Sram_Only }';
    assert.equal(retargeted(target, 'ethos-u55-128+Ethos_U55_Deep_Embedded+Sram_Only'), text(target));
  });
});
