/** Opens the tensor backend that training runs on. */
import { messageOf } from '../base/error-text.ts';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { assetPath, defaultAssetFolder } from './assets.ts';
import { registerGradients } from './gradients.ts';
import { registerNativeKernels } from './tensorflow/register-kernels.ts';
import { loadTensorflow } from './tensorflow/tensorflow.ts';
import { borrowCpuKernels } from './wasm/borrowed-kernels.ts';
import { registerConvolutions } from './wasm/conv-kernels.ts';
import { registerElementwise } from './wasm/elementwise-kernels.ts';
import { SettingError, wantedThreads } from './threads.ts';
import { startWasmEngine } from './wasm/wasm-engine.ts';
import { enableRelaxedSimd, KernelModule } from './wasm/kernel-module.ts';
import { registerMix } from './wasm/wasm-mix.ts';
import { registerNorm } from './wasm/wasm-norm.ts';
import { registerQuantiser } from './wasm/quantise-kernels.ts';
import { openDevice } from './webgpu/open-webgpu.ts';

export type BackendName = 'wasm' | 'tensorflow' | 'webgpu' | 'cpu';

export interface BackendOptions {
  /** Folder of the `.wasm` files (`ASSETS`); default: `dist/` of the checkout, or the bundle's own folder. */
  readonly assetFolder?: string;
  /** False: do without relaxed SIMD (fused multiply-add) even where this Node has it. */
  readonly relaxedSimd?: boolean;
  /**
   * Threads of `wasm` and `tensorflow`; default: the environment variable UDC_THREADS, else all cores but one where
   * there are more than two, at most 8.
   * Results of `wasm` do not depend on it.
   */
  readonly threads?: number;
}

/** Each opener makes its backend the current one and says in a few words what it is. It throws where it cannot. */
const OPENERS: Readonly<Record<BackendName, (options: BackendOptions) => Promise<string>>> = {
  wasm: openWasm,
  tensorflow: openTensorflow,
  webgpu: openWebgpu,
  cpu: async () => {
    await activate('cpu');
    return 'plain JavaScript, for tests';
  },
};

/**
 * What `auto` tries, fastest first (docs/performance.md has the numbers). A GPU is never taken unasked: a search must
 * not stall the machine's display.
 */
const AUTOMATIC: readonly BackendName[] = ['wasm', 'tensorflow', 'cpu'];

/**
 * Opens a backend and makes it current. May be called again, also with another backend.
 * @returns the backend's name and why it is this one, in a few words fit to stand beside the name
 * @throws where the wanted backend cannot be opened, with the cause and the remedy; `auto` does not throw
 */
export async function openBackend(
  wanted: BackendName | 'auto',
  options: BackendOptions = {},
): Promise<{ name: BackendName; reason: string }> {
  tf.enableProdMode();
  registerGradients();
  if (wanted !== 'auto') return { name: wanted, reason: `as asked: ${await OPENERS[wanted](options)}` };
  const refusals: string[] = [];
  for (const name of AUTOMATIC) {
    try {
      const what = await OPENERS[name](options);
      return { name, reason: [`fastest here: ${what}`, ...refusals].join('; ') };
    } catch (error) {
      refusals.push(`no ${name}: ${messageOf(error)}`);
    }
  }
  throw new Error(`No tensor backend works here. ${refusals.join('; ')}`);
}

/** tfjs itself only returns false where a backend does not start. */
async function activate(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`The backend ${name} does not start.`);
}

const modules = new Map<boolean, KernelModule>();
let current: KernelModule | undefined;

function checked(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= 64) return threads;
  throw new SettingError(`Threads (option or UDC_THREADS) must be a whole number from 1 to 64, not ${threads}.`);
}

/** Threads that a run may use, all its backends together. @throws SettingError where UDC_THREADS is none */
export const threadsHere = (): number => checked(wantedThreads());

function kernelsPath(folder: string, relaxed: boolean): string {
  return assetPath(folder, relaxed ? 'kernels-relaxed.wasm' : 'kernels.wasm');
}

async function openWasm({
  assetFolder = defaultAssetFolder(),
  relaxedSimd = true,
  threads = wantedThreads(),
}: BackendOptions): Promise<string> {
  const count = checked(threads);
  const engine = await startWasmEngine(assetPath(assetFolder, 'tfjs-backend-wasm-simd.wasm'));
  const relaxed = relaxedSimd && enableRelaxedSimd();
  const module = modules.get(relaxed) ?? (await KernelModule.load(engine, kernelsPath(assetFolder, relaxed)));
  modules.set(relaxed, module);
  if (current !== module)
    for (const register of [registerConvolutions, registerNorm, registerMix, registerQuantiser, registerElementwise])
      register(module);
  if (current === undefined) borrowCpuKernels(engine.backend);
  current = module;
  module.threads = count;
  await activate('wasm');
  const alone = engine.unshared === undefined || count === 1 ? '' : ` because ${engine.unshared}`;
  return `${relaxed ? 'relaxed SIMD' : 'SIMD'}, ${module.threads === 1 ? `one thread${alone}` : `${module.threads} threads`}`;
}

async function openTensorflow({
  assetFolder = defaultAssetFolder(),
  relaxedSimd = true,
  threads = wantedThreads(),
}: BackendOptions): Promise<string> {
  const native = loadTensorflow(checked(threads));
  // The package brings gradients of its own for every backend; this project's are the same functions in fewer
  // operations.
  registerGradients({ replace: true });
  registerNativeKernels(kernelsPath(assetFolder, relaxedSimd && enableRelaxedSimd()));
  await activate('tensorflow');
  return `tfjs-node ${native.version}, ${native.threads === 1 ? 'one thread' : `${native.threads} threads`}`;
}

async function openWebgpu(): Promise<string> {
  const device = await openDevice();
  await activate('webgpu');
  return device;
}
