/**
 * What may stand in the place of a value that cannot be read. There are two for each: what comes out the same with
 * both does not depend on it.
 */
import type { ScalarPath } from '../../../network/types.ts';
import { DEFAULT_TASK } from '../../../wire/tasks/task-table.ts';

/** Two values as a definition writes them. */
export type Filling = readonly [string, string];

const same = (text: string): Filling => [text, text];

const WEIGHTS = { bits: ['8', '2'], sparsity: ['0', '0.5'], activationBits: ['8', '2'] } as const;

/** Keys above the layers that sizes need. What is not among them is left out. */
const SETTINGS: Readonly<Record<string, Filling>> = {
  udc: same('1'),
  name: same('unnamed'),
  task: same(DEFAULT_TASK),
  input: ['16x16x3', '24x24x5'],
  search: ['{ bits: 8, sparsity: 0 }', '{ bits: 2, sparsity: 0.5 }'],
  'search.bits': WEIGHTS.bits,
  'search.sparsity': WEIGHTS.sparsity,
  'search.activationBits': WEIGHTS.activationBits,
};

/** Keys of a layer whose other keys then still say something. */
const LAYER: Readonly<Record<string, Filling>> = {
  ...WEIGHTS,
  filters: ['8', '24'],
  units: ['8', '24'],
  expand: ['2', '4'],
  kernel: ['1x1', '3x3'],
  stride: ['1', '2'],
  dilation: ['1', '2'],
  padding: ['same', 'valid'],
  activation: ['relu', 'none'],
  multiplier: ['1', '2'],
};

/** Of an operator that makes channels of its own: of as many as its layer says, whichever it is. */
export const OPERATOR_WITH_FILTERS: Filling = ['conv', 'dsconv'];

/** A whole layer. */
export const layerFilling = (name: string): Filling => [
  `{ name: ${name}, op: conv, kernel: 1x1, filters: 8, stride: 1 }`,
  `{ name: ${name}, op: conv, kernel: 1x1, filters: 24, stride: 2 }`,
];

/** What stands for a value above the layers; undefined where it can be left out. */
export const settingFilling = (path: ScalarPath): Filling | undefined => SETTINGS[path.join('.')];

/** What stands for a value of a layer; undefined where the whole layer has to be replaced. */
export const layerKeyFilling = (key: ScalarPath[number] | undefined): Filling | undefined =>
  typeof key === 'string' && Object.hasOwn(LAYER, key) ? LAYER[key] : undefined;
