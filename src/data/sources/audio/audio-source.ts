/** Clips of sound, read from their files when they are asked for. */
import { existsSync } from 'node:fs';
import { SeededRandom } from '../../../base/random.ts';
import type { AudioSpec } from '../../../network/types.ts';
import { Resampler } from '../../../signals/rational-resampler.ts';
import { ChangedDataError, DataError } from '../../data-error.ts';
import type { Pixels, Source } from '../../dataset.ts';
import { readBytes } from '../../files/data-files.ts';
import type { BackgroundNoise } from './background-noise.ts';
import { SoundSamples, type Read } from '../sound-samples.ts';
import type { Unsound } from '../unsound.ts';
import type { PartPlan } from './clip-plan.ts';
import { readWavHeader, readWavSamples } from './wav.ts';

/** Recordings as they are needed: one channel, at one rate. */
export class WavReader {
  private readonly resamplers = new Map<number, Resampler>();

  /** @param rate hertz that all are brought to */
  constructor(private readonly rate: number) {}

  /**
   * The first `most` samples of a file at the rate.
   * @throws DataError
   */
  async read(file: string, most = Infinity): Promise<Float32Array> {
    const bytes = await readBytes(file);
    const header = readWavHeader(bytes, file);
    if (header.frames === 0) throw new DataError(file, 'there are no samples in it');
    const resampler = header.rate === this.rate ? undefined : this.resampler(header.rate, file);
    // What lies beyond the end still sounds under the low pass: a little more than is needed.
    const needed = resampler ? Math.ceil((most * header.rate) / this.rate) + resampler.reach : most;
    const samples = readWavSamples(bytes, header, 0, Math.min(needed, header.frames));
    const wrong = samples.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) throw new DataError(file, `the value ${wrong} is not a finite number`);
    return resampler ? resampler.resample(samples).subarray(0, most) : samples;
  }

  private resampler(from: number, file: string): Resampler {
    const known = this.resamplers.get(from);
    if (known) return known;
    if (Math.max(from / this.rate, this.rate / from) > MOST_RATIO)
      throw new DataError(
        file,
        `its header says ${from} Hz, which is no rate of a recording for \`rate: ${this.rate}\`: the file is damaged, or it is of another kind`,
        {},
        ['dataset', 'rate'],
      );
    if (Resampler.tapsOf(from, this.rate) > MOST_TAPS)
      throw new DataError(
        file,
        `its rate of ${from} Hz has no simple ratio to \`rate: ${this.rate}\`: bring it there, for example: ffmpeg -i IN.wav -ar ${this.rate} OUT.wav`,
        {},
        ['dataset', 'rate'],
      );
    const made = new Resampler(from, this.rate);
    this.resamplers.set(from, made);
    return made;
  }
}

/** Between the rate of a recording and the one it is brought to: 192 kHz to 1 kHz is 192. */
const MOST_RATIO = 1000;

/** Of a low pass between two rates: 44.1 kHz to 16 kHz has 8821. */
const MOST_TAPS = 1_000_001;

export class AudioSource implements Source {
  readonly type = 'float32';
  readonly held = false;
  readonly shape: Source['shape'];

  private readonly sound: SoundSamples<Float32Array>;

  constructor(
    readonly name: string,
    private readonly plan: PartPlan,
    private readonly reader: WavReader,
    private readonly background: BackgroundNoise,
    private readonly spec: AudioSpec,
    unsound: Unsound,
  ) {
    this.shape = { height: spec.samples, width: 1, channels: 1 };
    const { clips, labels } = plan;
    this.sound = new SoundSamples(
      name,
      { count: clips.length, label: (index) => labels[index]!, file: (index) => this.fileAt(index) ?? name },
      unsound,
    );
  }

  get count(): number {
    return this.plan.clips.length;
  }
  get damaged(): ReadonlySet<number> {
    return this.sound.damaged;
  }

  /** The file whose clip stands at `index`: another of its class where its own is unsound; undefined of noise. */
  fileOf(index: number): string | undefined {
    return this.fileAt(this.sound.from(index));
  }

  private fileAt(index: number): string | undefined {
    const clip = this.plan.clips[index]!;
    return 'file' in clip ? clip.file : undefined;
  }

  async read(indices: Int32Array): Promise<readonly Float32Array[]> {
    const clips = await this.sound.read(indices, (samples) => Promise.all(samples.map((index) => this.clip(index))));
    return apart(clips);
  }

  /** Absent where there is no noise to mix. */
  get varied(): Source['varied'] {
    const { share, volume } = this.spec.noise;
    if (this.background.count === 0 || share * volume === 0) return undefined;
    return (indices, seed) => this.noisy(indices, seed);
  }

  /** Noise is mixed under a share of the clips, at a volume up to the most, and what is beyond full scale is cut. */
  private async noisy(indices: Int32Array, seed: number): Promise<readonly Pixels[]> {
    const random = new SeededRandom(seed);
    const { share, volume } = this.spec.noise;
    const drawn = Array.from(indices, () => ({
      gain: (random.next() < share ? volume : 0) * random.next(),
      cut: this.background.draw('train', random),
    }));
    const clips = await this.read(indices);
    clips.forEach((clip, i) => {
      const { gain, cut } = drawn[i]!;
      this.background.mixInto(clip, 'train', cut, gain);
      for (let n = 0; n < clip.length; n++) clip[n] = Math.max(-1, Math.min(1, clip[n]!));
    });
    return clips;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Cut at its end, or followed by silence. */
  private async clip(index: number): Promise<Read<Float32Array>> {
    const clip = this.plan.clips[index]!;
    const out = new Float32Array(this.shape.height);
    if ('file' in clip) {
      try {
        out.set(await this.reader.read(clip.file, out.length));
      } catch (error) {
        return { damage: damageOf(error, clip.file) };
      }
    } else this.background.mixInto(out, clip.part, clip.noise, clip.gain);
    return out;
  }
}

/** What is wrong with a file itself, in words. @throws what is not: it is gone, or its rate does not suit */
export function damageOf(error: unknown, file: string): string {
  if (!(error instanceof DataError) || error.path[1] === 'rate') throw error;
  if (!existsSync(file)) throw new ChangedDataError(file, 'there is no such file any more');
  return error.problem;
}

/** Each its own, where one clip stands in several places: noise is mixed into them. */
function apart(clips: readonly Float32Array[]): readonly Float32Array[] {
  const seen = new Set<Float32Array>();
  return clips.map((clip) => {
    if (seen.has(clip)) return clip.slice();
    seen.add(clip);
    return clip;
  });
}
