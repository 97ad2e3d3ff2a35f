/**
 * What a network sees of its data: counts by class and part, some samples as they are shown, how they were prepared.
 * Plain data, bounded in size: it crosses a thread and the border of the page that shows it.
 */
import {
  count,
  list,
  number,
  object,
  oneOf,
  string,
  such,
  tagged,
  ValidationError,
  type Check,
} from '../base/validate.ts';
import type { MapShape } from './map-shape.ts';
import { isTaskName, type TaskName } from './tasks/task-table.ts';

export const PARTS = ['train', 'validation', 'test'] as const;
export type PartName = (typeof PARTS)[number];

/** What is wanted to be seen. */
export interface PreviewRequest {
  readonly part: PartName;
  /** Samples of each class, or of the part where there are no classes; at most `MOST_SAMPLES` are drawn in all. */
  readonly samples: number;
  /** Another one draws others. */
  readonly seed: number;
  /** The first class of those that are shown. */
  readonly from: number;
}

/** The part that is shown at first: of anomaly detection the one that has anomalies. */
export const firstPart = (task: TaskName): PartName => (task === 'reconstruction' ? 'test' : 'train');

/** Of one answer. */
export const MOST_SAMPLES = 96;
/** Classes of which samples are shown at once. */
export const MOST_GROUPS = 24;
/** Pixels on a side of a picture; smaller where there are many. */
export const MOST_PIXELS = 256;
/** Places along a curve. */
export const MOST_PLACES = 320;
/** Curves of one sample. */
export const MOST_LANES = 16;
/** Numbers to reach that are listed of one sample. */
export const MOST_VALUES = 16;

/** Pixels, grey or RGB: a PNG in base64. */
export interface ShownImage {
  readonly type: 'image';
  readonly width: number;
  readonly height: number;
  readonly png: string;
}

/** A direction of a map: what its places are, from the first to the last. */
export interface Axis {
  readonly name: 'time' | 'frame' | 'band' | 'coefficient';
  readonly first: number;
  readonly last: number;
  /** Absent: places are counted. */
  readonly unit?: 'ms';
}

/** A spectrogram, time to the right, bands upwards: colours from `low` to `high`, in the units of `prepare:`. */
export interface ShownHeat {
  readonly type: 'heat';
  readonly width: number;
  readonly height: number;
  readonly png: string;
  readonly low: number;
  readonly high: number;
  readonly across: Axis;
  readonly up: Axis;
}

/** Values of one channel over places; where places stand for several values, between `low` and `high`. */
export interface Lane {
  readonly name: string;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface ShownCurves {
  readonly type: 'curves';
  readonly lanes: readonly Lane[];
  /** Channels beyond those that are shown. */
  readonly more: number;
  /** Values of a channel. */
  readonly length: number;
  readonly over: 'time' | 'features' | 'values';
  /** Of all values, where they are over time and the definition says the rate. */
  readonly seconds?: number;
}

export type Shown = ShownImage | ShownHeat | ShownCurves;

export interface ShownValues {
  readonly type: 'values';
  readonly values: readonly number[];
  /** Values beyond those that are listed. */
  readonly more: number;
}

/** A sample, or what is to be reached for it, as the network has it. */
export interface Seen {
  readonly input: Shown;
  readonly target?: Shown | ShownValues;
}

export interface PreviewSample extends Seen {
  /** Its number in its file or folder, from 0. */
  readonly index: number;
  /** The same changed at random, as training may see it; absent where nothing is changed. */
  readonly changed?: Seen;
}

export interface PreviewGroup {
  /** Absent where there are no classes. */
  readonly label?: number;
  readonly samples: readonly PreviewSample[];
}

export interface PartCounts {
  readonly name: PartName;
  readonly count: number;
  /** By label; empty where there are no classes. */
  readonly byClass: readonly number[];
}

/** Counts of an index: no sample was read for them. */
export interface PreviewCounts {
  readonly parts: readonly PartCounts[];
  /** By label; empty where there are none. */
  readonly classes: readonly string[];
  /** Training samples that are left out by `limit`, or since an autoencoder learns no anomalies. */
  readonly unused: number;
  /** Files that are left out, and what else a person should know of them. */
  readonly notes: readonly string[];
  /** What does not fit, though a search would start. */
  readonly warnings: readonly string[];
}

export interface DataPreview extends PreviewCounts {
  /** Of the definition. */
  readonly name: string;
  readonly task: TaskName;
  readonly format: string;
  /** As the definition writes it; the generator where there is no path. */
  readonly source: string;
  /** The smallest and the largest of the samples that were looked at, before `prepare:`. */
  readonly stored: readonly [smallest: MapShape, largest: MapShape];
  /** Where their files have the channels; absent: last. */
  readonly channels?: 'first';
  readonly input: MapShape;
  /** All of them, where the size of the input is a choice: `input` is the largest. */
  readonly inputs?: readonly MapShape[];
  readonly target?: MapShape;
  /** In words, in the order in which they are done. */
  readonly steps: readonly string[];
  readonly normalisation: {
    readonly mean: readonly number[];
    readonly std: readonly number[];
    /** Training samples that its numbers come from; a search takes `of`. */
    readonly from: number;
    readonly of: number;
  };
  /** Of the samples that are shown, as the network gets them. */
  readonly range?: readonly [lowest: number, highest: number];
  /** Changes at random of training samples, in words. */
  readonly changes: readonly string[];
  readonly shown: PreviewRequest;
  readonly groups: readonly PreviewGroup[];
}

const MOST_PNG = 400_000;
const png = such<string>(
  'a PNG in base64',
  (value) => typeof value === 'string' && value.length <= MOST_PNG && /^iVBORw0KGgo[A-Za-z0-9+/]+=*$/.test(value),
);

const curve: Check<Lane> = (value, path = '') => {
  const found = object<Lane>({ name: string, low: list(number), high: list(number) })(value, path);
  if (found.low.length !== found.high.length || found.low.length > MOST_PLACES)
    throw new ValidationError(path, `as many low as high values, at most ${MOST_PLACES}`, value);
  return found;
};

const axis = object<Axis>(
  { name: oneOf(['time', 'frame', 'band', 'coefficient']), first: number, last: number },
  { unit: oneOf(['ms']) },
);
const SHOWN = {
  image: object<ShownImage>({ type: oneOf(['image']), width: count, height: count, png }),
  heat: object<ShownHeat>({
    type: oneOf(['heat']),
    width: count,
    height: count,
    png,
    low: number,
    high: number,
    across: axis,
    up: axis,
  }),
  curves: object<ShownCurves>(
    {
      type: oneOf(['curves']),
      lanes: list(curve),
      more: count,
      length: count,
      over: oneOf(['time', 'features', 'values']),
    },
    { seconds: number },
  ),
};
const shown: Check<Shown> = tagged<Shown>(SHOWN);
const seen = {
  required: { input: shown },
  optional: {
    target: tagged<Shown | ShownValues>({
      ...SHOWN,
      values: object<ShownValues>({ type: oneOf(['values']), values: list(number), more: count }),
    }),
  },
};
const sample = object<PreviewSample>(
  { ...seen.required, index: count },
  { ...seen.optional, changed: object<Seen>(seen.required, seen.optional) },
);
const shape = object<MapShape>({ height: count, width: count, channels: count });
const task: Check<TaskName> = such('a task', (value) => typeof value === 'string' && isTaskName(value));

export const previewRequest: Check<PreviewRequest> = object<PreviewRequest>({
  part: oneOf(PARTS),
  samples: count,
  seed: count,
  from: count,
});

const counted = {
  parts: list(object<PartCounts>({ name: oneOf(PARTS), count, byClass: list(count) })),
  classes: list(string),
  unused: count,
  notes: list(string),
  warnings: list(string),
};

/** A preview from another process. */
export const dataPreview: Check<DataPreview> = object<DataPreview>(
  {
    ...counted,
    name: string,
    task,
    format: string,
    source: string,
    stored: list(shape, 2) as Check<DataPreview['stored']>,
    input: shape,
    steps: list(string),
    normalisation: object({ mean: list(number), std: list(number), from: count, of: count }),
    changes: list(string),
    shown: previewRequest,
    groups: list(object<PreviewGroup>({ samples: list(sample) }, { label: count })),
  },
  {
    inputs: list(shape),
    target: shape,
    channels: oneOf(['first']),
    range: list(number, 2) as unknown as Check<[number, number]>,
  },
);
