// Puts WebAssembly files into dist/: those that the wasm backend needs (the tfjs backend's own, and our kernels
// compiled from AssemblyScript), and the decoders of images.
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';
import { sizeLine } from './build/bundles.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const sources = join(root, 'src/devices/kernels/assembly');

const COMMON = [
  join(sources, 'index.ts'),
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--importMemory',
  '--enable',
  'simd',
  // The most that 32-bit addresses reach: only a memory with a maximum can be made shared
  // (src/devices/wasm/shared-memory.ts).
  '--maximumMemory',
  '65536',
  // Pointers are kept as i32 words in job descriptions; the module is 32-bit only. Vectors cross only internal borders.
  '--disableWarning',
  '201',
  '--disableWarning',
  '112',
];
const BUILDS = { 'kernels.wasm': [], 'kernels-relaxed.wasm': ['--enable', 'relaxed-simd'] };

/** What is taken from packages as it is. */
const COPIES = [
  '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm',
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  '@jsquash/png/codec/pkg/squoosh_png_bg.wasm',
  '@jsquash/webp/codec/dec/webp_dec.wasm',
];

const changed = (path) => statSync(path).mtimeMs;

/** Builds what is missing or older than its sources. Returns the names of the files that were written. */
export async function buildKernels() {
  mkdirSync(dist, { recursive: true });
  const written = [];
  for (const name of COPIES) {
    const source = createRequire(import.meta.url).resolve(name);
    const copy = join(dist, basename(name));
    if (existsSync(copy) && changed(copy) >= changed(source)) continue;
    copyFileSync(source, copy);
    written.push(copy);
  }
  const newest = Math.max(
    changed(fileURLToPath(import.meta.url)),
    ...readdirSync(sources).map((file) => changed(join(sources, file))),
  );
  for (const [name, flags] of Object.entries(BUILDS)) {
    const output = join(dist, name);
    if (existsSync(output) && changed(output) > newest) continue;
    const { error, stderr } = await asc.main([...COMMON, ...flags, '--outFile', output]);
    if (error) throw new Error(`${name} did not compile:\n${stderr.toString()}`);
    written.push(output);
  }
  return written;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const file of await buildKernels()) console.log(sizeLine(basename(file), statSync(file).size));
}
