/**
 * `tones`: small spectrograms that look to a network as spoken keywords do: formants that glide, bursts of noise,
 * speakers that differ.
 */
import type { SeededRandom } from '../../../base/random.ts';
import type { Generator } from './generator.ts';

const FRAMES = 32;
const BANDS = 16;

/**
 * A voiced or noisy part of a word: frames from `start` to `end` (of a word 20 frames long); `formants` glide from one
 * band to another.
 */
interface Segment {
  readonly start: number;
  readonly end: number;
  readonly formants: readonly (readonly [from: number, to: number])[];
  readonly noise?: readonly [low: number, high: number];
}

/**
 * Words are chosen to be confusable: each shares all but one trait with another
 * (`up`/`down`: direction of a glide; `stop`/`go`: a burst before the vowel; `left`/`right`: order of the parts).
 */
const WORDS: Readonly<Record<string, readonly Segment[]>> = {
  up: [
    {
      start: 2,
      end: 18,
      formants: [
        [3, 3],
        [7, 11],
      ],
    },
  ],
  down: [
    {
      start: 2,
      end: 18,
      formants: [
        [3, 3],
        [11, 7],
      ],
    },
  ],
  stop: [
    { start: 0, end: 5, formants: [], noise: [10, 15] },
    {
      start: 6,
      end: 18,
      formants: [
        [4, 2],
        [8, 8],
      ],
    },
  ],
  go: [
    {
      start: 2,
      end: 18,
      formants: [
        [4, 2],
        [8, 8],
      ],
    },
  ],
  left: [
    {
      start: 0,
      end: 9,
      formants: [
        [2, 2],
        [12, 12],
      ],
    },
    {
      start: 10,
      end: 19,
      formants: [
        [5, 5],
        [9, 9],
      ],
    },
  ],
  right: [
    {
      start: 0,
      end: 9,
      formants: [
        [5, 5],
        [9, 9],
      ],
    },
    {
      start: 10,
      end: 19,
      formants: [
        [2, 2],
        [12, 12],
      ],
    },
  ],
};
const WORD_FRAMES = 20;

export const tones: Generator = {
  shape: { height: FRAMES, width: BANDS, channels: 1 },
  spectrogram: true,
  classes: Object.keys(WORDS),
  draw(label, random, out) {
    drawBackground(random, out);
    const speed = 0.75 + 0.6 * random.next();
    const first = random.next() * (FRAMES - WORD_FRAMES * speed);
    const pitch = 1.25 * random.normal();
    const loudness = 0.35 + 0.4 * random.next();
    for (const segment of Object.values(WORDS)[label]!) {
      const gains = segment.formants.map(() => loudness * (0.55 + 0.6 * random.next()));
      for (let frame = 0; frame < FRAMES; frame++) {
        const time = (frame - first) / speed;
        if (time < segment.start || time > segment.end) continue;
        const share = (time - segment.start) / (segment.end - segment.start);
        const envelope = Math.min(1, 4 * share + 0.2, 4 * (1 - share) + 0.2);
        segment.formants.forEach(([from, to], n) => {
          addPeak(out, frame, from + (to - from) * share + pitch, envelope * gains[n]!);
        });
        if (segment.noise !== undefined) addBurst(out, frame, segment.noise, envelope * loudness, random);
      }
    }
  },
};

/** Stationary noise that falls with frequency, a hum that is in no word, and now and then a click. */
function drawBackground(random: SeededRandom, out: Float32Array): void {
  const level = 0.11 + 0.15 * random.next();
  for (let i = 0; i < out.length; i++) out[i] = 0.12 + level * random.normal() * (1.2 - (0.5 * (i % BANDS)) / BANDS);
  const hum = random.next() * BANDS;
  const gain = 0.3 * random.next();
  for (let frame = 0; frame < FRAMES; frame++) addPeak(out, frame, hum, gain);
  if (random.next() < 0.3) {
    const click = random.integer(FRAMES);
    for (let band = 0; band < BANDS; band++) out[click * BANDS + band]! += 0.35;
  }
}

/** A formant is about two bands wide. */
function addPeak(out: Float32Array, frame: number, centre: number, gain: number): void {
  for (let band = Math.max(0, Math.ceil(centre - 3)); band <= Math.min(BANDS - 1, centre + 3); band++) {
    out[frame * BANDS + band]! += gain * Math.exp(-((band - centre) ** 2) / 1.2);
  }
}

function addBurst(
  out: Float32Array,
  frame: number,
  [low, high]: readonly [number, number],
  gain: number,
  random: SeededRandom,
): void {
  for (let band = low; band <= high; band++) out[frame * BANDS + band]! += gain * random.next();
}
