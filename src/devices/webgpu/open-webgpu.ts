/** Opens a GPU through WebGPU (Dawn for Node) and registers the tfjs backend `webgpu` on it. */
import * as tf from '@tensorflow/tfjs-core';
import { noteFailure } from './device.ts';
import { loadPackages, type Adapter, type Gpu } from './packages.ts';
import { softwareDriver } from './software.ts';

/** What the kernels need beyond WebGPU's guaranteed minimum, as far as this GPU has it. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

/** Electron gives ArrayBuffers to its own memory alone, and WebGPU reads and writes through the GPU's. */
const WITHOUT_NODE =
  'WebGPU cannot run on the Node.js inside VS Code: install Node.js 20 or later where `node` is found in PATH, or name one in the setting udc.nodePath.';

/** The instance must outlive its device: it runs what the device has been asked for. */
let opened: { readonly gpu: Gpu; readonly what: string } | undefined;

/**
 * Registers the backend 'webgpu' with tfjs.
 * @returns the GPU's name
 * @throws naming the remedy where the packages are missing, or no GPU is found
 */
export async function openDevice(): Promise<string> {
  if (opened !== undefined) return opened.what;
  if ('electron' in process.versions) throw new Error(WITHOUT_NODE);
  const { dawn, backend } = loadPackages();
  // The tensor backend takes WebGPU's classes and constants from where a browser has them.
  for (const [name, value] of Object.entries(dawn.globals))
    if (name.startsWith('GPU')) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error(withoutGpu());
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]!])),
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    noteFailure(error.message);
  });
  tf.registerBackend('webgpu', () => asInBrowser(gpu, () => new backend.WebGPUBackend(device, adapter.info)));
  opened = { gpu, what: nameOf(adapter) };
  return opened.what;
}

function nameOf({ info: { vendor, architecture, device, description } }: Adapter): string {
  return [vendor, architecture, description || device].filter((part) => part !== '').join(' ');
}

/** What WebGPU computes through, where it is not Vulkan. */
const INTERFACES: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'Metal', win32: 'Direct3D 12' };

function withoutGpu(): string {
  const through = INTERFACES[process.platform];
  const problem = `WebGPU finds no GPU through ${through ?? 'Vulkan'}: install the driver of the GPU, or choose wasm.`;
  if (through !== undefined) return problem;
  const driver = softwareDriver()?.driver ?? "the path of a Chromium's vk_swiftshader_icd.json";
  return `${problem} Without a GPU it computes in software, slowly, where the environment variable VK_ICD_FILENAMES is ${driver} (the set-up of WebGPU looks for one).`;
}

/** Runs `work` with a `navigator` that has WebGPU: the tensor backend asks it whether there is any. */
function asInBrowser<T>(gpu: Gpu, work: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}
