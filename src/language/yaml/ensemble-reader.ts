/** Reads `ensemble:` of a definition, and says what of the rest of it cannot be an ensemble's. */
import { isExit } from '../../network/layer-graph.ts';
import type { Problems } from '../../network/model-error.ts';
import type { Definition, EnsembleSpec } from '../../network/types.ts';
import type { EnsembleRule } from '../../wire/ensemble.ts';
import type { MapNode } from '../tree.ts';
import { childMap, readAmount, scalar } from './settings-reader.ts';

/** Joint limits that may stand here or in `target:`. */
const SHARED = ['weights', 'activations'] as const;
const OF_WHOM = { weights: 'all members together', activations: 'each member' } as const;
/** Limits on the mean. */
const MEAN = ['cycles', 'latency'] as const;

/** `ensemble:`, and `target:` with the joint limits that are stated there. */
export function readEnsemble(
  root: MapNode,
  target: Definition['target'],
  problems: Problems,
): Pick<Definition, 'target' | 'ensemble'> {
  const map = childMap(root, 'ensemble');
  if (!map || problems.hasErrorAt(['ensemble'])) return { target };
  const amounts = <Key extends string>(keys: readonly Key[]): Partial<Record<Key, number>> =>
    Object.fromEntries(
      keys.flatMap((key) => {
        const amount = readAmount(map, ['ensemble', key], problems);
        return amount === undefined ? [] : [[key, amount]];
      }),
    ) as Partial<Record<Key, number>>;
  for (const key of SHARED)
    if (scalar(map, key) && target[key] !== undefined)
      problems.error(
        'said-twice',
        ['ensemble', key],
        `\`${key}\` is stated here and in \`target:\`, and both are the limit of ${OF_WHOM[key]}: take one of them out`,
      );
  const members = scalar(map, 'members')?.value as EnsembleSpec['members'];
  const rule = (scalar(map, 'rule')?.text ?? 'margin') as EnsembleRule;
  return { target: { ...target, ...amounts(SHARED) }, ensemble: { members, rule, ...amounts(MEAN) } };
}

/** What members of an ensemble cannot be. */
export function checkEnsemble(
  { ensemble, task, inputs, layers }: Pick<Definition, 'ensemble' | 'task' | 'inputs' | 'layers'>,
  problems: Problems,
): void {
  if (!ensemble) return;
  const refuse = (message: string): void => {
    problems.error('no-ensemble', ['ensemble'], message);
  };
  if (task !== 'classification')
    refuse(`\`ensemble\`: only classifiers can be sure of a class, and the task is ${task}: take it out`);
  if (inputs)
    refuse('`ensemble`: its members read one input, and `input` is a choice: write one size, or take `ensemble` out');
  const exit = layers.find(isExit);
  if (exit)
    refuse(
      `\`ensemble\`: \`${exit.name}\` is an early exit, and members of an ensemble have none: take the exits out, or \`ensemble\``,
    );
}
