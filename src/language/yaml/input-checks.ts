/** What a choice of inputs asks of the task, the data and their preparation: that there are samples of each size. */
import type { Problems } from '../../network/model-error.ts';
import { isMixed } from '../../network/resolution.ts';
import type { DatasetSpec, Definition } from '../../network/types.ts';
import { STEP_SPECS, type PrepareStep, type StepName } from '../../wire/preparation/step-table.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';

interface Facts extends Pick<Definition, 'task' | 'input' | 'inputs'> {
  readonly dataset: DatasetSpec | undefined;
  readonly prepare: readonly PrepareStep[] | undefined;
}

/** What samples are that are no images: nothing that could be brought to another height and width. */
const NO_IMAGES: Partial<Record<DatasetSpec['format'], string>> = {
  audio: 'sounds',
  sensors: 'windows of sensor values',
};

/** Steps after which an image is one still. */
const OF_IMAGES: ReadonlySet<StepName> = new Set(['resize', 'crop', 'grey', 'normalise', 'peak']);

/** What keeps samples from being images; undefined where nothing does. */
function noImages({ dataset, prepare = [] }: Facts): string | undefined {
  const samples = dataset && NO_IMAGES[dataset.format];
  if (samples !== undefined) return `\`format: ${dataset!.format}\` has ${samples}`;
  if (dataset?.generator === 'tones') return '`generator: tones` makes spectrograms';
  const step = prepare.find((one) => !OF_IMAGES.has(one.step));
  return step && `\`prepare\` makes ${STEP_SPECS[step.step].id} of samples`;
}

/** Reports a choice of inputs that samples cannot follow. */
export function checkInputs(facts: Facts, problems: Problems): void {
  const { task, dataset, inputs, prepare = [] } = facts;
  const { targets } = taskSpec(task);
  const complain = (code: string, message: string): void => {
    problems.error(code, ['input'], message);
  };
  if (targets !== 'class' && targets !== 'values') {
    complain(
      'input-choice-of-task',
      `\`input\` cannot be a choice with \`task: ${task}\`: what is to be put out would change its size with it, and errors of images of different sizes cannot be compared; write one input`,
    );
    return;
  }
  const other = noImages(facts);
  if (other !== undefined) {
    complain(
      'input-choice-of-data',
      `\`input\` can be a choice for images only, and ${other}, whose height and width have a meaning of their own; write one input`,
    );
    return;
  }
  const ofInput = prepare.findLastIndex((one) => 'ofInput' in one);
  if (prepare[ofInput]?.step === 'crop' && isMixed(inputs!.options))
    problems.error(
      'input-choice-mixed',
      ['prepare', ofInput, 'crop'],
      `\`crop: input\` cannot make ${inputs!.texts.join(' and ')} of one image, of which none holds all the others; write \`resize: input\``,
    );
  if (!dataset || ofInput >= 0) return;
  const sized = prepare.findLastIndex(({ step }) => step === 'resize' || step === 'crop');
  const step = prepare[sized];
  if (step)
    problems.error(
      'input-choice-prepared',
      ['prepare', sized, step.step],
      `\`input\` is a choice, and \`${step.step}\` brings all images to one size: write \`${step.step}: input\`, the size that is chosen`,
      { fixes: [{ title: `Write \`${step.step}: input\``, path: ['prepare', sized, step.step], text: 'input' }] },
    );
  else complainOfNone(prepare.length, problems);
}

function complainOfNone(steps: number, problems: Problems): void {
  const text = '[{ resize: input }]';
  problems.error(
    'input-choice-prepared',
    ['input'],
    `\`input\` is a choice, and nothing says how images come to each size: add ${steps > 0 ? 'the step `{ resize: input }` to `prepare`' : `\`prepare: ${text}\``}`,
    steps > 0 ? {} : { fixes: [{ title: `Add \`prepare: ${text}\``, path: ['prepare'], text }] },
  );
}
