/** Bits and zeros by their harm: within exact bytes, better than the same bits everywhere, refused without weights. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packFolded } from '../../../src/integer/pack-folded.ts';
import { readInitialWeights } from '../../../src/integer/initial-weights.ts';
import { codesAt } from '../../../src/integer/requantised.ts';
import { sizeExactly } from '../../../src/integer/sizing.ts';
import { applyEdits } from '../../../src/language/edit-plan.ts';
import { fittedValues } from '../../../src/language/fitted-values.ts';
import { languageOf } from '../../../src/language/language-table.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { largestOption } from '../../../src/network/largest-option.ts';
import { fitBySensitivity } from '../../../src/runs/fit-sensitivity.ts';
import { FitWeights, NoWeightsError } from '../../../src/runs/fit-weights.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { foldedOf } from '../formats/run.ts';
import { inFolder } from '../../scratch.ts';
import { udc } from '../cli/support.ts';

const TEXT = `udc: 1
name: small
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: 120, seed: 1 }
target: { npu: ethos-u55-128, weights: 4 KiB }
training: { initialWeights: start.safetensors }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8 }
  - { name: block, op: dsconv, kernel: 3x3, filters: 24, bits: 8, sparsity: 0 | 0.5 }
  - { name: wide, op: conv, kernel: 3x3, filters: 24, bits: 2 | 4 | 8 } # keeps this
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6, bits: 8 }
`;
const language = languageOf('small.udc.yaml');
const network = language.read(TEXT).network!;
const target = findTarget('ethos-u55-128');

function start(): Uint8Array {
  const folded = foldedOf(instantiate(network, network.decisions.map(largestOption)));
  return packFolded({ ...folded, input: { min: -3, max: 3 } });
}

describe('a fit by sensitivity', () => {
  it('is within the exact bytes of these weights, and keeps to the choices of the definition', async () => {
    const weights = readInitialWeights(start());
    const source = new FitWeights(weights, 'start');
    const request = { network, target, limits: { weights: 4608 } };
    const fit = await fitBySensitivity(request, source, 'small.udc.yaml', 12);
    assert.equal(fit.impossible, undefined);
    assert.ok(fit.bytes <= 4608 && fit.bytes > 3500, String(fit.bytes));
    const plan = language.set(TEXT, fittedValues(fit.rows));
    assert.ok(!('refused' in plan));
    const after = language.read(applyEdits(TEXT, plan.edits)).network!;
    assert.deepEqual(after.decisions, []);
    const architecture = instantiate(after, []);
    const exact = sizeExactly(architecture, target, (operation) => codesAt(weights, operation)!);
    assert.ok(exact.totalBytes <= fit.bytes, `${exact.totalBytes} of ${fit.bytes}`);
    assert.ok([2, 4, 8].includes(fit.rows[2]!.bits!));
    assert.ok([0, 0.5].includes(fit.rows[1]!.sparsity!));
    assert.deepEqual(await fitBySensitivity(request, source, 'small.udc.yaml', 12), fit);
  });

  it('says what is needed where nothing fits, and that it needs weights', async () => {
    const source = new FitWeights(readInitialWeights(start()), 'start');
    const tight = { network, target, limits: { weights: 600 } };
    const fit = await fitBySensitivity(tight, source, 'small.udc.yaml', 4);
    assert.match(fit.impossible!, /No bits make the weights fit: [\d,]+ B are needed/);
    await assert.rejects(fitBySensitivity(tight, undefined, 'small.udc.yaml', 4), NoWeightsError);
  });

  it('is told and written by udc fit --rule sensitivity', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'small.udc.yaml');
      await writeFile(file, TEXT);
      await writeFile(join(folder, 'start.safetensors'), start());
      const { code, out, err } = await udc('fit', file, '--rule', 'sensitivity', '--samples', '8', '--write');
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /harm [\d.e-]+, .* % of all/);
      assert.match(out, /Weights are those of start\.safetensors/);
      const bare = join(folder, 'bare.udc.yaml');
      await writeFile(bare, TEXT.replace(/training:.*\n/, ''));
      const none = await udc('fit', bare, '--rule', 'sensitivity');
      assert.equal(none.code, 1);
      assert.match(none.err, /needs the weights of the network/);
      assert.equal((await udc('fit', bare, '--samples', '8')).code, 2);
    }));
});
