/** Recordings of noise: what `silence` is cut from, and what is mixed under the words that are trained on. */
import type { SeededRandom } from '../../../base/random.ts';
import type { Part } from './labelled-files.ts';

/** Where the stretch of each part lies in a recording: what is heard in training is not tested on. */
const STRETCHES: Readonly<Record<Part, readonly [from: number, to: number]>> = {
  train: [0, 0.8],
  validation: [0.8, 0.9],
  test: [0.9, 1],
};

/** A place in a recording; the sound there goes on from the beginning of its stretch where that ends. */
export interface NoiseCut {
  readonly recording: number;
  readonly start: number;
}

export class BackgroundNoise {
  /** @param recordings at the rate of the clips, none of them empty */
  constructor(private readonly recordings: readonly Float32Array[]) {}

  get count(): number {
    return this.recordings.length;
  }

  /** A place of a part's stretches; the longer a recording, the likelier. Takes two random numbers. */
  draw(part: Part, random: SeededRandom): NoiseCut {
    const lengths = this.recordings.map((_, i) => this.stretch(part, i)[1]);
    let at = Math.floor(random.next() * lengths.reduce((sum, length) => sum + length, 0));
    const recording = lengths.findIndex((length) => (at -= length) < 0);
    const chosen = Math.max(0, recording);
    return { recording: chosen, start: Math.floor(random.next() * lengths[chosen]!) };
  }

  /** Adds `gain` times the noise at a place to a clip. */
  mixInto(clip: Float32Array, part: Part, { recording, start }: NoiseCut, gain: number): void {
    const [from, length] = this.stretch(part, recording);
    const sound = this.recordings[recording]!;
    for (let i = 0; i < clip.length; i++) clip[i] = clip[i]! + gain * sound[from + ((start + i) % length)]!;
  }

  private stretch(part: Part, recording: number): readonly [from: number, length: number] {
    const { length } = this.recordings[recording]!;
    const [from, to] = STRETCHES[part].map((share) => Math.min(length - 1, Math.floor(share * length)));
    return [from!, Math.max(1, to! - from!)];
  }
}
