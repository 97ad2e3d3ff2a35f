/** The budget of a definition whose exact bytes are known: judged by these, and by no estimate beside them. */
import { nodeAt } from '../../../language/tree.ts';
import { LineIndex } from '../../../language/lines.ts';
import type { Diagnostic, ScalarPath } from '../../../network/types.ts';
import { formatBytes, formatCount } from '../../../text/format.ts';
import type { Analysis } from '../sizes/analysis.ts';

const BUDGET = 'budget-too-small';

/** The problems of a definition with weights: those of the analysis, its judgement of the budget replaced. */
export function withExactBudget(
  { diagnostics, sizes, parsed: { tree }, text }: Analysis,
  exact: { readonly totalBytes: number; readonly origin: string } | undefined,
): readonly Diagnostic[] {
  if (!exact || !sizes) return diagnostics;
  const others = diagnostics.filter(({ code }) => code !== BUDGET);
  const { budgetBytes, definition } = sizes;
  if (budgetBytes === undefined || exact.totalBytes <= budgetBytes) return others;
  const path: ScalarPath = ['target', definition.target.weights === undefined ? 'npu' : 'weights'];
  const range = nodeAt(tree, path).node?.range ?? { start: 0, end: 0 };
  const message = `The weights of ${exact.origin} take ${formatCount(exact.totalBytes)} B (${formatBytes(exact.totalBytes)}) encoded, more than ${formatBytes(budgetBytes)}. Raise \`target.weights\`, or search again within it`;
  return [
    ...others,
    { severity: 'warning', code: BUDGET, path, range, ...new LineIndex(text).position(range.start), message },
  ];
}
