/** The JSON Schema and the registry of operators agree, and the generated validator is the schema's. */

import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import { CHOOSABLE } from '../../../../src/language/language.ts';
import { OPERATOR_NAMES, OPERATORS } from '../../../../src/network/operators.ts';
import { expectedAt, schemaAt, type SchemaNode } from '../../../../src/language/definition-schema.ts';
import { schema, validate } from '../../../../src/language/definition-schema.generated.ts';
import { STRATEGIES } from '../../../../src/wire/strategies.ts';
import source from '../../../../schemas/udc-model.schema.json' with { type: 'json' };

function* values(node: SchemaNode, path: string): Generator<[string, SchemaNode]> {
  for (const [key, child] of Object.entries({ ...node.properties, ...node.$defs })) {
    yield [`${path}/${key}`, child];
    yield* values(child, `${path}/${key}`);
  }
}

describe('the schema', () => {
  it('is the one that the validator was generated from (else: tsx scripts/make-schema.ts)', () => {
    assert.deepEqual(schema, source);
  });

  it('describes every value and says what would be right', () => {
    for (const [path, node] of values(source as SchemaNode, '')) {
      if (node.$ref) continue;
      assert.ok(node.description && node['x-expected'], path);
    }
  });

  it('says of each strategy what the table of strategies says: what it does, and what it costs', () => {
    const { enum: ids, enumDescriptions: texts, 'x-expected': expected } = schemaAt(['search', 'strategy'])!;
    assert.deepEqual(
      ids,
      STRATEGIES.map(({ id }) => id),
    );
    assert.deepEqual(
      texts,
      STRATEGIES.map(({ about, price }) => `${about} ${price}`),
    );
    for (const { id } of STRATEGIES) assert.ok(expected!.includes(`\`${id}\``), id);
  });

  it('has as many descriptions of values as values', () => {
    for (const [path, { enum: ids, enumDescriptions: texts }] of values(source as SchemaNode, ''))
      if (texts) assert.equal(texts.length, ids?.length, path);
  });

  it('has exactly the keys that the operators take', () => {
    const keys = new Set(OPERATOR_NAMES.flatMap((op) => [...OPERATORS[op].needs, ...OPERATORS[op].takes]));
    assert.deepEqual([...keys, 'name', 'op', 'input'].sort(), Object.keys(schemaAt(['layers', 0])!.properties!).sort());
    for (const key of CHOOSABLE) assert.match(expectedAt(['layers', 0, key]), /choice/);
  });

  it('the generated validator says what Ajv says', () => {
    const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false, logger: false }).compile(source);
    const layer = { name: 'a', op: 'conv', kernel: '3x3', filters: 8 };
    const right = { udc: 1, name: 'a', input: '8x8x3', target: { npu: 'x', weights: '48 KiB' }, layers: [layer] };
    const samples: unknown[] = [
      right,
      null,
      [],
      'a',
      {},
      { ...right, udc: 2 },
      { ...right, more: 1 },
      { ...right, layers: [] },
      { ...right, layers: [{ ...layer, filters: 0, stride: '1x' }, 3] },
      { ...right, training: { batch: 1.5, seed: -1, exploration: 2 } },
      { ...right, dataset: { format: 'idx', augment: { flip: 'yes' } } },
      { ...right, target: { npu: 'x', weights: '48 KiBs' } },
      { ...right, search: { bits: 9, sparsity: 1 } },
    ];
    for (const sample of samples) {
      assert.equal(validate(sample), ajv(sample), JSON.stringify(sample));
      const found = (list: unknown): string[] =>
        ((list as { instancePath: string; keyword: string }[] | null) ?? [])
          .map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)
          .sort();
      assert.deepEqual(found((validate as { errors?: unknown }).errors), found(ajv.errors));
    }
  });
});
