/**
 * WebGPU without a GPU: the software driver SwiftShader, which Chromium ships. Slow, but it shows that results agree.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The file that tells the Vulkan loader of a driver. */
const DRIVER = 'vk_swiftshader_icd.json';
/** Vulkan's loader, which Chromium ships as well. */
const LOADER = 'libvulkan.so.1';
const BROWSERS: readonly string[] = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];

/**
 * Where a Chromium keeps its driver: the file for the variable VK_ICD_FILENAMES, and the loader beside it. Undefined
 * where there is none.
 */
export function softwareDriver(): { readonly driver: string; readonly loader: string | undefined } | undefined {
  const named = process.env['CHROMIUM'];
  const folder = [...(named === undefined ? [] : [dirname(named)]), ...BROWSERS].find((each) =>
    existsSync(join(each, DRIVER)),
  );
  if (folder === undefined) return undefined;
  const loader = join(folder, LOADER);
  return { driver: join(folder, DRIVER), loader: existsSync(loader) ? loader : undefined };
}
