/**
 * Whether a network's output is what its data set asks for: a logit for each class, or a map as large as the
 * targets.
 */
import { widthValue } from '../network/architecture.ts';
import type { LayerTemplate, Network, ScalarPath } from '../network/types.ts';
import { DataError, renumbering } from './data-error.ts';
import { taskSpec } from '../wire/tasks/task-table.ts';
import type { Samples } from './load-dataset.ts';

/** The channels of the network's output. */
const outputsOf = (last: LayerTemplate, network: Network): number =>
  widthValue(
    last.outWidth,
    network.decisions.map(() => 0),
  );

/** What does not fit but keeps nobody from training, and the value of the definition that could be another. */
export interface Misfit {
  readonly message: string;
  readonly path: ScalarPath;
}

/** Logits of which the data have no class: they are trained, stored and never right. Undefined where there are none. */
export function unusedLogits(network: Network, { classes, raw }: Samples): Misfit | undefined {
  const last = network.layers.at(-1);
  if (last === undefined || taskSpec(network.definition.task).targets !== 'class') return undefined;
  const logits = outputsOf(last, network);
  if (logits <= classes) return undefined;
  const { name, index, filtersKey } = last.spec;
  const meant = raw.classes === undefined ? `; where that is meant, write \`classes: ${logits}\` in \`dataset\`` : '';
  return {
    message: `the last layer \`${name}\` has ${logits} outputs, the data set has ${classes} classes: the last ${logits - classes} would never be right; give it \`${filtersKey}: ${classes}\`${meant}`,
    path: ['layers', index, filtersKey],
  };
}

/** Classes that a message names at most. */
const NAMED = 5;

/** Classes by their names, where the data have some, else by their numbers, and of how many. */
function classesText(labels: readonly number[], count: number, names: readonly string[] | undefined): string {
  const shown = labels.slice(0, NAMED).map((label) => (names?.[label] === undefined ? label : `\`${names[label]}\``));
  const more = labels.length > NAMED ? ` and ${labels.length - NAMED} more` : '';
  return `${shown.join(', ')}${more} (of ${names === undefined ? `0 to ${count - 1}` : `${count} classes`})`;
}

/** How many classes the labels of both parts tell apart: a class that no sample is of counts where a later one is. */
const labelled = ({ train, test }: Samples['raw']): number =>
  [train, test].reduce((most, { labels }) => labels.reduce((a, b) => Math.max(a, b + 1), most), 0);

/** Classes of the data that no sample to train on has: nothing can learn them. Undefined where there are none. */
export function untaughtClasses({ raw, chosen, heldBack, classes, classNames }: Samples): Misfit | undefined {
  if (classes === 0) return undefined;
  const { train } = raw;
  const all = new Set(train.labels);
  const taught = new Set(Array.from(chosen.subarray(heldBack), (i) => train.labels[i]!));
  const count = labelled(raw);
  const without = Array.from({ length: count }, (_, label) => label).filter((label) => !taught.has(label));
  if (without.length === 0) return undefined;
  const absent = without.filter((label) => !all.has(label));
  const shown = (labels: readonly number[]): string => classesText(labels, count, classNames);
  return absent.length > 0
    ? {
        message: `no training sample is of class ${shown(absent)}: a network cannot learn what it never sees; add samples, or number the classes anew without gaps`,
        path: ['dataset', 'path'],
      }
    : {
        message: `no sample to train on is of class ${shown(without)}: those that there are were left out by \`limit\` or held back for validation; use more samples`,
        path: ['dataset'],
      };
}

/** Classes that are trained on, but of which the test part has no sample. Undefined where there are none. */
export function untestedClasses({ raw, classes, classNames }: Samples): Misfit | undefined {
  if (classes === 0) return undefined;
  const tested = new Set(raw.test.labels);
  const without = [...new Set(raw.train.labels)].filter((label) => !tested.has(label)).sort((a, b) => a - b);
  if (without.length === 0) return undefined;
  return {
    message: `no sample of the test part is of class ${classesText(without, labelled(raw), classNames)}: the accuracy would say nothing about ${without.length === 1 ? 'it' : 'them'}; add samples to the test`,
    path: ['dataset', 'path'],
  };
}

/** What of the data is used and was hardly meant so. */
const doubtsOf = ({ raw }: Pick<Samples, 'raw'>): readonly Misfit[] =>
  (raw.doubts ?? []).map((message) => ({ message, path: ['dataset'] }));

/**
 * Label i is logit i, so that a network without a logit for some class would train to nonsense.
 * @param file what messages call the definition
 * @throws DataError naming the layer
 */
export function checkOutput(network: Network, samples: Samples, file: string): void {
  const last = network.layers.at(-1);
  if (last === undefined) return;
  const channels = outputsOf(last, network);
  const { targets, reshape } = taskSpec(network.definition.task);
  if (targets === 'class') checkLogits(last, channels, samples, file);
  else checkShape(last, channels, samples, file, reshape ?? 'it, or the targets');
}

function checkLogits({ spec }: LayerTemplate, logits: number, { classes, raw }: Samples, file: string): void {
  if (logits >= classes) return;
  const cause = renumbering([raw.train.labels, raw.test.labels], logits);
  if (cause !== undefined)
    throw new DataError(file, `${cause}. The last layer \`${spec.name}\` has ${logits} outputs, numbered from 0`);
  const taught = raw.train.labels.reduce((most, label) => Math.max(most, label + 1), 0);
  if (raw.classes === undefined && taught <= logits && taught < classes)
    throw new DataError(
      raw.test.samples.name,
      `its labels go up to ${classes - 1}, those of ${raw.train.samples.name} to ${taught - 1}, which the ${logits} outputs of the last layer \`${spec.name}\` are enough for: a network cannot learn classes that it is only tested on`,
    );
  const path: ScalarPath = ['layers', spec.index, spec.filtersKey];
  throw new DataError(
    file,
    `the data set has ${classes} classes, the last layer \`${spec.name}\` has ${logits} outputs: give it \`${spec.filtersKey}: ${classes}\``,
    {},
    path,
  );
}

function checkShape(
  { spec, outSize }: LayerTemplate,
  channels: number,
  { raw: { train, test } }: Samples,
  file: string,
  reshape: string,
): void {
  for (const { samples, targets } of [train, test]) {
    if (targets === undefined) continue;
    const { height, width, channels: wanted } = targets.shape;
    if (height === outSize.height && width === outSize.width && wanted === channels) continue;
    // An autoencoder may end in a vector of all values.
    if (targets === samples && outSize.height * outSize.width === 1 && channels === height * width * wanted) continue;
    const [given, made] = [`${height}x${width}x${wanted}`, `${outSize.height}x${outSize.width}x${channels}`];
    throw new DataError(
      file,
      `the targets of ${samples.name} are ${given}, the last layer \`${spec.name}\` makes ${made}: change ${reshape}`,
      {},
      ['layers', spec.index],
    );
  }
}

/** What of the data or of the network goes unused, untested, or is unlikely to be meant. */
export const misfitsOf = (network: Network, samples: Samples): readonly Misfit[] =>
  [unusedLogits(network, samples) ?? untaughtClasses(samples), untestedClasses(samples), ...doubtsOf(samples)].filter(
    (one) => one !== undefined,
  );
