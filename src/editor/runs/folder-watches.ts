/**
 * Folders watched by the system itself. VS Code's own watcher may miss folders that appear one inside the other at
 * once, as the first run of a
 * workspace makes them, and then never looks into them.
 */
import { watch, type FSWatcher } from 'node:fs';

export class FolderWatches {
  private readonly watchers = new Map<string, FSWatcher>();

  /** @param changed told of the first change in a folder after it was asked for; `keep` asks for the next */
  constructor(private readonly changed: () => void) {}

  /** Watches these folders, as far as they exist, and no others. Returns whether one of them was not watched before. */
  keep(folders: readonly string[]): boolean {
    for (const folder of [...this.watchers.keys()]) if (!folders.includes(folder)) this.drop(folder);
    return folders.map((folder) => this.add(folder)).includes(true);
  }

  private add(folder: string): boolean {
    if (this.watchers.has(folder)) return false;
    const tell = (): void => {
      // What is at this path may be another folder by now.
      this.drop(folder);
      this.changed();
    };
    try {
      this.watchers.set(folder, watch(folder, { persistent: false }, tell).on('error', tell));
      return true;
    } catch {
      return false;
    }
  }

  private drop(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
  }
}
