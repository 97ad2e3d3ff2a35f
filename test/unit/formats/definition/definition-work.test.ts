/** The work of finding the layers of a network grows as its operators do: long files must not block the editor. */
import assert from 'node:assert/strict';
import { writeDefinition } from '../../../../src/formats/definition/write-definition.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import type { Architecture, Operation } from '../../../../src/network/types.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';

const { network } = parseDefinition(`udc: 1
name: a
input: 4x4x8
target: { npu: ethos-u55-128 }
layers:
  - { name: wide, op: pwconv, filters: 8 }
  - { name: sum, op: add, from: wide }
  - { name: pool, op: global-average-pool }
  - { name: flat, op: flatten }
  - { name: logits, op: dense, units: 8 }
`);
const [conv, add, pool, flat, dense] = instantiate(network!, []).operations as [
  Operation,
  Operation,
  Operation,
  Operation,
  Operation,
];

/** An operation of the sample at another place. */
const reading = (operation: Operation, index: number, ...inputs: readonly number[]): Operation => ({
  ...operation,
  id: `${operation.kind}-${index}`,
  inputs,
});

/** Networks of any length, each `index` reading the operation before it. */
const SHAPES: Readonly<Record<string, (length: number) => readonly Operation[]>> = {
  'one pool after another': (length) => Array.from({ length }, (_, i) => reading(pool, i, i - 1)),
  'one flattening after another': (length) => Array.from({ length }, (_, i) => reading(flat, i, i - 1)),
  'one dense layer after another': (length) => Array.from({ length }, (_, i) => reading(dense, i, i - 1)),
  'a chain of convolutions': (length) => Array.from({ length }, (_, i) => reading(conv, i, i - 1)),
  'an addition across all': (length) =>
    Array.from({ length }, (_, i) => (i < length - 1 ? reading(conv, i, i - 1) : reading(add, i, i - 1, 0))),
  'additions across additions': (length) =>
    Array.from({ length }, (_, i) =>
      i < length / 2 ? reading(conv, i, i - 1) : reading(add, i, i - 1, Math.max(0, length - i - 1)),
    ),
  'additions of neighbours': (length) =>
    Array.from({ length }, (_, i) => (i % 2 === 0 ? reading(conv, i, i - 1) : reading(add, i, i - 1, i - 2))),
};

/** How often operations are looked at. A definition may refuse the network: that takes work, too. */
function work(operations: readonly Operation[]): number {
  let looks = 0;
  const counted = new Proxy(operations, {
    get(target, key, receiver): unknown {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  const architecture: Architecture = { ...instantiate(network!, []), operations: counted };
  try {
    writeDefinition(architecture, { name: 'a', npu: 'ethos-u55-128', search: true });
  } catch (error) {
    assert.ok(error instanceof Error && !(error instanceof RangeError || error instanceof TypeError), String(error));
  }
  return looks;
}

describe('the work of writing a definition', () => {
  for (const [what, build] of Object.entries(SHAPES)) {
    it(`grows as the number of operators: ${what}`, () => {
      const [few, many] = [work(build(400)), work(build(1600))];
      assert.ok(many < few * 4.5, `${few} looks at 400 operators, ${many} at 1,600`);
      assert.ok(many < 1600 * 40, `${many} looks`);
    });
  }
});
