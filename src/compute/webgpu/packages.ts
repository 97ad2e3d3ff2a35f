/** Finds and loads the two packages of the `webgpu` backend, which are optional: WebGPU itself for Node (Dawn), and the tensor backend on it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { defaultAssetFolder } from '../assets.ts';
import { WEBGPU_VERSIONS, webgpuFolder } from '../folders.ts';

const DAWN = 'webgpu';
const BACKEND = '@tensorflow/tfjs-backend-webgpu';

/** What this project uses of WebGPU. */
export interface Device {
  addEventListener(type: 'uncapturederror', listener: (event: { readonly error: { readonly message: string } }) => void): void;
}
export interface AdapterInfo { readonly vendor: string; readonly architecture: string; readonly device: string; readonly description: string }
export interface Adapter {
  readonly info: AdapterInfo;
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: { readonly requiredLimits: Readonly<Record<string, number>> }): Promise<Device>;
}
export interface Gpu { requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<Adapter | null> }

export interface Packages {
  readonly dawn: { create(options: readonly string[]): Gpu; readonly globals: Readonly<Record<string, unknown>> };
  readonly backend: { readonly WebGPUBackend: new (device: Device, info: AdapterInfo) => KernelBackend };
}

/** Folders beside whose node_modules the packages may lie: what the set-up script made, then the project or the installation. */
const candidates = (): string[] => [webgpuFolder(), defaultAssetFolder()];

function requireFrom(folder: string): NodeJS.Require | undefined {
  if (!existsSync(folder)) return undefined;
  const required = createRequire(pathToFileURL(join(folder, 'package.json')));
  try {
    for (const name of [DAWN, BACKEND]) required.resolve(`${name}/package.json`);
    return required;
  } catch {
    return undefined;
  }
}

/** @throws naming the remedy where the packages are missing or cannot be loaded */
export function loadPackages(): Packages {
  const required = candidates().map(requireFrom).find((found) => found !== undefined);
  if (required === undefined) {
    const pinned = ([DAWN, BACKEND] as const).map((name) => `${name}@${WEBGPU_VERSIONS[name]}`).join(' ');
    throw new Error(`the packages ${DAWN} and ${BACKEND} are not installed: run \`npm run setup:webgpu\`, or \`npm install --prefix "${webgpuFolder()}" ${pinned}\`.`);
  }
  try {
    return { dawn: required(DAWN) as Packages['dawn'], backend: required(BACKEND) as Packages['backend'] };
  } catch (error) {
    throw new Error(`${DAWN} or ${BACKEND} in ${webgpuFolder()} cannot be loaded (${(error as Error).message}): remove that folder, then run \`npm run setup:webgpu\` again.`, { cause: error });
  }
}
