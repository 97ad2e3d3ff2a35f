/** Where set-up scripts put the packages of optional backends, and where those backends find them. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The system's folder for files that can be made again. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === 'win32') return LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return XDG_CACHE_HOME !== undefined && XDG_CACHE_HOME !== '' ? XDG_CACHE_HOME : join(homedir(), '.cache');
}

/**
 * In a folder of this user's cache, which every checkout and installation shares, unless the variable names another.
 * Other versions have another name.
 */
const folder = (variable: string, name: string) => (): string =>
  process.env[variable] ?? join(cacheFolder(), 'udc', name);

/** Where `npm run setup:tensorflow` puts native TensorFlow; the variable UDC_TENSORFLOW names another folder. */
export const tensorflowFolder = folder('UDC_TENSORFLOW', 'tensorflow-4.22.0-2.18.1');

/** The packages of the `webgpu` backend, as scripts/webgpu pins them. */
export const WEBGPU_VERSIONS = { '@tensorflow/tfjs-backend-webgpu': '4.22.0', webgpu: '0.6.2' } as const;

/** Where `npm run setup:webgpu` puts WebGPU; the variable UDC_WEBGPU names another folder. */
export const webgpuFolder = folder('UDC_WEBGPU', `webgpu-${Object.values(WEBGPU_VERSIONS).join('-')}`);

/**
 * Where `npm run setup:runtimes` makes the Python environment of the runtimes that `udc measure` asks; the variable
 * UDC_RUNTIMES names another folder.
 */
export const runtimesFolder = folder('UDC_RUNTIMES', 'runtimes-1');

/** The Python of that environment. */
export const runtimesPython = (environment = runtimesFolder()): string =>
  join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
