/**
 * Starts the tfjs `wasm` backend from its own files and keeps hold of its memory, so that other WebAssembly modules can
 * work in it.
 */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import createModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import { sharingRefused, withSharedMemory } from './shared-memory.ts';

export interface WasmEngine {
  readonly backend: BackendWasm;
  /** The memory in which every tensor of the backend lies. */
  readonly memory: WebAssembly.Memory;
  /** Why the memory is not shared among threads, where it is not. */
  readonly unshared?: string;
  /** The backend's heap; addresses are unsigned, 0 means that no memory is left. */
  readonly allocate: (bytes: number) => number;
  readonly free: (address: number) => void;
}

/** What Emscripten gives every module and the package's types leave out. */
interface EmscriptenHeap {
  _malloc(bytes: number): number;
  _free(address: number): void;
  cwrap(name: string, result: 'number' | null, parameters: readonly 'number'[]): (...values: number[]) => number;
}

let started: WasmEngine | undefined;

/**
 * Instantiates the SIMD build of the tfjs backend and registers it as 'wasm'.
 * The backend's own start-up is by-passed because it looks for its file beside the script that loaded it (wrong in a
 * bundle) and hides its memory.
 * @param path of `tfjs-backend-wasm-simd.wasm`
 */
export async function startWasmEngine(path: string): Promise<WasmEngine> {
  if (started !== undefined) return started;
  const { bytes, unshared } = shareable(await readFile(path));
  const compiled = await WebAssembly.compile(bytes);
  const listeners = processListeners();
  let exports: WebAssembly.Exports | undefined;
  // Where no memory can be reserved the instantiation fails, of which Emscripten's start-up would hear nothing.
  const module = await new Promise<Awaited<ReturnType<typeof createModule>>>((resolve, reject) => {
    createModule({
      instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
        WebAssembly.instantiate(compiled, imports)
          .then((instance) => {
            exports = instance.exports;
            done(instance);
          })
          .catch(reject);
        return {};
      },
    }).then(resolve, reject);
  }).finally(() => {
    removeNewListeners(listeners);
  });
  const heap = module as unknown as EmscriptenHeap;
  module.tfjs = {
    init: heap.cwrap('init', null, []),
    initWithThreadsCount: heap.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: heap.cwrap('get_threads_count', 'number', []),
    registerTensor: heap.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: heap.cwrap('dispose_data', null, ['number']),
    dispose: heap.cwrap('dispose', null, []),
  };
  const memory = exports?.['memory'];
  if (!(memory instanceof WebAssembly.Memory))
    throw new Error(`${path} exports no memory: it is not the file of @tensorflow/tfjs-backend-wasm 4.22.`);
  const backend = new BackendWasm(module);
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => backend, 2);
  started = {
    backend,
    memory,
    ...(unshared === undefined ? {} : { unshared }),
    allocate: (bytes) => heap._malloc(bytes) >>> 0,
    free: (address) => {
      heap._free(address);
    },
  };
  return started;
}

/**
 * The backend's file with a shared memory where that can be had: its memory is declared with a maximum, as shared ones
 * must be.
 */
function shareable(file: Buffer<ArrayBuffer>): { bytes: Uint8Array<ArrayBuffer>; unshared?: string } {
  const refused = sharingRefused();
  if (refused !== undefined) return { bytes: file, unshared: refused };
  const bytes = withSharedMemory(file);
  return bytes === undefined
    ? { bytes: file, unshared: 'the memory of the tfjs backend is not as expected' }
    : { bytes };
}

const PROCESS_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
type Listeners = Map<string, ReadonlySet<unknown>>;

function processListeners(): Listeners {
  return new Map(PROCESS_EVENTS.map((event) => [event, new Set<unknown>(process.rawListeners(event))]));
}

/**
 * Emscripten's start-up code rethrows every uncaught error of the process from its own minified line; the process must
 * keep its own handling.
 */
function removeNewListeners(before: Listeners): void {
  for (const event of PROCESS_EVENTS) {
    for (const listener of process.rawListeners(event)) {
      if (before.get(event)?.has(listener) !== true)
        process.removeListener(event, listener as (...args: unknown[]) => void);
    }
  }
}
