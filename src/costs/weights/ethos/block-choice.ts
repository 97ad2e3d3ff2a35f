/**
 * The block of output elements that an Ethos-U works on at a time: the largest that its shared buffer holds, by least
 * traffic.
 */
import type { Operation, Size2D } from '../../../network/types.ts';
import { hardwareKernel } from './dilation.ts';
import { isPartKernel, MAX_BLOCK_DEPTH } from './ethos-order.ts';
import type { EthosEngine } from '../../../targets/find-target.ts';
import { roundUp } from '../../../base/round.ts';

export interface Block {
  readonly height: number;
  readonly width: number;
  readonly depth: number;
}
export interface BlockChoice {
  readonly output: Block;
  readonly input: Block;
}

const MAX_BLOCK = { height: 32, width: 64 } as const;
/** Output depths are split in multiples of this. */
const DEPTH_STEP = 16;
const SUB_KERNEL = 8;
const BANK_BYTES = 1024;
const OUTPUT_BANKS = 2;
const ACCUMULATOR_BYTES = 4;

const choices = new WeakMap<EthosEngine, Map<string, BlockChoice>>();

/** The block for an operation with a kernel, a pool or an addition, 8-bit activations. */
export function chooseBlock(operation: Operation, engine: EthosEngine): BlockChoice {
  let known = choices.get(engine);
  if (!known) choices.set(engine, (known = new Map()));
  const { kind, kernel, stride, dilation, inChannels, outChannels, inSize, outSize } = operation;
  const key = [
    kind,
    kernel.height,
    kernel.width,
    stride.height,
    stride.width,
    dilation.height,
    dilation.width,
    inChannels,
    outChannels,
    inSize.height,
    inSize.width,
    outSize.height,
    outSize.width,
  ].join();
  let choice = known.get(key);
  if (!choice) known.set(key, (choice = search(operation, engine)));
  return choice;
}

function search(operation: Operation, engine: EthosEngine): BlockChoice {
  const { microBlock: micro } = engine;
  const { outSize, inSize, inChannels, outChannels } = operation;
  const most = {
    height: roundUp(Math.min(outSize.height, MAX_BLOCK.height), micro.height),
    width: roundUp(Math.min(outSize.width, MAX_BLOCK.width), micro.width),
    depth: roundUp(Math.min(outChannels, MAX_BLOCK_DEPTH), micro.depth),
  };
  const equalDepth = operation.kind !== 'conv' && operation.kind !== 'dense';
  const window = windowOf(operation);
  const stride = {
    height: outSize.height === 1 ? 1 : operation.stride.height,
    width: outSize.width === 1 ? 1 : operation.stride.width,
  };
  const inputDepth = inputBlockDepth(operation);
  const repeats = Math.ceil(window.height / SUB_KERNEL) * Math.ceil(window.width / SUB_KERNEL);
  const splittable = (depth: number): number => (depth < outChannels ? roundUp(depth, DEPTH_STEP) : depth);
  let best: BlockChoice | undefined;
  let bestCost = Infinity;
  let bestCoverage = Infinity;
  for (
    let depth = splittable(Math.max(micro.depth, Math.min(most.depth, DEPTH_STEP)));
    depth <= most.depth;
    depth = splittable(depth + micro.depth)
  ) {
    for (let height = micro.height; height <= most.height; height += micro.height) {
      for (let width = micro.width; width <= most.width; width += micro.width) {
        const output = { height, width, depth };
        const input = {
          height: roundUp((height - 1) * stride.height + Math.min(window.height, SUB_KERNEL), micro.height),
          width: roundUp((width - 1) * stride.width + Math.min(window.width, SUB_KERNEL), micro.width),
          depth: equalDepth ? depth : inputDepth,
        };
        if (!fits(output, input, operation, engine)) continue;
        let cost = traffic(operation, output, input, repeats);
        if (inSize.height * inSize.width * inChannels < input.height * input.width * input.depth * 2) cost /= 2;
        if (cost > bestCost) continue;
        // Equal traffic: the larger share of a small input wins.
        const coverage =
          (inSize.height * inSize.width) /
          (Math.min(inSize.height, input.height) * Math.min(inSize.width, input.width));
        if (cost === bestCost && !(coverage <= bestCoverage && height <= 4 && width <= 4)) continue;
        bestCoverage = cost === bestCost ? coverage : Infinity;
        bestCost = cost;
        best = { output, input };
      }
    }
  }
  return best ?? { output: { ...micro }, input: { height: micro.height, width: micro.width, depth: inputDepth } };
}

/**
 * Elements of inputs and weights that are fetched for an element of the output, in single precision as the compiler has
 * it (ties decide).
 * An addition fetches what it needs whatever the block: its largest block is best.
 */
function traffic(operation: Operation, output: Block, input: Block, repeats: number): number {
  const { kind, outSize, inChannels, outChannels } = operation;
  const elements = outSize.height * outSize.width * outChannels;
  if (kind === 'add') return Math.fround(elements / (output.height * output.width * output.depth));
  const f = Math.fround;
  const { kernel } = hardwareKernel(operation.kernel, operation.dilation);
  const across = Math.ceil(outSize.height / output.height) * Math.ceil(outSize.width / output.width);
  let weights = isConvolution(operation) ? f(kernel.height * kernel.width * inChannels * across) : 0;
  if (kind !== 'depthwise') weights = f(weights * f(f(outChannels / output.depth) * output.depth));
  let inputs = f(
    f(f(input.height * input.width * inChannels * repeats) * f(outSize.width / output.width)) *
      f(outSize.height / output.height),
  );
  if (kind === 'conv' || kind === 'dense') inputs = f(inputs * Math.ceil(outChannels / output.depth));
  return f(f(inputs + weights) / elements);
}

function isConvolution({ kind }: Operation): boolean {
  return kind === 'conv' || kind === 'depthwise';
}

/** The dilated kernel, or for a global pool the whole input. */
function windowOf({ kind, kernel, dilation, inSize }: Operation): Size2D {
  if (kind === 'global-average-pool') return inSize;
  return { height: (kernel.height - 1) * dilation.height + 1, width: (kernel.width - 1) * dilation.width + 1 };
}

/** Channels of an input block. */
export function inputBlockDepth(operation: Operation): number {
  const { kind, inChannels, outChannels, kernel, dilation } = operation;
  const partKernel =
    kind === 'conv' && isPartKernel({ kind, ohwi: [outChannels, kernel.height, kernel.width, inChannels], dilation });
  return roundUp(Math.min(inChannels, partKernel ? 16 : 32), 8);
}

/** Do two input blocks and two blocks of accumulators fit into the shared buffer? */
function fits(output: Block, input: Block, { kind, outSize, kernel }: Operation, engine: EthosEngine): boolean {
  const flat = outSize.height === 1 && kernel.height === 1 && engine.microBlock.height === 2;
  const outputHeight = flat ? 1 : output.height;
  const inputBytes = input.height * input.width * roundUp(input.depth, 8);
  const inputBanks = roundUp(Math.ceil(inputBytes / BANK_BYTES) * 2, engine.inputGranule);
  // An addition accumulates nothing, and has two inputs.
  if (kind === 'add') return OUTPUT_BANKS + 2 * inputBanks <= engine.sharedBanks - engine.reservedBanks;
  const accumulatorBytes = outputHeight * output.width * roundUp(output.depth, 8) * ACCUMULATOR_BYTES;
  const accumulatorBanks = roundUp(Math.ceil(accumulatorBytes / BANK_BYTES) * 2, engine.accumulatorGranule);
  return OUTPUT_BANKS + inputBanks + accumulatorBanks <= engine.sharedBanks - engine.reservedBanks;
}
