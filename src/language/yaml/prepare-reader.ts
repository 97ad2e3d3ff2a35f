/** Reads `prepare:`: the steps from a sample to what the network sees, checked against its input and its task. */
import { mapText, type MapShape } from '../../wire/tasks/task-spec.ts';
import { taskSpec, type TaskName } from '../../wire/tasks/task-table.ts';
import { isStepName, shapeAfter, STEP_SPECS, type PrepareStep } from '../../wire/preparation/step-table.ts';
import type { Problems } from '../../network/model-error.ts';
import { toValue } from '../definition-schema.ts';
import type { MapNode, TreeNode } from '../tree.ts';

/** Undefined where the definition has none. The schema has checked names and types. */
export function readPrepare(root: MapNode, problems: Problems): readonly PrepareStep[] | undefined {
  const list = root.byKey.get('prepare')?.value;
  if (list?.kind !== 'list' || problems.hasErrorAt(['prepare'])) return undefined;
  const steps = list.items.flatMap((item, index) => readStep(item, index, problems) ?? []);
  const early = steps.findIndex(({ step }, i) => step === 'normalise' && i < steps.length - 1);
  if (early >= 0)
    problems.error(
      'prepare-order',
      ['prepare', early, 'normalise'],
      '`normalise` is the last step: the network computes on what it makes',
    );
  return steps;
}

function readStep(item: TreeNode, index: number, problems: Problems): PrepareStep | undefined {
  const entry = item.kind === 'map' ? item.entries[0] : undefined;
  if (!entry || !isStepName(entry.key)) return undefined;
  const read = STEP_SPECS[entry.key].read(toValue(entry.value));
  if (typeof read !== 'string') return read;
  problems.error('wrong-value', ['prepare', index, entry.key], `\`${entry.key}\`: ${read}`, {
    range: entry.value.range,
  });
  return undefined;
}

/** What steps that were read do not fit: each other, the input, or the task. */
export function checkPrepare(steps: readonly PrepareStep[], input: MapShape, task: TaskName, problems: Problems): void {
  const made = shapeAfter(steps, {});
  if (typeof made === 'string') {
    problems.error('prepare-shape', ['prepare'], `\`prepare\`: ${made}`);
    return;
  }
  const shape = { ...input, ...made };
  if (mapText(shape) !== mapText(input))
    problems.error(
      'prepare-shape',
      ['input'],
      `\`prepare\` makes samples of ${mapText(shape)}, \`input\` is ${mapText(input)}: write \`input: ${mapText(shape)}\`, or change the steps`,
      { fixes: [{ title: `Replace with \`${mapText(shape)}\``, path: ['input'], text: mapText(shape) }] },
    );
  const { targets, inputs } = taskSpec(task);
  for (const [index, step] of steps.entries()) {
    const path = ['prepare', index, step.step];
    if (targets === 'image' && !STEP_SPECS[step.step].alike)
      problems.error(
        'prepare-task',
        path,
        `\`${step.step}\` would change the images of \`task: ${task}\`, and not those that they are to become: take it out`,
      );
    if (step.step === 'normalise' && inputs === 'unit-range' && step.by !== 'unit-range')
      problems.error(
        'prepare-task',
        path,
        `\`task: ${task}\` is judged on values from 0 to 1: write \`normalise: unit-range\`, or leave it out`,
      );
  }
}
