/** Every runtime, in the order in which columns stand. */
import type { Runtime } from './runtime.ts';
import { cortexM } from './runtimes/cortex-m.ts';
import { estimate } from './runtimes/udc-estimate.ts';
import { hostC } from './runtimes/host-c.ts';
import { litert } from './runtimes/litert.ts';
import { onnxRuntime } from './runtimes/onnx-runtime.ts';
import { openvino } from './runtimes/openvino.ts';
import { published } from './runtimes/published.ts';
import { tfliteMicro } from './runtimes/tflite-micro.ts';
import { vela } from './runtimes/vela.ts';

export const RUNTIMES: readonly Runtime[] = [
  litert,
  tfliteMicro,
  onnxRuntime,
  openvino,
  hostC,
  cortexM,
  vela,
  estimate,
  published,
];
