/**
 * The ways of training the shared weights that docs/method.md compares, each as what departs from the landed one
 * (`src/training/supernet/recipe.ts`).
 */
import type { Recipe } from '../../../src/training/supernet/recipe.ts';

/**
 * What came before: all sizes alike in the warm-up, at the finest grid; the widest in every third step; the search
 * stage draws as the decisions say.
 */
const FORMER: Partial<Recipe> = {
  warmupBudgets: undefined,
  finest: 1,
  wideEvery: 3,
  floor: 0.1,
  refresh: 16,
  exploring: 0,
};
/** Networks near the budget, on all grids, with fresh weights of their scale. */
const SCALED: Partial<Recipe> = { freshScale: 'budget', exploring: 0 };
const HIGH: Partial<Recipe> = { ...SCALED, floor: 0.1 };

export const RECIPES: Readonly<Record<string, Partial<Recipe>>> = {
  landed: {},
  former: FORMER,
  near: { ...FORMER, warmupBudgets: 1, wideEvery: 0 },
  'near-scaled': { ...FORMER, warmupBudgets: 1, wideEvery: 0, freshScale: 'budget' },
  grids: HIGH,
  'grids-half-undecided': { ...HIGH, exploring: 0.5 },
  'grids-two': { ...HIGH, samples: 2 },
  'grids-of-eight': { ...HIGH, draws: 8 },
  'grids-guided': { ...HIGH, wideEvery: 1, wideBudgets: 4, guide: 1 },
  'grids-half-rate': { ...HIGH, rate: 0.5 },
  'grids-unscaled': { ...HIGH, freshScale: 'widest' },
  low: SCALED,
  'low-unscaled': { exploring: 0 },
  'low-two': { ...SCALED, samples: 2 },
  'low-of-four': { ...SCALED, draws: 4 },
  'low-guided': { ...SCALED, wideEvery: 1, wideBudgets: 4, guide: 1 },
  'low-opened': { ...SCALED, finest: 0.4 },
  'low-undecided': { ...SCALED, exploring: 0.7 },
};
