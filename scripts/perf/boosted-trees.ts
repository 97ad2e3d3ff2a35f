/** Gradient-boosted regression trees on a network's numbers, for the least mean absolute error (Friedman, 2001). */
import type { Predictor } from './coefficients.ts';
import { quantile } from './errors.ts';
import type { Example } from './perf-examples.ts';

const TREES = 150;
const DEPTH = 3;
const RATE = 0.1;
const LEAST_LEAF = 4;
/** Places of a feature that are tried. */
const CUTS = 24;

type Tree =
  | { readonly leaf: number }
  | { readonly feature: number; readonly at: number; readonly below: Tree; readonly above: Tree };

function answer(tree: Tree, features: readonly number[]): number {
  let node = tree;
  while (!('leaf' in node)) node = features[node.feature]! <= node.at ? node.below : node.above;
  return node.leaf;
}

interface Point {
  readonly features: readonly number[];
  readonly rest: number;
}

/** How much a half explains of the signs of what is left. */
const explained = (signs: number, count: number): number => (count === 0 ? 0 : signs ** 2 / count);

interface Split {
  readonly gain: number;
  readonly feature: number;
  readonly at: number;
}

function bestSplit(points: readonly Point[]): Split | undefined {
  const signs = points.map(({ rest }) => Math.sign(rest));
  const all = signs.reduce((sum, sign) => sum + sign, 0);
  let best: Split | undefined;
  for (let feature = 0; feature < points[0]!.features.length; feature++) {
    const values = Float64Array.from(points, ({ features }) => features[feature]!);
    const sorted = values.slice().sort();
    const cuts = new Set(
      Array.from({ length: CUTS }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / (CUTS + 1))]!),
    );
    for (const at of cuts) {
      let [below, count] = [0, 0];
      for (let i = 0; i < values.length; i++) {
        if (values[i]! > at) continue;
        below += signs[i]!;
        count++;
      }
      if (count < LEAST_LEAF || points.length - count < LEAST_LEAF) continue;
      const gain = explained(below, count) + explained(all - below, points.length - count);
      if (gain > (best?.gain ?? explained(all, points.length)) + 1e-9) best = { gain, feature, at };
    }
  }
  return best;
}

function grow(points: readonly Point[], depth: number): Tree {
  const split = depth > 0 && points.length >= 2 * LEAST_LEAF ? bestSplit(points) : undefined;
  if (!split) {
    return {
      leaf: quantile(
        points.map(({ rest }) => rest),
        0.5,
      ),
    };
  }
  const { feature, at } = split;
  const half = (isBelow: boolean): Tree =>
    grow(
      points.filter(({ features }) => features[feature]! <= at === isBelow),
      depth - 1,
    );
  return { feature, at, below: half(true), above: half(false) };
}

const meanError = (rests: readonly number[]): number =>
  rests.reduce((sum, rest) => sum + Math.abs(rest), 0) / Math.max(1, rests.length);

/** As many trees as are best on `validation`: none, where none helps. */
export function fitTrees(train: readonly Example[], validation: readonly Example[]): Predictor {
  const trees: Tree[] = [];
  let rests = train.map(({ wanted }) => wanted);
  let unseen = validation.map(({ wanted }) => wanted);
  let best = { trees: 0, error: meanError(unseen) };
  while (trees.length < TREES) {
    const tree = grow(
      train.map(({ features }, i) => ({ features, rest: rests[i]! })),
      DEPTH,
    );
    trees.push(tree);
    rests = rests.map((rest, i) => rest - RATE * answer(tree, train[i]!.features));
    unseen = unseen.map((rest, i) => rest - RATE * answer(tree, validation[i]!.features));
    const error = meanError(unseen);
    if (error < best.error) best = { trees: trees.length, error };
  }
  const kept = trees.slice(0, best.trees);
  return ({ features }) => kept.reduce((sum, tree) => sum + RATE * answer(tree, features), 0);
}
