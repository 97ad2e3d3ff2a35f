// `npm run setup:webgpu`, and "UDC: Set Up WebGPU" in the editor: the packages of the `webgpu` backend, pinned, in the
// user's cache folder, where every checkout and installation finds them.
// `--check` installs nothing: it says whether they are there, and what they compute on.
import process from 'node:process';
import { webgpuFolder } from '../src/devices/folders.ts';
import { failWith } from './lib/process.mjs';
import { findDevice, installWebgpu, isInstalled } from './lib/webgpu.mjs';

async function main() {
  const folder = webgpuFolder();
  if (!isInstalled()) {
    if (process.argv.includes('--check')) throw new Error(`WebGPU is not in ${folder}.`);
    await installWebgpu();
  }
  const device = findDevice();
  const ready = `WebGPU is ready in ${folder}`;
  const slow = 'Not advised so far: the backend "wasm", which needs no set-up, is faster (docs/performance.md).';
  if (device === undefined)
    console.log(`${ready}, but there is no GPU that it can use: the backend "webgpu" will say so.`);
  else if (device.driver === undefined)
    console.log(`${ready} (${device.name}): choose the backend "webgpu" (setting udc.backend, or --backend). ${slow}`);
  else
    console.log(
      `${ready}, but there is no GPU that it can use. With the environment variable VK_ICD_FILENAMES=${device.driver} it computes in software (${device.name}), slowly.`,
    );
}

main().catch(failWith);
