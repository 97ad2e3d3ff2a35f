/**
 * Where the WebAssembly files of the `wasm` backend lie: `dist/` in a checkout, beside the bundle in an installation.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The files that `scripts/build-kernels.mjs` writes and that must lie in one folder (in an installation: beside the
 * bundle).
 */
export const ASSETS = ['tfjs-backend-wasm-simd.wasm', 'kernels.wasm', 'kernels-relaxed.wasm'] as const;
export type Asset = (typeof ASSETS)[number];

/** The folder that holds the assets: the nearest `dist/` above this file, or the folder of the bundle itself. */
export function defaultAssetFolder(): string {
  // In a CommonJS bundle import.meta is empty and __dirname is the bundle's folder.
  const here = typeof __dirname === 'string' ? __dirname : dirname(fileURLToPath(import.meta.url));
  const candidates: string[] = [];
  for (let folder = here; ; folder = dirname(folder)) {
    candidates.push(folder, join(folder, 'dist'));
    if (dirname(folder) === folder) break;
  }
  return candidates.find((folder) => existsSync(join(folder, ASSETS[0]))) ?? here;
}

/** Full path of an asset. Throws naming the remedy where it is missing. */
export function assetPath(folder: string, asset: Asset): string {
  const path = join(folder, asset);
  if (!existsSync(path))
    throw new Error(
      `${path} is missing: run \`npm run build:kernels\`, or pass the folder that holds it as openBackend(…, { assetFolder }).`,
    );
  return path;
}
