/**
 * Finds and loads the two packages of the `webgpu` backend, which are optional: WebGPU itself for Node (Dawn), and the
 * tensor backend on it.
 */
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { WEBGPU_VERSIONS, webgpuFolder } from '../folders.ts';
import { findPackages } from '../optional-package.ts';

const DAWN = 'webgpu';
const BACKEND = '@tensorflow/tfjs-backend-webgpu';

/** What this project uses of WebGPU. */
export interface Device {
  addEventListener(
    type: 'uncapturederror',
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void;
}
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}
export interface Adapter {
  readonly info: AdapterInfo;
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: { readonly requiredLimits: Readonly<Record<string, number>> }): Promise<Device>;
}
export interface Gpu {
  requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<Adapter | null>;
}

export interface Packages {
  readonly dawn: { create(options: readonly string[]): Gpu; readonly globals: Readonly<Record<string, unknown>> };
  readonly backend: { readonly WebGPUBackend: new (device: Device, info: AdapterInfo) => KernelBackend };
}

/** @throws naming the remedy where the packages are missing or cannot be loaded */
export function loadPackages(): Packages {
  const required = findPackages(webgpuFolder(), [DAWN, BACKEND]);
  if (required === undefined) {
    const pinned = ([DAWN, BACKEND] as const).map((name) => `${name}@${WEBGPU_VERSIONS[name]}`).join(' ');
    throw new Error(
      `the packages ${DAWN} and ${BACKEND} are not installed: run "UDC: Set Up WebGPU" in VS Code, \`npm run setup:webgpu\` in a checkout, or \`npm install --prefix "${webgpuFolder()}" ${pinned}\`.`,
    );
  }
  try {
    return { dawn: required(DAWN) as Packages['dawn'], backend: required(BACKEND) as Packages['backend'] };
  } catch (error) {
    throw new Error(
      `${DAWN} or ${BACKEND} in ${webgpuFolder()} cannot be loaded (${(error as Error).message}): remove that folder, then set WebGPU up again.`,
      { cause: error },
    );
  }
}
