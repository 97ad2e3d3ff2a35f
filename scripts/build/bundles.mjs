// What esbuild bundles: the table of programs, what each may contain, and the suites for the extension host.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, inRoot } from '../lib/paths.mjs';

/** Loaded at run time when installed, never bundled: native code or optional. */
const OPTIONAL_NATIVES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-backend-webgpu', 'webgpu'];

/** Parts of the extension that are loaded when they are needed, by the source that is their entry. */
const OWN_BUNDLES = { './definition-tools.ts': './definitions.cjs', './export-tools.ts': './exports.cjs' };

const ownBundles = {
  name: 'own-bundles',
  setup(build) {
    build.onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ kind, path: source }) => {
      const bundle = kind === 'dynamic-import' ? OWN_BUNDLES[source] : undefined;
      return bundle === undefined ? undefined : { path: bundle, external: true };
    });
  },
};

/** Bundles are CommonJS because VS Code requires them; `import.meta.url` becomes the URL of the bundle. */
const NODE_PROGRAM = {
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Modules first: tree shaking leaves out the tensor operators that nobody calls.
  mainFields: ['module', 'main'],
  external: ['vscode', ...OPTIONAL_NATIVES],
  plugins: [ownBundles],
  // A part in a bundle of its own is required when it is asked for: only so does it get VS Code's module.
  supported: { 'dynamic-import': false },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'bundleUrl' },
};

const program = (name, source, contents) => ({
  name,
  shipped: true,
  ...contents,
  options: { ...NODE_PROGRAM, entryPoints: [source], outfile: `dist/${name}.cjs` },
});

/** The programs. `forbidden` names modules that would break a promise of the architecture. */
export const BUNDLES = {
  extension: program('extension', 'src/extension.ts', {
    forbidden: /node_modules\/(@tensorflow|yaml|flatbuffers|protobufjs)\/|\.generated\.ts$/,
  }),
  definitions: program('definitions', 'src/editor/definition-tools.ts', {
    forbidden: /node_modules\/(@tensorflow|flatbuffers|protobufjs)\/|^src\/(formats|reports)\//,
  }),
  exports: program('exports', 'src/editor/export-tools.ts', { forbidden: /node_modules\/@tensorflow\// }),
  networks: program('networks', 'src/cli/beside-editor.ts', {
    forbidden: /^src\/(editor|strategies|training|tasks)\/|node_modules\/@tensorflow\//,
  }),
  data: program('data', 'src/runs/data-thread.ts', {
    forbidden:
      /^src\/(editor|formats|reports|strategies|training|devices)\/|node_modules\/(@tensorflow|flatbuffers|protobufjs)\//,
  }),
  decode: program('decode', 'src/data/images/decode-thread.ts', {
    forbidden:
      /^src\/(?!(data|network|signals|wire|text|base)\/)|node_modules\/(@tensorflow|yaml|flatbuffers|protobufjs)\//,
  }),
  worker: program('worker', 'src/runs/worker/worker.ts', { forbidden: /^src\/editor\// }),
  cli: program('cli', 'src/cli/udc.ts', { forbidden: /^src\/editor\// }),
  'setup-tensorflow': program('setup-tensorflow', 'scripts/setup-tensorflow.mjs', {
    forbidden: /node_modules\/|^src\/(?!devices\/folders\.ts)/,
  }),
  'setup-webgpu': program('setup-webgpu', 'scripts/setup-webgpu.mjs', {
    forbidden: /node_modules\/|^src\/(?!devices\/(folders|webgpu\/software)\.ts)/,
  }),
  'setup-runtimes': program('setup-runtimes', 'scripts/setup-runtimes.mjs', {
    forbidden: /node_modules\/|^src\/(?!devices\/folders\.ts)/,
  }),
  panel: {
    name: 'panel',
    shipped: true,
    forbidden: /^src\/(?!(wire|charts|text|signals|base)\/)/,
    options: {
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
      entryPoints: [
        { in: 'webview/main.ts', out: 'panel' },
        { in: 'node_modules/@vscode/codicons/dist/codicon.css', out: 'codicon' },
      ],
      outdir: 'dist',
      loader: { '.ttf': 'file' },
      assetNames: '[name]',
    },
  },
};

/** What a build says of one thing that it wrote. */
export const sizeLine = (name, bytes) => `  ${name.padEnd(27)} ${(bytes / 1000).toFixed(0).padStart(6)} kB`;

/** The inputs of a bundle that it must not have. */
export const forbiddenInputs = (bundle, metafile) =>
  Object.keys(metafile.inputs).filter((input) => bundle.forbidden?.test(input));

/** Suites that run inside the extension host: its own, and the unit suites of the rooms whose code is loaded there. */
const HOST_SUITES = [
  'test/host',
  'test/unit/language',
  'test/unit/network',
  'test/unit/targets',
  'test/unit/costs',
  'test/unit/text',
  'test/unit/base',
];

export function testBundle() {
  const suites = HOST_SUITES.flatMap((folder) =>
    fs
      .readdirSync(inRoot(folder), { recursive: true })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => path.join(folder, file)),
  );
  return {
    name: 'extension tests',
    shipped: false,
    options: {
      ...NODE_PROGRAM,
      entryPoints: suites,
      outdir: 'out/test',
      outbase: 'test',
      outExtension: { '.js': '.cjs' },
      banner: {},
      define: {},
      plugins: [sourceUrls],
    },
  };
}

/** In a test bundle `import.meta.url` stays the URL of the source file, so that fixtures are found. */
const sourceUrls = {
  name: 'source-urls',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      if (!file.startsWith(ROOT) || file.includes('node_modules')) return undefined;
      const contents = fs
        .readFileSync(file, 'utf8')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href));
      return { contents, loader: 'ts' };
    });
  },
};
