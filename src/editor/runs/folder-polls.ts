/**
 * Folders of runs that are looked at now and then: what another machine does to a network file system, this machine's
 * watches may not hear.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Milliseconds between two looks, and more for each folder: a look goes over the network. */
const EVERY = 5000;
const MORE = 25;
/** So many looks at folders that stay as they are, then they are told of all the same: who works there may be gone. */
const QUIET = 30;

export class FolderPolls {
  /** How each folder stood; a promise until that is known. */
  private readonly stamps = new Map<string, string | Promise<string>>();
  private timer: NodeJS.Timeout | undefined;
  private quiet = 0;

  /** @param changed told when a look finds a folder otherwise than the one before */
  constructor(
    private readonly changed: () => void,
    private readonly every = EVERY,
  ) {}

  /** Looks at these folders from now on, and at no others; never where there are none. */
  keep(folders: readonly string[]): void {
    for (const folder of [...this.stamps.keys()]) if (!folders.includes(folder)) this.stamps.delete(folder);
    for (const folder of folders) if (!this.stamps.has(folder)) this.stamps.set(folder, stampOf(folder));
    if (this.stamps.size === 0) {
      clearTimeout(this.timer);
      this.timer = undefined;
    } else if (this.timer === undefined) this.wait();
  }

  private wait(): void {
    this.timer = setTimeout(
      () => {
        void this.look().finally(() => {
          if (this.timer !== undefined) this.wait();
        });
      },
      this.every + MORE * this.stamps.size,
    );
    this.timer.unref();
  }

  private async look(): Promise<void> {
    this.quiet += 1;
    let told = this.quiet >= QUIET;
    for (const [folder, stamp] of [...this.stamps]) {
      const [before, now] = [await stamp, await stampOf(folder)];
      // It may have been let go of meanwhile.
      if (!this.stamps.has(folder)) continue;
      this.stamps.set(folder, now);
      told ||= before !== now;
    }
    if (!told) return;
    this.quiet = 0;
    this.changed();
  }
}

/** What is another where a file of the folder comes, goes or is replaced, or a run's log grows. */
async function stampOf(folder: string): Promise<string> {
  const looks = [folder, join(folder, 'events.ndjson')].map((path) =>
    stat(path).then(
      ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
      () => 'none',
    ),
  );
  return (await Promise.all(looks)).join(', ');
}
