/** What can go wrong with a run folder, said so that a person can act on it. */
import { messageOf } from '../../base/error-text.ts';
import { FileError } from '../../data/files/regular-file.ts';

export type RunErrorCode = 'disk-full' | 'not-writable' | 'missing' | 'foreign-format' | 'damaged' | 'locked' | 'io';

export class RunError extends Error {
  override readonly name = 'RunError';

  /** @param next what the person can do */
  constructor(
    readonly code: RunErrorCode,
    readonly path: string,
    readonly problem: string,
    readonly next: string,
  ) {
    super(`${path}: ${problem} ${next}`);
  }
}

const KINDS: Readonly<Record<string, readonly [RunErrorCode, problem: string, next: string]>> = {
  ENOSPC: [
    'disk-full',
    'the disk is full.',
    'Free some space, then resume the run: it goes on from its last checkpoint.',
  ],
  EDQUOT: [
    'disk-full',
    'your disk quota is used up.',
    'Free some space, then resume the run: it goes on from its last checkpoint.',
  ],
  EFBIG: [
    'disk-full',
    'the file would exceed the size limit of this system.',
    'Raise the limit (ulimit -f), then resume the run: it goes on from its last checkpoint.',
  ],
  EACCES: ['not-writable', 'writing here is not permitted.', 'Change the permissions, or choose another folder.'],
  EPERM: ['not-writable', 'writing here is not permitted.', 'Change the permissions, or choose another folder.'],
  EROFS: ['not-writable', 'this file system is read-only.', 'Choose another folder.'],
  ENOTDIR: ['not-writable', 'a part of this path is a file, not a folder.', 'Choose another folder.'],
  EISDIR: ['not-writable', 'this is a folder.', 'Give the name of a file.'],
  ELOOP: ['not-writable', 'the links that this path leads over go in a circle.', 'Choose another folder.'],
  EMFILE: ['io', 'too many files are open.', 'Raise the limit (ulimit -n), then try again.'],
  ENFILE: ['io', 'too many files are open on this machine.', 'Close some programs, then try again.'],
  ENOENT: ['missing', 'there is no such file or folder.', 'It may have been deleted or moved.'],
};

/** The error code that node gives a failed system call, or ''. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Turns a failed system call on `path` into a `RunError`; a `RunError` passes through. */
export function asRunError(error: unknown, path: string): RunError {
  if (error instanceof RunError) return error;
  if (error instanceof FileError) return new RunError('damaged', path, `${error.message}.`, 'It is left as it is.');
  const [code, problem, next] =
    KINDS[systemCode(error)] ??
    (['io', `${messageOf(error)}.`, 'Try again; if it stays, choose another folder.'] as const);
  return new RunError(code, path, problem, next);
}

/** Runs a file operation, its failure told as a `RunError` about `path`. */
export async function onDisk<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw asRunError(error, path);
  }
}

/**
 * The same failure with other advice, for what is no run that has begun.
 * @param path what is told to have failed
 * @param otherwise makes the advice from the error's own where `advice` has none for its code
 */
export function advised(
  error: unknown,
  path: string,
  advice: Readonly<Partial<Record<RunErrorCode, string>>>,
  otherwise = (next: string): string => next,
): unknown {
  if (!(error instanceof RunError)) return error;
  return new RunError(error.code, path, error.problem, advice[error.code] ?? otherwise(error.next));
}
