/** What of `training:` and `dataset: augment:` has no meaning for the task or the input of a definition. */
import type { Problems } from '../../network/model-error.ts';
import { usesKey } from '../../network/operators.ts';
import type { Definition, ScalarPath } from '../../network/types.ts';
import { idleObjective, strategyWords } from '../../wire/strategies.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';

type Facts = Pick<Definition, 'task' | 'input' | 'dataset' | 'training'>;

interface Rule {
  readonly path: ScalarPath;
  /** How much of it is asked for. */
  amount(facts: Facts): number;
  /** What is wrong with so much of it; undefined where nothing is. */
  problem(amount: number, facts: Facts): string | undefined;
}

const ofClasses = (key: 'labelSmoothing' | 'mixup' | 'cutmix'): Rule => ({
  path: ['training', key],
  amount: ({ training }) => training[key],
  problem: (_, { task }) =>
    taskSpec(task).targets === 'class'
      ? undefined
      : `\`${key}\` makes soft class labels, and \`task: ${task}\` has no classes: take it out`,
});

const within = (key: 'timeShift' | 'timeMask' | 'frequencyMask', side: 'height' | 'width', what: string): Rule => ({
  path: ['dataset', 'augment', key],
  amount: ({ dataset }) => dataset?.augment[key] ?? 0,
  problem: (amount, { input }) =>
    amount < input[side]
      ? undefined
      : `\`${key}: ${amount}\`: the input has ${input[side]} ${what} (its ${side}); at most ${input[side] - 1} of them can go`,
});

const RULES: readonly Rule[] = [
  ofClasses('labelSmoothing'),
  ofClasses('mixup'),
  ofClasses('cutmix'),
  {
    path: ['dataset', 'augment', 'saturation'],
    amount: ({ dataset }) => dataset?.augment.saturation ?? 0,
    problem: (_, { input }) =>
      input.channels === 3
        ? undefined
        : `\`saturation\` changes colours, and an input of ${input.channels} ${input.channels === 1 ? 'channel' : 'channels'} has none: take it out`,
  },
  within('timeShift', 'height', 'frames'),
  within('timeMask', 'height', 'frames'),
  within('frequencyMask', 'width', 'frequencies'),
];

/** Reports settings that would do nothing, or leave nothing of a sample. */
export function checkLevers(facts: Facts, problems: Problems): void {
  for (const { path, amount, problem } of RULES) {
    const asked = amount(facts);
    const message = asked > 0 ? problem(asked, facts) : undefined;
    if (message !== undefined) problems.error('no-effect', path, message);
  }
}

/** A choice of bits of maps that the strategy of the definition does not decide. */
export function checkActivationBits(
  { layers, strategy }: Pick<Definition, 'layers' | 'strategy'>,
  problems: Problems,
): void {
  if (strategyWords(strategy).decidesActivations) return;
  const open = layers.find(
    ({ activationBits, op }) => activationBits.options.length > 1 && usesKey(op.options, 'activationBits'),
  );
  if (open)
    problems.warning(
      'undecided-choice',
      open.activationBits.inherited ? ['search', 'activationBits'] : open.activationBits.path,
      `\`activationBits\` may be a choice for \`strategy: memory-driven\` alone: write one value, or \`search: { strategy: memory-driven }\``,
    );
}

/** An objective where nothing is ranked by it. */
export function checkObjective(
  { objective, strategy }: Pick<Definition, 'objective' | 'strategy'>,
  problems: Problems,
): void {
  const idle = objective && idleObjective(strategy, objective.cost);
  if (idle !== undefined) problems.warning('no-effect', ['search', 'objective'], idle);
}
