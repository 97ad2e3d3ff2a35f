// The packages of the `webgpu` backend in the user's cache folder, and what there is to compute on with them.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { webgpuFolder } from '../../src/devices/folders.ts';
import { softwareDriver } from '../../src/devices/webgpu/software.ts';
import { installCached, pinnedFolder } from './cached.mjs';
import { needNpm } from './process.mjs';

/** Builds of Dawn, one a system. */
const builds = (folder) => path.join(folder, 'node_modules/webgpu/dist');
const OWN_BUILD = process.platform === 'darwin' ? 'darwin-universal' : `${process.platform}-${process.arch}`;
const NO_GPU = 2;
const PROBE = `import('webgpu').then(async ({ create }) => {
  const adapter = await create([]).requestAdapter();
  if (adapter === null) process.exit(${NO_GPU});
  const { vendor, architecture, description } = adapter.info;
  console.log([vendor, architecture, description].join(' '));
})`;

export const isInstalled = () => fs.existsSync(path.join(builds(webgpuFolder()), OWN_BUILD));

/** Installs the pinned packages (scripts/webgpu) without the builds for other systems. */
export function installWebgpu() {
  needNpm();
  return installCached(webgpuFolder(), pinnedFolder('webgpu'), async (work) => {
    if (!fs.existsSync(path.join(builds(work), OWN_BUILD)))
      throw new Error(`The package webgpu has no build for ${process.platform} on ${process.arch}.`);
    for (const other of fs.readdirSync(builds(work)))
      if (other !== OWN_BUILD) fs.rmSync(path.join(builds(work), other), { recursive: true });
  });
}

/** Opens WebGPU in a process of its own. Returns the name of what computes, or undefined where nothing does. */
function probe(driver) {
  const env = { ...process.env, ...(driver === undefined ? {} : { VK_ICD_FILENAMES: driver }) };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', PROBE], {
    cwd: webgpuFolder(),
    encoding: 'utf8',
    env,
  });
  if (status === 0) return stdout.trim();
  if (status === NO_GPU) return undefined;
  throw new Error(
    `WebGPU is installed in ${webgpuFolder()}, but does not start:\n${stderr.trim().split('\n').slice(-15).join('\n')}`,
  );
}

/** In software. Where the system has no Vulkan loader, Chromium's is put beside Dawn, which looks there. */
function probeSoftware({ driver, loader }) {
  const found = probe(driver);
  if (found !== undefined || loader === undefined) return found;
  const link = path.join(builds(webgpuFolder()), OWN_BUILD, path.basename(loader));
  if (fs.existsSync(link)) return undefined;
  fs.rmSync(link, { force: true });
  fs.symlinkSync(loader, link);
  return probe(driver);
}

/**
 * What there is to compute on: its name, and `driver`, the value that VK_ICD_FILENAMES must have for it, where it is no
 * GPU but Chromium's software driver.
 * Undefined where there is nothing.
 */
export function findDevice() {
  const gpu = probe();
  if (gpu !== undefined) return { name: gpu };
  const software = softwareDriver();
  const name = software && probeSoftware(software);
  return name && { name, driver: software.driver };
}
