/** Networks of the agents: their slopes against finite differences, Adam, and what a checkpoint keeps. */
import assert from 'node:assert/strict';
import { SeededRandom } from '../../../../src/base/random.ts';
import { LayeredNetwork, type OutputKind } from '../../../../src/strategies/reinforcement/layered-network.ts';
import type { TensorRecord } from '../../../../src/training/tensor-checkpoint.ts';

const drawn = (length: number, random: SeededRandom): Float64Array =>
  Float64Array.from({ length }, () => random.normal());

/** Σ cᵢ·outputᵢ, which has slopes c. */
function summed(network: LayeredNetwork, inputs: Float64Array, c: Float64Array): number {
  return network.outputs(network.forward(inputs)).reduce((sum, y, i) => sum + c[i]! * y, 0);
}

describe('the networks of agents', () => {
  for (const kind of ['linear', 'sigmoid'] as readonly OutputKind[])
    for (const sizes of [
      [5, 7, 6, 2],
      [3, 1],
      [1, 4, 1],
    ])
      it(`have the slopes of finite differences: ${sizes.join('-')}, ${kind}`, () => {
        const random = new SeededRandom(sizes.length);
        const network = new LayeredNetwork(sizes, kind, random);
        const rows = 3;
        const inputs = drawn(rows * sizes[0]!, random);
        const c = drawn(rows * sizes.at(-1)!, random);
        const { parameters, inputs: byInput } = network.backward(network.forward(inputs), c);
        const check = (values: Float32Array | Float64Array, slopes: Float64Array, what: string): void => {
          values.forEach((value, i) => {
            const at = (offset: number): readonly [number, number] => {
              values[i] = value + offset;
              const placed = values[i];
              const result = summed(network, inputs, c);
              values[i] = value;
              return [placed, result];
            };
            const [[above, more], [below, less]] = [at(1e-3), at(-1e-3)];
            const found = (more - less) / (above - below);
            assert.ok(
              Math.abs(found - slopes[i]!) <= 1e-3 * Math.max(1, Math.abs(found)),
              `${what} ${i}: ${found} ${slopes[i]}`,
            );
          });
        };
        network.parameters.forEach((values, p) => {
          check(values, parameters[p]!, `parameter ${p}`);
        });
        check(inputs, byInput, 'input');
      });

  it('learn a function by Adam', () => {
    const random = new SeededRandom(1);
    const network = new LayeredNetwork([2, 16, 1], 'linear', random);
    const inputs = drawn(2 * 64, random);
    const aims = Float64Array.from({ length: 64 }, (_, r) => inputs[2 * r]! * inputs[2 * r + 1]!);
    const loss = (): number => {
      const pass = network.forward(inputs);
      const errors = network.outputs(pass).map((y, r) => y - aims[r]!);
      network.step(
        network.backward(
          pass,
          errors.map((e) => e / 32),
        ).parameters,
        1e-2,
      );
      return errors.reduce((sum, e) => sum + e * e, 0) / 64;
    };
    const first = loss();
    let last = first;
    for (let i = 0; i < 500; i++) last = loss();
    assert.ok(last < 0.05 * first, `${first} to ${last}`);
  });

  it('come nearer to others by a share, and are kept and restored as they are', () => {
    const random = new SeededRandom(2);
    const make = (): LayeredNetwork => new LayeredNetwork([3, 5, 1], 'sigmoid', random);
    const [one, other, third] = [make(), make(), make()];
    const before = one.parameters.map((values) => Float32Array.from(values));
    one.follow(other, 0.25);
    one.parameters.forEach((values, p) =>
      values.forEach((value, i) => {
        const [from, to] = [before[p]![i]!, other.parameters[p]![i]!];
        assert.ok(Math.abs(value - (from + 0.25 * (to - from))) < 1e-6);
      }),
    );
    const inputs = drawn(3, random);
    const train = (network: LayeredNetwork): void => {
      const pass = network.forward(inputs);
      network.step(network.backward(pass, Float64Array.of(1)).parameters, 1e-2);
    };
    train(one);
    const into = new Map<string, TensorRecord>();
    third.load('n', into, one.save('n', into));
    train(one);
    train(third);
    assert.deepEqual(third.parameters, one.parameters, 'with the moments of Adam');
    assert.throws(() => {
      third.load('m', into, 1);
    }, /checkpoint does not fit/);
  });
});
