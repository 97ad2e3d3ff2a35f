/** How much of a budget is aimed at, and from where on it counts as used. Shares of the budget. */

/** A decode aims below the budget by this share, so that what training changes still fits. */
export const RESERVE = 0.004;
/** A result should use as much at least. */
export const FLOOR = 0.95;
/** What a decode by estimates aims at: exact sizes may be a little less. */
export const AIMED = FLOOR + 0.02;
/** Below it the rest is worth spending. */
export const SPENT = 0.985;
