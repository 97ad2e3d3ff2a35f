/** What results say of early exits. */
import assert from 'node:assert/strict';
import { exitTexts, leftExitsText } from '../../../src/wire/exit-texts.ts';
import type { NetworkResult, StoppingReport } from '../../../src/wire/run.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const STOPPING: StoppingReport = { unit: 'cycles', mean: 26_759, whole: 30_000, accuracy: 0.929, endAccuracy: 0.925 };

describe('what a result says of its early exits', () => {
  it('is what stopping saves in the mean, and at which accuracy', () => {
    const [[title, text] = []] = exitTexts({ stopping: STOPPING } as NetworkResult);
    assert.equal(title, 'Stopping early');
    assert.equal(
      plain(text!),
      '26.8 k cycles in the mean instead of 30 k (10.8 % fewer), by thresholds found on the validation part, where 92.9 % are right, and 92.5 % at the end',
    );
    const [[, nothing] = []] = exitTexts({ stopping: { ...STOPPING, mean: 30_000 } } as NetworkResult);
    assert.match(nothing!, /saves nothing/);
    assert.deepEqual(exitTexts({} as NetworkResult), []);
  });

  it('is why others were left out', () => {
    const left = [
      { name: 'early', saved: 0.012, added: 0.05 },
      { name: 'late', saved: -0.01, added: 0.04 },
      { name: 'x' },
    ];
    assert.equal(
      plain(leftExitsText(left, 'MACs')),
      'the exits that are not worth their bytes were left out: early, which saves 1.2 % of the mean MACs at equal accuracy and adds 5 % to the bytes; late, which saves none of the mean MACs at equal accuracy and adds 4 % to the bytes; x, without which the objective is met better',
    );
  });
});
