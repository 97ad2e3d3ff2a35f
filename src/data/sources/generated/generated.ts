/** Data sets that are made, not read: for examples, tests, and a first try without a download. */
import { SeededRandom } from '../../../base/random.ts';
import { DataError } from '../../data-error.ts';
import { shapes } from './shapes-generator.ts';
import { tones } from './tones-generator.ts';
import type { Generator } from './generator.ts';
import type { RawPart, RawSet } from '../../dataset.ts';

export const GENERATORS: Readonly<Record<string, Generator>> = { tones, shapes };

const DEFAULT_SAMPLES = 3000;

/**
 * Draws `samples` training samples and a quarter as many for the test, classes in turn. The same seed gives the same
 * bytes on every machine.
 * @throws DataError for an unknown generator
 */
export function generateSet(name: string, samples = DEFAULT_SAMPLES, seed = 0): RawSet {
  const generator = Object.hasOwn(GENERATORS, name) ? GENERATORS[name] : undefined;
  if (generator === undefined)
    throw new DataError(
      `generator ${name}`,
      `there is no such generator; there are ${Object.keys(GENERATORS).join(', ')}`,
    );
  const random = new SeededRandom(seed);
  const train = drawPart(`generator ${name}`, generator, samples, random);
  return {
    train,
    test: drawPart(`generator ${name}`, generator, Math.ceil(samples / 4), random),
    classes: generator.classes.length,
    classNames: { file: train.name, names: generator.classes },
  };
}

function drawPart(name: string, generator: Generator, count: number, random: SeededRandom): RawPart {
  const { shape } = generator;
  const elements = shape.height * shape.width * shape.channels;
  const pixels = new Uint8Array(count * elements);
  const labels = new Int32Array(count);
  const sample = new Float32Array(elements);
  for (let n = 0; n < count; n++) {
    labels[n] = n % generator.classes.length;
    sample.fill(0);
    generator.draw(labels[n]!, random, sample);
    for (let i = 0; i < elements; i++)
      pixels[n * elements + i] = Math.min(255, Math.max(0, Math.round(sample[i]! * 255)));
  }
  return { name, count, shape, pixels, labels };
}
