/** Values of variables on the host: each is read once until it is said to have changed. */
import type * as tf from '@tensorflow/tfjs-core';
import { readOf } from '../devices/read-tensor.ts';

export class HostCopy {
  private readonly known = new Map<tf.Variable, Float32Array>();

  /** @param shown what is read of a variable; default: its values */
  constructor(private readonly shown: (variable: tf.Variable) => tf.Tensor = (variable) => variable) {}

  /** In the order of the variables, in one read of those that are not known. Not to be written to. */
  async read(variables: readonly tf.Variable[]): Promise<Float32Array[]> {
    const missing = variables.filter((variable) => !this.known.has(variable));
    if (missing.length > 0) {
      const found = await readOf(() => missing.map(this.shown));
      missing.forEach((variable, i) => this.known.set(variable, found[i]!));
    }
    return variables.map((variable) => this.known.get(variable)!);
  }

  /** Call where variables have changed; without any: where all may have. */
  forget(variables?: Iterable<tf.Variable>): void {
    if (!variables) this.known.clear();
    else for (const variable of variables) this.known.delete(variable);
  }
}
