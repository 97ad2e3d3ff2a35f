/** Follows sizes and channels through the layers: what each layer reads and puts out, and everything that cannot be. */

import { nearestName } from '../text/nearest.ts';
import { checkExits } from './exit-checks.ts';
import { INPUT_NAME, isExit, layerBefore, logitsLayers, namedLayer, unreadLayers, unreadText } from './layer-graph.ts';
import type { ProblemFix, Problems } from './model-error.ts';
import { OPERATORS, shortcutOf, usesKey, windowKeys } from './operators.ts';
import { isCentreCrop, ONE, sameSize, sizeText, windowOutput, type Window } from './map-shapes.ts';
import type { Choice, Definition, LayerSpec, OperatorName, ScalarPath, Size2D } from './types.ts';
import { taskSpec } from '../wire/tasks/task-table.ts';
import { WidthTable, type Mismatch, type Symbolic } from './tied-widths.ts';

/** A map with its channels. */
interface Feature {
  readonly outSize: Size2D;
  readonly outWidth: Symbolic;
}

/** What flows into and out of one layer. */
export interface LayerFlow extends Feature {
  /** The layer that it reads; −1 is the network's input. */
  readonly input: number;
  readonly inSize: Size2D;
  readonly inWidth: Symbolic;
  /** The layer's own `filters`, where it has them. */
  readonly own?: Symbolic;
  /** Channels that its operators other than `skip` put out. */
  readonly kept: Symbolic;
  readonly from?: number;
}

const LARGEST_EXTENT = 65535;

/** Follows the definition's layers from its input; adds a problem for everything impossible. */
export class Flow {
  readonly widths = new WidthTable();
  readonly layers: LayerFlow[] = [];
  private readonly names = new Map<string, number>();
  private readonly given: Feature;
  /** Do all layers name layers that there are? */
  private connected = true;

  /** @param part the layers are the beginning of a network: nothing is asked of its end */
  constructor(
    private readonly definition: Definition,
    private readonly problems: Problems,
    part = false,
  ) {
    const { height, width, channels } = definition.input;
    this.given = { outSize: { height, width }, outWidth: this.widths.source(-1, [channels]) };
    for (const spec of definition.layers) this.layers.push(this.follow(spec));
    if (part) return;
    // What has lost its reader seems to end the network: one mistake, one message.
    if (!this.connected || this.checkReaders())
      this.checkEnd(this.featureOf(layerBefore(definition.layers, definition.layers.length)));
  }

  /** What a layer puts out; −1 is the network's input. */
  private featureOf(layer: number): Feature {
    return layer < 0 ? this.given : this.layers[layer]!;
  }

  private path(spec: LayerSpec, key: string): ScalarPath {
    return ['layers', spec.index, key];
  }

  private follow(spec: LayerSpec): LayerFlow {
    const ops = spec.op.options;
    const kept = ops.filter((op) => op !== 'skip');
    this.checkName(spec);
    const input =
      (spec.input === undefined ? undefined : this.named(spec, 'input', spec.input)) ??
      layerBefore(this.definition.layers, spec.index);
    const { outSize: inSize, outWidth: inWidth } = this.featureOf(input);
    this.checkOperators(spec, kept);
    this.checkKernels(spec, kept, inSize);
    const own =
      spec.filters && usesKey(ops, spec.filtersKey)
        ? this.widths.source(spec.index, spec.filters.options, spec.filters)
        : undefined;
    const outSize = this.outSize(spec, kept, inSize);
    const keptWidth = this.keptWidth(spec, kept, inSize, inWidth, own);
    const from = ops.includes('add') ? this.addition(spec, inSize, inWidth) : undefined;
    this.joinShortcuts(spec, kept, { inSize, outSize, inWidth, keptWidth });
    const outWidth =
      ops.includes('skip') && kept.length > 0 && !isExit(spec)
        ? this.widths.skippable(spec.index, inWidth, keptWidth)
        : keptWidth;
    return {
      input,
      inSize,
      outSize,
      inWidth,
      kept: keptWidth,
      outWidth,
      ...(own && { own }),
      ...(from !== undefined && { from }),
    };
  }

  private checkName(spec: LayerSpec): void {
    const first = this.names.get(spec.name);
    if (first === undefined) {
      this.names.set(spec.name, spec.index);
      return;
    }
    let number = 2;
    while (this.definition.layers.some((layer) => layer.name === `${spec.name}-${number}`)) number += 1;
    const name = `${spec.name}-${number}`;
    this.problems.error(
      'duplicate-name',
      this.path(spec, 'name'),
      `Layer ${first + 1} is already called \`${spec.name}\`; give each layer a name of its own, for example \`${name}\``,
      { fixes: [{ title: `Rename to \`${name}\``, path: this.path(spec, 'name'), text: name }] },
    );
  }

  private checkOperators(spec: LayerSpec, kept: readonly OperatorName[]): void {
    const alone = kept.find((op) => OPERATORS[op].alone);
    if (alone && kept.length > 1) {
      this.problems.error(
        'operators-do-not-mix',
        this.path(spec, 'op'),
        `\`${alone}\` can share a choice only with \`skip\`; put the other operators into a layer of their own`,
      );
    }
    if (
      Math.max(spec.stride.height, spec.stride.width) > 1 &&
      Math.max(spec.dilation.height, spec.dilation.width) > 1
    ) {
      this.problems.error(
        'stride-and-dilation',
        this.path(spec, 'dilation'),
        'A layer can have a stride or a dilation, not both: set one of them to 1',
      );
    }
  }

  private checkKernels(spec: LayerSpec, kept: readonly OperatorName[], inSize: Size2D): void {
    const { options, texts } = spec.kernel;
    const path = this.path(spec, 'kernel');
    if (options.length < 2 || !usesKey(kept, 'kernel')) return;
    const pool = kept.find((op) => op === 'max-pool' || op === 'average-pool');
    if (pool) {
      this.problems.error(
        'kernel-choice-of-pool',
        path,
        `The kernel of \`${pool}\` cannot be a choice; write one kernel, for example \`${texts[0]!}\``,
      );
      return;
    }
    if (spec.padding === 'valid' && usesKey(kept, 'padding')) {
      this.problems.error(
        'kernel-choice-needs-same',
        path,
        'A choice of kernels needs `padding: same`: with `valid` each kernel would give another output size',
        { fixes: [{ title: 'Set `padding: same`', path: this.path(spec, 'padding'), text: 'same' }] },
      );
      return;
    }
    const largest = {
      height: Math.max(...options.map((k) => k.height)),
      width: Math.max(...options.map((k) => k.width)),
    };
    const window: Window = { kernel: largest, stride: spec.stride, dilation: spec.dilation, padding: 'same' };
    for (const [i, kernel] of options.entries()) {
      if ((largest.height - kernel.height) % 2 !== 0 || (largest.width - kernel.width) % 2 !== 0) {
        this.problems.error(
          'kernel-parity',
          path,
          `\`${texts[i]!}\` is not a centre part of ${sizeText(largest)}: kernels of a choice must be all odd or all even in height, and in width, for example \`3x3 | 5x5\``,
        );
        return;
      }
      if (!isCentreCrop(inSize, window, kernel)) {
        this.problems.error(
          'kernel-off-centre',
          path,
          `At stride ${sizeText(spec.stride)} on a ${sizeText(inSize)} input, \`${texts[i]!}\` reads other pixels than the centre of ${sizeText(largest)} does, so the two cannot share weights; use kernels of at least the stride, for example \`3x3 | 5x5\``,
        );
        return;
      }
    }
  }

  private window(spec: LayerSpec, op: OperatorName): Window {
    return {
      kernel: OPERATORS[op].size === 'window' ? spec.kernel.options[0]! : ONE,
      stride: spec.stride,
      ...windowKeys(spec, op),
    };
  }

  private outSizeOf(spec: LayerSpec, op: OperatorName, inSize: Size2D): Size2D {
    const { size } = OPERATORS[op];
    if (size === 'input') return inSize;
    if (size === 'one') return ONE;
    if (size === 'times factor') return { height: inSize.height * spec.factor, width: inSize.width * spec.factor };
    return windowOutput(inSize, this.window(spec, op));
  }

  private outSize(spec: LayerSpec, kept: readonly OperatorName[], inSize: Size2D): Size2D {
    const sizes = kept.map((op) => ({ op, size: this.outSizeOf(spec, op, inSize) }));
    const first = sizes[0];
    if (!first) return inSize;
    for (const { op, size } of sizes) {
      if (size.height < 1 || size.width < 1) {
        this.problems.error(
          'kernel-exceeds-input',
          this.path(spec, 'kernel'),
          `The kernel ${sizeText(spec.kernel.options[0]!)} is larger than its input, ${sizeText(inSize)}; use a kernel of at most ${sizeText(inSize)}, or \`padding: same\``,
          { fixes: [{ title: 'Set `padding: same`', path: this.path(spec, 'padding'), text: 'same' }] },
        );
        return ONE;
      }
      if (size.height > LARGEST_EXTENT || size.width > LARGEST_EXTENT) {
        this.problems.error(
          'output-too-large',
          this.path(spec, 'op'),
          `The output would have ${sizeText(size)} pixels; ${LARGEST_EXTENT} is the most in each direction`,
        );
        return inSize;
      }
      if (op === 'dense' && !sameSize(inSize, ONE)) {
        this.problems.error(
          'dense-needs-vector',
          this.path(spec, 'op'),
          `\`dense\` reads a 1x1 input, but here it is ${sizeText(inSize)}; add a \`global-average-pool\` or \`flatten\` layer before it`,
        );
      }
      if (!sameSize(size, first.size)) {
        this.problems.error(
          'sizes-differ',
          this.path(spec, 'op'),
          `\`${first.op}\` puts out ${sizeText(first.size)} and \`${op}\` ${sizeText(size)}; operators of one choice must put out the same size: state \`stride\` and \`padding\` so that they do`,
        );
      }
    }
    if (spec.op.options.includes('skip') && !isExit(spec) && !sameSize(first.size, inSize)) {
      this.problems.error(
        'skip-changes-size',
        this.path(spec, 'op'),
        `\`skip\` passes ${sizeText(inSize)} through, but \`${first.op}\` puts out ${sizeText(first.size)}; set \`stride: 1\`, or remove \`skip\``,
        { fixes: [{ title: 'Set `stride: 1`', path: this.path(spec, 'stride'), text: '1' }] },
      );
    }
    return first.size;
  }

  private keptWidthOf(
    spec: LayerSpec,
    op: OperatorName,
    inSize: Size2D,
    inWidth: Symbolic,
    own: Symbolic | undefined,
  ): Symbolic {
    switch (OPERATORS[op].width) {
      case 'own':
        return own ?? inWidth;
      case 'input':
        return inWidth;
      case 'times multiplier':
        return this.widths.scale(inWidth, spec.multiplier);
      case 'times area':
        return this.widths.scale(inWidth, inSize.height * inSize.width);
      case 'divided by factor²':
        return this.depthToSpace(spec, inWidth);
    }
  }

  private depthToSpace(spec: LayerSpec, inWidth: Symbolic): Symbolic {
    const block = spec.factor ** 2;
    const uneven = this.widths.values(inWidth).find((channels) => channels % block !== 0);
    if (uneven !== undefined) {
      this.problems.error(
        'depth-to-space',
        this.path(spec, 'factor'),
        `\`upsample\` by ${spec.factor} turns ${block} channels into one, but its input may have ${uneven}; give the layer before it a multiple of ${block}, for example \`filters: ${Math.ceil(uneven / block) * block}\``,
      );
      return inWidth;
    }
    return this.widths.scale(inWidth, 1, block);
  }

  /**
   * Channels of the operators that are not `skip`; where they differ, the layer's filters are joined with its input's.
   */
  private keptWidth(
    spec: LayerSpec,
    kept: readonly OperatorName[],
    inSize: Size2D,
    inWidth: Symbolic,
    own: Symbolic | undefined,
  ): Symbolic {
    const options = kept.map((op) => ({ op, width: this.keptWidthOf(spec, op, inSize, inWidth, own) }));
    const result = own ?? options[0]?.width ?? inWidth;
    for (const { op, width } of options) {
      const mismatch = this.widths.join(width, result);
      if (mismatch) {
        const wanted = mismatch.left;
        this.problems.error(
          'widths-differ',
          this.path(spec, spec.filtersKey),
          `\`${op}\` puts out its input's channels (${wanted}), so the other operators of the choice must too; write \`${spec.filtersKey}: ${wanted}\``,
          {
            fixes: [
              {
                title: `Write \`${spec.filtersKey}: ${wanted}\``,
                path: this.path(spec, spec.filtersKey),
                text: wanted,
              },
            ],
          },
        );
      }
    }
    return result;
  }

  private joinShortcuts(
    spec: LayerSpec,
    kept: readonly OperatorName[],
    {
      inSize,
      outSize,
      inWidth,
      keptWidth,
    }: { inSize: Size2D; outSize: Size2D; inWidth: Symbolic; keptWidth: Symbolic },
  ): void {
    for (const op of kept) {
      const shortcut = shortcutOf(spec, op);
      if (shortcut === 'none') continue;
      const projection: ProblemFix = {
        title: 'Set `shortcut: projection`',
        path: this.path(spec, 'shortcut'),
        text: 'projection',
      };
      const added =
        shortcut === 'identity'
          ? inSize
          : windowOutput(inSize, { kernel: ONE, stride: spec.stride, dilation: ONE, padding: 'same' });
      if (!sameSize(added, outSize)) {
        const remedy = spec.padding === 'valid' ? 'set `padding: same`' : 'set `shortcut: projection` or `stride: 1`';
        this.problems.error(
          'shortcut-size',
          this.path(spec, 'shortcut'),
          `The shortcut of \`${spec.name}\` brings ${sizeText(added)}, but the block puts out ${sizeText(outSize)}; ${remedy}`,
          {
            fixes:
              spec.padding === 'valid'
                ? [{ title: 'Set `padding: same`', path: this.path(spec, 'padding'), text: 'same' }]
                : [projection],
          },
        );
      } else if (shortcut === 'identity') {
        const mismatch = this.widths.join(inWidth, keptWidth);
        if (mismatch) this.reportShortcut(spec, mismatch, projection);
      }
    }
  }

  private reportShortcut(spec: LayerSpec, { left, right, rightChoice }: Mismatch, projection: ProblemFix): void {
    const fixes: ProblemFix[] = [projection];
    if (rightChoice) fixes.push({ title: `Write \`${spec.filtersKey}: ${left}\``, path: rightChoice.path, text: left });
    this.problems.error(
      'shortcut-channels',
      this.path(spec, spec.filters ? spec.filtersKey : 'shortcut'),
      `\`${spec.name}\` adds its input (channels ${left}) to its output (channels ${right}), which must be the same choice; set \`shortcut: projection\`, or write \`${spec.filtersKey}: ${left}\``,
      { fixes },
    );
  }

  /** The earlier layer that a key of a layer names. */
  private named(spec: LayerSpec, key: 'input' | 'from', name: string): number | undefined {
    const index = namedLayer(this.names, name, spec.index);
    const path = this.path(spec, key);
    const exit = this.definition.layers[index ?? -1];
    if (exit && isExit(exit)) {
      this.problems.error(
        'reads-exit',
        path,
        `\`${name}\` is an exit, whose outputs are answers; \`${key}\` names a layer that is none, for example the one before it`,
      );
      return undefined;
    }
    if (index !== undefined) return index;
    this.connected = false;
    const known = [...this.names.keys()].filter((other) => other !== spec.name);
    const near = nearestName(name, [...known, INPUT_NAME]);
    const later = this.definition.layers.some((layer) => layer.name === name);
    this.problems.error(
      'unknown-layer',
      path,
      later
        ? `\`${name}\` does not come before \`${spec.name}\`; \`${key}\` names an earlier layer`
        : `There is no layer \`${name}\` before this one${near ? `; did you mean \`${near}\`?` : ''}`,
      { fixes: near && !later ? [{ title: `Replace with \`${near}\``, path, text: near }] : [] },
    );
    return undefined;
  }

  /** The layer that an `add` names, with its output joined to the input of the `add`. */
  private addition(spec: LayerSpec, inSize: Size2D, inWidth: Symbolic): number | undefined {
    if (spec.from === undefined) return undefined;
    const path = this.path(spec, 'from');
    const from = this.named(spec, 'from', spec.from);
    if (from === undefined) return undefined;
    const other = this.featureOf(from);
    if (!sameSize(other.outSize, inSize)) {
      this.problems.error(
        'add-size',
        path,
        `\`add\` reads ${sizeText(inSize)} and, from \`${spec.from}\`, ${sizeText(other.outSize)}; both must have the same height and width: add a layer of the same size, or pool the larger one`,
      );
      return undefined;
    }
    const mismatch = this.widths.join(other.outWidth, inWidth);
    if (mismatch) this.reportAddition(spec, path, mismatch);
    return from;
  }

  private reportAddition(spec: LayerSpec, path: ScalarPath, { left, right, leftChoice, rightChoice }: Mismatch): void {
    const fix = (choice: Choice<number> | undefined, text: string): ProblemFix[] => {
      const owner = choice && this.definition.layers[Number(choice.path[1])];
      return choice && owner
        ? [{ title: `Write \`${owner.filtersKey}: ${text}\` in \`${owner.name}\``, path: choice.path, text }]
        : [];
    };
    this.problems.error(
      'add-channels',
      path,
      `\`${spec.name}\` adds channels ${right} and, from \`${spec.from!}\`, channels ${left}; both must be the same choice: write \`filters: ${left}\` in the layer that makes its input`,
      { fixes: [...fix(rightChoice, left), ...fix(leftChoice, right)] },
    );
  }

  /** Is every layer read, whatever is chosen? What nobody reads would be stored and never be trained. */
  private checkReaders(): boolean {
    const { layers } = this.definition;
    const unread = unreadLayers(layers);
    for (const one of unread)
      this.problems.error('unread-layer', this.path(layers[one.layer]!, 'name'), unreadText(layers, one));
    return unread.length === 0;
  }

  /** Does the network end in what its task needs? */
  private checkEnd({ outSize: size, outWidth: width }: Feature): void {
    const { task, layers, input, dataset } = this.definition;
    const last = layers.at(-1);
    const ends = logitsLayers(layers).map((index) => layers[index]!);
    const logits = ends.at(-1);
    if (!last || !logits) {
      this.problems.error(
        'no-weights',
        ['layers'],
        'No layer has weights, so there is nothing to train; end for example with `{ name: logits, op: dense, units: 10 }`',
      );
      return;
    }
    for (const end of ends) {
      const weightless = end.op.options.find((op) => !OPERATORS[op].weighted);
      // An exit makes an output of its own.
      if (!weightless || isExit(end)) continue;
      const remedy = `so it cannot become \`${weightless}\`; remove \`${weightless}\``;
      this.problems.error(
        'logits-weightless',
        this.path(end, 'op'),
        `\`${end.name}\` is the last layer with weights and makes the network's output, ${remedy}`,
      );
    }
    const channels = this.widths.values(width);
    checkExits(this.definition, channels, this.problems);
    const path = this.path(logits, logits.filters ? logits.filtersKey : 'op');
    const problem = taskSpec(task).outputProblem(
      { ...size, channels },
      { last: last.name, input, classes: dataset?.classes },
    );
    if (!problem) return;
    const { code, at, message, channels: right } = problem;
    const fixes =
      right === undefined || !logits.filters ? undefined : [{ title: `Write \`${right}\``, path, text: String(right) }];
    this.problems.error(code, at === 'layer' ? this.path(last, 'op') : path, message, fixes && { fixes });
  }
}
