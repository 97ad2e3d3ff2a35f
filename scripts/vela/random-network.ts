/**
 * Random small networks as people build them for microcontrollers, for what is learned from the compiler and checked
 * against it.
 */
import { instantiate } from '../../src/network/architecture.ts';
import { parseDefinition } from '../../src/language/yaml/parse-definition.ts';
import type { Architecture } from '../../src/network/types.ts';
import { SeededRandom } from '../../src/base/random.ts';

/** Choices of one network, from its seed. */
class Dice {
  readonly #random: SeededRandom;
  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random.next() * (most - least + 1));
  }
  of<T>(options: readonly T[]): T {
    return options[this.whole(0, options.length - 1)]!;
  }
  chance(share: number): boolean {
    return this.#random.next() < share;
  }
}

interface Size {
  readonly height: number;
  readonly width: number;
}

const KERNELS = ['1x1', '3x3', '3x3', '3x3', '5x5', '3x1', '1x5', '7x3'] as const;
const ACTIVATIONS = ['relu', 'relu', 'relu6', 'none'] as const;
const BODIES = ['conv', 'dsconv', 'dsconv', 'ibn', 'residual', 'pwconv', 'dwconv', 'fused-ibn'] as const;

const strideText = (dice: Dice, { height, width }: Size): string =>
  Math.min(height, width) >= 6 && dice.chance(0.3) ? ', stride: 2' : '';

/** Channels: often multiples of 8 or 16, sometimes anything. */
function channels(dice: Dice, most: number): number {
  return Math.max(
    1,
    Math.min(most, dice.of([dice.whole(1, 20), 4 * dice.whole(1, 24), 8 * dice.whole(1, 16), 16 * dice.whole(1, 10)])),
  );
}

function body(dice: Dice, index: number, size: Size, most: number): string {
  const op = dice.of(BODIES);
  const common = `name: b${index}, op: ${op}, bits: ${dice.of([2, 3, 4, 8])}, sparsity: ${dice.of([0, 0, 0.5, 0.8])}`;
  const stride = strideText(dice, size);
  const dilation = stride === '' && op === 'conv' && dice.chance(0.15) ? ', dilation: 2' : '';
  const kernel = op === 'pwconv' ? '' : `, kernel: ${op === 'conv' ? dice.of(KERNELS) : dice.of(['3x3', '5x5'])}`;
  const filters = op === 'dwconv' ? '' : `, filters: ${channels(dice, most)}`;
  const expand = op.endsWith('ibn') ? `, expand: ${dice.of([2, 3, 4])}` : '';
  const shortcut = ['conv', 'dsconv'].includes(op) && dice.chance(0.25) ? ', shortcut: add' : '';
  return `{ ${common}${kernel}${stride}${dilation}${filters}${expand}${shortcut}, activation: ${dice.of(ACTIVATIONS)} }`;
}

function pool(dice: Dice, index: number): string {
  const kernel = dice.of(['2x2', '3x3', '2x1']);
  return `{ name: p${index}, op: ${dice.of(['max-pool', 'average-pool'])}, kernel: ${kernel}, stride: ${dice.of([1, 2, 2])}, padding: ${dice.of(['same', 'valid'])} }`;
}

function definitionText(dice: Dice): string {
  const height = dice.of([8, 16, 24, 32, 48, 64, dice.whole(5, 96)]),
    width = dice.of([height, height, dice.whole(4, 64)]);
  const most = dice.of([16, 32, 64, 128, 256]);
  const layers = [
    `{ name: stem, op: conv, kernel: ${dice.of(['3x3', '5x5', '7x5'])}, stride: ${dice.of([1, 2])}, filters: ${channels(dice, most)}, bits: 8 }`,
  ];
  const size = { height, width };
  const count = dice.whole(1, 7);
  for (let i = 0; i < count; i++)
    layers.push(dice.chance(0.2) && i < count ? pool(dice, i) : body(dice, i, size, most));
  const end = dice.whole(0, 9);
  if (end === 0)
    layers.push('{ name: up, op: pwconv, filters: 4, activation: none }', '{ name: out, op: upsample, factor: 2 }');
  else {
    layers.push(`{ name: ${end < 3 ? 'flat, op: flatten' : 'pool, op: global-average-pool'} }`);
    if (dice.chance(0.3))
      layers.push(`{ name: hidden, op: dense, units: ${channels(dice, 128)}, bits: ${dice.of([4, 8])} }`);
    layers.push(`{ name: logits, op: dense, units: ${dice.whole(2, 20)} }`);
  }
  const task = end === 0 ? 'super-resolution' : 'classification';
  const lines = layers.map((layer) => `  - ${layer}`).join('\n');
  return `udc: 1\nname: random\ntask: ${task}\ninput: ${height}x${width}x${dice.of([1, 1, 3, 3, 4, 8])}\ntarget: { npu: ethos-u55-128 }\nlayers:\n${lines}\n`;
}

/** The most weights of a network here: compiling stays a matter of milliseconds. */
const MOST_WEIGHTS = 300_000;

/**
 * The architecture of a seed, and the definition that it was read from. Seeds whose dice make no network pass on to
 * others of their own.
 */
export function randomArchitecture(seed: number): { readonly text: string; readonly architecture: Architecture } {
  for (let attempt = 0; ; attempt++) {
    const text = definitionText(new Dice(1000 * seed + attempt));
    const { network } = parseDefinition(text);
    if (!network || network.decisions.length > 0) continue;
    const architecture = instantiate(network, []);
    const weights = architecture.operations.reduce(
      (sum, { kind, kernel, inChannels, outChannels }) =>
        sum + (kind === 'conv' || kind === 'dense' ? kernel.height * kernel.width * inChannels * outChannels : 0),
      0,
    );
    if (weights <= MOST_WEIGHTS) return { text, architecture };
  }
}
