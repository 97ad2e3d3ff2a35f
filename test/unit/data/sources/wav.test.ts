/** WAV files of all kinds that are read, those that are not, and damaged ones. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DataError } from '../../../../src/data/data-error.ts';
import { readWavHeader, readWavSamples } from '../../../../src/data/sources/audio/wav.ts';
import { wav, WAV_KINDS, type WavKind } from './made-wav.ts';

const decode = (bytes: Uint8Array): number[] => [...readWavSamples(bytes, readWavHeader(bytes, 'a.wav'))];
const KINDS = Object.keys(WAV_KINDS) as WavKind[];
/** Values that every kind has: multiples of 1/128. */
const value = fc.integer({ min: -128, max: 127 }).map((n) => n / 128);

describe('WAV files', () => {
  for (const kind of KINDS)
    it(`of ${kind} are read as they were written, whatever stands around the samples`, () => {
      fc.assert(
        fc.property(
          fc.array(value, { minLength: 1, maxLength: 40 }),
          fc.boolean(),
          fc.array(fc.tuple(fc.constantFrom('LIST', 'fact', 'bext'), fc.nat(9)), { maxLength: 3 }),
          (values, extensible, chunks) => {
            const bytes = wav(values, { kind, extensible, chunks });
            assert.deepEqual(
              decode(bytes),
              values.map((one) => one + 0),
            );
            const header = readWavHeader(bytes, 'a.wav');
            assert.deepEqual([header.rate, header.channels, header.frames], [16000, 1, values.length]);
            assert.deepEqual([...readWavSamples(bytes, header, 1, 3)], values.slice(1, 4));
          },
        ),
        { numRuns: 30 },
      );
    });

  it('of several channels become one: their mean', () => {
    assert.deepEqual(decode(wav([0.5, -0.25, 1 / 128, 3 / 128], { channels: 2 })), [0.125, 2 / 128]);
    assert.deepEqual(decode(wav([0.5, 0.25, 0], { channels: 3, kind: 's24' })), [0.25]);
  });

  it('are read to their end where a program did not know how long they would be', () => {
    assert.deepEqual(decode(wav([0.5, 0.25], { stated: 0xffffffff })), [0.5, 0.25]);
  });

  const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['of another kind', Buffer.from('ID3 and what follows it'), /this is no WAV file; convert it, for example: ffmpeg/],
    ['that are empty', new Uint8Array(0), /no WAV file/],
    ['cut short', wav([0.5, 0.25, 0]).subarray(0, 48), /byte 48: the file ends too early: 6 bytes .* 4 did/],
    ['without samples', wav([0.5]).subarray(0, 36), /byte 36: the file ends before its samples/],
    ['of A-law', wav([0.5], { tag: 6 }), /samples are A-law; PCM of 8, 16, 24 or 32 bits and float are read/],
    ['of an unknown format', wav([0.5], { tag: 77 }), /samples are format 77 of 16 bits/],
    ['of no channels', wav([0.5], { channels: 0 }), /contradicts itself: 0 channels/],
    ['at no rate', wav([0.5], { rate: 0 }), /contradicts itself: .* 0 Hz/],
    ['above 4 GiB', Buffer.concat([Buffer.from('RF64'), wav([0.5]).subarray(4)]), /RF64/],
  ];
  for (const [what, bytes, said] of REFUSED)
    it(`${what} are refused, with file, byte and remedy`, () => {
      assert.throws(
        () => readWavHeader(bytes, 'a.wav'),
        (error: unknown) => error instanceof DataError && said.test(error.message) && error.file === 'a.wav',
      );
    });

  it('damaged anywhere are read or refused, and nothing else', () => {
    const whole = wav([0.5, 0.25, -0.5, 0.125], { chunks: [['LIST', 3]] });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, end) => {
        const damaged = Uint8Array.from(whole);
        damaged[at] = byte;
        try {
          decode(damaged.subarray(0, end));
        } catch (error) {
          assert.ok(error instanceof DataError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
