/** Reads what `dataset:` says of recordings: sounds (`audio`) and values of sensors (`sensors`). */
import { messageOf } from '../../base/error-text.ts';
import type { AudioSpec, DatasetSpec, SensorSpec } from '../../network/types.ts';
import type { Problems } from '../../network/model-error.ts';
import type { PartShape } from '../../wire/preparation/step-spec.ts';
import { parseSeconds } from '../quantity-units.ts';
import type { MapNode, TreeNode } from '../tree.ts';
import { toValue } from '../definition-schema.ts';

type Format = DatasetSpec['format'];

const RECORDINGS: readonly Format[] = ['audio', 'sensors'];
/** Keys that mean nothing of other formats. */
const KEYS: Readonly<Record<string, readonly Format[]>> = {
  length: ['audio'],
  unknown: ['audio'],
  silence: ['audio'],
  noise: ['audio'],
  test: RECORDINGS,
  columns: ['sensors'],
  rows: ['sensors'],
  window: ['sensors'],
  hop: ['sensors'],
  label: ['sensors'],
  recording: ['sensors'],
  header: ['sensors'],
  delimiter: ['sensors'],
  decimal: ['sensors'],
  missing: ['sensors'],
};

const AUDIO_RATE = 16000;

/** What is read of recordings; the schema has checked types and limits. */
export function readRecordings(
  map: MapNode,
  format: Format,
  problems: Problems,
): Pick<DatasetSpec, 'rate' | 'audio' | 'sensors'> {
  for (const [key, formats] of Object.entries(KEYS)) {
    if (!map.byKey.has(key) || formats.includes(format)) continue;
    const range = map.byKey.get(key)?.keyRange;
    const whose = formats.map((name) => `\`${name}\``).join(' and ');
    problems.error('unused-key', ['dataset', key], `\`${key}\` is for format ${whose}; take it out`, { range });
  }
  const at = (key: string): TreeNode | undefined =>
    problems.hasErrorAt(['dataset', key]) ? undefined : map.byKey.get(key)?.value;
  const value = (key: string): unknown => {
    const node = at(key);
    return node && toValue(node);
  };
  const stated = at('rate');
  const rate = numeric(stated && toValue(stated)) ?? (format === 'audio' ? AUDIO_RATE : undefined);
  const classes = namesAt(at('classes'));
  if (classes && !RECORDINGS.includes(format))
    problems.error(
      'wrong-value',
      ['dataset', 'classes'],
      '`classes`: write how many classes there are; names come from the data',
    );
  const repeated = classes?.find((name, i) => classes.indexOf(name) !== i);
  if (repeated !== undefined)
    problems.error('wrong-value', ['dataset', 'classes'], `\`classes\`: \`${repeated}\` stands there twice`);
  const named = classes && { classes };
  if (format === 'audio') {
    const whole = rate! % 1 === 0;
    if (!whole)
      problems.error('wrong-value', ['dataset', 'rate'], '`rate`: write a whole number of hertz, for example `16000`');
    return { rate: rate!, audio: { ...readAudio(value, rate!, problems), ...named } };
  }
  if (format === 'sensors')
    return { ...(rate && { rate }), sensors: { ...readSensors(value, at, rate, problems), ...named } };
  return rate === undefined ? {} : { rate };
}

/** The shape of samples, as far as the definition says it. */
export function knownShape({ audio, sensors }: Partial<DatasetSpec> = {}): PartShape {
  if (audio) return { height: audio.samples, width: 1, channels: 1 };
  if (!sensors) return {};
  const { window, channels, rows } = sensors;
  const height = window !== undefined && { height: window };
  return {
    ...height,
    width: 1,
    ...(channels && { channels: channels.length }),
    ...(rows === 'window' && !window && !channels && { channels: 1 }),
  };
}

const numeric = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const namesAt = (node: TreeNode | undefined): readonly string[] | undefined =>
  node?.kind === 'list' ? node.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : [])) : undefined;

function readAudio(value: (key: string) => unknown, rate: number, problems: Problems): AudioSpec {
  const noise = (value('noise') ?? {}) as { share?: number; volume?: number };
  const samples = samplesOf('length', value('length') ?? '1 s', rate, problems);
  const test = numeric(value('test'));
  return {
    rate,
    samples: samples ?? rate,
    unknown: numeric(value('unknown')) ?? 0.1,
    silence: numeric(value('silence')) ?? 0.1,
    noise: { share: noise.share ?? 0.8, volume: noise.volume ?? 0.1 },
    ...(test !== undefined && { test }),
  };
}

function readSensors(
  value: (key: string) => unknown,
  at: (key: string) => TreeNode | undefined,
  rate: number | undefined,
  problems: Problems,
): SensorSpec {
  const rows = value('rows') === 'window' ? 'window' : 'sample';
  if (rows === 'sample' && at('window') === undefined)
    problems.error(
      'missing-key',
      ['dataset', 'window'],
      '`format: sensors` needs `window`, how many samples the network sees at once: add for example `window: 128`',
    );
  const [window, hop] = ['window', 'hop'].map((key) => {
    const stated = value(key);
    return stated === undefined ? undefined : samplesOf(key, stated, rate, problems);
  });
  const columns = at('columns');
  const optional = Object.fromEntries(
    ['label', 'recording', 'header', 'delimiter', 'decimal'].flatMap((key) => {
      const stated = value(key);
      return stated === undefined ? [] : [[key, stated]];
    }),
  ) as Pick<SensorSpec, 'label' | 'recording' | 'header' | 'delimiter' | 'decimal'>;
  return {
    rows,
    ...(window !== undefined && { window, hop: hop ?? Math.max(1, Math.floor(window / 2)) }),
    ...(columns && { channels: toValue(columns) as readonly (string | number)[] }),
    ...optional,
    missing: value('missing') === 'drop' ? 'drop' : 'error',
    test: numeric(value('test')) ?? 0.2,
  };
}

/** A number of samples, or a time as samples at the rate. */
function samplesOf(key: string, stated: unknown, rate: number | undefined, problems: Problems): number | undefined {
  if (typeof stated === 'number') return stated;
  const problem = (text: string): undefined => {
    problems.error('wrong-value', ['dataset', key], `\`${key}\`: ${text}`);
    return undefined;
  };
  if (rate === undefined)
    return problem('a time needs `rate`, the samples a second; add it, or write a number of samples');
  try {
    const samples = Math.round(parseSeconds(String(stated)) * rate);
    return samples >= 1 && samples <= 1e7 ? samples : problem(`that is ${samples} samples; 1 to 10000000 are possible`);
  } catch (error) {
    return problem(messageOf(error));
  }
}
