// Makes src/formats/tflite/tflite-schema.generated.ts of schema.fbs with the FlatBuffers compiler (Debian:
// flatbuffers-compiler; tried with 2.0.8).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../src/formats/tflite/', import.meta.url));
const flatc = process.argv[2] ?? 'flatc';

const scratch = mkdtempSync(join(tmpdir(), 'tflite-schema-'));
try {
  execFileSync(flatc, ['--ts', '--ts-flat-files', '-o', scratch, join(FOLDER, 'schema.fbs')], { stdio: 'inherit' });
  const generated = readFileSync(join(scratch, 'schema_generated.ts'), 'utf8').replace(/[ \t]+$/gm, '');
  writeFileSync(
    join(FOLDER, 'schema.generated.ts'),
    `// @ts-nocheck: made by scripts/generate-tflite-schema.mjs of schema.fbs, not checked for style\n${generated}`,
  );
} finally {
  rmSync(scratch, { recursive: true });
}
