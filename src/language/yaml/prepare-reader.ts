/** Reads `prepare:`: the steps from a sample to what the network sees, checked against its input and its task. */
import { mapText, type MapShape } from '../../wire/tasks/task-spec.ts';
import { taskSpec, type TaskName } from '../../wire/tasks/task-table.ts';
import type { StepContext } from '../../wire/preparation/signal-values.ts';
import type { PartShape } from '../../wire/preparation/step-spec.ts';
import { isStepName, shapeAfter, STEP_SPECS, type PrepareStep } from '../../wire/preparation/step-table.ts';
import type { Definition } from '../../network/types.ts';
import type { Problems } from '../../network/model-error.ts';
import { toValue } from '../definition-schema.ts';
import type { MapNode, TreeNode } from '../tree.ts';

/** Undefined where the definition has none. The schema has checked names and types. */
export function readPrepare(
  root: MapNode,
  problems: Problems,
  context: StepContext,
): readonly PrepareStep[] | undefined {
  const list = root.byKey.get('prepare')?.value;
  if (list?.kind !== 'list' || problems.hasErrorAt(['prepare'])) return undefined;
  const steps = list.items.flatMap((item, index) => readStep(item, index, problems, context) ?? []);
  const early = steps.findIndex(({ step }, i) => step === 'normalise' && i < steps.length - 1);
  if (early >= 0)
    problems.error(
      'prepare-order',
      ['prepare', early, 'normalise'],
      '`normalise` is the last step: the network computes on what it makes',
    );
  return steps;
}

function readStep(item: TreeNode, index: number, problems: Problems, context: StepContext): PrepareStep | undefined {
  const entry = item.kind === 'map' ? item.entries[0] : undefined;
  if (!entry || !isStepName(entry.key)) return undefined;
  const read = STEP_SPECS[entry.key].read(toValue(entry.value), context);
  if (typeof read !== 'string') return read;
  problems.error('wrong-value', ['prepare', index, entry.key], `\`${entry.key}\`: ${read}`, {
    range: entry.value.range,
  });
  return undefined;
}

/** What brings samples as they are to an input that was meant for what is made of them. */
const rawRemedy = ({ channels = 1 }: PartShape, { width }: MapShape): string =>
  channels === 1 && width > 1
    ? 'add the step that makes it of them, such as `prepare: [{ mfcc: true }]`'
    : 'change `dataset`, or add steps (`prepare`)';

/**
 * What steps that were read do not fit: each other, the input, or the task.
 * @param sample the shape of samples, as far as the definition says it
 */
export function checkPrepare(
  steps: readonly PrepareStep[],
  sample: PartShape,
  { input, inputs }: Pick<Definition, 'input' | 'inputs'>,
  task: TaskName,
  problems: Problems,
): void {
  // What is made for the largest input is made for the others by the step that names it: `checkInputs` asks for one.
  const made = shapeAfter(steps, sample);
  if (typeof made === 'string') {
    problems.error('prepare-shape', ['prepare'], `\`prepare\`: ${made}`);
    return;
  }
  const shape = { ...input, ...made };
  if (mapText(inputs ? { ...input, channels: shape.channels } : shape) !== mapText(input))
    problems.error(
      'prepare-shape',
      ['input'],
      `${steps.length > 0 ? '`prepare` makes samples' : '`dataset` has samples'} of ${mapText(shape)}, \`input\` is ${mapText(input)}: write \`input: ${mapText(shape)}\`, or ${steps.length > 0 ? 'change the steps' : rawRemedy(sample, input)}`,
      { fixes: [{ title: `Replace with \`${mapText(shape)}\``, path: ['input'], text: mapText(shape) }] },
    );
  const { targets, inputs: range } = taskSpec(task);
  for (const [index, step] of steps.entries()) {
    const path = ['prepare', index, step.step];
    if (targets === 'image' && !STEP_SPECS[step.step].alike)
      problems.error(
        'prepare-task',
        path,
        `\`${step.step}\` would change the images of \`task: ${task}\`, and not those that they are to become: take it out`,
      );
    if (step.step === 'normalise' && range === 'unit-range' && step.by !== 'unit-range')
      problems.error(
        'prepare-task',
        path,
        `\`task: ${task}\` is judged on values from 0 to 1: write \`normalise: unit-range\`, or leave it out`,
      );
  }
}
