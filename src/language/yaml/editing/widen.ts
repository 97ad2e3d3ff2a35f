/** Turns a fixed value back into a choice. */

import { EditCollector, refuseBroken } from './collector.ts';
import { applyEdits, refuse, type EditPlan } from '../../edit-plan.ts';
import { nodeAt } from '../../tree.ts';
import { Problems } from '../../../network/model-error.ts';
import { Flow } from '../../../network/flow.ts';
import { CHOOSABLE, type ChoosableKey } from '../../language.ts';
import { parseSize } from '../layer-reader.ts';
import { parseDefinition } from '../parse-definition.ts';
import { sizeText } from '../../../network/map-shapes.ts';
import type { Definition, ScalarPath } from '../../../network/types.ts';
import { verifyEdits } from './verify-edits.ts';

/**
 * Filters that additions make equal to those of a layer: their choice must be the same, so they are widened together.
 */
function joinedFilters(definition: Definition, path: ScalarPath): readonly ScalarPath[] {
  const flow = new Flow(definition, new Problems());
  const own = flow.layers[Number(path[1])]?.own;
  const joined = own ? flow.widths.joinedChoices(own).map(({ choice }) => choice.path) : [];
  return joined.length > 0 ? joined : [path];
}

function isWidenable(path: ScalarPath): boolean {
  const key = path.at(-1);
  if (path.length === 1) return key === 'input';
  if (path.length === 2 && path[0] === 'search')
    return key === 'bits' || key === 'sparsity' || key === 'activationBits';
  return path.length === 3 && path[0] === 'layers' && CHOOSABLE.some((choosable) => choosable === key);
}

/**
 * Plans the edit that makes the value at `path` a choice of `options`, for example ['layers', 2, 'filters'] of ['16',
 * '32'].
 * A value that the layer inherits is stated. Filters that an addition joins are widened in every layer concerned.
 * Refused where the result would not be a definition, with its first error as the reason.
 */
export function planWiden(text: string, path: ScalarPath, options: readonly string[]): EditPlan {
  const parsed = parseDefinition(text);
  const broken = refuseBroken(text, parsed);
  if (broken) return broken;
  const range = nodeAt(parsed.tree, path).node?.range;
  if (!isWidenable(path))
    return refuse(
      text,
      `\`${path.join('.')}\` cannot be a choice; choices are allowed for ${[...CHOOSABLE, 'input'].map((key) => `\`${key}\``).join(', ')}`,
      range,
    );
  const collector = new EditCollector(text, parsed.tree);
  const isWidth = path.at(-1) === 'filters' || path.at(-1) === 'units';
  for (const site of isWidth ? joinedFilters(parsed.definition!, path) : [path]) {
    const refusal = collector.set(site, options.join(' | '));
    if (refusal) return refusal;
  }
  const plan = collector.finish();
  const after = applyEdits(text, plan.edits);
  const widened = parseDefinition(after);
  const error = widened.diagnostics.find(({ severity }) => severity === 'error');
  if (error) return refuse(text, error.message, range);
  if (widened.network?.decisions.length === parsed.network?.decisions.length)
    return refuse(text, `A choice of \`${String(path.at(-1))}\` has no effect here`, range);
  const unclean = verifyEdits(text, after, plan.paths);
  return unclean ? refuse(text, `The edit would change more than it should: ${unclean}`, range) : plan;
}

const sorted = (values: readonly number[]): string[] => [...new Set(values)].sort((a, b) => a - b).map(String);

/** Widths around a width: half, the same, one and a half, double, in whole bricks of 8 where the width is one. */
function widthsAround(width: number): string[] {
  const unit = width % 8 === 0 ? 8 : 1;
  return sorted([0.5, 1, 1.5, 2].map((factor) => Math.max(unit, Math.round((width * factor) / unit) * unit)));
}

function kernelsAround(text: string): string[] | undefined {
  const size = parseSize(text);
  if (!size) return undefined;
  const grown = (by: number): string =>
    sizeText({ height: size.height === 1 ? 1 : size.height + by, width: size.width === 1 ? 1 : size.width + by });
  const smaller =
    Math.min(size.height === 1 ? 9 : size.height, size.width === 1 ? 9 : size.width) > 4 ? [grown(-2)] : [];
  return [...smaller, text, grown(2)];
}

const AROUND: Readonly<Record<ChoosableKey, (text: string) => string[] | undefined>> = {
  op: (text) => [text, 'skip'],
  kernel: kernelsAround,
  filters: (text) => widthsAround(Number(text)),
  units: (text) => widthsAround(Number(text)),
  expand: (text) => sorted([2, 4, 6, Number(text)]),
  bits: (text) => sorted([2, 3, 4, 6, 8, Number(text)]),
  sparsity: (text) => sorted([0, 0.5, 0.75, 0.9, Number(text)]),
  activationBits: (text) => sorted([2, 4, 8, Number(text)]),
};

/** A sensible choice around a fixed value, for `planWiden`; undefined where the value is no fixed value of the key. */
export function suggestOptions(key: ChoosableKey, text: string): readonly string[] | undefined {
  if (text.includes('|') || (key !== 'op' && key !== 'kernel' && !Number.isFinite(Number(text)))) return undefined;
  const options = AROUND[key](text);
  return options && options.length > 1 ? options : undefined;
}
