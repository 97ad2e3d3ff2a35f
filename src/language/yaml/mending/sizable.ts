/** A definition with errors, read as far as what it says does not depend on them. */
import { Problems, type Problem } from '../../../network/model-error.ts';
import type { LayerTemplate, Network, ScalarPath } from '../../../network/types.ts';
import { equalData } from '../../equal.ts';
import type { SizablePart } from '../../language.ts';
import { readPart } from '../parse-definition.ts';
import { nodeAt, type TreeNode } from '../../tree.ts';
import { readDocument } from '../text/document.ts';
import { valueNode, withKey, withValue } from './change-tree.ts';
import { layerFilling, layerKeyFilling, OPERATOR_WITH_FILTERS, settingFilling, type Filling } from './fillings.ts';
import { readPieces } from './pieces.ts';

/** Each round mends what the last one brought to light: keys, values, shapes, shapes that depend on them. */
const MOST_ROUNDS = 12;

type Two<T> = readonly [T, T];

/** A name for a layer whose own cannot be read. */
const standIn = (layer: number): string => `unnamed-layer-${layer + 1}`;

/** What a layer says of itself; what it inherits and uses is in its operators. */
const own = ({ spec }: LayerTemplate): unknown => ({
  ...spec,
  bits: undefined,
  sparsity: undefined,
  activationBits: undefined,
});

const isError = ({ severity }: Problem): boolean => severity === 'error';

/** Reads one definition in two ways, each error filled with another value in each. */
class TwoReadings {
  private trees: Two<TreeNode>;
  private readonly filled = new Set<string>();

  constructor(tree: TreeNode) {
    this.trees = [tree, tree];
  }

  read(problems: readonly Problem[]): SizablePart | undefined {
    if (!this.mendAll(problems)) return undefined;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const [first, second] = this.trees.map((tree) => readPart(tree));
      if (first!.network && second!.network) return this.part(first!.network, second!.network);
      const errors = [...first!.problems, ...second!.problems].filter(isError);
      if (errors.length === 0 || !this.mendAll(errors)) return undefined;
    }
    return undefined;
  }

  private part(network: Network, other: Network): SizablePart {
    const same = (part: (layer: LayerTemplate) => unknown): ReadonlySet<number> =>
      new Set(network.layers.flatMap((layer, i) => (equalData(part(layer), part(other.layers[i]!)) ? [i] : [])));
    return {
      network,
      other,
      known: same((layer) => ({ ...layer, spec: own(layer) })),
      channelsKnown: same((layer) => [own(layer), layer.inWidth, layer.outWidth]),
      tree: this.trees[0],
    };
  }

  /** Could something be done about every problem? One value is mended once, however many problems it has. */
  private mendAll(problems: readonly Problem[]): boolean {
    const paths = new Map(problems.map((problem) => [problem.path.join('/'), problem]));
    return [...paths.values()].every((problem) => this.mend(problem));
  }

  private mend(problem: Problem): boolean {
    const [place, layer] = problem.path;
    if (this.asMeant(problem)) return true;
    if (place !== 'layers') return this.mendSetting(problem.path);
    return typeof layer === 'number' && this.mendLayer(problem.path, layer);
  }

  /** Takes what the problem's own remedy says where nothing else can be meant: near keys, lists for choices. */
  private asMeant({ code, path, fixes }: Problem): boolean {
    if (code === 'unknown-key') {
      const near = fixes?.find((fix) => 'range' in fix)?.text;
      const free = near !== undefined && nodeAt(this.trees[0], [...path.slice(0, -1), near]).depth < path.length;
      this.change((tree) => (free ? withKey(tree, path, near) : withValue(tree, path, undefined)));
      return true;
    }
    const { node, depth } = nodeAt(this.trees[0], path);
    const fix = fixes?.find((one) => 'range' in one && one.range === node?.range);
    if (depth < path.length || node?.kind !== 'list' || !fix) return false;
    this.change((tree) => withValue(tree, path, valueNode(fix.text, node.range)));
    return true;
  }

  /** A setting above the layers; what sizes do not need is left out. */
  private mendSetting(path: ScalarPath): boolean {
    const filling = settingFilling(path);
    if (filling) return this.fill(path, filling);
    const there = nodeAt(this.trees[0], path).depth === path.length;
    const gone = there ? path : path.slice(0, -1);
    // Without a target, or layers, there is nothing to size.
    if (gone.length === 0 || !this.once(gone)) return false;
    this.change((tree) => withValue(tree, gone, undefined));
    return true;
  }

  private mendLayer(path: ScalarPath, layer: number): boolean {
    const key = path[2];
    const has = (name: string): boolean => nodeAt(this.trees[0], ['layers', layer, name]).depth === 3;
    const filling = key === 'op' && has('filters') ? OPERATOR_WITH_FILTERS : layerKeyFilling(key);
    if (filling && this.fill(path.slice(0, 3), filling)) return true;
    if (key === 'name' && this.fill(path, [standIn(layer), standIn(layer)])) return true;
    const name = nodeAt(this.trees[0], ['layers', layer, 'name']);
    const text = name.depth === 3 && name.node?.kind === 'scalar' && key !== 'name' ? name.node.text : '';
    return this.fill(['layers', layer], layerFilling(text === '' ? standIn(layer) : JSON.stringify(text)));
  }

  /** Puts one value into each reading; false where that has been tried. */
  private fill(path: ScalarPath, filling: Filling): boolean {
    if (!this.once(path)) return false;
    this.change((tree, reading) => withValue(tree, path, valueNode(filling[reading], nodeAt(tree, path).node!.range)));
    return true;
  }

  private once(path: ScalarPath): boolean {
    const key = path.join('/');
    if (this.filled.has(key)) return false;
    this.filled.add(key);
    return true;
  }

  private change(edit: (tree: TreeNode, reading: 0 | 1) => TreeNode): void {
    this.trees = [edit(this.trees[0], 0), edit(this.trees[1], 1)];
  }
}

/**
 * What can be sized of a definition with errors. Each wrong value is replaced in two different ways: layers that are
 * the same in both do not depend on it. Undefined where nothing can be read.
 */
export function readSizable(text: string): SizablePart | undefined {
  const problems = new Problems();
  const whole = readDocument(text, problems);
  const broken = problems.list.some(({ code }) => code === 'yaml-syntax');
  const tree = broken ? readPieces(text) : whole;
  if (tree?.kind !== 'map') return undefined;
  const doubtful = broken ? [] : problems.list.filter((problem) => isError(problem) && problem.path.length > 0);
  return new TwoReadings(tree).read(doubtful);
}
