/** Lowers one operator option of a layer to hardware primitives. */

import { shortcutOf, windowKeys } from './operators.ts';
import { KEEPS_GRID } from './keeps-grid.ts';
import { ONE, windowOutput } from './map-shapes.ts';
import type { Activation, LayerSpec, OperatorName, Param, Primitive, PrimitiveKind, Size2D, Width } from './types.ts';

/** What a layer's paths have in common. */
export interface LayerContext {
  readonly spec: LayerSpec;
  readonly inWidth: Width;
  readonly inSize: Size2D;
  /** Channels that the layer's kept (not skipped) operators put out. */
  readonly keptWidth: Width;
  readonly outSize: Size2D;
  readonly kernel: Param<Size2D>;
  readonly expand: Param<number>;
  readonly bits: Param<number>;
  readonly sparsity: Param<number>;
  readonly activationBits: Param<number>;
  /** Does no weighted layer come after this one? Its outputs are the logits: no batch normalisation. */
  readonly logits: boolean;
}

export function fixed<T>(value: T): Param<T> {
  return { options: [value], decision: -1 };
}

const FIXED_ONE = fixed(ONE);
const NO_BITS = fixed(8);
const NO_SPARSITY = fixed(0);

/** `ends`: does its output leave the block (so that it has no batch normalisation in the last weighted layer)? */
interface WeightedOptions {
  readonly activation: Activation;
  readonly ends: boolean;
}

interface PrimitiveParts {
  readonly kind: PrimitiveKind;
  readonly inputs: readonly number[];
  readonly outWidth: Width;
  readonly outSize: Size2D;
  readonly kernel?: Param<Size2D>;
  readonly stride?: Size2D;
  readonly dilation?: Size2D;
  readonly factor?: number;
  readonly activation?: Activation;
  /** Given for weighted primitives. */
  readonly batchNorm?: boolean;
}

/** Builds the primitives of one path in execution order; methods return the index of what they added. */
export class PathBuilder {
  readonly primitives: Primitive[] = [];
  readonly spec: LayerSpec;
  private readonly layer: LayerContext;
  private readonly op: OperatorName;

  constructor(layer: LayerContext, op: OperatorName) {
    this.layer = layer;
    this.op = op;
    this.spec = layer.spec;
  }

  /**
   * Activation between the parts of a block: the layer's, but never none in a logits layer, whose parts would fall
   * together.
   */
  get innerActivation(): Activation {
    return this.layer.logits && this.spec.activation === 'none' ? 'relu' : this.spec.activation;
  }

  /** The input's channels times the expansion. */
  get expandedWidth(): Width {
    return { kind: 'times', of: this.layer.inWidth, by: this.layer.expand };
  }

  /**
   * Adds the layer's shortcut, if any, to what `main` builds. The activation comes after the addition, or (`linear`)
   * nowhere.
   */
  withShortcut(main: (activation: Activation) => number, activation: 'after' | 'linear'): void {
    const shortcut = shortcutOf(this.spec, this.op);
    const last = activation === 'after' ? this.spec.activation : 'none';
    if (shortcut === 'none') {
      main(last);
      return;
    }
    const out = main('none');
    const other =
      shortcut === 'identity' ? -1 : this.pointwise('shortcut', -1, { activation: 'none', ends: true, strided: true });
    this.put('add', {
      kind: 'add',
      inputs: [out, other],
      outWidth: this.layer.keptWidth,
      outSize: this.sizeOf(out),
      activation: last,
    });
  }

  /** A convolution with the layer's kernel. */
  window(
    part: string,
    kind: 'conv',
    input: number,
    { activation, ends, width, unstrided = false }: WeightedOptions & { width?: Width; unstrided?: boolean },
  ): number {
    return this.put(part, {
      kind,
      inputs: [input],
      kernel: this.layer.kernel,
      outWidth: width ?? this.layer.keptWidth,
      activation,
      batchNorm: this.normed(ends),
      ...this.windowed(input, unstrided ? ONE : this.spec.stride),
    });
  }

  depthwise(input: number, { activation, ends, multiplier }: WeightedOptions & { multiplier: number }): number {
    const of = this.widthOf(input);
    return this.put('depthwise', {
      kind: 'depthwise',
      inputs: [input],
      kernel: this.layer.kernel,
      factor: multiplier,
      activation,
      batchNorm: this.normed(ends),
      outWidth: multiplier === 1 ? of : { kind: 'times', of, by: fixed(multiplier) },
      ...this.windowed(input, this.spec.stride),
    });
  }

  pointwise(
    part: string,
    input: number,
    { activation, ends, width, strided = false }: WeightedOptions & { width?: Width; strided?: boolean },
  ): number {
    const stride = strided ? this.spec.stride : ONE;
    const outSize = windowOutput(this.sizeOf(input), { kernel: ONE, stride, dilation: ONE, padding: 'same' });
    return this.put(part, {
      kind: 'conv',
      inputs: [input],
      stride,
      outSize,
      outWidth: width ?? this.layer.keptWidth,
      activation,
      batchNorm: this.normed(ends),
    });
  }

  dense(): void {
    this.put('dense', {
      kind: 'dense',
      inputs: [-1],
      outWidth: this.layer.keptWidth,
      outSize: ONE,
      activation: this.spec.activation,
      batchNorm: this.normed(true),
    });
  }

  /** The mean over the map, and one output a class of it. */
  exit(): void {
    const mean = this.put('mean', {
      kind: 'global-average-pool',
      inputs: [-1],
      outWidth: this.layer.inWidth,
      outSize: ONE,
    });
    this.put('dense', {
      kind: 'dense',
      inputs: [mean],
      outWidth: this.layer.keptWidth,
      outSize: ONE,
      batchNorm: false,
    });
  }

  pool(kind: 'max-pool' | 'average-pool'): void {
    this.put('pool', {
      kind,
      inputs: [-1],
      kernel: this.layer.kernel,
      outWidth: this.layer.inWidth,
      ...this.windowed(-1, this.spec.stride),
    });
  }

  reshape(part: string, kind: 'global-average-pool' | 'flatten' | 'depth-to-space'): void {
    const factor = kind === 'depth-to-space' ? this.spec.factor : 1;
    this.put(part, {
      kind,
      inputs: [-1],
      factor,
      outWidth: kind === 'global-average-pool' ? this.layer.inWidth : this.layer.keptWidth,
      outSize: this.layer.outSize,
    });
  }

  addFrom(): void {
    this.put('add', {
      kind: 'add',
      inputs: [-1, -2],
      outWidth: this.layer.inWidth,
      outSize: this.layer.inSize,
      activation: this.spec.activation,
    });
  }

  private put(part: string, parts: PrimitiveParts): number {
    const weighted = parts.batchNorm !== undefined;
    // A block's depthwise filters are few weights that matter much: its sparsity is that of its full convolutions.
    const prunable = weighted && (parts.kind !== 'depthwise' || this.op === 'dwconv');
    const input = parts.inputs[0]!;
    return (
      this.primitives.push({
        id: `${this.spec.name}/${this.op}/${part}`,
        kind: parts.kind,
        inputs: parts.inputs,
        kernel: parts.kernel ?? FIXED_ONE,
        stride: parts.stride ?? ONE,
        dilation: parts.dilation ?? ONE,
        padding: parts.kernel ? windowKeys(this.spec, this.op).padding : 'same',
        inWidth: this.widthOf(input),
        outWidth: parts.outWidth,
        inSize: this.sizeOf(input),
        outSize: parts.outSize,
        factor: parts.factor ?? 1,
        bits: weighted ? this.layer.bits : NO_BITS,
        sparsity: prunable ? this.layer.sparsity : NO_SPARSITY,
        activationBits: KEEPS_GRID.has(parts.kind) ? NO_BITS : this.layer.activationBits,
        batchNorm: parts.batchNorm ?? false,
        activation: parts.activation ?? 'none',
      }) - 1
    );
  }

  private normed(ends: boolean): boolean {
    return !(this.layer.logits && ends);
  }

  /** With the layer's kernel; `same` padding makes the size independent of which kernel is chosen. */
  private windowed(input: number, stride: Size2D): { stride: Size2D; dilation: Size2D; outSize: Size2D } {
    const { dilation, padding } = windowKeys(this.spec, this.op);
    return {
      stride,
      dilation,
      outSize: windowOutput(this.sizeOf(input), { kernel: this.layer.kernel.options[0]!, stride, dilation, padding }),
    };
  }

  private widthOf(input: number): Width {
    return input === -1 ? this.layer.inWidth : this.primitives[input]!.outWidth;
  }

  private sizeOf(input: number): Size2D {
    return input === -1 ? this.layer.inSize : this.primitives[input]!.outSize;
  }
}
