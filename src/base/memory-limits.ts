/** How running out of memory looks: engines, WebAssembly and native code say it in words of their own. */

const SAID = new RegExp(
  [
    'heap out of memory',
    'Cannot enlarge memory',
    'ERR_WORKER_OUT_OF_MEMORY',
    'Array buffer allocation failed',
    'Allocation failed',
    'Invalid typed array length: \\d{9,}',
    'Invalid array buffer length',
    'could not allocate memory',
    'Out of memory',
    'out of memory',
    'Cannot create a Buffer larger',
    'std::bad_alloc',
    'failed to allocate memory',
    'memory access out of bounds',
    'OOM when allocating',
  ].join('|'),
);

/** Whether a line or message tells of it. */
export const saysOutOfMemory = (text: string): boolean => SAID.test(text);

/** Whether an error is that. */
export const outOfMemory = (error: unknown): boolean =>
  error instanceof Error && saysOutOfMemory(`${'code' in error ? String(error.code) : ''} ${error.message}`);

/** What is to be done about it in a search. */
export const MEMORY_ADVICE =
  'Lower `training.batch`, the widest choices or the size of the input, or take fewer samples (`dataset: { limit: … }`), and start again.';
