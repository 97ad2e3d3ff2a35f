/** Tells a process from another that later got the same number. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * How each platform says when a process started; every text differs between two processes with the same number. Empty:
 * it has ended.
 */
async function startOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The name in field 2 may hold spaces and parentheses: fields are counted from its end. Field 3 is the state, field
    // 22 the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : `${boot.trim()} ${fields[19]}`;
  }
  if (process.platform === 'win32') {
    return (
      await run('powershell.exe', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`])
    ).stdout.trim();
  }
  return (await run('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim();
}

/** A text that is the same for the life of a process and no other's, or undefined where no such process runs. */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (!isThere(pid)) return undefined;
  // Where the start cannot be learnt, the number alone has to do.
  return startOf(pid).then(
    (start) => start || undefined,
    () => (isThere(pid) ? 'running' : undefined),
  );
}

/** Whether there is a process of that number. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
