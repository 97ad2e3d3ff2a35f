/** Steps of `prepare:` on samples: to the last bit what Pillow makes of bytes, and of floats what bytes become. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { shrink } from '../../../../src/data/preparation/steps/shrink.ts';
import { runSteps, typeAfter, type Sample } from '../../../../src/data/preparation/steps/step-rules.ts';
import {
  STEP_SPECS,
  shapeAfter,
  type PrepareStep,
  type StepName,
} from '../../../../src/wire/preparation/step-table.ts';
import { SIGNAL_STEPS } from './made-steps.ts';
import type { ResizeStep } from '../../../../src/wire/preparation/resize-spec.ts';

interface Made {
  readonly old: readonly [number, number];
  readonly sha256: string;
}
/** `make-pillow.py` makes it. */
const PILLOW = JSON.parse(readFileSync(new URL('pillow.json', import.meta.url), 'utf8')) as {
  readonly resize: readonly (Made & {
    readonly new: readonly [number, number];
    readonly filter: ResizeStep['filter'];
    readonly fit: ResizeStep['fit'];
  })[];
  readonly grey: readonly Made[];
};

/** `make-shrunk.py` makes it. */
const SHRUNK = JSON.parse(readFileSync(new URL('shrunk.json', import.meta.url), 'utf8')) as readonly (Made & {
  readonly factor: number;
  readonly first: readonly number[];
})[];

/** The image that `make-pillow.py` draws. */
function drawn([height, width]: readonly [number, number]): Sample {
  const values = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return x * x * 7 + y * 13 + c * 101 + x * y;
  });
  return { shape: { height, width, channels: 3 }, values };
}

const sha256 = ({ values }: Sample): string =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

describe('steps of prepare', () => {
  for (const {
    old,
    new: [height, width],
    filter,
    fit,
    sha256: wanted,
  } of PILLOW.resize)
    it(`resize ${old.join('x')} to ${height}x${width} as Pillow does: ${filter}, ${fit}`, () => {
      const step: ResizeStep = { step: 'resize', height, width, fit, filter };
      const made = runSteps([step], drawn(old));
      assert.deepEqual(made.shape, { height, width, channels: 3 });
      assert.equal(sha256(made), wanted);
    });

  for (const { old, sha256: wanted } of PILLOW.grey)
    it(`make ${old.join('x')} grey as Pillow does`, () => {
      assert.equal(sha256(runSteps([{ step: 'grey' }], drawn(old))), wanted);
    });

  for (const { old, factor, sha256: wanted, first } of SHRUNK)
    it(`make ${old.join('x')} smaller by ${factor} as MATLAB's imresize does`, () => {
      const { shape, values } = shrink(drawn(old), factor);
      assert.deepEqual(shape, { height: Math.floor(old[0] / factor), width: Math.floor(old[1] / factor), channels: 3 });
      assert.deepEqual([...values.subarray(0, 6)], first);
      assert.equal(sha256({ shape, values }), wanted);
    });

  /** One of each step of images. */
  const IMAGE_STEPS = {
    resize: { step: 'resize', height: 7, width: 5, fit: 'crop', filter: 'bilinear' },
    crop: { step: 'crop', height: 3, width: 2 },
    grey: { step: 'grey' },
    normalise: { step: 'normalise', by: 'standardised' },
  } as const satisfies Partial<Record<StepName, PrepareStep>>;
  const STEPS: { readonly [K in StepName]: PrepareStep } = { ...IMAGE_STEPS, ...SIGNAL_STEPS };

  for (const step of Object.values(IMAGE_STEPS))
    it(`${step.step} makes the shape and the type that it says, of bytes and floats alike, and writes nothing else`, () => {
      const size = fc.integer({ min: 3, max: 20 });
      fc.assert(
        fc.property(size, size, fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (height, width, stream) => {
          const shape = { height, width, channels: 3 };
          const values = Uint8Array.from({ length: height * width * 3 }, () => stream.next().value ?? 0);
          const before = values.slice();
          const made = runSteps([step], { shape, values });
          assert.deepEqual(values, before);
          assert.deepEqual(made.shape, shapeAfter([step], shape));
          assert.equal(made.values.length, made.shape.height * made.shape.width * made.shape.channels);
          assert.equal(made.values instanceof Uint8Array ? 'uint8' : 'float32', typeAfter([step], 'uint8'));
          const floats = runSteps([step], { shape, values: Float32Array.from(values) });
          assert.ok(floats.values instanceof Float32Array);
          // Bytes are rounded after each side.
          floats.values.forEach((value, i) => assert.ok(Math.abs(value - made.values[i]!) <= 1.01));
        }),
        { numRuns: 30 },
      );
    });

  for (const spec of Object.values(STEP_SPECS))
    it(`${spec.id} reads its examples, and reads back what a run writes of them`, () => {
      assert.ok(spec.about.endsWith('.'));
      const step = STEPS[spec.id];
      const again: unknown = JSON.parse(JSON.stringify(step));
      assert.deepEqual((spec.check as (value: unknown) => unknown)(again), step);
      assert.ok((spec.words as (one: PrepareStep) => string)(step).length > 0);
    });

  it('say why they can make nothing of a shape', () => {
    const sample = { shape: { height: 2, width: 9, channels: 2 }, values: new Uint8Array(36) };
    assert.throws(() => runSteps([STEPS.crop], sample), /`crop: 3x2` takes more than there is, 2x9/);
    assert.throws(
      () => runSteps([STEPS.grey], sample),
      /`grey` makes one channel of red, green and blue; .* 2 channels/,
    );
  });
});
