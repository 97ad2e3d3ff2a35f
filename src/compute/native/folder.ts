/** Where `npm run setup:tensorflow` puts native TensorFlow and where the `tensorflow` backend finds it. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Changes with the versions that scripts/setup-tensorflow.mjs installs: another version gets another folder. */
const NAME = 'tensorflow-4.22.0-2.18.1';

/** The system's folder for files that can be made again. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === 'win32') return LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return XDG_CACHE_HOME !== undefined && XDG_CACHE_HOME !== '' ? XDG_CACHE_HOME : join(homedir(), '.cache');
}

/** The environment variable UDC_TENSORFLOW, else a folder of this user's cache, which every checkout and installation shares. */
export function tensorflowFolder(): string {
  return process.env['UDC_TENSORFLOW'] ?? join(cacheFolder(), 'udc', NAME);
}
