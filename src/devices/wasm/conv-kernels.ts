/**
 * Convolutions and their gradients for the tfjs `wasm` backend: the project's own operators and the tfjs kernels it
 * lacks or has wrong.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ConvolutionOptions } from '../operators/conv.ts';
import { FILTER_FIELDS, filterPlan } from './filter-plan.ts';
import { geometryOf, outputShape, type Geometry } from './tap-geometry.ts';
import { align, registerKernels, type Kernel, type KernelModule } from './kernel-module.ts';
import { TAP_FIELDS, tapPlan } from './tap-plan.ts';

/** Writes a plan's job into the memory at `job` and makes its relative addresses absolute. */
function placeJob(
  module: KernelModule,
  job: number,
  plan: { readonly words: Int32Array; readonly relocations: readonly number[] },
  fields: Readonly<Record<number, number>>,
): void {
  const { words } = module;
  const at = job >>> 2;
  words.set(plan.words, at);
  for (const word of plan.relocations) words[at + word]! += job;
  for (const [word, address] of Object.entries(fields)) words[at + Number(word)] = address;
}

/** The output of a convolution, or the gradient to its input. */
function taps(
  module: KernelModule,
  geometry: Geometry,
  source: tf.TensorInfo,
  filter: tf.TensorInfo,
  backward: boolean,
): tf.TensorInfo {
  const { images, rows, columns, channels, outChannels, depthwise } = geometry;
  const plan = tapPlan(geometry, backward);
  const result = module.output(backward ? [images, rows.input, columns.input, channels] : outputShape(geometry));
  const repeated = backward && depthwise && outChannels !== channels;
  const expandedBytes = repeated ? images * rows.input * columns.input * outChannels * 4 : 0;
  const jobBytes = align(plan.words.byteLength);
  const base = module.scratch(
    jobBytes + align(plan.packedBytes) + align(expandedBytes) + module.threads * align(plan.scratchBytes),
  );
  const weights = base + jobBytes;
  const expanded = weights + align(plan.packedBytes);
  const filterAddress = module.address(filter);
  placeJob(module, base, plan, {
    [TAP_FIELDS.source]: module.address(source),
    [TAP_FIELDS.target]: repeated ? expanded : module.address(result),
    [TAP_FIELDS.weights]: depthwise ? filterAddress : weights,
  });
  for (const phase of plan.packed) {
    module.exports.packFilter(
      filterAddress,
      weights + phase.weights,
      base + phase.order,
      phase.rows,
      plan.packedChannels,
      plan.channelStride,
    );
  }
  module.run('tapTask', base, plan.tasks, expanded + align(expandedBytes), align(plan.scratchBytes));
  if (repeated)
    module.exports.sumRepeats(
      expanded,
      module.address(result),
      images * rows.input * columns.input * channels,
      outChannels / channels,
    );
  return result;
}

/** The gradient to a convolution's filter. */
function filterGradient(
  module: KernelModule,
  geometry: Geometry,
  shape: readonly number[],
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
): tf.TensorInfo {
  const plan = filterPlan(geometry);
  const result = module.output(shape);
  const jobBytes = align(plan.words.byteLength);
  const base = module.scratch(
    jobBytes + align(plan.parts * plan.partialBytes) + module.threads * align(plan.scratchBytes),
  );
  const partials = base + jobBytes;
  placeJob(module, base, plan, {
    [FILTER_FIELDS.source]: module.address(x),
    [FILTER_FIELDS.dy]: module.address(dy),
    [FILTER_FIELDS.partials]: partials,
  });
  module.run(
    'filterTask',
    base,
    plan.parts,
    partials + align(plan.parts * plan.partialBytes),
    align(plan.scratchBytes),
  );
  module.exports.addPartials(
    partials,
    plan.partialBytes,
    plan.parts,
    module.address(result),
    plan.count,
    geometry.outChannels,
    geometry.depthwise ? 1 : 0,
  );
  return result;
}

type Attributes = Readonly<Record<string, unknown>>;

/** Geometry from the attributes that tfjs gives its kernels. */
function tfjsGeometry(
  x: readonly number[],
  filter: readonly number[],
  { strides, pad, dilations, dimRoundingMode, dataFormat }: Attributes,
  depthwise: boolean,
): Geometry {
  if (dataFormat !== undefined && dataFormat !== 'NHWC')
    throw new Error(`The wasm backend convolves NHWC tensors only, not ${String(dataFormat)}.`);
  const info = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides as [number, number],
    (dilations ?? 1) as [number, number],
    pad as 'same' | 'valid' | number,
    dimRoundingMode as 'floor' | 'round' | 'ceil' | undefined,
    depthwise,
  );
  const {
    inHeight,
    inWidth,
    outHeight,
    outWidth,
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    padInfo,
  } = info;
  return {
    images: info.batchSize,
    channels: info.inChannels,
    outChannels: info.outChannels,
    depthwise,
    rows: {
      input: inHeight,
      output: outHeight,
      kernel: filterHeight,
      stride: strideHeight,
      dilation: dilationHeight,
      before: padInfo.top,
    },
    columns: {
      input: inWidth,
      output: outWidth,
      kernel: filterWidth,
      stride: strideWidth,
      dilation: dilationWidth,
      before: padInfo.left,
    },
  };
}

/**
 * The kernels that tfjs operations call. Its own forward convolutions are replaced too: they return zeros where a
 * 'same' kernel is smaller than its stride.
 */
function tfjsKernels(module: KernelModule): Readonly<Record<string, Kernel>> {
  const table: Record<string, Kernel> = {};
  for (const [depthwise, forward, toInput, toFilter] of [
    [false, tf.Conv2D, tf.Conv2DBackpropInput, tf.Conv2DBackpropFilter],
    [true, tf.DepthwiseConv2dNative, tf.DepthwiseConv2dNativeBackpropInput, tf.DepthwiseConv2dNativeBackpropFilter],
  ] as const) {
    table[forward] = ({ x, filter }, attributes) =>
      taps(module, tfjsGeometry(x!.shape, filter!.shape, attributes, depthwise), x!, filter!, false);
    table[toInput] = ({ dy, filter }, attributes) =>
      taps(
        module,
        tfjsGeometry(attributes['inputShape'] as number[], filter!.shape, attributes, depthwise),
        dy!,
        filter!,
        true,
      );
    table[toFilter] = ({ x, dy }, attributes) => {
      const shape = attributes['filterShape'] as number[];
      return filterGradient(module, tfjsGeometry(x!.shape, shape, attributes, depthwise), shape, x!, dy!);
    };
  }
  return table;
}

/** The kernels behind src/devices/operators/conv.ts. */
function ownKernels(module: KernelModule): Readonly<Record<string, Kernel>> {
  const table: Record<string, Kernel> = {};
  for (const [depthwise, name] of [
    [false, 'UdcConv2D'],
    [true, 'UdcDepthwiseConv2D'],
  ] as const) {
    const geometry = (x: readonly number[], filter: readonly number[], attributes: Attributes): Geometry =>
      geometryOf(x, filter, attributes as unknown as ConvolutionOptions, depthwise);
    table[name] = ({ x, filter }, attributes) =>
      taps(module, geometry(x!.shape, filter!.shape, attributes), x!, filter!, false);
    table[`${name}Input`] = ({ dy, filter }, attributes) =>
      taps(module, geometry(attributes['inputShape'] as number[], filter!.shape, attributes), dy!, filter!, true);
    table[`${name}Filter`] = ({ x, dy }, attributes) => {
      const shape = attributes['filterShape'] as number[];
      return filterGradient(module, geometry(x!.shape, shape, attributes), shape, x!, dy!);
    };
  }
  return table;
}

/** Registers all of them with the `wasm` backend, and the gradients of the project's own. */
export function registerConvolutions(module: KernelModule): void {
  registerKernels({ ...tfjsKernels(module), ...ownKernels(module) });
  for (const name of ['UdcConv2D', 'UdcDepthwiseConv2D']) {
    tf.registerGradient({
      kernelName: name,
      inputsToSave: ['x', 'filter'],
      gradFunc: (dy, [x, filter], attributes) => ({
        x: () =>
          tf
            .engine()
            .runKernel(`${name}Input`, { dy: dy as tf.Tensor, filter: filter! }, {
              ...attributes,
              inputShape: x!.shape,
            } as tf.NamedAttrMap),
        filter: () =>
          tf
            .engine()
            .runKernel(`${name}Filter`, { x: x!, dy: dy as tf.Tensor }, {
              ...attributes,
              filterShape: filter!.shape,
            } as tf.NamedAttrMap),
      }),
    });
  }
}
