/** Opens the backend that a test is for. */
import { openBackend, type BackendName, type BackendOptions } from '../../../src/devices/open-device.ts';
import { softwareDriver } from '../../../src/devices/webgpu/software.ts';

/**
 * The backend that UDC_TEST_BACKEND names: the suites of the operators and of the search run on it instead of on
 * `wasm`.
 */
export const NAMED = process.env['UDC_TEST_BACKEND'] as BackendName | undefined;

/** As `openBackend`; where there is no GPU, `webgpu` is opened on the software driver that Chromium ships. */
export async function openForTests(backend: BackendName, options: BackendOptions = {}): Promise<unknown> {
  try {
    return await openBackend(backend, options);
  } catch (error) {
    const software = softwareDriver();
    if (backend !== 'webgpu' || software === undefined || process.env['VK_ICD_FILENAMES'] !== undefined) throw error;
    process.env['VK_ICD_FILENAMES'] = software.driver;
    return openBackend(backend, options);
  }
}
