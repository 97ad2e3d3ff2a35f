/**
 * Whether a network's output is what its data set asks for: a logit for each class, or an image as large as the
 * targets.
 */
import { widthValue } from '../network/architecture.ts';
import type { LayerTemplate, Network, ScalarPath } from '../network/types.ts';
import { DataError, renumbering } from './data-error.ts';
import type { Samples } from './load-dataset.ts';

/**
 * Label i is logit i, so that a network without a logit for some class would train to nonsense.
 * @param file what messages call the definition
 * @throws DataError naming the layer
 */
export function checkOutput(network: Network, samples: Samples, file: string): void {
  const last = network.layers.at(-1);
  if (last === undefined) return;
  const channels = widthValue(
    last.outWidth,
    network.decisions.map(() => 0),
  );
  if (network.definition.task === 'classification') checkLogits(last, channels, samples, file);
  else checkImage(last, channels, samples, file);
}

function checkLogits({ spec }: LayerTemplate, logits: number, { classes, raw }: Samples, file: string): void {
  if (logits >= classes) return;
  const cause = renumbering([raw.train.labels, raw.test.labels], logits);
  if (cause !== undefined)
    throw new DataError(file, `${cause}. The last layer \`${spec.name}\` has ${logits} outputs, numbered from 0`);
  const path: ScalarPath = ['layers', spec.index, spec.filtersKey];
  throw new DataError(
    file,
    `the data set has ${classes} classes, the last layer \`${spec.name}\` has ${logits} outputs: give it \`${spec.filtersKey}: ${classes}\``,
    {},
    path,
  );
}

function checkImage(
  { spec, outSize }: LayerTemplate,
  channels: number,
  { raw: { train, test } }: Samples,
  file: string,
): void {
  for (const { name, targets } of [train, test]) {
    if (targets === undefined) continue;
    const { height, width, channels: wanted } = targets.shape;
    if (height === outSize.height && width === outSize.width && wanted === channels) continue;
    const [given, made] = [`${height}x${width}x${wanted}`, `${outSize.height}x${outSize.width}x${channels}`];
    throw new DataError(
      file,
      `the targets of ${name} are ${given}, the last layer \`${spec.name}\` makes ${made}: change its \`factor\` and the \`filters\` before it, or the targets`,
      {},
      ['layers', spec.index],
    );
  }
}
