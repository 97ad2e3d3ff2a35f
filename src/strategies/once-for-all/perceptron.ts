/**
 * A small multilayer perceptron with ReLU units and one output, over inputs that are 0 or 1: the predictor of
 * once-for-all networks (Cai et al., ICLR 2020). Plain numbers: the same on every machine, and no tensors to let go of.
 */
import { SeededRandom } from '../../base/random.ts';

/** Plain JSON but for the weights. */
export interface PerceptronShape {
  readonly inputs: number;
  readonly hidden: readonly number[];
}

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** Row-major, an output's inputs side by side. */
  readonly w: Float64Array;
  readonly b: Float64Array;
}

/** An example: the inputs that are 1, and what is to come out. */
export interface Example {
  readonly ones: readonly number[];
  readonly value: number;
}

export interface Training {
  readonly epochs: number;
  readonly batch: number;
  /** Peak of Adam's rate, which falls to nothing. */
  readonly rate: number;
  /** Share by which weights shrink a step, times the rate. */
  readonly decay: number;
  readonly seed: number;
}

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

export class Perceptron {
  private readonly layers: readonly Layer[];

  constructor(
    readonly shape: PerceptronShape,
    random: SeededRandom,
  ) {
    const sizes = [shape.inputs, ...shape.hidden, 1];
    this.layers = sizes.slice(1).map((outputs, i) => {
      const inputs = sizes[i]!;
      const spread = i === sizes.length - 2 ? 0 : Math.sqrt(2 / Math.max(1, i === 0 ? Math.sqrt(inputs) : inputs));
      return {
        inputs,
        outputs,
        w: Float64Array.from({ length: inputs * outputs }, () => spread * random.normal()),
        b: new Float64Array(outputs),
      };
    });
  }

  /** Weights and biases of each layer, to be kept and given back to `load`. */
  get parameters(): readonly Float64Array[] {
    return this.layers.flatMap(({ w, b }) => [w, b]);
  }

  /** @throws RangeError where they are another shape's */
  load(parameters: readonly ArrayLike<number>[]): void {
    this.parameters.forEach((mine, i) => {
      const given = parameters[i];
      if (given?.length !== mine.length) throw new RangeError('these parameters are of a perceptron of another shape');
      mine.set(given);
    });
  }

  /** What comes out for the inputs that are 1. */
  predict(ones: readonly number[]): number {
    return this.forward(ones).at(-1)![0]!;
  }

  /** Values of every layer's outputs. */
  private forward(ones: readonly number[]): Float64Array[] {
    const values: Float64Array[] = [];
    this.layers.forEach(({ inputs, outputs, w, b }, l) => {
      const y = Float64Array.from(b);
      const x = values[l - 1];
      for (let o = 0; o < outputs; o++) {
        let sum = y[o]!;
        const row = o * inputs;
        if (x) for (let i = 0; i < inputs; i++) sum += w[row + i]! * x[i]!;
        else for (const i of ones) sum += w[row + i]!;
        y[o] = l < this.layers.length - 1 ? Math.max(0, sum) : sum;
      }
      values.push(y);
    });
    return values;
  }

  /** Adds the gradient of half the squared error of one example. */
  private backward({ ones, value }: Example, into: readonly Float64Array[]): void {
    const values = this.forward(ones);
    let slope = Float64Array.of(values.at(-1)![0]! - value);
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, w } = this.layers[l]!;
      const [dw, db] = [into[2 * l]!, into[2 * l + 1]!];
      const x = values[l - 1];
      const below = new Float64Array(x ? inputs : 0);
      for (let o = 0; o < outputs; o++) {
        const dy = slope[o]!;
        if (dy === 0) continue;
        db[o]! += dy;
        const row = o * inputs;
        if (!x) for (const i of ones) dw[row + i]! += dy;
        else
          for (let i = 0; i < inputs; i++) {
            if (x[i]! <= 0) continue;
            dw[row + i]! += dy * x[i]!;
            below[i]! += dy * w[row + i]!;
          }
      }
      slope = below;
    }
  }

  /** Fits the examples by Adam on the mean squared error. */
  fit(examples: readonly Example[], { epochs, batch, rate, decay, seed }: Training): void {
    const random = new SeededRandom(seed);
    const { parameters } = this;
    const [first, second, slopes] = [0, 1, 2].map(() => parameters.map(({ length }) => new Float64Array(length)));
    const order = Uint32Array.from(examples.keys());
    const perEpoch = Math.ceil(examples.length / batch);
    let step = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      random.shuffle(order);
      for (let from = 0; from < examples.length; from += batch) {
        const taken = order.subarray(from, from + batch);
        for (const slope of slopes!) slope.fill(0);
        for (const i of taken) this.backward(examples[i]!, slopes!);
        step++;
        const now = 0.5 * rate * (1 + Math.cos((Math.PI * step) / (epochs * perEpoch)));
        const [bias1, bias2] = [1 - BETA1 ** step, 1 - BETA2 ** step];
        parameters.forEach((values, p) => {
          const [m, v, slope] = [first![p]!, second![p]!, slopes![p]!];
          for (let i = 0; i < values.length; i++) {
            const g = slope[i]! / taken.length;
            m[i] = BETA1 * m[i]! + (1 - BETA1) * g;
            v[i] = BETA2 * v[i]! + (1 - BETA2) * g * g;
            values[i]! -= now * (m[i]! / bias1 / (Math.sqrt(v[i]! / bias2) + EPSILON) + decay * values[i]!);
          }
        });
      }
    }
    // As they are kept in files.
    for (const values of parameters) values.set(Float32Array.from(values));
  }
}
