/** Checkpoints: the state of a search and the place in the log that belongs to it, replaced as one. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import { MOST, readRegular, readRegularText } from '../../data/files/regular-file.ts';
import { count, object, oneOf, string, such, type Check } from '../../base/validate.ts';
import { isTemporary, writeAtomic } from '../files/atomic-write.ts';
import { RunError, asRunError, onDisk, systemCode } from './run-error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { sha256 } from '../files/sealed.ts';

export interface Checkpoint {
  /** Events in the log when the checkpoint was made: a resumed run writes from here on. */
  readonly seq: number;
  readonly state: Uint8Array;
}

/**
 * `checkpoint.json` names the file of the state, so that renaming this one file switches from the old checkpoint to the
 * new.
 */
interface Manifest {
  readonly format: 1;
  readonly seq: number;
  readonly file: string;
  readonly sha256: string;
}

const manifest: Check<Manifest> = object<Manifest>({
  format: oneOf([1]),
  seq: count,
  file: such<string>('a file name', (value) => typeof value === 'string' && /^state-\d+-\d\.bin$/.test(value)),
  sha256: string,
});

const MANIFEST = 'checkpoint.json';

const damaged = (file: string, why: string): RunError =>
  new RunError('damaged', file, `the checkpoint is damaged: ${why}.`, 'The search can start again from the beginning.');

/** The checkpoints of one run, in a folder of their own. */
export class CheckpointStore {
  constructor(readonly folder: string) {}

  /** Replaces the checkpoint. A failure leaves the old one. @throws RunError */
  async write(checkpoint: Checkpoint): Promise<void> {
    const { folder } = this;
    await makeFolder(folder);
    const current = (await this.readManifest().catch(() => undefined))?.file;
    // Two checkpoints may stand at the same place in the log; the last digit tells their files apart.
    const file = [0, 1].map((n) => `state-${checkpoint.seq}-${n}.bin`).find((name) => name !== current)!;
    const next: Manifest = { format: 1, seq: checkpoint.seq, file, sha256: sha256(checkpoint.state) };
    await writeAtomic(join(folder, file), checkpoint.state);
    await writeAtomic(join(folder, MANIFEST), `${JSON.stringify(next)}\n`);
    await this.sweep(file);
  }

  /**
   * The last checkpoint, or undefined where there is none yet.
   * @throws RunError where there is one that cannot be read or is damaged
   */
  async read(): Promise<Checkpoint | undefined> {
    const found = await this.readManifest();
    if (found === undefined) return undefined;
    const file = join(this.folder, found.file);
    const state = await onDisk(file, () => readRegular(file, MOST.data));
    if (sha256(state) !== found.sha256) throw damaged(file, 'its SHA-256 is not the one that was written');
    return { seq: found.seq, state };
  }

  /** Deletes all checkpoints. */
  async clear(): Promise<void> {
    await onDisk(this.folder, () => rm(this.folder, { recursive: true, force: true }));
  }

  private async readManifest(): Promise<Manifest | undefined> {
    const file = join(this.folder, MANIFEST);
    const text = await readRegularText(file, MOST.text).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw asRunError(error, file);
    });
    if (text === undefined) return undefined;
    try {
      return manifest(JSON.parse(text) as unknown);
    } catch (error) {
      throw damaged(file, messageOf(error));
    }
  }

  /** Removes what an older checkpoint or a crash left behind. */
  private async sweep(kept: string): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if ((name !== kept && name.endsWith('.bin')) || isTemporary(name))
        await rm(join(this.folder, name), { force: true });
    }
  }
}
