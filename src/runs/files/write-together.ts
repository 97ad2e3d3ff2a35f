/** Files that belong together: all of them are written, or what was there before stays. */

/** How files are written and taken back, wherever they lie. */
export interface FileAccess<F> {
  /** What the file holds; undefined where there is none. */
  readonly read: (file: F) => Promise<Uint8Array | undefined>;
  /** Replaces the file as a whole, or leaves it as it was. */
  readonly write: (file: F, data: Uint8Array) => Promise<void>;
  readonly remove: (file: F) => Promise<void>;
}

export interface FileToWrite<F> {
  readonly file: F;
  readonly data: Uint8Array;
}

/**
 * Writes files in order. Where one cannot be written, those before it are as they were: with their old contents, or
 * gone.
 * @throws what `write` threw; what goes wrong with taking back is left aside, for it says nothing of the cause
 */
export async function writeTogether<F>(files: readonly FileToWrite<F>[], access: FileAccess<F>): Promise<void> {
  const written: { readonly file: F; readonly before: Uint8Array | undefined }[] = [];
  try {
    for (const [index, { file, data }] of files.entries()) {
      // What the last one replaces is not needed: it is written whole or not at all.
      const before = index < files.length - 1 ? await access.read(file) : undefined;
      await access.write(file, data);
      written.push({ file, before });
    }
  } catch (error) {
    for (const { file, before } of written.reverse())
      await (before ? access.write(file, before) : access.remove(file)).catch(() => undefined);
    throw error;
  }
}
