/** Random model definitions: random networks in random YAML styles, valid by construction. */

import fc from 'fast-check';
import type { Network } from '../../../../src/network/types.ts';

export type Gen = fc.GeneratorValue;

/** Keys and values of one layer in the order in which they are written. */
export type LayerText = [key: string, value: string][];

export interface RandomDefinition {
  readonly text: string;
  readonly crlf: boolean;
}

const pick = <T>(g: Gen, values: readonly T[]): T => values[g(fc.nat, { max: values.length - 1 })]!;
const chance = (g: Gen, percent: number): boolean => g(fc.nat, { max: 99 }) < percent;

const WIDTHS = ['8', '16', '8 | 16', '16 | 32 | 48', '16|32', '8..24 step 8', '8 | 16..32 step 16'];
const KERNELS = ['1x1', '3', '3x3', '3x3 | 5x5', '5x3 | 3x3', '3 | 5 | 7x7'];
const BITS = ['8', '4', '2 | 4', '2 | 3 | 4 | 6 | 8', '2..8 step 2'];
const SPARSITIES = ['0', '0.5', '0 | 0.5', '0 | 0.5 | 0.75 | 0.9', '0..0.9 step 0.3'];
const EXPANSIONS = ['2', '2 | 4', '1 | 3 | 6'];
const BLOCKS = [
  'conv',
  'pwconv',
  'dsconv',
  'ibn',
  'fused-ibn',
  'dsconv | ibn',
  'ibn | fused-ibn | conv',
  'conv | pwconv',
];

function weightKeys(g: Gen, layer: LayerText): void {
  if (chance(g, 30)) layer.push(['bits', pick(g, BITS)]);
  if (chance(g, 30)) layer.push(['sparsity', pick(g, SPARSITIES)]);
  if (chance(g, 20)) layer.push(['activation', pick(g, ['relu', 'relu6', 'none'])]);
}

/**
 * Layers whose shapes fit; `width` is the text of the current channel choice where it is one layer's filters, else
 * undefined.
 */
function randomLayers(g: Gen, most: number): LayerText[] {
  let width: string | undefined = pick(g, WIDTHS);
  const layers: LayerText[] = [
    [
      ['name', 'stem'],
      ['op', 'conv'],
      ['kernel', pick(g, KERNELS.slice(1))],
      ['filters', width],
    ],
  ];
  weightKeys(g, layers[0]!);
  const sameWidth: string[] = ['stem'];
  const count = g(fc.nat, { max: most });
  for (let i = 0; i < count; i++) {
    const name = `block${i}`;
    const kind = g(fc.nat, { max: 9 });
    if (kind <= 4) {
      const op = pick(g, BLOCKS);
      const skip = chance(g, 40);
      const filters: string = chance(g, 50) && width ? width : pick(g, WIDTHS);
      const layer: LayerText = [
        ['name', name],
        ['op', skip ? `${op} | skip` : op],
      ];
      if (op !== 'pwconv') layer.push(['kernel', pick(g, KERNELS)]);
      layer.push(['filters', filters]);
      if (op.includes('ibn')) layer.push(['expand', pick(g, EXPANSIONS)]);
      const identity = filters === width && chance(g, 30);
      if (identity) layer.push(['shortcut', 'identity']);
      weightKeys(g, layer);
      layers.push(layer);
      if (filters !== width) sameWidth.length = 0;
      width = !skip || filters === width ? filters : undefined;
    } else if (kind === 5 && width) {
      layers.push([
        ['name', name],
        ['op', chance(g, 30) ? 'residual | skip' : 'residual'],
        ['kernel', '3x3'],
        ['filters', width],
      ]);
    } else if (kind === 6) {
      width = pick(g, WIDTHS);
      sameWidth.length = 0;
      layers.push([
        ['name', name],
        ['op', 'residual'],
        ['kernel', pick(g, ['3x3', '3x3 | 5x5'])],
        ['filters', width],
        ['shortcut', 'projection'],
      ]);
    } else if (kind === 7 && width && sameWidth.length > 0) {
      layers.push([
        ['name', name],
        ['op', chance(g, 30) ? 'add | skip' : 'add'],
        ['from', pick(g, sameWidth)],
      ]);
    } else if (kind === 8) {
      const op = pick(g, ['max-pool', 'average-pool', 'dwconv', 'max-pool | average-pool', 'dwconv | skip']);
      layers.push([
        ['name', name],
        ['op', op],
        ['kernel', '3x3'],
        ['stride', '1'],
      ]);
    } else {
      const multiplier = pick(g, ['1', '2']);
      layers.push([
        ['name', name],
        ['op', 'dwconv'],
        ['kernel', pick(g, KERNELS)],
        ['multiplier', multiplier],
      ]);
      weightKeys(g, layers.at(-1)!);
      if (multiplier !== '1') {
        width = undefined;
        sameWidth.length = 0;
      }
    }
    if (width) sameWidth.push(name);
  }
  if (chance(g, 50))
    layers.push([
      ['name', 'pool'],
      ['op', 'global-average-pool'],
    ]);
  else
    layers.push([
      ['name', 'pool'],
      ['op', 'flatten'],
    ]);
  layers.push([
    ['name', 'logits'],
    ['op', 'dense'],
    ['units', '5'],
  ]);
  weightKeys(g, layers.at(-1)!);
  return layers;
}

function scalar(g: Gen, value: string): string {
  return pick(g, [value, value, value, `"${value}"`, `'${value}'`]);
}

const COMMENTS = ['', '', '', ' # note', '   # 16 | 32, "quoted" { and: more }', ' #'];

function renderLayer(g: Gen, layer: LayerText, indent: string): string[] {
  const plain = new Set(['stride', 'multiplier']);
  const pairs = layer.map(([key, value]) => [key, plain.has(key) ? value : scalar(g, value)] as const);
  const style = pick(g, ['flow', 'flow', 'lines', 'block', 'block']);
  if (style === 'flow') {
    const [open, close] = pick(g, [
      ['{ ', ' }'],
      ['{', '}'],
      ['{ ', ', }'],
      ['{  ', '  }'],
    ]);
    return [
      `${indent}- ${open}${pairs.map(([key, value]) => `${key}: ${value}`).join(pick(g, [', ', ',  ', ' , ']))}${close}${pick(g, COMMENTS)}`,
    ];
  }
  if (style === 'lines') {
    const trailing = chance(g, 40) ? ',' : '';
    const lines = pairs.map(
      ([key, value], i) => `${indent}    ${key}: ${value}${i < pairs.length - 1 ? ',' : trailing}${pick(g, COMMENTS)}`,
    );
    return chance(g, 50)
      ? [`${indent}- {${pick(g, COMMENTS)}`, ...lines, `${indent}  }${pick(g, COMMENTS)}`]
      : [`${indent}- {`, ...lines.slice(0, -1), `${indent}    ${pairs.at(-1)!.join(': ')} }`];
  }
  const gap = pick(g, [' ', ' ', '   ']);
  const pad = `${indent} ${gap}`;
  const lines = pairs.map(([key, value]) => `${key}:${pick(g, [' ', ' ', '  '])}${value}${pick(g, COMMENTS)}`);
  const between = (): string[] => (chance(g, 10) ? [pick(g, [`${pad}# between`, '', '# at the margin'])] : []);
  return [`${indent}-${gap}${lines[0]!}`, ...lines.slice(1).flatMap((line) => [...between(), `${pad}${line}`])];
}

/** Renders a definition with a random line end, byte order mark, indent, and random order of its blocks. */
export function randomDefinition(g: Gen, most = 5): RandomDefinition {
  const head = ['udc: 1', 'name: random', 'input: 12x10x3', 'target: { npu: ethos-u55-128, weights: 48 KiB }'];
  if (chance(g, 60)) {
    const bits = pick(g, BITS);
    const sparsity = pick(g, SPARSITIES);
    head.push(
      ...pick(g, [
        [`search: { bits: ${bits}, sparsity: ${sparsity} }`],
        ['search:', `  bits: ${bits}`, `  sparsity: ${sparsity} # default`],
        [`search: { bits: "${bits}" }`],
      ]),
    );
  }
  const indent = pick(g, ['', '  ', '    ']);
  const layers = randomLayers(g, most);
  const body = layers.flatMap((layer) => [
    ...(chance(g, 15) ? [pick(g, ['', '# a comment', `${indent}# indented`])] : []),
    ...renderLayer(g, layer, indent),
  ]);
  const lines = [
    ...(chance(g, 20) ? ['# first line'] : []),
    ...(chance(g, 20) ? ['---'] : []),
    ...head,
    `layers:${pick(g, COMMENTS)}`,
    ...body,
  ];
  const tail = pick(g, [[''], [''], [], ['', '# the end'], ['', '']]);
  const crlf = chance(g, 30);
  return { text: (chance(g, 20) ? '\uFEFF' : '') + [...lines, ...tail].join(crlf ? '\r\n' : '\n'), crlf };
}

export function randomAssignment(g: Gen, network: Network): number[] {
  return network.decisions.map(({ labels }) => g(fc.nat, { max: labels.length - 1 }));
}

/** A definition around layers that are written out by the test. */
export function definitionText(layers: string, head = ''): string {
  return `udc: 1\nname: test\ninput: 16x16x3\ntarget: { npu: ethos-u55-128 }\n${head}layers:\n${layers}`;
}
