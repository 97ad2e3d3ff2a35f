/**
 * Reads the parts of a definition beside its layers: input, dataset, target, training. The schema has checked types and
 * limits.
 */

import type { MapNode, ScalarNode } from '../tree.ts';
import type { Problems } from '../../network/model-error.ts';
import { byArea } from '../../network/resolution.ts';
import { mapText, type MapShape } from '../../wire/map-shape.ts';
import { expectedAt } from '../definition-schema.ts';
import { readChoice, type OptionResult } from './choice.ts';
import { listAsChoice } from './layer-reader.ts';
import type { AugmentSpec, DatasetSpec, Definition, ScalarPath, TrainingSpec } from '../../network/types.ts';
import type { StrategyName } from '../../wire/strategies.ts';
import { readRecordings } from './recordings-reader.ts';
import { BYTES_EXPECTED, parseBytes } from '../byte-units.ts';
import {
  COUNT_EXPECTED,
  DURATION_EXPECTED,
  parseCount,
  parseDuration,
  parseSeconds,
  SECONDS_EXPECTED,
} from '../quantity-units.ts';

export const DEFAULT_TRAINING = {
  warmup: 2,
  search: 10,
  race: 8,
  sparsify: 6,
  settle: 4,
  batch: 32,
  learningRate: 0.01,
  weightDecay: 1e-4,
  exploration: 0.5,
  seed: 1,
  exitLoss: 0.3,
  labelSmoothing: 0,
  mixup: 0,
  cutmix: 0,
  entropy: 0,
  teaching: 0.5,
  temperature: 2,
} as const satisfies TrainingSpec;

const DEFAULT_VALIDATION = 0.1;

/** What a data format needs beside its name. */
const DATASET_NEEDS: Readonly<
  Record<DatasetSpec['format'], { readonly key: 'path' | 'generator'; readonly example: string }>
> = {
  idx: { key: 'path', example: 'data/fashion-mnist' },
  cifar10: { key: 'path', example: 'data/cifar10' },
  cifar100: { key: 'path', example: 'data/cifar100' },
  npy: { key: 'path', example: 'data' },
  folder: { key: 'path', example: 'data/images' },
  parquet: { key: 'path', example: 'data' },
  pairs: { key: 'path', example: 'data/DIV2K' },
  audio: { key: 'path', example: 'data/speech_commands' },
  sensors: { key: 'path', example: 'data/recordings' },
  generated: { key: 'generator', example: 'tones' },
};

export function scalar(map: MapNode | undefined, key: string): ScalarNode | undefined {
  const value = map?.byKey.get(key)?.value;
  return value?.kind === 'scalar' ? value : undefined;
}

export function childMap(map: MapNode | undefined, key: string): MapNode | undefined {
  const value = map?.byKey.get(key)?.value;
  return value?.kind === 'map' ? value : undefined;
}

function numberAt(map: MapNode | undefined, key: string): number | undefined {
  const value = scalar(map, key)?.value;
  return typeof value === 'number' ? value : undefined;
}

/** Those that are stated. */
function numbersAt<K extends string>(map: MapNode | undefined, keys: readonly K[]): Partial<Record<K, number>> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = numberAt(map, key);
      return value === undefined ? [] : [[key, value]];
    }),
  ) as Partial<Record<K, number>>;
}

/** '49x10x1': height, width, channels. */
function readShape(text: string): OptionResult<MapShape> {
  const [height, width, channels] = text.split('x').map(Number);
  return /^[1-9]\d{0,3}(x[1-9]\d{0,3}){2}$/.test(text)
    ? { value: { height: height!, width: width!, channels: channels! } }
    : { code: 'wrong-value', problem: `\`input\`: \`${text}\` is not right; write ${expectedAt(['input'])}` };
}

/** The input, the largest where its size is a choice, and then that choice. */
export function readInput(root: MapNode, problems: Problems): Pick<Definition, 'input' | 'inputs'> | undefined {
  const node = root.byKey.get('input')?.value;
  if (!node) return undefined;
  if (node.kind !== 'scalar' || node.text === '') {
    const got =
      node.kind === 'scalar' ? 'there is no value' : `a ${node.kind === 'map' ? 'mapping' : 'list'} is not right`;
    problems.error('wrong-value', ['input'], `\`input\`: ${got}; write ${expectedAt(['input'])}`, {
      range: node.range,
      fixes: listAsChoice(node),
    });
    return undefined;
  }
  const choice = readChoice(node, ['input'], readShape, problems);
  if (!choice) return undefined;
  choice.options.forEach((shape) => {
    warnOfChannelsFirst(shape, problems);
  });
  const [first, ...others] = choice.options;
  const { channels } = first!;
  const other = others.find((shape) => shape.channels !== channels);
  if (other) {
    problems.error(
      'input-channels',
      ['input'],
      `\`input\`: only height and width can be a choice, and ${mapText(first!)} and ${mapText(other)} differ in their channels; write for example \`${mapText({ ...other, channels })}\``,
      { range: node.range },
    );
    return undefined;
  }
  const largest = choice.options[byArea(choice.options).at(-1)!]!;
  if (others.length === 0) return { input: largest };
  return {
    input: largest,
    inputs: { ...choice, options: choice.options.map(({ height, width }) => ({ height, width })) },
  };
}

function warnOfChannelsFirst({ height, width, channels }: MapShape, problems: Problems): void {
  if ((height === 1 || height === 3) && width === channels && width >= 8) {
    const text = `${width}x${channels}x${height}`;
    problems.warning(
      'channels-first',
      ['input'],
      `\`input\` is height x width x channels: ${height} ${height === 1 ? 'row' : 'rows'} of ${width} positions with ${channels} channels each. For images of ${width}x${channels} write \`${text}\``,
      { fixes: [{ title: `Replace with \`${text}\``, path: ['input'], text }] },
    );
  }
}

/** Augmentations whose amount is a number, beside `crop`. */
const AMOUNTS = ['brightness', 'contrast', 'saturation', 'timeShift', 'timeMask', 'frequencyMask'] as const;

function readAugment(dataset: MapNode): AugmentSpec {
  const map = childMap(dataset, 'augment');
  return { crop: numberAt(map, 'crop') ?? 0, flip: scalar(map, 'flip')?.value === true, ...numbersAt(map, AMOUNTS) };
}

export function readDataset(root: MapNode, problems: Problems): DatasetSpec | undefined {
  const map = childMap(root, 'dataset');
  const format = scalar(map, 'format')?.text as DatasetSpec['format'] | undefined;
  if (!map || !format || !Object.hasOwn(DATASET_NEEDS, format)) return undefined;
  const { key, example } = DATASET_NEEDS[format];
  if (!map.byKey.has(key)) {
    problems.error(
      'missing-key',
      ['dataset', key],
      `\`format: ${format}\` needs \`${key}\`: add for example \`${key}: ${example}\``,
      {
        range: map.byKey.get('format')?.keyRange,
        fixes: [{ title: `Add \`${key}: ${example}\``, path: ['dataset', key], text: example }],
      },
    );
  }
  const normal = scalar(map, 'normal')?.text;
  const texts = { path: scalar(map, 'path')?.text, generator: scalar(map, 'generator')?.text };
  const numbers = numbersAt(map, ['classes', 'limit', 'samples', 'seed'] as const);
  return {
    format,
    ...(texts.path !== undefined && { path: texts.path }),
    ...(texts.generator !== undefined && { generator: texts.generator }),
    ...(normal !== undefined && { normal }),
    ...numbers,
    ...readRecordings(map, format, problems),
    validation: numberAt(map, 'validation') ?? DEFAULT_VALIDATION,
    ...(scalar(map, 'channels')?.text === 'first' && { channels: 'first' }),
    ...damagedShare(map),
    augment: readAugment(map),
  };
}

/** `0.01` or `1 %`; the schema has refused others. */
function damagedShare(map: MapNode): Pick<DatasetSpec, 'damaged'> {
  const text = scalar(map, 'damaged')?.text;
  if (text === undefined) return {};
  return { damaged: text.includes('%') ? parseFloat(text) / 100 : Number(text) };
}

/** The schema has refused other names. */
export function readStrategy(root: MapNode): StrategyName {
  return (scalar(childMap(root, 'search'), 'strategy')?.text ?? 'udc') as StrategyName;
}

/** The limits that `target:` may state, and how each is written. */
const LIMIT_READERS = {
  weights: { read: parseBytes, expected: BYTES_EXPECTED },
  activations: { read: parseBytes, expected: BYTES_EXPECTED },
  latency: { read: parseSeconds, expected: SECONDS_EXPECTED },
  cycles: { read: parseCount, expected: COUNT_EXPECTED },
  macs: { read: parseCount, expected: COUNT_EXPECTED },
} as const;

/** A number of a mapping that has a unit; undefined, and a problem, where it is not right. */
export function readAmount(map: MapNode | undefined, path: ScalarPath, problems: Problems): number | undefined {
  const key = path.at(-1) as keyof typeof LIMIT_READERS;
  const node = scalar(map, key);
  if (!node || problems.hasErrorAt(path)) return undefined;
  const { read, expected } = LIMIT_READERS[key];
  try {
    return read(node.text);
  } catch {
    const message = `\`${key}\`: \`${node.text}\` is not right; write ${expected}`;
    problems.error('wrong-value', path, message, { range: node.range });
    return undefined;
  }
}

/** MnasNet's exponent: twice the latency for five per cent more accuracy. */
const USUAL_WEIGHT = -0.07;
const GOALS = ['latency', 'cycles', 'macs'] as const;

/** The soft objective of `search:`; undefined where there is none, or its weight is 0, which is the same. */
export function readObjective(root: MapNode, problems: Problems): Definition['objective'] {
  const path = ['search', 'objective'] as const;
  const map = childMap(childMap(root, 'search'), 'objective');
  if (!map || problems.hasErrorAt(path)) return undefined;
  const stated = GOALS.filter((cost) => scalar(map, cost));
  const [cost] = stated;
  if (!cost || stated.length > 1) {
    problems.error(
      'wrong-objective',
      path,
      `\`objective\` needs one goal, ${cost ? `and has ${stated.length}` : 'and has none'}: write for example \`{ latency: 3 ms }\``,
      { range: map.range },
    );
    return undefined;
  }
  const goal = readAmount(map, [...path, cost], problems);
  const weight = numberAt(map, 'weight') ?? USUAL_WEIGHT;
  return goal === undefined || weight === 0 ? undefined : { cost, goal, weight };
}

export function readTarget(root: MapNode, problems: Problems): Definition['target'] {
  const map = childMap(root, 'target');
  const stated = Object.keys(LIMIT_READERS).flatMap((key): [string, number][] => {
    const amount = readAmount(map, ['target', key], problems);
    return amount === undefined ? [] : [[key, amount]];
  });
  const presets = (['system', 'memory'] as const).flatMap((key): [string, string][] => {
    const text = scalar(map, key)?.text;
    return text === undefined || text === '' ? [] : [[key, text]];
  });
  return { npu: scalar(map, 'npu')?.text ?? '', ...Object.fromEntries(presets), ...Object.fromEntries(stated) };
}

/** The longest stage in which patience cannot act: the first epoch sets the mark, and more than it must be left. */
const longestIdle = (patience: number): number => 2 * patience + 1;

function readPatience(map: MapNode | undefined, stages: readonly number[], problems: Problems): number | undefined {
  const patience = numberAt(map, 'patience');
  if (patience === undefined || !Number.isInteger(patience) || patience < 1) return undefined;
  const longest = Math.max(...stages);
  if (longest <= longestIdle(patience))
    problems.warning(
      'patience-idle',
      ['training', 'patience'],
      `\`patience: ${patience}\` never acts: a stage would need ${longestIdle(patience) + 1} epochs, and the longest has ${longest}`,
    );
  return patience;
}

function readMaxTime(map: MapNode | undefined, problems: Problems): number | undefined {
  const node = scalar(map, 'maxTime');
  if (!node || problems.hasErrorAt(['training', 'maxTime'])) return undefined;
  try {
    return parseDuration(node.text);
  } catch {
    problems.error(
      'wrong-value',
      ['training', 'maxTime'],
      `\`maxTime\`: \`${node.text}\` is not right; write ${DURATION_EXPECTED}`,
      { range: node.range },
    );
    return undefined;
  }
}

/** They say how a teacher is heard. */
const OF_TEACHERS = ['teaching', 'temperature'] as const;

export function readTraining(root: MapNode, problems: Problems): TrainingSpec {
  const map = childMap(root, 'training');
  const stated = numbersAt(map, Object.keys(DEFAULT_TRAINING) as (keyof typeof DEFAULT_TRAINING)[]);
  const initialWeights = scalar(map, 'initialWeights')?.text;
  const teacher = scalar(map, 'teacher')?.text;
  for (const key of OF_TEACHERS)
    if (teacher === undefined && stated[key] !== undefined)
      problems.warning(
        'unused-key',
        ['training', key],
        `\`${key}\` has no effect without \`teacher\`: name the teacher's file, or remove it`,
      );
  const training = { ...DEFAULT_TRAINING, ...stated };
  const { warmup, search, sparsify, settle } = training;
  const patience = readPatience(map, [warmup, search, sparsify, settle], problems);
  const maxTime = readMaxTime(map, problems);
  return {
    ...training,
    ...(patience !== undefined && { patience }),
    ...(maxTime !== undefined && { maxTime }),
    ...(initialWeights !== undefined && { initialWeights }),
    ...(teacher !== undefined && { teacher }),
  };
}
