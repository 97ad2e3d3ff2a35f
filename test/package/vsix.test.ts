/** The packaged extension: exactly the files that are meant to be in it, within the size each part may have. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openPromise } from 'yauzl';

const root = new URL('../../', import.meta.url);
const manifest: { name: string; version: string } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const vsix = fileURLToPath(new URL(`${manifest.name}-${manifest.version}.vsix`, root));

/** Files of the archive and their sizes once unpacked. */
async function contents(): Promise<Map<string, number>> {
  const archive = await openPromise(vsix);
  const sizes = new Map<string, number>();
  for await (const entry of archive.eachEntry()) sizes.set(entry.fileName, entry.uncompressedSize);
  return sizes;
}

/** Everything that may be in the archive; the number is the most bytes such a file may have. */
const ALLOWED: readonly (readonly [pattern: RegExp, bytes: number])[] = [
  // Reads and checks run folders, those of older formats too, events of candidates and offers of other sizes; works
  // sweeps off, waits in the machine's queue, has the commands on lists of runs, and asks for measurements.
  [/^extension\/dist\/extension\.cjs$/, 165_000],
  // Loaded with the first definition. Of these the YAML library takes 115 kB, the schema's validator 55 kB, the size
  // tables 33 kB, the models of the chips' weights, memory and cycles some 115 kB.
  [/^extension\/dist\/definitions\.cjs$/, 815_000],
  // Loaded with the first export; has the C kernels, the dispatcher of ensembles, and reports of measurements.
  [/^extension\/dist\/exports\.cjs$/, 960_000],
  // Reads networks in a thread and measures them as a process; has the parser with its YAML library, what says which
  // target runs a network, with the size tables, reads ONNX with the protobuf library, and writes what runtimes take.
  [/^extension\/dist\/networks\.cjs$/, 1_040_000],
  // Reads data sets in a thread: the parser with its YAML library, the readers, that of Parquet with its decompressors
  // too, and what says which weights fit.
  [/^extension\/dist\/data\.cjs$/, 645_000],
  // Decodes and prepares images in threads: the glue of three WebAssembly decoders, and our own of print colours.
  [/^extension\/dist\/decode\.cjs$/, 95_000],
  [/^extension\/dist\/(mozjpeg_dec|squoosh_png_bg|webp_dec)\.wasm$/, 185_000],
  // Searches, combines runs, and has Vela compile a result where that is installed.
  [/^extension\/dist\/worker\.cjs$/, 1_980_000],
  [/^extension\/dist\/setup-(tensorflow|webgpu|runtimes)\.cjs$/, 20_000],
  [
    /^extension\/scripts\/tensorflow\/(package|package-lock)\.json$|^extension\/scripts\/tensorflow\/(extract\.py|requirements\.txt)$|^extension\/scripts\/webgpu\/(package|package-lock)\.json$|^extension\/scripts\/runtimes\/requirements\.txt$/,
    100_000,
  ],
  [/^extension\/dist\/panel\.js$/, 400_000],
  [/^extension\/dist\/codicon\.css$/, 50_000],
  [/^extension\/media\/(panel|network)\.css$/, 50_000],
  [/^extension\/dist\/codicon\.ttf$/, 150_000],
  [/^extension\/dist\/(tfjs-backend-wasm-simd|kernels|kernels-relaxed)\.wasm$/, 450_000],
  [/^extension\/dist\/THIRD-PARTY-NOTICES\.txt$/, 300_000],
  [/^extension\/(package|package\.nls|l10n\/[^/]+)\.json$/, 100_000],
  [/^extension\/schemas\/udc-model\.schema\.json$/, 100_000],
  [/^extension\/examples\/quickstart\/[^/]+\.udc\.yaml$/, 10_000],
  [/^extension\/media\/(icon\.png|view\.svg|walkthrough\/[^/]+\.(md|svg|png))$/, 100_000],
  [/^extension\/(readme|changelog|SUPPORT)\.md$|^extension\/LICENSE\.txt$/, 100_000],
  [/^extension\.vsixmanifest$|^\[Content_Types\]\.xml$/, 20_000],
];

/** Without these the extension would not work. */
const REQUIRED = [
  'dist/extension.cjs',
  'dist/definitions.cjs',
  'dist/exports.cjs',
  'dist/networks.cjs',
  'dist/data.cjs',
  'dist/decode.cjs',
  'dist/mozjpeg_dec.wasm',
  'dist/squoosh_png_bg.wasm',
  'dist/webp_dec.wasm',
  'dist/worker.cjs',
  'dist/setup-tensorflow.cjs',
  'dist/setup-runtimes.cjs',
  'dist/setup-webgpu.cjs',
  'scripts/webgpu/package-lock.json',
  'scripts/runtimes/requirements.txt',
  'scripts/tensorflow/requirements.txt',
  'scripts/tensorflow/package-lock.json',
  'dist/panel.js',
  'media/panel.css',
  'media/network.css',
  'dist/codicon.css',
  'dist/codicon.ttf',
  'dist/tfjs-backend-wasm-simd.wasm',
  'dist/kernels.wasm',
  'dist/THIRD-PARTY-NOTICES.txt',
  'schemas/udc-model.schema.json',
  'package.json',
  'LICENSE.txt',
  'readme.md',
];

describe('the .vsix', () => {
  let files: Map<string, number>;
  before(async () => {
    files = await contents();
  });

  it('holds nothing that is not meant to be in it', () => {
    assert.deepEqual(
      [...files.keys()].filter((file) => !ALLOWED.some(([pattern]) => pattern.test(file))),
      [],
    );
  });

  it('holds all that the extension needs', () => {
    assert.deepEqual(
      REQUIRED.filter((file) => !files.has(`extension/${file}`)),
      [],
    );
  });

  it('keeps every file within its size', () => {
    const tooLarge = [...files].filter(([file, size]) =>
      ALLOWED.some(([pattern, bytes]) => pattern.test(file) && size > bytes),
    );
    assert.deepEqual(tooLarge, []);
  });

  it('is smaller than 2.4 MB', () => {
    assert.ok(statSync(vsix).size < 2_400_000, `${statSync(vsix).size} bytes`);
  });
});
