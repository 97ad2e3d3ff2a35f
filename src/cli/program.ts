/** The `udc` command: which command is meant, help, and what errors look like. */
import { nearestName } from '../text/nearest.ts';
import { VERSION } from '../base/version.ts';
import * as apply from './commands/apply.ts';
import * as check from './commands/check.ts';
import * as combine from './commands/combine.ts';
import * as compare from './commands/compare-strategies.ts';
import * as compress from './commands/compress.ts';
import * as data from './commands/data.ts';
import * as exportRun from './commands/export.ts';
import * as fit from './commands/fit.ts';
import * as importNetwork from './commands/import.ts';
import * as measure from './commands/measure-devices.ts';
import * as resume from './commands/resume.ts';
import * as runs from './commands/runs.ts';
import * as search from './commands/search.ts';
import * as specialise from './commands/specialise.ts';
import * as sweep from './commands/sweep.ts';
import * as targets from './commands/targets.ts';
import { answered } from './terminal/answered.ts';
import { EXIT, UsageError, json, type LiveIo } from './terminal/io.ts';
import type { Usage } from './terminal/usage.ts';

interface Command {
  readonly usage: Usage;
  run(args: string[], io: LiveIo): Promise<number>;
}

/** Every command and what it is for. */
const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly command: Command }>> = {
  check: {
    summary: 'shows shapes, costs and sizes of a definition over its choices, or of a network (.tflite, .onnx)',
    command: check,
  },
  data: { summary: 'shows what the network sees: samples, counts by class, what is left out', command: data },
  search: { summary: 'searches depth, operators, width, bits and sparsity under the budget', command: search },
  sweep: { summary: 'searches under several budgets, seeds, strategies and targets, side by side', command: sweep },
  compare: { summary: 'searches by several strategies at equal budgets and seeds: a sweep of them', command: compare },
  specialise: {
    summary: 'makes a network of another budget or target from weights that were trained once',
    command: specialise,
  },
  fit: { summary: 'fits bits to the memories of an architecture, layer by layer, without training', command: fit },
  combine: { summary: 'makes an ensemble of finished runs that stops when it is sure', command: combine },
  measure: {
    summary: 'says what networks take on runtimes and devices: measured, simulated or estimated',
    command: measure,
  },
  resume: { summary: 'goes on with a run from its last checkpoint', command: resume },
  apply: { summary: 'writes what a run chose into the definition', command: apply },
  export: { summary: 'writes a finished run as a network, weights, sources or a report', command: exportRun },
  import: {
    summary: 'writes a definition with a search space around a network (.tflite, .onnx)',
    command: importNetwork,
  },
  runs: { summary: 'lists or deletes runs', command: runs },
  compress: { summary: 'says what a target makes of an array of weights', command: compress },
  targets: { summary: 'lists the chips, with the source of each number', command: targets },
};

const HELP_OPTIONS = ['--help', '-h', 'help'];

function help(): string {
  const names = Object.keys(COMMANDS);
  const width = Math.max(...names.map((name) => name.length));
  return [
    `udc ${VERSION}: neural architecture search for TinyML under the byte budget of an NPU`,
    '',
    'Usage: udc COMMAND [ARGUMENTS]',
    '',
    ...names.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name]!.summary}`),
    '',
    '  udc COMMAND --help  says how a command is used; --json makes each print JSON',
    '  udc --version       prints the version',
    '',
    'Exit codes: 0 done, 1 the input is wrong, 2 the command line is wrong, 3 the budget cannot be met, 130 stopped',
    '',
  ].join('\n');
}

/** Runs a command line. Never throws; returns the exit code. */
export const main = (args: readonly string[], terminal: LiveIo): Promise<number> => answered(args, terminal, dispatch);

async function dispatch([name, ...args]: readonly string[], io: LiveIo): Promise<number> {
  if (name === undefined) {
    io.err(help());
    return EXIT.usage;
  }
  if (HELP_OPTIONS.includes(name)) {
    io.out(help());
    return EXIT.done;
  }
  if (name === '--version' || name === '-v') {
    io.out(args.includes('--json') ? json({ version: VERSION }) : `${VERSION}\n`);
    return EXIT.done;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    const nearest = nearestName(name, Object.keys(COMMANDS));
    throw new UsageError(
      `there is no command '${name}'; ${nearest === undefined ? `the commands are ${Object.keys(COMMANDS).join(', ')}` : `did you mean '${nearest}'?`}`,
    );
  }
  const { command, summary } = entry;
  if (args.some((arg) => arg === '--help' || arg === '-h')) {
    io.out(`${summary}\nUsage: ${command.usage.text}\n`);
    return EXIT.done;
  }
  return command.run(args, io);
}
