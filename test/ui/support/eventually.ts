/** Waiting for something that is not an element of the page, for example a file on disk. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats a check until it passes; throws its last error when it has not within `limitMs`. */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = 60_000): Promise<T> {
  for (const end = Date.now() + limitMs; ; await sleep(100)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
