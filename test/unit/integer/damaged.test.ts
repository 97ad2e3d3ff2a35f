/** Damaged weights files and networks: always the reader's own error, in words. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findFormat } from '../../../src/formats/format-table.ts';
import { exportInput } from '../../../src/reports/export-input.ts';
import { readGraph } from '../../../src/formats/tflite/tflite-graph.ts';
import { readInitialWeights } from '../../../src/integer/initial-weights.ts';
import { unpackFolded } from '../../../src/integer/pack-folded.ts';
import { readSafetensors } from '../../../src/base/safetensors-file.ts';
import { exampleRun } from '../formats/run.ts';

const RUN = exampleRun();

/** Reads many cut and flipped copies of a file; half of the flips hit its first KiB. */
function damaged(whole: Uint8Array, readers: readonly ((bytes: Uint8Array) => unknown)[]): void {
  fc.assert(
    fc.property(
      fc.option(fc.nat(whole.length)),
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(7), fc.boolean()), { minLength: 1, maxLength: 3 }),
      (cut, flips) => {
        const bytes = Uint8Array.from(cut === null ? whole : whole.subarray(0, cut));
        for (const [at, bit, near] of flips)
          if (bytes.length > 0) bytes[at % Math.min(bytes.length, near ? 1024 : Infinity)]! ^= 1 << bit;
        for (const reader of readers) {
          try {
            reader(bytes);
          } catch (error) {
            assert.ok(error instanceof Error);
            assert.equal(
              error.name === 'DamagedFileError' ||
                /^(?:not a TFLite file|this is |operator |tensor )|compiled/.test(error.message),
              true,
              error.stack,
            );
            assert.doesNotMatch(error.message, /typed array length|should be a multiple|undefined|\[object/);
          }
        }
      },
    ),
    { seed: 20261127, numRuns: 400 },
  );
}

describe('damaged files', () => {
  it('of weights', () => {
    damaged(RUN.weights, [
      readSafetensors,
      readInitialWeights,
      (bytes) => unpackFolded(bytes, RUN.folded.architecture),
    ]);
  });

  it('of networks', async () => {
    damaged(await findFormat('tflite').write(exportInput(RUN)), [readGraph]);
  });
});
