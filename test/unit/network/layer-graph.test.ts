/** Layers that name their inputs: what a graph lowers to, what it may not be, and that a chain is its shorthand. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import { estimateCycles } from '../../../src/costs/cycles/estimate-cycles.ts';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { buildNetwork } from '../../../src/network/build-network.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { logitsLayers } from '../../../src/network/layer-graph.ts';
import type { Architecture, Network } from '../../../src/network/types.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { definitionText, randomAssignment, randomDefinition, type Gen } from '../language/support/definitions.ts';
import { randomGraph, withEveryInput } from './support/random-graphs.ts';

const graphs = (choices: boolean): fc.Arbitrary<Network> =>
  fc.nat(9999).map((seed) => randomGraph(seed, { choices }).network);
const TAIL = ['name: pool, op: global-average-pool', 'name: logits, op: dense, units: 10'];
const text = (...layers: string[]): string =>
  definitionText([...layers, ...TAIL].map((layer) => `  - { ${layer} }\n`).join(''));

const STEM = 'name: stem, op: conv, kernel: 3, filters: 8';
const TWO = ['name: left, op: conv, kernel: 3, filters: 8', 'name: right, op: pwconv, filters: 8, input: stem'];

function inputsOf(definition: string): string[] {
  const { network, diagnostics } = parseDefinition(definition);
  assert.ok(network, diagnostics.map(({ message }) => message).join('\n'));
  return instantiate(
    network,
    network.decisions.map(() => 0),
  ).operations.map(({ id, inputs }) => `${id.split('/')[0]!} ${inputs.join()}`);
}

/** What flows into every operation is what comes out of those that it names. */
function checkFlow({ input, operations }: Architecture): void {
  const read = new Set<number>();
  operations.forEach(({ inputs, inSize, inChannels, id }, index) => {
    for (const at of inputs) {
      assert.ok(at < index, `${id} reads what comes later`);
      read.add(at);
      const source = operations[at];
      const { height, width } = source?.outSize ?? input;
      assert.deepEqual(
        [height, width, source?.outChannels ?? input.channels],
        [inSize.height, inSize.width, inChannels],
        id,
      );
    }
  });
  for (let index = 0; index < operations.length - 1; index++)
    assert.ok(read.has(index), `${operations[index]!.id} is read`);
}

describe('layers that name their inputs', () => {
  it('branches, joins, several readers, and the input read again', () => {
    assert.deepEqual(inputsOf(text(STEM, ...TWO, 'name: sum, op: add, from: left')), [
      'stem -1',
      'left 0',
      'right 0',
      'sum 2,1',
      'pool 3',
      'logits 4',
    ]);
    assert.deepEqual(
      inputsOf(
        text(
          STEM,
          'name: again, op: conv, kernel: 3, filters: 8, input: input',
          'name: sum, op: add, from: stem, input: again',
        ),
      ).slice(0, 3),
      ['stem -1', 'again -1', 'sum 1,0'],
    );
    assert.deepEqual(inputsOf(text('name: a, op: pwconv, filters: 3', 'name: sum, op: add, from: input')).slice(0, 2), [
      'a -1',
      'sum 0,-1',
    ]);
    assert.deepEqual(
      inputsOf(
        text(
          'name: input, op: pwconv, filters: 3',
          'name: b, op: pwconv, filters: 3, input: input',
          'name: c, op: add, from: input',
        ),
      ).slice(0, 3),
      ['input -1', 'b 0', 'c 1,0'],
    );
  });

  it('a skipped layer passes on what it reads, not the layer before', () => {
    const layers = [
      STEM,
      'name: left, op: conv | skip, kernel: 3, filters: 8',
      'name: right, op: conv | skip, kernel: 3, filters: 8, input: stem',
      'name: sum, op: add, from: left',
    ];
    const { network } = parseDefinition(text(...layers));
    const sums = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ].map((options) => instantiate(network!, options).operations.find(({ layerName }) => layerName === 'sum')!.inputs);
    assert.deepEqual(sums, [
      [2, 1],
      [0, 1],
      [1, 0],
      [0, 0],
    ]);
  });

  it('ties the widths that additions join, along every branch', () => {
    const wide = 'filters: 8 | 16';
    const { network } = parseDefinition(
      text(
        `name: stem, op: conv, kernel: 3, ${wide}`,
        `name: left, op: conv, kernel: 3, ${wide}`,
        `name: right, op: dwconv, kernel: 3, input: stem`,
        'name: sum, op: add, from: left',
        `name: other, op: conv, kernel: 3, ${wide}, input: stem`,
        'name: all, op: add, from: sum',
      ),
    );
    assert.deepEqual(
      network!.decisions.map(({ sites }) => sites.map(({ layer }) => layer)),
      [[0, 1, 4]],
    );
  });

  it('the layers with weights that none comes after are the logits', () => {
    const heads = [
      'name: pool, op: global-average-pool',
      'name: one, op: dense, units: 10',
      'name: two, op: dense, units: 10, input: pool',
      'name: sum, op: add, from: one',
    ];
    const { network, definition } = parseDefinition(
      definitionText([STEM, ...heads].map((layer) => `  - { ${layer} }\n`).join('')),
    );
    assert.deepEqual(logitsLayers(definition!.layers), [2, 3]);
    for (const { layerName, batchNorm, activation } of instantiate(network!, []).operations.filter(
      ({ kind }) => kind === 'dense',
    ))
      assert.deepEqual([batchNorm, activation], [false, 'none'], layerName);
  });

  const WRONG: readonly (readonly [string, readonly string[], string, RegExp])[] = [
    [
      'a name that there is not',
      [STEM, 'name: b, op: pwconv, filters: 8, input: stm'],
      'unknown-layer',
      /no layer `stm` before this one; did you mean `stem`\?/,
    ],
    [
      'the layer itself',
      [STEM, 'name: b, op: pwconv, filters: 8, input: b'],
      'unknown-layer',
      /`b` does not come before `b`; `input` names an earlier layer/,
    ],
    [
      'a later layer',
      ['name: b, op: pwconv, filters: 8, input: stem', STEM],
      'unknown-layer',
      /`stem` does not come before `b`/,
    ],
    ['a layer nobody reads', [STEM, ...TWO], 'unread-layer', /No layer reads `left`, and it is not the last/],
    [
      'a layer read only by what may be skipped',
      [STEM, ...TWO, 'name: sum, op: add | skip, from: left'],
      'unread-layer',
      /Where `sum` is `skip`, no layer reads `left`; remove `skip` from `sum`/,
    ],
    [
      'maps of two sizes',
      [STEM, 'name: left, op: conv, kernel: 3, stride: 2, filters: 8', TWO[1]!, 'name: sum, op: add, from: left'],
      'add-size',
      /reads 16x16 and, from `left`, 8x8; both must have the same height and width/,
    ],
    [
      'other channels',
      [STEM, 'name: left, op: conv, kernel: 3, filters: 16', TWO[1]!, 'name: sum, op: add, from: left'],
      'add-channels',
      /adds channels 8 and, from `left`, channels 16/,
    ],
    [
      'a skip that changes sizes',
      [
        STEM,
        TWO[0]!,
        'name: right, op: conv | skip, kernel: 3, stride: 2, filters: 8, input: stem',
        'name: sum, op: add, from: left',
      ],
      'skip-changes-size',
      /`skip` passes 16x16 through/,
    ],
  ];
  for (const [what, layers, code, message] of WRONG)
    it(`refuses ${what}`, () => {
      const { diagnostics } = parseDefinition(text(...layers));
      assert.equal(diagnostics[0]?.code, code);
      if (code !== 'skip-changes-size') assert.equal(diagnostics.length, 1);
      assert.match(diagnostics[0]!.message, message);
    });

  it('flows from layer to layer in random graphs, whatever is chosen', () => {
    fc.assert(
      fc.property(graphs(true), fc.array(fc.nat(), { minLength: 8, maxLength: 8 }), (network, numbers) => {
        checkFlow(
          instantiate(
            network,
            network.decisions.map(({ labels }, d) => numbers[d % 8]! % labels.length),
          ),
        );
      }),
      { numRuns: 150, seed: 21 },
    );
  });

  it('a chain with `input:` in every layer is the same network', () => {
    const target = findTarget('ethos-u55-128');
    const compare = (one: Network, other: Network, g?: Gen): void => {
      const assignment = g ? randomAssignment(g, one) : one.decisions.map(() => 0);
      const [a, b] = [one, other].map((network) => instantiate(network, assignment)) as [Architecture, Architecture];
      assert.deepEqual(b, a);
      assert.equal(other.architectures, one.architectures);
      assert.deepEqual(
        other.decisions.map(({ id, labels }) => [id, labels]),
        one.decisions.map(({ id, labels }) => [id, labels]),
      );
      assert.deepEqual(activationMemory(b, target), activationMemory(a, target));
      const bytes = [one, other].map((network) => new SizeExpression(network, target).perLayer(assignment));
      assert.deepEqual(bytes[1], bytes[0]);
      assert.deepEqual(
        ...([a, b].map((each) =>
          estimateCycles(
            each,
            target,
            each.operations.map(() => 64),
          ),
        ) as [unknown, unknown]),
      );
    };
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const { definition, network } = parseDefinition(randomDefinition(g, 6).text);
        const layers = definition!.layers.map((layer, i) => ({
          ...layer,
          input: definition!.layers[i - 1]?.name ?? 'input',
        }));
        compare(network!, buildNetwork({ ...definition!, layers }), g);
      }),
      { numRuns: 100, seed: 22 },
    );
    fc.assert(
      fc.property(fc.nat(9999), (seed) => {
        const { text: short, network } = randomGraph(seed, { choices: true });
        const long = withEveryInput(short);
        assert.equal(long.match(/, input: /g)!.length, network.layers.length);
        compare(network, parseDefinition(long).network!);
      }),
      { numRuns: 60, seed: 23 },
    );
  });
});
