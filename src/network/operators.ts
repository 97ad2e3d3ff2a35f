/**
 * The registry of operators: one entry says what a layer with the operator takes, its shape rules and what it lowers
 * to.
 */

import type { PathBuilder } from './lowering.ts';
import { ONE } from './map-shapes.ts';
import type { LayerSpec, OperatorName, Padding, Shortcut, Size2D } from './types.ts';

/** Keys of a layer beside `name` and `op`. */
export type LayerKey =
  | 'kernel'
  | 'stride'
  | 'dilation'
  | 'padding'
  | 'filters'
  | 'units'
  | 'expand'
  | 'multiplier'
  | 'bits'
  | 'sparsity'
  | 'activationBits'
  | 'activation'
  | 'shortcut'
  | 'from'
  | 'factor';

export interface Operator {
  /** One sentence for hovers and completion. */
  readonly summary: string;
  readonly needs: readonly LayerKey[];
  readonly takes: readonly LayerKey[];
  readonly weighted: boolean;
  /** Output channels: the layer's own `filters`, or a function of the input's. */
  readonly width: 'own' | 'input' | 'times multiplier' | 'times area' | 'divided by factor²';
  /**
   * Output height and width: of a window (`kernel`, or 1x1), of a single pixel, `factor` times the input's, or the
   * input's.
   */
  readonly size: 'window' | '1x1 window' | 'one' | 'times factor' | 'input';
  /** May it share a choice only with `skip`? */
  readonly alone: boolean;
  readonly lower: (build: PathBuilder) => void;
}

const WEIGHTS = ['bits', 'sparsity', 'activationBits', 'activation'] as const;
const POOL = {
  needs: ['kernel'],
  takes: ['stride', 'padding'],
  weighted: false,
  width: 'input',
  size: 'window',
  alone: false,
} as const;

export const OPERATORS: Readonly<Record<OperatorName, Operator>> = {
  conv: {
    summary: 'Convolution, batch normalisation, activation.',
    needs: ['kernel', 'filters'],
    takes: ['stride', 'dilation', 'padding', 'shortcut', ...WEIGHTS],
    weighted: true,
    width: 'own',
    size: 'window',
    alone: false,
    lower: (build) =>
      build.withShortcut((activation) => build.window('conv', 'conv', -1, { activation, ends: true }), 'after'),
  },
  dwconv: {
    summary: 'Depthwise convolution: one filter (or `multiplier` filters) per input channel.',
    needs: ['kernel'],
    takes: ['stride', 'dilation', 'padding', 'multiplier', 'shortcut', ...WEIGHTS],
    weighted: true,
    width: 'times multiplier',
    size: 'window',
    alone: false,
    lower: (build) =>
      build.withShortcut(
        (activation) => build.depthwise(-1, { activation, ends: true, multiplier: build.spec.multiplier }),
        'after',
      ),
  },
  pwconv: {
    summary: 'Pointwise (1x1) convolution: mixes channels only.',
    needs: ['filters'],
    takes: ['stride', 'shortcut', ...WEIGHTS],
    weighted: true,
    width: 'own',
    size: '1x1 window',
    alone: false,
    lower: (build) =>
      build.withShortcut(
        (activation) => build.pointwise('pointwise', -1, { activation, ends: true, strided: true }),
        'after',
      ),
  },
  dsconv: {
    summary: 'Depthwise separable convolution: a depthwise convolution, then a 1x1 convolution.',
    needs: ['kernel', 'filters'],
    takes: ['stride', 'dilation', 'padding', 'shortcut', ...WEIGHTS],
    weighted: true,
    width: 'own',
    size: 'window',
    alone: false,
    lower: (build) =>
      build.withShortcut((activation) => {
        const depthwise = build.depthwise(-1, { activation: build.innerActivation, ends: false, multiplier: 1 });
        return build.pointwise('pointwise', depthwise, { activation, ends: true });
      }, 'after'),
  },
  ibn: {
    summary: 'Inverted bottleneck: 1x1 expansion, depthwise convolution, linear 1x1 projection.',
    needs: ['kernel', 'filters', 'expand'],
    takes: ['stride', 'dilation', 'padding', 'shortcut', ...WEIGHTS],
    weighted: true,
    width: 'own',
    size: 'window',
    alone: false,
    lower: (build) =>
      build.withShortcut(() => {
        const expanded = build.pointwise('expand', -1, {
          activation: build.innerActivation,
          ends: false,
          width: build.expandedWidth,
        });
        const depthwise = build.depthwise(expanded, { activation: build.innerActivation, ends: false, multiplier: 1 });
        return build.pointwise('project', depthwise, { activation: 'none', ends: true });
      }, 'linear'),
  },
  'fused-ibn': {
    summary: 'Fused inverted bottleneck: an expanding convolution, then a linear 1x1 projection.',
    needs: ['kernel', 'filters', 'expand'],
    takes: ['stride', 'dilation', 'padding', 'shortcut', ...WEIGHTS],
    weighted: true,
    width: 'own',
    size: 'window',
    alone: false,
    lower: (build) =>
      build.withShortcut(() => {
        const expanded = build.window('expand', 'conv', -1, {
          activation: build.innerActivation,
          ends: false,
          width: build.expandedWidth,
        });
        return build.pointwise('project', expanded, { activation: 'none', ends: true });
      }, 'linear'),
  },
  residual: {
    summary: 'Basic residual block: two convolutions, the input (or a projection of it) added, activation.',
    needs: ['kernel', 'filters'],
    takes: ['stride', 'dilation', 'shortcut', ...WEIGHTS],
    weighted: true,
    width: 'own',
    size: 'window',
    alone: false,
    lower: (build) =>
      build.withShortcut((activation) => {
        const first = build.window('conv1', 'conv', -1, { activation: build.innerActivation, ends: false });
        return build.window('conv2', 'conv', first, { activation, ends: true, unstrided: true });
      }, 'after'),
  },
  dense: {
    summary: 'Fully connected layer over a 1x1 input.',
    needs: ['units'],
    takes: WEIGHTS,
    weighted: true,
    width: 'own',
    size: 'one',
    alone: true,
    lower: (build) => build.dense(),
  },
  'max-pool': { summary: 'Largest value of each window.', ...POOL, lower: (build) => build.pool('max-pool') },
  'average-pool': { summary: 'Mean of each window.', ...POOL, lower: (build) => build.pool('average-pool') },
  'global-average-pool': {
    summary: 'Mean over height and width: one value per channel.',
    needs: [],
    takes: [],
    weighted: false,
    width: 'input',
    size: 'one',
    alone: false,
    lower: (build) => build.reshape('pool', 'global-average-pool'),
  },
  flatten: {
    summary: 'Height, width and channels as one vector, in that order.',
    needs: [],
    takes: [],
    weighted: false,
    width: 'times area',
    size: 'one',
    alone: true,
    lower: (build) => build.reshape('flatten', 'flatten'),
  },
  upsample: {
    summary: 'Depth to space: `factor`² channels become a block of `factor` x `factor` pixels.',
    needs: ['factor'],
    takes: [],
    weighted: false,
    width: 'divided by factor²',
    size: 'times factor',
    alone: true,
    lower: (build) => build.reshape('depth-to-space', 'depth-to-space'),
  },
  add: {
    summary: 'Adds the output of the earlier layer named by `from`.',
    needs: ['from'],
    takes: ['activationBits', 'activation'],
    weighted: false,
    width: 'input',
    size: 'input',
    alone: true,
    lower: (build) => build.addFrom(),
  },
  exit: {
    summary:
      'Early exit: global mean and a dense layer with one output a class. Where it is sure of a sample, the layers after it do not run. As `exit | skip` it stays in the trained network where it saves a larger share of the work than it adds to the bytes.',
    needs: ['units'],
    takes: ['bits', 'sparsity'],
    weighted: true,
    width: 'own',
    size: 'one',
    alone: true,
    lower: (build) => build.exit(),
  },
  skip: {
    summary: 'Passes the input through: among other operators it lets the search leave the layer out.',
    needs: [],
    takes: [],
    weighted: false,
    width: 'input',
    size: 'input',
    alone: false,
    lower: () => undefined,
  },
};

export const OPERATOR_NAMES = Object.keys(OPERATORS) as readonly OperatorName[];

export function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(OPERATORS, name);
}

/** Does an operator use a key? */
export function uses(op: OperatorName, key: LayerKey): boolean {
  return OPERATORS[op].needs.includes(key) || OPERATORS[op].takes.includes(key);
}

/** Does any of a layer's operators use a key? */
export function usesKey(ops: readonly OperatorName[], key: LayerKey): boolean {
  return ops.some((op) => uses(op, key));
}

/** Dilation and padding of an operator of a layer; those that take neither ignore what the layer states for others. */
export function windowKeys(
  spec: Pick<LayerSpec, 'dilation' | 'padding'>,
  op: OperatorName,
): { dilation: Size2D; padding: Padding } {
  const { takes } = OPERATORS[op];
  return {
    dilation: takes.includes('dilation') ? spec.dilation : ONE,
    padding: takes.includes('padding') ? spec.padding : 'same',
  };
}

/** How an operator of a layer adds the layer's input to its output. */
export function shortcutOf(spec: Pick<LayerSpec, 'shortcut' | 'stride'>, op: OperatorName): Shortcut {
  if (!OPERATORS[op].takes.includes('shortcut')) return 'none';
  if (spec.shortcut) return spec.shortcut;
  if (op !== 'residual') return 'none';
  return spec.stride.height === 1 && spec.stride.width === 1 ? 'identity' : 'projection';
}
