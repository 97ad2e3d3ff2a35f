/**
 * Folders of runs that are looked at now and then: what another machine does to a network file system, this machine's
 * watches may not hear.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Milliseconds between two looks while somebody is at work, and while nobody is known to be. */
const PACES = { busy: 5000, idle: 30_000 };
/** More for each folder: a look goes over the network. */
const MORE = 25;
/** While somebody is at work: so many looks without news, then news all the same. Who works there may be gone. */
const QUIET = 30;

export class FolderPolls {
  /** How each folder stood; a promise until that is known. */
  private readonly stamps = new Map<string, string | Promise<string>>();
  private timer: NodeJS.Timeout | undefined;
  private quiet = 0;
  private pace: keyof typeof PACES = 'idle';

  /** @param changed told when a look finds a folder otherwise than the one before */
  constructor(
    private readonly changed: () => void,
    private readonly paces: Readonly<typeof PACES> = PACES,
  ) {}

  /**
   * Looks at these folders from now on, and at no others; never where there are none.
   * @param pace `busy`: somebody is at work in them
   */
  keep(folders: readonly string[], pace: keyof typeof PACES): void {
    for (const folder of [...this.stamps.keys()]) if (!folders.includes(folder)) this.stamps.delete(folder);
    for (const folder of folders) if (!this.stamps.has(folder)) this.stamps.set(folder, stampOf(folder));
    if (this.stamps.size === 0 || pace !== this.pace) {
      clearTimeout(this.timer);
      this.timer = undefined;
    }
    this.pace = pace;
    if (this.stamps.size > 0 && this.timer === undefined) this.wait();
  }

  private wait(): void {
    const timer = setTimeout(
      () => {
        void this.look().finally(() => {
          // Another may wait by now, or none is to.
          if (this.timer === timer) this.wait();
        });
      },
      this.paces[this.pace] + MORE * this.stamps.size,
    );
    this.timer = timer.unref();
  }

  private async look(): Promise<void> {
    this.quiet += 1;
    let told = this.pace === 'busy' && this.quiet >= QUIET;
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
