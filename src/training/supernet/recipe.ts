/**
 * How the shared weights are trained: which networks a step draws, how many, and what they learn from. docs/method.md
 * has what each choice brought.
 */

export interface Recipe {
  /** Warm-up: networks are drawn so that their expected size is this many budgets; absent: all sizes alike. */
  readonly warmupBudgets?: number | undefined;
  /** Warm-up: share of it at the finest grid and without pruning; then all grids open. */
  readonly finest: number;
  /** Networks of a step, whose gradients are averaged. */
  readonly samples: number;
  /** Every so many steps a wide network is trained; 0: never. */
  readonly wideEvery: number;
  /** The wide network is the widest within this many budgets; absent: the widest of all. */
  readonly wideBudgets?: number;
  /**
   * Weight of the distance from the wide network's outputs in the loss of the others of its step; 0: a wide network is
   * a step of its own.
   */
  readonly guide: number;
  /** Fresh weights before a batch norm have the scale that suits the widest network, or networks near the budget. */
  readonly freshScale: 'widest' | 'budget';
  /** Learning rate at the end of the search stage, as a share of its peak. */
  readonly floor: number;
  /** Learning rate of the shared weights, as a share of the definition's. */
  readonly rate: number;
  /** Steps between refreshes of thresholds and scales. */
  readonly refresh: number;
  /** Draws among which a step takes the one nearest below the budget. */
  readonly draws: number;
  /** Share of the search stage's steps that train weights only, on networks drawn without regard to the logits. */
  readonly exploring: number;
}

export const RECIPE: Recipe = {
  warmupBudgets: 1,
  finest: 0,
  samples: 1,
  wideEvery: 0,
  guide: 0,
  freshScale: 'widest',
  floor: 0.01,
  rate: 1,
  refresh: 1,
  draws: 1,
  exploring: 0.7,
};

/**
 * Where weights came with the definition: they are one wide network's, which goes on being trained, and networks of all
 * sizes are drawn.
 */
export const RECIPE_OF_GIVEN: Recipe = { ...RECIPE, warmupBudgets: undefined, finest: 1, wideEvery: 3, floor: 0.1 };
