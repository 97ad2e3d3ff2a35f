/**
 * What a person says of a cluster: account, partition, time, modules. Every value is held to a pattern in which nothing
 * can stand that a shell, Slurm or YAML would obey.
 */
import { isRecord } from '../../base/validate.ts';
import { nearestName } from '../../text/nearest.ts';

export interface ClusterSettings {
  readonly account?: string;
  readonly partition?: string;
  readonly qos?: string;
  readonly reservation?: string;
  readonly constraint?: string;
  readonly exclude?: string;
  /** As Slurm writes it: minutes, H:MM:SS, or D-HH:MM:SS. */
  readonly time?: string;
  /** With a unit: 4G. Of a whole run. */
  readonly memory?: string;
  readonly cpus?: number;
  readonly modules?: readonly string[];
  /** Lines before the search, of a few commands: see `prologueLine`. */
  readonly prologue?: readonly string[];
  /** Node.js on the nodes. */
  readonly node?: string;
  /** `cli.cjs` of UDC as the nodes see it. */
  readonly udc?: string;
  /** Most tasks of one array; absent: Slurm is asked. */
  readonly arraySize?: number;
  /** How often a run's task begins again after its time limit. */
  readonly requeues?: number;
  /** Seconds before the time limit at which a checkpoint is made. */
  readonly grace?: number;
  /** Container image that holds Node.js and UDC. */
  readonly image?: string;
  readonly namespace?: string;
  /** Kubernetes' volume claim of the folder that all runs share. */
  readonly claim?: string;
  /** Where that folder stands, here and there. */
  readonly mount?: string;
  /** SkyPilot's bucket of the same. */
  readonly storage?: string;
}

/** A value, a list or a file of settings that cannot be taken. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Rule = (value: unknown) => string | number | readonly string[];

class Unfit extends Error {}

/** A text of a pattern; a number counts as its digits. */
const matching =
  (pattern: RegExp, what: string): Rule =>
  (value) => {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !pattern.test(text)) throw new Unfit(`${what}, not ${shown(value)}`);
    return text;
  };

const wholeFrom =
  (least: number, most: number): Rule =>
  (value) => {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > most)
      throw new Unfit(`a whole number from ${least} to ${most}, not ${shown(value)}`);
    return number;
  };

const listOf =
  (element: (text: string) => string): Rule =>
  (value) => {
    const parts: unknown = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(parts) || parts.some((part) => typeof part !== 'string'))
      throw new Unfit(`a list of texts, not ${shown(value)}`);
    return (parts as string[]).map(element);
  };

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;
const NAMES = /^[A-Za-z0-9_][A-Za-z0-9_.+,-]*$/;
const PATH = /^\/[^\0-\x1f\x7f]*$/;
const nameRule = matching(NAME, 'a name of letters, digits and _ . + -');

/** A word that a shell takes as it stands: no blank, quote, expansion, operator. */
const WORD = /^[A-Za-z0-9_./:@%+=,-]+$/;

/** What a line before the search may do: load an environment, and nothing else. */
const COMMANDS = ['module', 'ml', 'source', '.', 'export', 'conda', 'micromamba', 'spack', 'ulimit'];

/**
 * A line of the prologue: one of a few commands and plain words. What needs more stands in a script of one's own, which
 * `source` reads.
 */
function prologueLine(line: string): string {
  const words = line.trim().split(/[ \t]+/);
  const [command] = words;
  if (command === undefined || !COMMANDS.includes(command))
    throw new Unfit(`lines that begin with ${COMMANDS.join(', ')}, not ${shown(line)}`);
  const odd = words.find((word) => !WORD.test(word));
  if (odd !== undefined)
    throw new Unfit(
      `plain words, and ${shown(odd)} is none (nothing is expanded here); write it into a script and \`source\` that`,
    );
  return words.join(' ');
}

function moduleName(text: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_./+-]*$/.test(text)) throw new Unfit(`names of modules, not ${shown(text)}`);
  return text;
}

const RULES: Readonly<Record<keyof ClusterSettings, Rule>> = {
  account: nameRule,
  partition: matching(NAMES, 'names of partitions with commas between'),
  qos: nameRule,
  reservation: nameRule,
  constraint: matching(/^[A-Za-z0-9_][A-Za-z0-9_.+,&|*:()[\]-]*$/, 'features joined by & or |'),
  exclude: matching(/^[A-Za-z0-9_][A-Za-z0-9_.,[\]-]*$/, 'names of nodes with commas between'),
  time: matching(/^(?:\d+(?::\d\d){0,2}|\d+-\d{1,2}(?::\d\d){0,2})$/, 'a time as 90, 4:00:00 or 1-12:00:00'),
  memory: matching(/^[1-9]\d*[KMGT]$/, 'a size with a unit, as 4G'),
  cpus: wholeFrom(1, 256),
  modules: listOf(moduleName),
  prologue: listOf(prologueLine),
  node: matching(/^(?:[A-Za-z0-9_.-]+|\/[^\0-\x1f\x7f]*)$/, 'a command or an absolute path'),
  udc: matching(PATH, 'an absolute path'),
  arraySize: wholeFrom(1, 4_000_001),
  requeues: wholeFrom(0, 1000),
  grace: wholeFrom(1, 65_535),
  image: matching(/^[a-z0-9][A-Za-z0-9._/:@-]*$/, 'the name of a container image'),
  namespace: matching(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'a name of a-z, 0-9 and -'),
  claim: matching(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'a name of a-z, 0-9, - and .'),
  mount: matching(PATH, 'an absolute path'),
  storage: matching(/^[a-z0-9]+:\/\/[A-Za-z0-9._/-]+$/, 'the address of a bucket, as s3://name'),
};

export const SETTINGS = Object.keys(RULES) as readonly (keyof ClusterSettings)[];

/**
 * Checks what a file or options say; `undefined` counts as nothing said.
 * @param where stands before each complaint: the name of a file, of options
 * @throws SettingsError that names the key
 */
export function clusterSettings(value: unknown, where: string): ClusterSettings {
  if (value === null || value === undefined) return {};
  if (!isRecord(value)) throw new SettingsError(`${where}: this is no list of settings (\`partition: NAME\`)`);
  const read: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) {
    if (one === undefined) continue;
    const rule = Object.hasOwn(RULES, key) ? RULES[key as keyof ClusterSettings] : undefined;
    if (rule === undefined) {
      const nearest = nearestName(key, SETTINGS);
      const meant = nearest === undefined ? `the settings are ${SETTINGS.join(', ')}` : `did you mean \`${nearest}\`?`;
      throw new SettingsError(`${where}: there is no setting \`${key.slice(0, 60)}\`; ${meant}`);
    }
    try {
      read[key] = rule(one);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      throw new SettingsError(`${where}: \`${key}\` needs ${error.message}`);
    }
  }
  return read;
}
