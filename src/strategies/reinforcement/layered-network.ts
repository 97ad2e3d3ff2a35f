/**
 * A small network of dense layers, ReLU between them, in plain numbers: the same on every machine, and nothing to let
 * go of. Parameters and moments are 32-bit floats, so that a checkpoint keeps them as they are.
 */
import type { SeededRandom } from '../../base/random.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** Row-major, the outputs of an input side by side. */
  readonly w: Float32Array;
  readonly b: Float32Array;
}

/** What a pass left for its way back: the values of every layer, the inputs first. */
export interface Pass {
  readonly rows: number;
  readonly values: readonly Float64Array[];
}

/** What comes out is as it is, or a share between 0 and 1. */
export type OutputKind = 'linear' | 'sigmoid';

export class LayeredNetwork {
  private readonly layers: readonly Layer[];
  private readonly first: readonly Float32Array[];
  private readonly second: readonly Float32Array[];
  private steps = 0;

  /**
   * Weights and biases are drawn evenly from ±1/√inputs.
   * @param sizes of inputs, hidden layers and outputs
   */
  constructor(
    readonly sizes: readonly number[],
    private readonly kind: OutputKind,
    random: SeededRandom,
  ) {
    this.layers = sizes.slice(1).map((outputs, i) => {
      const inputs = sizes[i]!;
      const reach = 1 / Math.sqrt(inputs);
      const draw = (length: number): Float32Array =>
        Float32Array.from({ length }, () => reach * (2 * random.next() - 1));
      return { inputs, outputs, w: draw(inputs * outputs), b: draw(outputs) };
    });
    this.first = this.parameters.map(({ length }) => new Float32Array(length));
    this.second = this.parameters.map(({ length }) => new Float32Array(length));
  }

  /** Weights and biases of each layer; to be changed by `step` and `follow` alone. */
  get parameters(): readonly Float32Array[] {
    return this.layers.flatMap(({ w, b }) => [w, b]);
  }

  /** @param inputs row-major, a row an example */
  forward(inputs: Float64Array): Pass {
    const rows = inputs.length / this.sizes[0]!;
    const values = [inputs];
    for (const [l, { inputs: wide, outputs, w, b }] of this.layers.entries()) {
      const x = values[l]!;
      const y = new Float64Array(rows * outputs);
      for (let r = 0; r < rows; r++) {
        const at = r * outputs;
        y.set(b, at);
        let i = 0;
        // Four inputs at a time: what comes out is read and written a quarter as often.
        for (; i + 3 < wide; i += 4) {
          const [from, row] = [r * wide + i, i * outputs];
          const [p, q, s, t] = [x[from]!, x[from + 1]!, x[from + 2]!, x[from + 3]!];
          if (p === 0 && q === 0 && s === 0 && t === 0) continue;
          const [second, third, fourth] = [row + outputs, row + 2 * outputs, row + 3 * outputs];
          for (let o = 0; o < outputs; o++)
            y[at + o]! += p * w[row + o]! + q * w[second + o]! + s * w[third + o]! + t * w[fourth + o]!;
        }
        for (; i < wide; i++) {
          const [value, row] = [x[r * wide + i]!, i * outputs];
          for (let o = 0; o < outputs; o++) y[at + o]! += value * w[row + o]!;
        }
      }
      if (l < this.layers.length - 1) for (let i = 0; i < y.length; i++) y[i] = Math.max(0, y[i]!);
      else if (this.kind === 'sigmoid') for (let i = 0; i < y.length; i++) y[i] = 1 / (1 + Math.exp(-y[i]!));
      values.push(y);
    }
    return { rows, values };
  }

  /** What came out, row-major. */
  outputs({ values }: Pass): Float64Array {
    return values.at(-1)!;
  }

  /**
   * The way back: slopes of a sum over rows by parameters and by inputs.
   * @param slopes of that sum by what came out
   * @param wanted are those of the parameters wanted?
   */
  backward(
    { rows, values }: Pass,
    slopes: Float64Array,
    wanted = true,
  ): { readonly parameters: readonly Float64Array[]; readonly inputs: Float64Array } {
    const parameters = this.parameters.map(({ length }) => new Float64Array(wanted ? length : 0));
    const out = values.at(-1)!;
    let dy = this.kind === 'sigmoid' ? slopes.map((slope, i) => slope * out[i]! * (1 - out[i]!)) : slopes;
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, w } = this.layers[l]!;
      const x = values[l]!;
      const [dw, db] = [parameters[2 * l]!, parameters[2 * l + 1]!];
      const dx = new Float64Array(rows * inputs);
      for (let r = 0; r < rows; r++) {
        const at = r * outputs;
        if (wanted) for (let o = 0; o < outputs; o++) db[o]! += dy[at + o]!;
        for (let i = 0; i < inputs; i++) {
          const value = x[r * inputs + i]!;
          // A unit that is at rest passes nothing on; an input does.
          if (l > 0 && value === 0) continue;
          const row = i * outputs;
          let sum = 0;
          for (let o = 0; o < outputs; o++) sum += w[row + o]! * dy[at + o]!;
          dx[r * inputs + i] = sum;
          if (wanted && value !== 0) for (let o = 0; o < outputs; o++) dw[row + o]! += value * dy[at + o]!;
        }
      }
      dy = dx;
    }
    return { parameters, inputs: dy };
  }

  /** One step of Adam down the slopes. */
  step(slopes: readonly Float64Array[], rate: number): void {
    this.steps++;
    const [bias1, bias2] = [1 - BETA1 ** this.steps, 1 - BETA2 ** this.steps];
    this.parameters.forEach((values, p) => {
      const [m, v, slope] = [this.first[p]!, this.second[p]!, slopes[p]!];
      for (let i = 0; i < values.length; i++) {
        const g = slope[i]!;
        m[i] = BETA1 * m[i]! + (1 - BETA1) * g;
        v[i] = BETA2 * v[i]! + (1 - BETA2) * g * g;
        values[i]! -= (rate * (m[i]! / bias1)) / (Math.sqrt(v[i]! / bias2) + EPSILON);
      }
    });
  }

  /** Comes nearer to another of the same shape by a share of the way. */
  follow(other: LayeredNetwork, share: number): void {
    const theirs = other.parameters;
    this.parameters.forEach((mine, p) => {
      const aim = theirs[p]!;
      for (let i = 0; i < mine.length; i++) mine[i]! += share * (aim[i]! - mine[i]!);
    });
  }

  private get kept(): readonly (readonly [string, Float32Array])[] {
    const named = (part: string, arrays: readonly Float32Array[]) =>
      arrays.map((array, i) => [`${part}${i}`, array] as const);
    return [...named('p', this.parameters), ...named('m', this.first), ...named('v', this.second)];
  }

  /** Plain JSON; tensors stand in `into` under names that begin with `name`. */
  save(name: string, into: Map<string, TensorRecord>): number {
    for (const [part, data] of this.kept)
      into.set(`${name}|${part}`, { shape: [data.length], data: Float32Array.from(data) });
    return this.steps;
  }

  /** @throws Error where a tensor is missing or of another shape */
  load(name: string, from: ReadonlyMap<string, TensorRecord>, steps: number): void {
    this.steps = steps;
    for (const [part, array] of this.kept) {
      const saved = from.get(`${name}|${part}`);
      if (saved?.data.length !== array.length)
        throw new Error(`the checkpoint does not fit this search: ${name}|${part} is missing or of another length`);
      array.set(saved.data);
    }
  }
}
