// `npm run test:webgpu`: sets WebGPU up where it is not, then tests the operators and the first steps of a search on
// it; without a GPU in software.
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { exitCode } from './lib/process.mjs';
import { mochaCommand } from './lib/mocha.mjs';
import { findDevice, installWebgpu, isInstalled } from './lib/webgpu.mjs';

const SUITES = [
  'devices/gradients',
  'devices/conv',
  'devices/batch-norm',
  'devices/mix-weights',
  'devices/fake-quantise',
  'devices/adam',
  'strategies/devices',
].map((name) => `test/unit/${name}.test.ts`);

/** Returns the environment of the tests, or why there can be none. */
async function prepare() {
  try {
    if (!isInstalled()) await installWebgpu();
  } catch (error) {
    return { reason: `its packages cannot be installed: ${error.message}` };
  }
  const device = findDevice();
  if (device === undefined) return { reason: 'there is neither a GPU nor a Chromium with a software driver' };
  console.log(`WebGPU computes on ${device.name}`);
  return {
    env: { ...process.env, UDC_TEST_BACKEND: 'webgpu', ...(device.driver && { VK_ICD_FILENAMES: device.driver }) },
  };
}

await ensureDependencies();
const { env, reason } = await prepare();
if (reason) {
  console.log(`WebGPU tests skipped: ${reason}`);
} else {
  const [command, args] = mochaCommand(SUITES[0]);
  process.exitCode = await exitCode(command, [...args, ...SUITES.slice(1)], { env });
}
