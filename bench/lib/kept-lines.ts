/** What a long benchmark has measured, a line of JSON each as it comes: a run that is killed keeps it and goes on. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Check } from '../../src/base/validate.ts';

/** Records in `rows.ndjson` of a folder, or in memory alone where none is named. */
export class KeptLines<T> {
  private readonly records: T[] = [];
  private readonly file: string | undefined;

  /**
   * Takes up what the folder has. A last line that a killed run left unfinished is cut off.
   * @param settings what all records are of: the same again, or the folder is refused
   * @throws Error where it is of other settings, or a line is no record
   */
  constructor(folder: string | undefined, settings: Readonly<Record<string, string>>, check: Check<T>) {
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    const [stated, said] = [path.join(folder, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`];
    if (existsSync(stated) && readFileSync(stated, 'utf8') !== said)
      throw new Error(`${folder} has records of other settings (${stated}): name another folder`);
    writeFileSync(stated, said);
    const file = (this.file = path.join(folder, 'rows.ndjson'));
    if (!existsSync(file)) return;
    const text = readFileSync(file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
    for (const [i, line] of whole.split('\n').entries())
      if (line !== '') this.records.push(check(JSON.parse(line), `${file}:${i + 1}`));
  }

  get all(): readonly T[] {
    return this.records;
  }

  add(record: T): void {
    this.records.push(record);
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(record)}\n`);
  }
}
