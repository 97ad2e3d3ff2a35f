import assert from 'node:assert/strict';
import { readTflite } from '../../../src/formats/tflite/read-tflite.ts';
import { writeTflite } from '../../../src/formats/tflite/write-tflite.ts';
import { IntegerEvaluator } from '../../../src/integer/evaluate-integer.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { finishOf } from '../../../src/measure/subject/file-form.ts';
import { networkHash } from '../../../src/measure/network-hash.ts';
import { subjectOf } from '../../../src/measure/subject/subject.ts';
import { withRandomWeights } from '../../../src/measure/subject/random-weights.ts';
import { WHOLE } from '../formats/converted.ts';
import { NETWORKS } from '../integer/networks.ts';
import { definitionText, subject } from './fakes.ts';

describe('what is measured', () => {
  it('the same architecture has the same hash, whatever its names and weights', () => {
    const renamed = parseDefinition(definitionText(4).replaceAll('stem', 'first').replace('net-4', 'other')).network!;
    assert.equal(networkHash(instantiate(renamed, [])), subject(4).hash);
    assert.notEqual(subject(4).hash, subject(8).hash);
    const bits = parseDefinition(definitionText(4).replace('filters: 4', 'filters: 4, bits: 4')).network!;
    assert.notEqual(networkHash(instantiate(bits, [])), subject(4).hash);
  });

  it('the same weights are drawn each time, on the grid and as sparse as it says, and outputs vary', () => {
    const text = definitionText(16).replace('filters: 16', 'filters: 16, bits: 3, sparsity: 0.5');
    const architecture = instantiate(parseDefinition(text).network!, []);
    const [first, again] = [withRandomWeights(architecture), withRandomWeights(architecture)];
    assert.deepEqual(first, again);
    const codes = first.operations[0]!.codes!;
    assert.ok(codes.every((code) => Math.abs(code) <= 3));
    const zeros = codes.filter((code) => code === 0).length / codes.length;
    assert.ok(Math.abs(zeros - 0.5) < 0.15, String(zeros));
    const { expected, count } = subject(16).samples();
    assert.equal(count * 4, expected.length);
    assert.ok(new Set(expected).size > 4);
  });

  it('a file is measured as it is, and read back as the network that is evaluated', () => {
    const one = subject(8);
    assert.deepEqual(one.tfliteAnswers(), { expected: one.samples().expected, exact: true });
    const read = readTflite(one.tflite());
    const { inputs, expected, count } = one.samples();
    const size = inputs.length / count;
    const evaluator = new IntegerEvaluator(read.network);
    const found = Array.from({ length: count }, (_, i) => [
      ...evaluator.evaluateCodes(inputs.subarray(i * size, (i + 1) * size)),
    ]).flat();
    assert.deepEqual(Int8Array.from(found), expected);
    const bytes = new Uint8Array([1, 2, 3]);
    const given = subjectOf({ name: 'x', network: read.network, weights: 'file', file: { bytes, finish: (x) => x } });
    assert.equal(given.tflite(), bytes);
  });

  it('what stands after the last layer of a file is computed as well', () => {
    const network = quantise(Object.values(NETWORKS)[0]!());
    const at = { ...network.operations.at(-1)!.output, scale: 0.5, zeroPoint: 3 };
    const last = {
      ...network,
      operations: [...network.operations.slice(0, -1), { ...network.operations.at(-1)!, output: at }],
    };
    const finish = (after: readonly string[], before: readonly string[] = []): ReturnType<typeof finishOf> =>
      finishOf({ network: last, outside: { before, after } });
    const codes = Int8Array.of(3, 7, 3);
    assert.deepEqual(finish([])!(codes), codes);
    // exp(2) against 1 and 1, in 256ths.
    const share = Math.exp(2) / (Math.exp(2) + 2);
    assert.deepEqual(
      [...finish(['SOFTMAX'])!(codes)],
      [(1 - share) / 2, share, (1 - share) / 2].map((value) => Math.round(value * 256) - 128),
    );
    assert.deepEqual([...finish(['LOGISTIC'])!(codes)], [0, Math.round(256 / (1 + Math.exp(-2))) - 128, 0]);
    assert.deepEqual([...finish(['SOFTMAX'])!(Int8Array.of(127, -128))], [127, -128]);
    assert.equal(finish(['ARG_MAX']), undefined);
    assert.equal(finish(['SOFTMAX', 'QUANTIZE']), undefined);
    assert.equal(finish([], ['QUANTIZE']), undefined);
  });

  it('files of other converters are read with what stands around them', () => {
    const read = Object.values(WHOLE).map((make) => readTflite(make()));
    assert.ok(read.length > 0);
    for (const { outside, notes } of read)
      assert.equal(
        (outside?.after.length ?? 0) > 0,
        notes.some((note) => / after the last layer is left out/.test(note)),
      );
    assert.equal(readTflite(writeTflite(subject(4).network, { description: '' })).outside?.after.length, 0);
  });

  it('says what a file cannot hold, and that nothing can be compared', () => {
    const text = definitionText(8)
      .replace('filters: 8', 'filters: 8, activationBits: 4')
      .replace('ethos-u55-128', 'mcu-packed');
    const narrow = instantiate(parseDefinition(text).network!, []);
    const one = subjectOf({ name: 'n', network: quantise(withRandomWeights(narrow)), weights: 'random' });
    assert.throws(() => one.tflite(), /no activations of 4 bits, and `stem`/);
    assert.throws(() => one.onnx(), /4 bits/);
    assert.equal(one.program().same, true);
    const unread = subjectOf({
      name: 'u',
      network: subject(4).network,
      weights: 'file',
      unevaluated: 'it is a float one',
    });
    assert.throws(() => unread.samples(), /no time is believed: it is a float one/);
    assert.ok(unread.tflite().length > 0);
  });

  it('of a network that rounds once its program is compared with one that rounds twice', () => {
    const { network } = subject(8);
    const once = { ...network, operations: network.operations.map((one) => ({ ...one, rounding: 'once' as const })) };
    const one = subjectOf({ name: 'o', network: once, weights: 'file' });
    assert.equal(one.program().same, false);
    assert.ok(one.program().network.operations.every(({ rounding }) => rounding === undefined));
    assert.deepEqual(one.program().expected, subject(8).samples().expected);
  });
});
