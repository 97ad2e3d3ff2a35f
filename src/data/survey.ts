/** The one look at all samples before a search: they are sound, they are told by one number, and what fits is kept. */
import { createHash, type Hash } from 'node:crypto';
import { DataError } from './data-error.ts';
import { elementsOf, type Pixels, type Source, type SourcePart, type SourceSet } from './dataset.ts';
import { fits, hold } from './sources/held-source.ts';
import { heldBytes, inOrder, samplesPerChunk, valueBytes } from './sources/in-order.ts';

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/**
 * @param numberOf the record of each of the samples
 * @throws DataError where a value is no finite number
 */
export function expectFinite({ name }: Source, samples: readonly Pixels[], numberOf: (place: number) => number): void {
  samples.forEach((sample, i) => {
    if (sample instanceof Uint8Array) return;
    const wrong = sample.find((value) => !Number.isFinite(value));
    if (wrong !== undefined)
      throw new DataError(
        name,
        `the value ${wrong} is not a finite number${Number.isNaN(wrong) ? '' : ', or beyond float32 (3.4e38), in which networks compute'}`,
        { record: numberOf(i) },
      );
  });
}

const sourcesOf = ({ train, test }: SourceSet): Source[] =>
  [train, test].flatMap(({ samples, targets }) => (targets && targets !== samples ? [samples, targets] : [samples]));

/** Looks for values that are no numbers. @throws DataError naming file and record */
export async function checkValues(set: SourceSet): Promise<void> {
  for (const source of sourcesOf(set)) {
    if (source.type === 'uint8' || source.identity !== undefined) continue;
    for await (const { samples, from } of inOrder(source)) expectFinite(source, samples, (i) => from + i);
  }
}

/** Samples of a source of which reading all takes long that a check reads. */
const LOOKS = 2000;

/** Reads some samples of sources that are read when they are trained on: all of a small set. @throws DataError */
export async function lookAround(set: SourceSet): Promise<void> {
  for (const source of sourcesOf(set)) {
    if (source.identity === undefined) continue;
    const step = Math.max(1, source.count / LOOKS);
    const looks = Math.min(LOOKS, source.count);
    const piece = Math.min(looks, samplesPerChunk(source));
    for (let from = 0; from < looks; from += piece)
      await source.read(
        Int32Array.from({ length: Math.min(piece, looks - from) }, (_, i) => Math.floor((from + i) * step)),
      );
  }
}

export interface Surveyed {
  readonly set: SourceSet;
  /**
   * SHA-256 of shapes, samples, labels and targets of both parts, as the files hold them; where and in which files they
   * lie does not matter. It tells whether a run goes on with the samples that it began with.
   */
  readonly sha256: string;
}

/**
 * Reads all samples once, in their order.
 * @param memory so many bytes of samples may stay in memory: each source that fits into what is left does
 * @throws DataError where a value is no finite number; RangeError where no memory is left
 */
export async function survey(set: SourceSet, memory: number): Promise<Surveyed> {
  const hash = createHash('sha256');
  const room = { left: memory };
  const train = await surveyPart(set.train, hash, room);
  const test = await surveyPart(set.test, hash, room);
  return { set: { ...set, train, test }, sha256: hash.digest('hex') };
}

async function surveyPart(part: SourcePart, hash: Hash, room: { left: number }): Promise<SourcePart> {
  const { samples, labels, targets, ...others } = part;
  const { count, shape } = samples;
  hash.update(
    JSON.stringify([
      count,
      shape.height,
      shape.width,
      shape.channels,
      valueBytes(samples),
      targets ? [targets.shape.height, targets.shape.width, valueBytes(targets)] : [],
    ]),
  );
  const kept = await surveySource(samples, hash, room);
  hash.update(bytesOf(labels));
  if (part.groups) hash.update(bytesOf(part.groups));
  if (targets === undefined) return { ...others, samples: kept, labels };
  // Where the sample itself is to be reached, it was looked at already.
  const same = targets === samples;
  return { ...others, samples: kept, labels, targets: same ? kept : await surveySource(targets, hash, room) };
}

async function surveySource(source: Source, hash: Hash, room: { left: number }): Promise<Source> {
  const look = (samples: readonly Pixels[], from: number): void => {
    expectFinite(source, samples, (i) => from + i);
    if (source.identity === undefined) hash.update(joined(samples, elementsOf(source.shape)));
  };
  if (source.identity !== undefined) hash.update(source.identity);
  const kept = fits(source, room.left);
  if (kept) room.left -= heldBytes(source);
  if (kept && !source.held) return hold(source, look);
  // What takes long to read is read when it is trained on.
  if (source.identity === undefined) for await (const { samples, from } of inOrder(source)) look(samples, from);
  return source;
}

/** The bytes of samples that lie one after another in one memory, as all sources read neighbours; else a copy. */
function joined(samples: readonly Pixels[], elements: number): Uint8Array {
  const [first] = samples;
  if (first === undefined) return new Uint8Array(0);
  const whole = bytesOf(first);
  const adjacent = samples.every(
    (sample, i) =>
      sample.buffer === first.buffer && sample.byteOffset === first.byteOffset + i * elements * first.BYTES_PER_ELEMENT,
  );
  if (adjacent) return new Uint8Array(whole.buffer, whole.byteOffset, samples.length * whole.byteLength);
  return Buffer.concat(samples.map(bytesOf));
}
