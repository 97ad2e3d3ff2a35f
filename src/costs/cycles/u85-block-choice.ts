/**
 * Blocks of an Ethos-U85: inputs and accumulators have a buffer each. Convolutions are searched by the U55's rules;
 * depthwise convolutions and pools take the block that `fitArea` finds. Facts: Arm Vela 5.2.
 */
import type { Operation, Size2D } from '../../network/types.ts';
import type { BlockChoice } from '../weights/ethos/block-choice.ts';
import type { Buffers, ComputeBlock, MicroBlock } from '../../targets/cycle-engines.ts';
import { hardwareKernel } from '../weights/ethos/dilation.ts';
import { roundUp } from '../../base/round.ts';
import { fitArea } from './u85-area-fit.ts';
import { ACCUMULATOR_BYTES, DEPTH_STEP, inputBlock, inputUnit, MOST, SUB_KERNEL } from './u85-input-block.ts';

export interface Choice85 extends BlockChoice {
  readonly micro: MicroBlock;
  readonly partKernel: boolean;
}

const PART_DEPTH = 16;
const FULL_DEPTH = 64;

const isFull = ({ kind }: Operation): boolean => kind === 'conv' || kind === 'dense';

/** Is a convolution read kernel first? Steps of five kernel elements, 16 channels; depth first, 64 channels. */
function isPartKernel(operation: Operation): boolean {
  if (!isFull(operation)) return false;
  const { kernel } = hardwareKernel(operation.kernel, operation.dilation);
  const elements = kernel.height * kernel.width;
  const steps = Math.floor(elements / 5) * 5 + Math.max(elements % 5, 2);
  const used = (depth: number): number => operation.inChannels / roundUp(operation.inChannels, depth);
  return used(PART_DEPTH) * (elements / steps) >= used(FULL_DEPTH);
}

function microBlock(operation: Operation, buffers: Buffers): ComputeBlock {
  const options = isFull(operation) ? buffers.convolution : buffers.perChannel;
  const waste = ({ height, width, depth }: MicroBlock): number =>
    roundUp(operation.outSize.height, height) *
    roundUp(operation.outSize.width, width) *
    roundUp(operation.outChannels, depth);
  return options.reduce((best, option) => (waste(option) < waste(best) ? option : best));
}

function windowOf({ kind, kernel, dilation, inSize }: Operation): Size2D {
  if (kind === 'global-average-pool') return inSize;
  return { height: (kernel.height - 1) * dilation.height + 1, width: (kernel.width - 1) * dilation.width + 1 };
}

const choices = new WeakMap<Buffers, Map<string, Choice85>>();

/** The block for an operation with a kernel or a pool, 8-bit activations. */
export function chooseBlock85(operation: Operation, buffers: Buffers): Choice85 {
  let known = choices.get(buffers);
  if (!known) choices.set(buffers, (known = new Map()));
  const { kind, kernel, stride, dilation, inChannels, outChannels, inSize, outSize } = operation;
  const key = [
    kind,
    inChannels,
    outChannels,
    ...[kernel, stride, dilation, inSize, outSize].flatMap(({ height, width }) => [height, width]),
  ].join();
  let choice = known.get(key);
  if (!choice) known.set(key, (choice = search(operation, buffers)));
  return choice;
}

function search(operation: Operation, buffers: Buffers): Choice85 {
  const micro = microBlock(operation, buffers);
  const window = windowOf(operation);
  if (!isFull(operation)) return { ...fitArea(operation, window, micro, buffers), micro, partKernel: false };
  const { outSize, inSize, inChannels, outChannels, kind } = operation;
  const partKernel = isPartKernel(operation);
  const repeats = Math.ceil(window.height / SUB_KERNEL) * Math.ceil(window.width / SUB_KERNEL);
  const most = {
    height: roundUp(Math.min(outSize.height, MOST.height), micro.height),
    width: roundUp(Math.min(outSize.width, MOST.width), micro.width),
    depth: roundUp(roundUp(Math.min(outChannels, MOST.depth), DEPTH_STEP), micro.depth),
  };
  const { kernel } = hardwareKernel(operation.kernel, operation.dilation);
  const step = roundUp(micro.depth, DEPTH_STEP);
  const inputDepth = partKernel ? PART_DEPTH : FULL_DEPTH;
  const unit = inputUnit(micro, inputDepth);
  const held = roundUp(Math.min(inputDepth, inChannels), unit.depth);
  let best: Choice85 | undefined;
  let bestCost = Infinity;
  // Two blocks of each, or one where two never fit.
  for (const copies of [2, 1]) {
    for (let depth = step; depth <= most.depth && (copies === 2 || !best); depth += step) {
      for (let height = micro.height; height <= most.height; height += micro.height) {
        for (let width = micro.width; width <= most.width; width += micro.width) {
          const output = { height, width, depth };
          const input = { ...inputBlock(operation, window, output, unit, inputDepth), depth: inputDepth };
          const fits =
            input.height * input.width * held * copies <= buffers.inputBytes &&
            height * width * depth * ACCUMULATOR_BYTES * copies <= buffers.accumulatorBytes;
          if (!fits) continue;
          const across = Math.ceil(outSize.height / height) * Math.ceil(outSize.width / width);
          const weights = kind === 'conv' ? kernel.height * kernel.width * inChannels * across * outChannels : 0;
          const inputs =
            input.height *
            input.width *
            inChannels *
            repeats *
            (outSize.width / width) *
            (outSize.height / height) *
            Math.ceil(outChannels / depth);
          let cost = (inputs + weights) / (outSize.height * outSize.width * outChannels);
          if (inSize.height * inSize.width * inChannels < input.height * input.width * input.depth * 2) cost /= 2;
          if (cost >= bestCost) continue;
          bestCost = cost;
          best = { output, input, micro, partKernel };
        }
      }
    }
  }
  return (
    best ?? {
      output: { ...micro },
      input: { height: micro.height, width: micro.width, depth: PART_DEPTH },
      micro,
      partKernel,
    }
  );
}
