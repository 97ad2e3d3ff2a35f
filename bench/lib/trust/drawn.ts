/** The architectures that a measurement asks about: the same whenever it is made. */
import type { Assignment } from '../../../src/network/types.ts';
import { SupernetPhase } from '../../../src/strategies/udc/supernet-phase.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { drawArchitectures } from './draw.ts';
import { readNetwork, type Question } from './problem.ts';

/**
 * Random architectures of a question's space. Those that fill the budget come first: what a decode is compared with.
 */
export function drawn(question: Question, near: number, smaller: number): Assignment[] {
  const network = readNetwork(question);
  const { task, target } = network.definition;
  const phase = new SupernetPhase({
    network,
    target: findTarget(target.npu),
    task: taskNamed(task),
    limits: [{ cost: 'weights', limit: question.budgetBytes, from: 'given' }],
    seed: 1,
    warmupSteps: 1,
    searchSteps: 1,
  });
  try {
    return drawArchitectures(network, phase, near, smaller);
  } finally {
    phase.dispose();
  }
}
