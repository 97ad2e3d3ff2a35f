/** Refuses what cannot come out well, before anything is started: operators that the target lacks, a budget that no architecture meets. */
import { instantiate } from '../model/architecture.ts';
import { SizeExpression } from '../npu/expression.ts';
import { activationMemory } from '../npu/memory.ts';
import type { Target } from '../npu/targets.ts';
import { problemsOfSpace } from '../npu/runnable.ts';
import { formatBytes, formatCount } from '../shared/format.ts';
import type { ReadDefinition } from './definition.ts';
import { CommandError, EXIT } from './io.ts';
import { plain } from './table.ts';

/** @throws CommandError: exit code 1 for operators that the target cannot run, 3 for a budget, with the smallest reachable size */
export function refuseImpossible({ file, definition, network }: ReadDefinition, target: Target, budgetBytes: number): void {
  const smallest = new SizeExpression(network, target).smallest();
  const missing = problemsOfSpace(target, network, instantiate(network, smallest.assignment));
  if (missing.length > 0) throw new CommandError(missing.map((reason) => `${file}: ${target.name} cannot run this: ${reason}`).join('\n'));
  const refuse = (what: string, needed: number, budget: number, remedy: string): never => {
    throw new CommandError(plain(`${file}: the budget of ${formatBytes(budget)} for ${what} cannot be met: the smallest architecture needs ${formatCount(needed)} B (${formatBytes(needed)}). ${remedy}`), EXIT.budget, { smallestBytes: needed, budgetBytes: budget });
  };
  const bytes = Math.ceil(smallest.bytes);
  if (bytes > budgetBytes) refuse('weights', bytes, budgetBytes, 'Raise it, or offer smaller choices: fewer filters, lower bits, higher sparsity, skip.');
  const { activations } = definition.target;
  if (activations === undefined) return;
  const { peakBytes } = activationMemory(instantiate(network, smallest.assignment), target);
  if (peakBytes > activations) refuse('activations', peakBytes, activations, 'Raise it, or offer smaller choices: fewer filters early in the network, larger strides.');
}
