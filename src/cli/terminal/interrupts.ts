/** Ctrl-C and SIGTERM while a command works: the first asks for an end, a later one insists. */
import type { LiveIo } from './io.ts';

/**
 * Signals that come together are one: a batch system and `npx` send one to every process, and whoever started this one
 * passes it on.
 */
const TOGETHER_MS = 300;

/** Returns what ends it, and how often it was asked. */
export function onInterrupts(
  io: LiveIo,
  first: () => void,
  again: () => void,
): { readonly release: () => void; readonly count: () => number } {
  let count = 0;
  let last = -Infinity;
  const release = io.onInterrupt?.(() => {
    const now = performance.now();
    if (now - last < TOGETHER_MS) return;
    last = now;
    count += 1;
    if (count > 1) again();
    else first();
  });
  return { release: () => release?.(), count: () => count };
}
