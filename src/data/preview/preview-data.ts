/** What a network sees of a data set that was opened: counts, some samples, and how they are prepared. */
import { SeededRandom } from '../../base/random.ts';
import type { AugmentSpec, Definition } from '../../network/types.ts';
import {
  MOST_PIXELS,
  MOST_VALUES,
  type DataPreview,
  type PreviewRequest,
  type PreviewSample,
  type Seen,
  type ShownValues,
} from '../../wire/data-preview.ts';
import { specOf } from '../../wire/preparation/step-table.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';
import { AUGMENTATIONS, augmenter } from '../augmentation/augmentation-table.ts';
import { changeBatch } from '../augmentation/change-batch.ts';
import { elementsOf, type Batch, type Source, type SourcePart } from '../dataset.ts';
import type { Samples } from '../load-dataset.ts';
import { channelNormalisation } from '../preparation/channel-normalisation.ts';
import type { Preparation } from '../preparation/preparation.ts';
import { preparationOf, sampleSteps } from '../preparation/preparation-table.ts';
import { valueBytes } from '../sources/in-order.ts';
import { IndexedSplit } from '../split.ts';
import { checkValues, expectFinite } from '../survey.ts';
import { countClasses, indicesOf, labelsOf } from './count-classes.ts';
import { drawShown, type DrawnGroup } from './draw-shown.ts';
import { showImages, showInputs, type Show, type ShownWithEnds } from './show-sample.ts';

/** Where samples have to be made for it, so many are enough to say what `normalise` makes of them. */
const ENOUGH = 512;
/** Samples that files hold as they are seen are all read for it, up to so many bytes. */
const QUICK_BYTES = 64 * 2 ** 20;
/** So many values are prepared at once. */
const PIECE = 2 ** 22;
/** From so many pictures on they are smaller. */
const MANY = 24;

/**
 * Counts everything by the index, and reads the samples that are shown, and some to fit the preparation.
 * @throws DataError naming file and record
 */
export async function previewData(
  definition: Definition,
  samples: Samples,
  wanted: PreviewRequest,
): Promise<Omit<DataPreview, 'notes' | 'warnings'>> {
  const { raw } = samples;
  const { part: name } = wanted;
  const indices = indicesOf(samples);
  const { classes } = countClasses(samples);
  // Since it was asked there may be fewer classes.
  const request = { ...wanted, from: wanted.from < classes.length ? wanted.from : 0 };
  const part = name === 'test' ? raw.test : raw.train;
  const labels = labelsOf(samples, name);
  const ofPart = labels.length === 0 ? labels : Int32Array.from(indices[name], (index) => labels[index]!);
  const drawn = drawShown(ofPart, indices[name].length, classes.length, request);
  const fitted = fittedOf(definition, raw.train.samples, indices.train);
  const preparation = await preparationOf(definition).fit(raw.train.samples, fitted);
  const { mean, std } = preparation.normalisation;
  // Which value it is that no mean can be taken of.
  if (![...mean, ...std].every(Number.isFinite)) await checkValues(raw);
  const reader = new SampleReader(definition, part, indices[name], preparation, request, drawn);
  const groups = [];
  for (const [at, { label, places }] of drawn.entries())
    groups.push({ ...(label !== undefined && { label }), samples: await reader.read(places, at) });
  const { dataset } = definition;
  const { shape } = raw.train.samples;
  const target = reader.hasTarget ? part.targets : undefined;
  return {
    // Again: some of those that were read may be unsound.
    ...countClasses(samples),
    name: definition.name,
    task: definition.task,
    format: dataset?.format ?? '',
    source: dataset?.path ?? dataset?.generator ?? raw.train.samples.name,
    stored: raw.stored?.() ?? [shape, shape],
    ...(dataset?.channels === 'first' && { channels: 'first' as const }),
    input: preparation.inputShape(shape),
    ...(definition.inputs && {
      inputs: definition.inputs.options.map((size) => ({ ...size, channels: shape.channels })),
    }),
    ...(target && { target: target.shape }),
    steps: [
      ...sampleSteps(definition).map((step) => specOf(step).words(step)),
      specOf({ step: 'normalise' }).words({ step: 'normalise', ...preparation.normalisation }),
    ],
    normalisation: { ...preparation.normalisation, from: fitted.length, of: indices.train.length },
    ...(reader.range && { range: reader.range }),
    changes: changesOf(definition, part.samples),
    shown: request,
    groups,
  };
}

/** The training samples that `normalise` is fitted to here: all where that is quick. */
function fittedOf(definition: Definition, source: Source, training: Int32Array): Int32Array {
  const quick = source.identity === undefined && sampleSteps(definition).length === 0;
  const bytes = training.length * elementsOf(source.shape) * valueBytes(source);
  return source.held || (quick && bytes <= QUICK_BYTES) ? training : training.subarray(0, ENOUGH);
}

/** Changes at random of training samples, in words. */
function changesOf({ dataset, training }: Definition, { varied }: Source): readonly string[] {
  const augment: AugmentSpec = dataset?.augment ?? { crop: 0, flip: false };
  const asked = Object.entries(AUGMENTATIONS).flatMap(([name, { amount, about }]) => {
    const much = amount(augment);
    return much === 0 ? [] : [`${name} ${augment[name as keyof AugmentSpec] === true ? '' : `${much}`}: ${about}`];
  });
  const noise = varied && dataset?.audio?.noise;
  const mixed = (['mixup', 'cutmix'] as const).filter((one) => training[one] > 0);
  return [
    ...asked.map((text) => text.replace(/ : /, ': ')),
    ...(noise
      ? [`noise: background noise under ${noise.share} of the clips, at most ${noise.volume} times as loud.`]
      : []),
    ...mixed.map((one) => `${one} ${training[one]}: samples are mixed with others of their batch, which is not shown.`),
  ];
}

/** Reads samples of one part, prepares them as a search does, and shows them. */
class SampleReader {
  range: readonly [number, number] | undefined;
  readonly hasTarget: boolean;
  private readonly split: IndexedSplit;
  private readonly show: Show;
  private readonly showTarget: Show | undefined;

  constructor(
    private readonly definition: Definition,
    private readonly part: SourcePart,
    private readonly indices: Int32Array,
    preparation: Preparation,
    private readonly request: PreviewRequest,
    drawn: readonly DrawnGroup[],
  ) {
    const kind = taskSpec(definition.task).targets;
    const { samples, targets } = part;
    this.hasTarget = targets !== undefined && targets !== samples;
    // Values to reach are shown in their own unit.
    const targetPreparation = kind === 'values' && targets ? asStored(targets) : preparation;
    this.split = new IndexedSplit(part, indices, preparation, targetPreparation, 0);
    const { normalisation } = preparation;
    const count = drawn.reduce((sum, { places }) => sum + places.length, 0);
    const most = count > MANY ? MOST_PIXELS / 2 : MOST_PIXELS;
    this.show = showInputs(definition, this.split.shape, normalisation, most);
    if (this.hasTarget && kind === 'image') this.showTarget = showImages(this.split.targetShape!, normalisation, most);
  }

  /** @param group its number, for the changes that are drawn */
  async read(places: readonly number[], group: number): Promise<readonly PreviewSample[]> {
    const step = Math.max(1, Math.floor(PIECE / elementsOf(this.split.shape)));
    const found: PreviewSample[] = [];
    for (let from = 0; from < places.length; from += step)
      found.push(...(await this.piece(Int32Array.from(places.slice(from, from + step)), group + from)));
    // Others were read in the place of those that are unsound.
    return found.filter(({ index }) => this.part.samples.damaged?.has(index) !== true);
  }

  private async piece(places: Int32Array, salt: number): Promise<PreviewSample[]> {
    const { split, part, indices } = this;
    const batch = await split.gather(places);
    const elements = elementsOf(split.shape);
    const rows = Array.from(places, (_, i) => batch.images.subarray(i * elements, (i + 1) * elements));
    const numberOf = (i: number): number => indices[places[i]!]!;
    expectFinite(part.samples, rows, numberOf);
    if (this.hasTarget && batch.targets) expectFinite(part.targets!, [batch.targets], () => numberOf(0));
    for (const row of rows)
      for (const value of row) {
        const [low, high] = this.range ?? [value, value];
        if (this.range === undefined || value < low || value > high)
          this.range = [Math.min(low, value), Math.max(high, value)];
      }
    const changed = await this.changed(places, batch, salt);
    return rows.map((_, i) => {
      const plain = this.seen(batch, i);
      return {
        index: indices[places[i]!]!,
        ...plain.seen,
        ...(changed && { changed: this.seen(changed, i, plain).seen }),
      };
    });
  }

  /** The samples as training may see them; undefined where it sees them as they are. */
  private async changed(places: Int32Array, plain: Batch, salt: number): Promise<Batch | undefined> {
    if (this.request.part !== 'train') return undefined;
    const { split, definition } = this;
    const random = new SeededRandom((this.request.seed * 0x85ebca6b + salt) >>> 0);
    const seed = random.uint32();
    const { varied } = this.part.samples;
    const draw = augmenter(definition.dataset?.augment ?? { crop: 0, flip: false }, split.shape);
    const drawn = Array.from(places, () => draw(random));
    if (varied === undefined && drawn.every(({ sample }) => sample.length === 0)) return undefined;
    return changeBatch(split, varied ? await split.gather(places, seed) : plain, drawn);
  }

  private seen(
    { images, targets }: Batch,
    i: number,
    like?: { readonly input: ShownWithEnds; readonly target?: ShownWithEnds | undefined },
  ): { readonly seen: Seen; readonly input: ShownWithEnds; readonly target?: ShownWithEnds | undefined } {
    const { split, showTarget } = this;
    const row = (values: Float32Array, elements: number): Float32Array =>
      values.subarray(i * elements, (i + 1) * elements);
    const input = this.show(row(images, elementsOf(split.shape)), like?.input.ends);
    const wanted = this.hasTarget && targets ? row(targets, elementsOf(split.targetShape!)) : undefined;
    const target = wanted && showTarget?.(wanted, like?.target?.ends);
    const shownTarget = target?.shown ?? (wanted && valuesOf(wanted));
    return { input, target, seen: { input: input.shown, ...(shownTarget && { target: shownTarget }) } };
  }
}

function valuesOf(values: Float32Array): ShownValues {
  const listed = Array.from(values.subarray(0, MOST_VALUES), (value) => Number(value.toPrecision(6)));
  return { type: 'values', values: listed, more: values.length - listed.length };
}

const asStored = ({ shape: { channels } }: Source): Preparation =>
  channelNormalisation({
    mean: Array.from({ length: channels }, () => 0),
    std: Array.from({ length: channels }, () => 1),
  });
