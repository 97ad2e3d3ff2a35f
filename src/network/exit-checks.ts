/** What early exits ask of the network around them. */
import { MOST_MEMBERS } from '../wire/ensemble.ts';
import { taskSpec } from '../wire/tasks/task-table.ts';
import { isExit, layerBefore, layerInputs } from './layer-graph.ts';
import type { Problems } from './model-error.ts';
import { OPERATORS } from './operators.ts';
import type { Definition, LayerSpec } from './types.ts';

/** Does a layer that is no exit have weights? */
const isTrained = (layer: LayerSpec): boolean =>
  !isExit(layer) && layer.op.options.some((name) => OPERATORS[name].weighted);

/** Reports exits that cannot stand where they stand; what an exit is made of, the layers' own checks say. */
export function checkExits({ task, layers }: Definition, classes: readonly number[], problems: Problems): void {
  const exits = layers.filter(isExit);
  const [first] = exits;
  if (!first) return;
  if (taskSpec(task).targets !== 'class') {
    problems.error(
      'exit-without-classes',
      ['layers', first.index, 'op'],
      `\`exit\` stops where it is sure of a class, and \`task: ${task}\` has no classes: remove the layer`,
    );
    return;
  }
  const surplus = exits[MOST_MEMBERS - 1];
  if (surplus)
    problems.error(
      'too-many-exits',
      ['layers', surplus.index, 'op'],
      `A network has at most ${MOST_MEMBERS - 1} exits before its end: remove this one`,
    );
  const end = layers.findLast(isTrained)?.index ?? -1;
  for (const exit of exits) checkExit(exit, end, classes, problems);
  for (const exit of exits) {
    checkPlace(exit, layers, problems);
    checkLeft(exit, layers, problems);
  }
}

/**
 * What is left out passes on what it reads to the layer after it, which has to be what that layer reads beside the exit
 * too.
 */
function checkLeft(exit: LayerSpec, layers: readonly LayerSpec[], problems: Problems): void {
  const before = layerBefore(layers, exit.index);
  if (!exit.op.options.includes('skip') || layerInputs(layers)[exit.index]!.input === before) return;
  const place = before < 0 ? 'first' : `\`${layers[before]!.name}\``;
  problems.error(
    'open-exit-input',
    ['layers', exit.index, 'input'],
    `\`${exit.name}\` may be left out, and reads \`${exit.input!}\` instead of the layer before it, ${place}: move it right behind \`${exit.input!}\` and remove \`input\`, or write \`op: exit\` alone`,
  );
}

/** Layers run in their order: what stands between an exit and the layer that it reads runs in vain where it stops. */
function checkPlace(exit: LayerSpec, layers: readonly LayerSpec[], problems: Problems): void {
  const read = layerInputs(layers)[exit.index]!.input;
  const vain = layers.slice(read + 1, exit.index).filter(isTrained);
  if (vain.length === 0) return;
  const names = vain.map(({ name }) => `\`${name}\``).join(', ');
  const [source, place] =
    read < 0 ? ["the network's input", 'first'] : [`\`${layers[read]!.name}\``, 'right behind it'];
  problems.warning(
    'exit-asked-late',
    ['layers', exit.index, 'input'],
    `\`${exit.name}\` reads ${source}, but ${names} ${vain.length === 1 ? 'runs' : 'run'} before it is asked: write it ${place}, so that it spares ${vain.length === 1 ? 'that' : 'those'} too`,
  );
}

/** @param end the last layer with weights that is no exit @param classes values that one output a class can have */
function checkExit(exit: LayerSpec, end: number, classes: readonly number[], problems: Problems): void {
  if (exit.index > end)
    problems.error(
      'exit-at-end',
      ['layers', exit.index, 'op'],
      `No layer with weights comes after \`${exit.name}\`, so it would spare nothing: the network's own end is the last exit; move it before another layer, or remove it`,
    );
  const [wanted] = classes;
  const path = ['layers', exit.index, 'units'];
  if (!exit.filters || classes.length !== 1 || exit.index > end) return;
  const { options, texts } = exit.filters;
  if (options.length === 1 && options[0] === wanted) return;
  problems.error(
    'exit-units',
    path,
    `\`${exit.name}\` puts out ${texts.join(' or ')} values and the network's end ${wanted}: an exit has one output a class; write \`units: ${wanted}\``,
    { fixes: [{ title: `Write \`units: ${wanted}\``, path, text: String(wanted) }] },
  );
}
