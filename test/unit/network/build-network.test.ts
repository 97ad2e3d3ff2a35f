/** Lowering: what operators become, which widths are one decision, how many architectures there are. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instantiate, widthDistribution, widthValue } from '../../../src/network/architecture.ts';
import { macs, outputElements, parameters } from '../../../src/network/operation-counts.ts';
import { ModelError } from '../../../src/network/model-error.ts';
import { buildNetwork } from '../../../src/network/build-network.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { Architecture, Network, Operation } from '../../../src/network/types.ts';
import { definitionText, randomAssignment, randomDefinition } from '../language/support/definitions.ts';

const TAIL = '  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 10 }\n';

function networkOf(text: string): Network {
  const { network, diagnostics } = parseDefinition(text);
  assert.ok(network, diagnostics.map(({ message }) => message).join('\n'));
  return network;
}

const network = (layers: string): Network => networkOf(definitionText(`${layers}${TAIL}`));

/**
 * 'id inputs kernel/stride channels activation', with `!` where there is no batch normalisation: what tests compare.
 */
function row(operation: Operation): string {
  const { id, inputs, kernel, stride, inChannels, outChannels, outSize, activation, batchNorm } = operation;
  return `${id} [${inputs.join()}] ${kernel.height}x${kernel.width}/${stride.height} ${inChannels}>${outChannels} ${outSize.height}x${outSize.width} ${activation}${batchNorm ? '' : '!'}`;
}

const rows = (net: Network, assignment: readonly number[] = net.decisions.map(() => 0)): string[] =>
  instantiate(net, assignment).operations.map(row);

const total = (architecture: Architecture, count: (operation: Operation) => number): number =>
  architecture.operations.reduce((sum, operation) => sum + count(operation), 0);

function* assignments(net: Network): Generator<number[]> {
  const sizes = net.decisions.map(({ labels }) => labels.length);
  const count = sizes.reduce((product, size) => product * size, 1);
  for (let i = 0; i < count; i++) {
    let rest = i;
    yield sizes.map((size) => {
      const option = rest % size;
      rest = (rest - option) / size;
      return option;
    });
  }
}

const sizeOfSpace = (net: Network): number => net.decisions.reduce((product, { labels }) => product * labels.length, 1);

describe('lowering', () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'op: conv, kernel: 5x3, stride: 2, filters: 8': ['a/conv/conv [-1] 5x3/2 3>8 8x8 relu'],
    'op: conv, kernel: 3, filters: 8, padding: valid': ['a/conv/conv [-1] 3x3/1 3>8 14x14 relu'],
    'op: dwconv, kernel: 3, multiplier: 2': ['a/dwconv/depthwise [-1] 3x3/1 3>6 16x16 relu'],
    'op: pwconv, filters: 8, stride: 2': ['a/pwconv/pointwise [-1] 1x1/2 3>8 8x8 relu'],
    'op: dsconv, kernel: 3, stride: 2, filters: 8': [
      'a/dsconv/depthwise [-1] 3x3/2 3>3 8x8 relu',
      'a/dsconv/pointwise [0] 1x1/1 3>8 8x8 relu',
    ],
    'op: ibn, kernel: 3, expand: 4, stride: 2, filters: 8': [
      'a/ibn/expand [-1] 1x1/1 3>12 16x16 relu',
      'a/ibn/depthwise [0] 3x3/2 12>12 8x8 relu',
      'a/ibn/project [1] 1x1/1 12>8 8x8 none',
    ],
    'op: fused-ibn, kernel: 3, expand: 2, stride: 2, filters: 8, activation: relu6': [
      'a/fused-ibn/expand [-1] 3x3/2 3>6 8x8 relu6',
      'a/fused-ibn/project [0] 1x1/1 6>8 8x8 none',
    ],
    'op: residual, kernel: 3, filters: 3': [
      'a/residual/conv1 [-1] 3x3/1 3>3 16x16 relu',
      'a/residual/conv2 [0] 3x3/1 3>3 16x16 none',
      'a/residual/add [1,-1] 1x1/1 3>3 16x16 relu!',
    ],
    'op: residual, kernel: 3, filters: 8, stride: 2': [
      'a/residual/conv1 [-1] 3x3/2 3>8 8x8 relu',
      'a/residual/conv2 [0] 3x3/1 8>8 8x8 none',
      'a/residual/shortcut [-1] 1x1/2 3>8 8x8 none',
      'a/residual/add [1,2] 1x1/1 8>8 8x8 relu!',
    ],
    'op: residual, kernel: 3, filters: 8, shortcut: none': [
      'a/residual/conv1 [-1] 3x3/1 3>8 16x16 relu',
      'a/residual/conv2 [0] 3x3/1 8>8 16x16 relu',
    ],
    'op: ibn, kernel: 3, expand: 2, filters: 3, shortcut: identity': [
      'a/ibn/expand [-1] 1x1/1 3>6 16x16 relu',
      'a/ibn/depthwise [0] 3x3/1 6>6 16x16 relu',
      'a/ibn/project [1] 1x1/1 6>3 16x16 none',
      'a/ibn/add [2,-1] 1x1/1 3>3 16x16 none!',
    ],
    'op: conv, kernel: 3, filters: 3, shortcut: identity': [
      'a/conv/conv [-1] 3x3/1 3>3 16x16 none',
      'a/conv/add [0,-1] 1x1/1 3>3 16x16 relu!',
    ],
    'op: max-pool, kernel: 3x2': ['a/max-pool/pool [-1] 3x2/3 3>3 6x8 none!'],
    'op: average-pool, kernel: 3, stride: 2, padding: valid': ['a/average-pool/pool [-1] 3x3/2 3>3 7x7 none!'],
    'op: flatten': ['a/flatten/flatten [-1] 1x1/1 3>768 1x1 none!'],
    'op: skip': [],
  };
  for (const [keys, operations] of Object.entries(expected)) {
    it(keys, () => assert.deepEqual(rows(network(`  - { name: a, ${keys} }\n`)).slice(0, -2), operations));
  }

  it('operators of a choice ignore keys that only the others take, as they do once they are decided', () => {
    const keys = 'kernel: 3, filters: 3, dilation: 2, padding: valid';
    const pooled = 'kernel: 1, filters: 3, stride: 1, dilation: 2';
    assert.deepEqual(rows(network(`  - { name: a, op: residual, ${keys} }\n`)).slice(0, 1), [
      'a/residual/conv1 [-1] 3x3/1 3>3 16x16 relu',
    ]);
    const choice = network(`  - { name: a, op: conv | max-pool, ${pooled} }\n`);
    for (const [option, op] of ['conv', 'max-pool'].entries()) {
      assert.deepEqual(
        instantiate(choice, [option]).operations,
        instantiate(network(`  - { name: a, op: ${op}, ${pooled} }\n`), []).operations,
      );
    }
  });

  it('the last weighted layer has neither batch normalisation nor activation', () => {
    assert.deepEqual(rows(network('')), [
      'pool/global-average-pool/pool [-1] 1x1/1 3>3 1x1 none!',
      'logits/dense/dense [0] 1x1/1 3>10 1x1 none!',
    ]);
    const last = networkOf(
      definitionText('  - { name: a, op: dsconv, kernel: 3, filters: 10 }\n  - { name: p, op: global-average-pool }\n'),
    );
    assert.deepEqual(rows(last).slice(0, 2), [
      'a/dsconv/depthwise [-1] 3x3/1 3>3 16x16 relu',
      'a/dsconv/pointwise [0] 1x1/1 3>10 16x16 none!',
    ]);
  });

  it('add reads an earlier layer, also over layers that are left out; upsample moves channels into pixels', () => {
    const net = networkOf(
      definitionText(
        '  - { name: a, op: conv, kernel: 3, filters: 4 }\n  - { name: b, op: conv | skip, kernel: 3, filters: 4 }\n  - { name: c, op: add, from: a, activation: relu }\n  - { name: tail, op: conv, kernel: 1, filters: 12 }\n  - { name: u, op: upsample, factor: 2 }\n',
        'task: super-resolution\n',
      ),
    );
    assert.deepEqual(rows(net, [0]).slice(2, 3), ['c/add/add [1,0] 1x1/1 4>4 16x16 relu!']);
    assert.deepEqual(rows(net, [1]).slice(1, 2), ['c/add/add [0,0] 1x1/1 4>4 16x16 relu!']);
    assert.deepEqual(rows(net, [1]).at(-1), 'u/upsample/depth-to-space [2] 1x1/1 12>3 32x32 none!');
  });

  it('ResNet-8 and DS-CNN of MLPerf Tiny have their published numbers of weights and multiply-accumulates', () => {
    const resnet = networkOf(
      definitionText(
        `  - { name: s, op: conv, kernel: 3, filters: 16 }\n  - { name: a, op: residual, kernel: 3, filters: 16 }\n  - { name: b, op: residual, kernel: 3, stride: 2, filters: 32 }\n  - { name: c, op: residual, kernel: 3, stride: 2, filters: 64 }\n${TAIL}`,
      ).replace('16x16x3', '32x32x3'),
    );
    assert.equal(total(instantiate(resnet, []), parameters), 77_360 + 346);
    assert.equal(total(instantiate(resnet, []), macs), 12_501_632);
    assert.equal(outputElements(instantiate(resnet, []).operations[0]!), 32 * 32 * 16);
    const block = (name: string): string => `  - { name: ${name}, op: dsconv, kernel: 3, filters: 64 }\n`;
    const dscnn = networkOf(
      definitionText(
        `  - { name: s, op: conv, kernel: 10x4, stride: 2, filters: 64 }\n${block('a')}${block('b')}${block('c')}${block('d')}${TAIL.replace('10', '12')}`,
      ).replace('16x16x3', '49x10x1'),
    );
    assert.equal(total(instantiate(dscnn, []), parameters), 22_016 + 588);
    assert.equal(total(instantiate(dscnn, []), macs), 2_656_768);
  });
});

describe('decisions', () => {
  const ids = (net: Network): string[] =>
    net.decisions.map(({ id, sites }) => `${id}${sites.length > 1 ? `*${sites.length}` : ''}`);

  it('values with one option, and values that no operator uses, are none', () => {
    assert.deepEqual(
      ids(
        network(
          '  - { name: a, op: conv | skip, kernel: 3, filters: 8, bits: 2 | 4 }\n  - { name: b, op: max-pool | average-pool, kernel: 3, stride: 1 }\n',
        ),
      ),
      ['a.op', 'a.bits', 'b.op'],
    );
    assert.deepEqual(
      network('  - { name: a, op: conv, kernel: 3 | 5, filters: 8..24 step 8 }\n').decisions.map(
        ({ kind, labels }) => `${kind} ${labels.join()}`,
      ),
      ['kernel 3,5', 'width 8,16,24'],
    );
  });

  it("additions join widths, through layers that keep their input's channels and layers that may be skipped", () => {
    const joined = network(
      '  - { name: s, op: conv, kernel: 3, filters: 8 | 16 }\n  - { name: p, op: max-pool, kernel: 3, stride: 1 }\n  - { name: a, op: conv | skip, kernel: 3, filters: 8 | 16 }\n  - { name: b, op: residual, kernel: 3, filters: 8 | 16 }\n  - { name: c, op: add, from: s }\n',
    );
    assert.deepEqual(ids(joined), ['s.filters*3', 'a.op']);
    assert.deepEqual(
      joined.decisions[0]!.sites.map(({ layer, key }) => [layer, key]),
      [
        [0, 'filters'],
        [2, 'filters'],
        [3, 'filters'],
      ],
    );
    const free = network(
      '  - { name: s, op: conv, kernel: 3, filters: 8 | 16 }\n  - { name: a, op: conv | skip, kernel: 3, filters: 8 | 16 }\n',
    );
    assert.deepEqual(ids(free), ['s.filters', 'a.op', 'a.filters']);
    assert.equal(free.layers[1]!.outWidth.kind, 'skippable');
    assert.deepEqual(
      ids(
        network(
          '  - { name: s, op: conv, kernel: 3, filters: 8 | 16 }\n  - { name: a, op: residual, kernel: 3, filters: 8 | 32, shortcut: projection }\n',
        ),
      ),
      ['s.filters', 'a.filters'],
    );
  });

  it('a pool among convolutions joins their filters with the input', () => {
    assert.deepEqual(
      ids(
        network(
          '  - { name: s, op: conv, kernel: 3, filters: 8 | 16 }\n  - { name: a, op: conv | max-pool, kernel: 3, stride: 2, filters: 8 | 16 }\n',
        ),
      ),
      ['s.filters*2', 'a.op'],
    );
  });

  it('the number of architectures is that of distinct networks (all enumerated)', () => {
    let checked = 0;
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const net = networkOf(randomDefinition(g, 2).text);
        if (sizeOfSpace(net) > 3000) return;
        const distinct = new Set(
          [...assignments(net)].map((assignment) => JSON.stringify(instantiate(net, assignment).operations)),
        );
        assert.equal(net.architectures, BigInt(distinct.size));
        checked += 1;
      }),
      { seed: 3, numRuns: 60, endOnFailure: true },
    );
    assert.ok(checked > 15, `${checked} spaces were small enough`);
  });

  it('the number of architectures is exact however large', () => {
    const blocks = Array.from(
      { length: 60 },
      (_, i) =>
        `  - { name: b${i}, op: conv | skip, kernel: 3x3 | 5x5 | 7x7, filters: 8 | 16 | 24, bits: 2 | 4 | 8 }\n`,
    ).join('');
    assert.equal(network(blocks).architectures, 28n ** 60n);
  });
});

describe('architectures', () => {
  it('are consistent: every operation reads what its inputs put out, additions add equals, the output is that of the template', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const net = networkOf(randomDefinition(g).text);
        const assignment = randomAssignment(g, net);
        const { operations, input } = instantiate(net, assignment);
        const tensor = (index: number): string =>
          index < 0
            ? `${input.height}x${input.width}x${input.channels}`
            : `${operations[index]!.outSize.height}x${operations[index]!.outSize.width}x${operations[index]!.outChannels}`;
        for (const [index, operation] of operations.entries()) {
          const reads = `${operation.inSize.height}x${operation.inSize.width}x${operation.inChannels}`;
          for (const source of operation.inputs) {
            assert.ok(source < index);
            assert.equal(tensor(source), reads, operation.id);
          }
          assert.equal(operation.inputs.length, operation.kind === 'add' ? 2 : 1);
          if (operation.kind === 'depthwise')
            assert.equal(operation.outChannels, operation.inChannels * operation.factor);
        }
        assert.equal(
          new Set(net.layers.flatMap(({ paths }) => paths.flatMap(({ primitives }) => primitives.map(({ id }) => id))))
            .size,
          net.layers.reduce((sum, { paths }) => sum + paths.reduce((n, { primitives }) => n + primitives.length, 0), 0),
        );
        for (const [index, { outSize, outWidth, paths }] of net.layers.entries()) {
          for (const { primitives } of paths)
            if (primitives.length > 0) assert.deepEqual(primitives.at(-1)!.outSize, outSize);
          const last = operations.findLast(({ layer }) => layer <= index);
          assert.equal(widthValue(outWidth, assignment), last?.outChannels ?? input.channels);
        }
      }),
      { seed: 4, numRuns: 150, endOnFailure: true },
    );
  });

  it('the distribution of a width is what enumeration gives', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const net = networkOf(randomDefinition(g, 3).text);
        const probabilities = net.decisions.map(({ labels }) => {
          const weights = labels.map(() => 1 + g(fc.nat, { max: 9 }));
          return weights.map((weight) => weight / weights.reduce((a, b) => a + b));
        });
        const widthDecisions = net.decisions.flatMap(({ kind }, i) =>
          kind === 'width' || kind === 'operator' || kind === 'expansion' ? [i] : [],
        );
        const space = widthDecisions.reduce((product, i) => product * net.decisions[i]!.labels.length, 1);
        if (space > 2000) return;
        const widths = net.layers.flatMap(({ outWidth, paths }) => [
          outWidth,
          ...paths.flatMap(({ primitives }) => primitives.flatMap((p) => [p.inWidth, p.outWidth])),
        ]);
        const expected = widths.map(() => new Map<number, number>());
        for (let i = 0; i < space; i++) {
          const assignment: number[] = net.decisions.map(() => 0);
          let rest = i;
          let probability = 1;
          for (const decision of widthDecisions) {
            const size = net.decisions[decision]!.labels.length;
            assignment[decision] = rest % size;
            rest = Math.floor(rest / size);
            probability *= probabilities[decision]![assignment[decision]]!;
          }
          for (const [w, width] of widths.entries())
            expected[w]!.set(
              widthValue(width, assignment),
              (expected[w]!.get(widthValue(width, assignment)) ?? 0) + probability,
            );
        }
        for (const [w, width] of widths.entries()) {
          const found = widthDistribution(width, probabilities);
          assert.deepEqual([...found.keys()].sort(), [...expected[w]!.keys()].sort());
          for (const [value, probability] of found) assert.ok(Math.abs(probability - expected[w]!.get(value)!) < 1e-9);
        }
      }),
      { seed: 5, numRuns: 40, endOnFailure: true },
    );
  });

  it('an assignment that does not fit is refused', () => {
    const net = network('  - { name: a, op: conv, kernel: 3, filters: 8 | 16 }\n');
    assert.throws(() => instantiate(net, []), /0 values; the network has 1 decisions/);
    assert.throws(() => instantiate(net, [2]), /a\.filters option 2; it has options 0 to 1/);
    assert.throws(() => instantiate(net, [0.5]), /option 0.5/);
  });
});

describe('buildNetwork', () => {
  it('lowers a definition as parsing does, and throws its diagnostics where that is impossible', () => {
    const { definition, network: parsed } = parseDefinition(
      definitionText(`  - { name: a, op: conv, kernel: 3, filters: 8 | 16 }\n${TAIL}`),
    );
    assert.deepEqual(buildNetwork(definition!), parsed);
    const first = definition!.layers[0]!;
    const impossible = {
      ...definition!,
      layers: [
        { ...first, padding: 'valid' as const, kernel: { ...first.kernel, options: [{ height: 40, width: 3 }] } },
        ...definition!.layers.slice(1),
      ],
    };
    assert.throws(
      () => buildNetwork(impossible),
      (error) =>
        error instanceof ModelError &&
        error.diagnostics[0]!.code === 'kernel-exceeds-input' &&
        /40x3/.test(error.message),
    );
  });
});
