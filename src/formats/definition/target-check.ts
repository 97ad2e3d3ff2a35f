/** Whether a definition around a network would be one of errors on its target, and on which targets it would not. */
import { LANGUAGES } from '../../language/language-table.ts';
import { instantiate } from '../../network/architecture.ts';
import type { IntegerNetwork } from '../../integer/integer-network.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { problemsOf, problemsOfSpace } from '../../targets/runnable.ts';
import { TARGETS, type Target } from '../../targets/find-target.ts';
import { onTarget } from '../network/network-target.ts';
import { writeDefinition, type WrittenDefinition } from './write-definition.ts';

/** What the target of a written definition cannot run of it: what its editor and `udc check` would call errors. */
function definitionProblems({ text }: Pick<WrittenDefinition, 'text'>, target: Target): readonly string[] {
  const { network } = LANGUAGES.yaml.read(text);
  if (network === undefined) return ['the definition cannot be read'];
  // Which architecture is the smallest matters only where layers must fit together; to find it takes seconds over all
  // targets.
  const first = network.decisions.map(() => 0);
  const assignment = target.array ? new SizeExpression(network, target).smallest().assignment : first;
  return problemsOfSpace(target, network, instantiate(network, assignment));
}

/**
 * What a target cannot run of a network and of the definition around it, one a layer and reason; empty where it runs.
 * Layers are called as the file calls them, where the network itself is at fault.
 */
export function importProblems(written: WrittenDefinition, network: IntegerNetwork, target: Target): readonly string[] {
  const found = definitionProblems(written, target);
  if (found.length === 0) return found;
  const own = problemsOf(target, network.architecture);
  return own.length > 0 ? own : found;
}

/**
 * The names of the targets that run a network, as it is or with a search space around it. `network`: as it was read.
 */
export function targetsThatRun(network: IntegerNetwork, search: boolean): string[] {
  return TARGETS.filter((target) => {
    try {
      const { architecture } = onTarget(network, target);
      return (
        definitionProblems(writeDefinition(architecture, { name: 'network', npu: target.name, search }), target)
          .length === 0
      );
    } catch {
      return false;
    }
  }).map(({ name }) => name);
}
