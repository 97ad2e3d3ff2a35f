/** Data sets that are made, not read: for examples, tests, and a first try without a download. */
import { SeededRandom } from '../../../base/random.ts';
import { DataError } from '../../data-error.ts';
import { elementsOf, type Source, type SourcePart, type SourceSet } from '../../dataset.ts';
import { HeldSource } from '../held-source.ts';
import { shapes } from './shapes-generator.ts';
import { tones } from './tones-generator.ts';
import type { Generator } from './generator.ts';

export const GENERATORS: Readonly<Record<string, Generator>> = { tones, shapes };

const DEFAULT_SAMPLES = 3000;

/**
 * `samples` training samples and a quarter as many for the test, classes in turn. The same seed gives the same bytes on
 * every machine.
 * @param memory a set of at most so many bytes is drawn once; of a larger one each sample is drawn when it is asked for
 * @throws DataError for an unknown generator
 */
export function generateSet(name: string, samples = DEFAULT_SAMPLES, seed = 0, memory = Infinity): SourceSet {
  const generator = Object.hasOwn(GENERATORS, name) ? GENERATORS[name] : undefined;
  if (generator === undefined)
    throw new DataError(
      `generator ${name}`,
      `there is no such generator; there are ${Object.keys(GENERATORS).join(', ')}`,
    );
  const random = new SeededRandom(seed);
  const tests = Math.ceil(samples / 4);
  const held = (samples + tests) * elementsOf(generator.shape) <= memory;
  const part = (count: number): SourcePart => ({
    samples: (held ? drawAll : drawLater)(`generator ${name}`, generator, count, random),
    labels: Int32Array.from({ length: count }, (_, n) => labelOf(generator, n)),
  });
  const train = part(samples);
  return {
    train,
    test: part(tests),
    classes: generator.classes.length,
    classNames: { file: train.samples.name, names: generator.classes },
  };
}

const labelOf = ({ classes }: Generator, n: number): number => n % classes.length;

/** Draws sample `n` with the next random numbers, as bytes. */
function draw(generator: Generator, n: number, random: SeededRandom, into: Uint8Array): void {
  const sample = new Float32Array(into.length);
  generator.draw(labelOf(generator, n), random, sample);
  for (let i = 0; i < into.length; i++) into[i] = Math.min(255, Math.max(0, Math.round(sample[i]! * 255)));
}

function drawAll(name: string, generator: Generator, count: number, random: SeededRandom): Source {
  const elements = elementsOf(generator.shape);
  const pixels = new Uint8Array(count * elements);
  for (let n = 0; n < count; n++) draw(generator, n, random, pixels.subarray(n * elements, (n + 1) * elements));
  return new HeldSource(name, generator.shape, pixels);
}

/** Four words of a generator's state. */
const WORDS = 4;

/** Samples are drawn one after another; the state before each is enough to draw it again. */
function drawLater(name: string, generator: Generator, count: number, random: SeededRandom): Source {
  const elements = elementsOf(generator.shape);
  const states = new Uint32Array(count * WORDS);
  const scratch = new Uint8Array(elements);
  for (let n = 0; n < count; n++) {
    states.set(random.state(), n * WORDS);
    draw(generator, n, random, scratch);
  }
  const again = new SeededRandom(0);
  return {
    name,
    count,
    shape: generator.shape,
    type: 'uint8',
    held: false,
    read: (indices) =>
      Promise.resolve(
        Array.from(indices, (n) => {
          const pixels = new Uint8Array(elements);
          again.restore([...states.subarray(n * WORDS, (n + 1) * WORDS)]);
          draw(generator, n, again, pixels);
          return pixels;
        }),
      ),
    close: () => Promise.resolve(),
  };
}
