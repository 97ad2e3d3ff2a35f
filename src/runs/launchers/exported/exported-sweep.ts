/** Sweeps as files for schedulers that are not called from here: what all of them are made of. */
import { oneLine } from '../../../text/neutral.ts';
import { SettingsError, type ClusterSettings } from '../cluster-settings.ts';

/** Of a sweep whose run folders are made. All paths are absolute, and the same on the cluster. */
export interface ExportedSweep {
  /** a-z, 0-9 and `-`; at most 50 characters. */
  readonly name: string;
  /** The folder that the run folders lie in. */
  readonly folder: string;
  /** Names of the run folders, in their order: letters, digits and `-`. */
  readonly runs: readonly string[];
  /** The words that begin a `udc` command. */
  readonly udc: readonly string[];
  /** Runs at work at once; absent: all. */
  readonly atOnce?: number | undefined;
  readonly settings: ClusterSettings;
}

export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

export interface Exporter {
  /** What is done with the files, in a sentence. */
  readonly next: string;
  /** Settings without which nothing can be written. */
  readonly needs: readonly (keyof ClusterSettings)[];
  files(sweep: ExportedSweep): readonly ExportedFile[];
}

/** @throws SettingsError that names what is missing */
export function checkNeeds(place: string, { needs }: Exporter, settings: ClusterSettings): void {
  const missing = needs.filter((key) => settings[key] === undefined);
  if (missing.length > 0)
    throw new SettingsError(`${place} needs ${missing.map((key) => `\`${key}\``).join(', ')} in the cluster file`);
}

/** What an exporter writes. @throws SettingsError where something is missing, or a name or path cannot be written */
export function exportedFiles(place: string, exporter: Exporter, sweep: ExportedSweep): readonly ExportedFile[] {
  const { settings, folder, udc, runs } = sweep;
  checkNeeds(place, exporter, settings);
  const strange = runs.find((name) => !/^[\w.-]+$/.test(name));
  if (strange !== undefined)
    throw new SettingsError(`${JSON.stringify(strange)}: a run folder needs a name of letters, digits, _ . -`);
  const odd = [folder, ...udc].find((word) => oneLine(word) !== word);
  if (odd !== undefined) throw new SettingsError(`${JSON.stringify(odd)}: this path cannot be written into a script`);
  const { mount } = settings;
  if (exporter.needs.includes('mount') && !`${folder}/`.startsWith(`${mount!.replace(/\/+$/, '')}/`))
    throw new SettingsError(`${folder} does not lie in \`mount\`, ${mount}: what runs there would not find it`);
  return exporter.files(sweep);
}

/** A memory of settings (`4G`) in bytes: powers of 1024, as Slurm counts. */
export function memoryBytes(memory: string): number {
  const [, digits, unit] = /^(\d+)([KMGT])$/.exec(memory) ?? [];
  return Number(digits) * 1024 ** ('KMGT'.indexOf(unit!) + 1);
}

/** A time limit of settings, as Slurm writes it, in seconds. */
export function timeSeconds(time: string): number {
  const [days, rest] = time.includes('-') ? time.split('-') : ['0', time];
  const parts = rest!.split(':').map(Number);
  // 90: minutes, 90:30: minutes and seconds; after days the first is of hours.
  const [hours, minutes, seconds] = time.includes('-')
    ? [parts[0]!, parts[1] ?? 0, parts[2] ?? 0]
    : parts.length === 3
      ? [parts[0]!, parts[1]!, parts[2]!]
      : [0, parts[0]!, parts[1] ?? 0];
  return Number(days) * 86_400 + hours * 3600 + minutes * 60 + seconds;
}

/** Environment of a search that has been given so many cores. */
export const searchEnvironment = (cpus: number): Readonly<Record<string, string>> => ({
  UDC_THREADS: String(cpus),
  UDC_PARALLEL: String(cpus),
  UDC_QUEUE: 'off',
});
