/** Reads one layer of a definition. */

import type { ChoosableKey } from '../language.ts';
import { nearestName } from '../../text/nearest.ts';
import { defaultChoice, readChoice, type OptionReader, type OptionResult } from './choice.ts';
import type { MapNode, ScalarNode, TreeNode } from '../tree.ts';
import type { ProblemFix, Problems } from '../../network/model-error.ts';
import { isOperatorName, OPERATOR_NAMES, OPERATORS, usesKey, type LayerKey } from '../../network/operators.ts';
import { expectedAt, limitsAt } from '../definition-schema.ts';
import { ONE } from '../../network/map-shapes.ts';
import type {
  Activation,
  Choice,
  LayerSpec,
  OperatorName,
  Padding,
  ScalarPath,
  Shortcut,
  Size2D,
} from '../../network/types.ts';

/** Bits and sparsity, and bits of maps, of layers that do not state their own. */
export interface WeightDefaults {
  readonly bits: Choice<number>;
  readonly sparsity: Choice<number>;
  readonly activationBits: Choice<number>;
}

/** A value that a missing key most likely wants, for the quick fix. */
const TYPICAL: Partial<Record<LayerKey, string>> = {
  kernel: '3x3',
  filters: '16',
  units: '10',
  expand: '4',
  factor: '2',
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads a whole number within the schema's limits for the key. */
function wholeNumber(key: ChoosableKey): OptionReader<number> {
  const expected = expectedAt(['layers', 0, key]);
  const { minimum, maximum } = limitsAt(['layers', 0, key]);
  const code = key === 'bits' ? 'bits-out-of-range' : `bad-${key}`;
  return (text) => {
    const value = NUMBER.test(text) ? Number(text) : NaN;
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return { value };
    const nearest = Math.min(maximum, Math.max(minimum, Math.round(value)));
    return {
      code,
      problem: `\`${key}\`: \`${text}\` is not right; write ${expected}`,
      ...(Number.isFinite(nearest) && { fix: String(nearest) }),
    };
  };
}

function readShare(text: string): OptionResult<number> {
  const value = NUMBER.test(text) ? Number(text) : NaN;
  if (value >= 0 && value < 1) return { value };
  const share = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : value / (value < 10 ? 10 : 100);
  const fix = share >= 0 && share < 1 ? String(Number(share.toFixed(6))) : undefined;
  return {
    code: 'sparsity-out-of-range',
    problem: `\`sparsity\`: \`${text}\` is not a share of the weights; write ${fix ? `\`${fix}\` or another ` : 'a '}number from 0 to below 1 (0.5 makes half of the weights zero)`,
    ...(fix !== undefined && { fix }),
  };
}

function readOperator(text: string): OptionResult<OperatorName> {
  if (isOperatorName(text)) return { value: text };
  const near = nearestName(text, OPERATOR_NAMES);
  return {
    code: 'unknown-operator',
    problem: `There is no operator \`${text}\`${near ? `; did you mean \`${near}\`?` : `; the operators are ${OPERATOR_NAMES.map((name) => `\`${name}\``).join(', ')}`}`,
    ...(near && { fix: near }),
  };
}

/** '3x5' or '3'; undefined where the text is no size. */
export function parseSize(text: string): Size2D | undefined {
  const match = /^([1-9]\d{0,2})(?:x([1-9]\d{0,2}))?$/.exec(text);
  if (!match) return undefined;
  const height = Number(match[1]);
  const width = Number(match[2] ?? match[1]);
  return height <= 255 && width <= 255 ? { height, width } : undefined;
}

function readKernel(text: string): OptionResult<Size2D> {
  const value = parseSize(text);
  return value
    ? { value }
    : {
        code: 'bad-kernel',
        problem: `\`kernel\`: \`${text}\` is not right; write ${expectedAt(['layers', 0, 'kernel'])} (each from 1 to 255)`,
      };
}

const READERS = {
  filters: wholeNumber('filters'),
  units: wholeNumber('units'),
  expand: wholeNumber('expand'),
  bits: wholeNumber('bits'),
  activationBits: wholeNumber('activationBits'),
  sparsity: readShare,
} as const;

/** Reads a `search:` value, or undefined where it is absent or wrong. */
export function readWeightChoice(
  key: keyof WeightDefaults,
  node: ScalarNode,
  path: ScalarPath,
  problems: Problems,
): Choice<number> | undefined {
  return readChoice(node, path, READERS[key], problems);
}

/**
 * Values of one layer's mapping, by key. Problems of plain values were found by the schema, so that a wrong one reads
 * as absent here.
 */
class LayerReader {
  readonly path: ScalarPath;

  constructor(
    private readonly map: MapNode,
    private readonly index: number,
    private readonly problems: Problems,
  ) {
    this.path = ['layers', index];
  }

  has(key: string): boolean {
    return this.map.byKey.has(key);
  }

  at(key: string): ScalarPath {
    return [...this.path, key];
  }

  scalar(key: string): ScalarNode | undefined {
    const value = this.map.byKey.get(key)?.value;
    return value?.kind === 'scalar' ? value : undefined;
  }

  choice<T>(key: ChoosableKey, read: OptionReader<T>): Choice<T> | undefined {
    const value = this.map.byKey.get(key)?.value;
    if (!value) return undefined;
    if (value.kind !== 'scalar' || value.text.trim() === '') {
      const list = value.kind === 'list' ? '; a choice is written with `|`, not as a list' : '';
      const wrong =
        value.kind === 'scalar' ? 'there is no value' : `a ${value.kind === 'map' ? 'mapping' : 'list'} is not right`;
      this.problems.error(
        'wrong-value',
        this.at(key),
        `\`${key}\`: ${wrong}; write ${expectedAt(this.at(key))}${list}`,
        { range: value.range, fixes: listAsChoice(value) },
      );
      return undefined;
    }
    return readChoice(value, this.at(key), read, this.problems);
  }

  size(key: string): Size2D | undefined {
    return parseSize(this.scalar(key)?.text ?? '');
  }

  number(key: string): number | undefined {
    const value = this.scalar(key)?.value;
    return typeof value === 'number' ? value : undefined;
  }

  /** A text that the schema has checked. */
  word<T extends string>(key: string): T | undefined {
    const value = this.scalar(key)?.value;
    return typeof value === 'string' ? (value as T) : undefined;
  }

  /**
   * Complains about keys that an operator needs and the layer lacks, and about keys that no operator of the layer uses.
   */
  checkKeys(ops: readonly OperatorName[], opText: string): void {
    for (const op of ops) {
      for (const key of OPERATORS[op].needs) {
        if (this.has(key)) continue;
        const fixes: ProblemFix[] = TYPICAL[key]
          ? [{ title: `Add \`${key}: ${TYPICAL[key]}\``, path: this.at(key), text: TYPICAL[key] }]
          : [];
        this.problems.error(
          'missing-key',
          this.at(key),
          `\`${op}\` needs \`${key}\`: add ${expectedAt(this.at(key))}`,
          { range: this.scalar('op')?.range, fixes },
        );
      }
    }
    if (ops.every((op) => op === 'skip')) return;
    for (const { key, keyRange, value } of this.map.byKey.values()) {
      if (!isLayerKey(key) || usesKey(ops, key)) continue;
      if (value.kind === 'scalar' && value.text.includes('|')) {
        this.problems.error(
          'unused-choice',
          this.at(key),
          `\`${key}\` has no effect on \`${opText}\`, so there is nothing to choose; remove it`,
          { range: keyRange },
        );
      } else {
        this.problems.information('unused-key', this.at(key), `\`${key}\` has no effect on \`${opText}\``, {
          range: keyRange,
        });
      }
    }
  }

  spec(defaults: WeightDefaults): LayerSpec | undefined {
    const op = this.choice('op', readOperator);
    if (!op) return undefined;
    this.checkKeys(op.options, this.scalar('op')?.text ?? '');
    const ops = op.options;
    const filtersKey = usesKey(ops, 'units') ? 'units' : 'filters';
    const weighted = ops.some((name) => OPERATORS[name].weighted);
    const kernel = this.choice('kernel', readKernel) ?? defaultChoice(ONE, '1x1', this.at('kernel'));
    const filters = this.choice(filtersKey, READERS[filtersKey]);
    const shortcut = this.word<Shortcut>('shortcut');
    const input = this.scalar('input');
    const from = this.scalar('from');
    return {
      index: this.index,
      name: this.scalar('name')?.text ?? '',
      range: this.map.range,
      op,
      kernel,
      stride: this.size('stride') ?? this.defaultStride(ops, kernel),
      dilation: this.size('dilation') ?? ONE,
      padding: this.word<Padding>('padding') ?? 'same',
      ...(filters && { filters }),
      filtersKey,
      expand: this.choice('expand', READERS.expand) ?? defaultChoice(1, '1', this.at('expand')),
      multiplier: this.number('multiplier') ?? 1,
      bits: this.choice('bits', READERS.bits) ?? { ...defaults.bits, path: this.at('bits') },
      sparsity: this.choice('sparsity', READERS.sparsity) ?? { ...defaults.sparsity, path: this.at('sparsity') },
      activationBits: this.choice('activationBits', READERS.activationBits) ?? {
        ...defaults.activationBits,
        path: this.at('activationBits'),
      },
      activation: this.word<Activation>('activation') ?? (weighted ? 'relu' : 'none'),
      ...(shortcut && { shortcut }),
      ...(input && { input: input.text }),
      ...(from && { from: from.text }),
      factor: this.number('factor') ?? 1,
    };
  }

  /** A pooling layer moves by its kernel unless it says otherwise. */
  private defaultStride(ops: readonly OperatorName[], kernel: Choice<Size2D>): Size2D {
    const pools = ops.filter((op) => op === 'max-pool' || op === 'average-pool');
    if (pools.length === 0) return ONE;
    if (pools.length < ops.filter((op) => op !== 'skip').length) {
      this.problems.error(
        'stride-not-stated',
        this.at('stride'),
        'A choice between a pooling operator and another one must state `stride`: add `stride: 1` or `stride: 2`',
        { range: this.scalar('op')?.range },
      );
    }
    return kernel.options[0] ?? ONE;
  }
}

/** The remedy for a list where a choice belongs: `[0, 0.5]` as `0 | 0.5`. */
export function listAsChoice(value: TreeNode): ProblemFix[] {
  if (value.kind !== 'list' || value.items.length === 0) return [];
  const texts = value.items.map((item) => (item.kind === 'scalar' ? item.text.trim() : ''));
  if (texts.some((text) => text === '' || text.includes('|'))) return [];
  const text = texts.join(' | ');
  return [{ title: `Write \`${text}\``, range: value.range, text }];
}

/** Is it a key that some operator takes? `name` and `op` are none. */
export function isLayerKey(key: string): key is LayerKey {
  return OPERATOR_NAMES.some(
    (op) => OPERATORS[op].needs.includes(key as LayerKey) || OPERATORS[op].takes.includes(key as LayerKey),
  );
}

/** Does the mapping state its activation? The last weighted layers default to none where they do not. */
export function statesActivation(map: MapNode): boolean {
  return map.byKey.has('activation');
}

/**
 * Reads one layer; adds a problem for every wrong value. Undefined where not even the operator can be read.
 * `defaults` hold for bits and sparsity that the layer does not state.
 */
export function readLayer(
  map: MapNode,
  index: number,
  defaults: WeightDefaults,
  problems: Problems,
): LayerSpec | undefined {
  return new LayerReader(map, index, problems).spec(defaults);
}
