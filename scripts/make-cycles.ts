/**
 * Makes src/costs/cycles/cycle-factors.generated.ts: by how much Vela's cycles differ from the model in
 * src/costs/cycles/estimate-cycles.ts, for each family of Ethos-U and
 * each kind of operator, and what a command stream takes, over random networks; and says how far the result is from
 * Vela on other networks.
 * Run after a change of the model, with the environment of `npm run test:interop`: `npx tsx scripts/make-cycles.ts
 * [networks]` (about five minutes).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandCounts } from '../src/costs/cycles/command-stream.ts';
import { CYCLE_ENGINES } from '../src/targets/cycle-engines.ts';
import { CYCLE_FACTORS } from '../src/costs/cycles/cycle-factors.generated.ts';
import { estimateCycles } from '../src/costs/cycles/estimate-cycles.ts';
import { findTarget } from '../src/targets/find-target.ts';
import type { Architecture } from '../src/network/types.ts';
import { randomFiles, velaAnswers, type VelaAnswer, type VelaOperator } from './vela/jobs.ts';

const FAMILIES = ['u55', 'u65', 'u85'] as const;
/** A factor is fitted to at least so many operators. */
const ENOUGH = 20;
/** Seeds of the networks that are only measured. */
const OTHERS = 5000;

/** Sorts in place; the value below which a share of the values lie. */
function quantile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}

/**
 * Vela's operators for each operation: its own, the activation that was split off, and for a depth to space the
 * transpositions.
 */
function operatorsOf({ operations }: Architecture, { operators }: VelaAnswer): readonly (readonly VelaOperator[])[] {
  const last = operations.length - 1;
  return operations.map(({ id, kind }, i) =>
    operators.filter(
      ({ name }) =>
        name === id ||
        name === `${id}_act` ||
        (i === last && name === 'output') ||
        (kind === 'depth-to-space' && name.startsWith('#')),
    ),
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface Measured {
  readonly kind: string;
  readonly ours: number;
  readonly vela: number;
}
interface Network {
  readonly counts: readonly number[];
  readonly commands: number;
  readonly operators: readonly Measured[];
  readonly ours: number;
  readonly vela: number;
}

/** The estimate beside Vela's, with the bytes of streams that Vela stores. */
function compare(accelerator: string, architecture: Architecture, answer: VelaAnswer): Network {
  const rows = operatorsOf(architecture, answer);
  const bytes = rows.map((list) => sum(list.map(({ streams }) => (typeof streams === 'number' ? streams : 0))));
  const estimate = estimateCycles(architecture, findTarget(accelerator), bytes);
  const operators = architecture.operations.map(({ kind }, i) => ({
    kind,
    ours: estimate.perOperation[i]!,
    vela: sum(rows[i]!.map(({ total }) => total)),
  }));
  return {
    counts: commandCounts(architecture),
    commands: answer.commands,
    operators,
    ours: estimate.total,
    vela: answer.cycles,
  };
}

async function measure(folder: string, from: number, count: number): Promise<Map<string, Network[]>> {
  const files = randomFiles(folder, from, count);
  const results = new Map<string, Network[]>();
  for (const accelerator of Object.keys(CYCLE_ENGINES)) {
    const answers = await velaAnswers(files.map(({ file }) => ({ file, accelerator })));
    results.set(
      accelerator,
      answers.map((answer, i) => compare(accelerator, files[i]!.architecture, answer)),
    );
  }
  return results;
}

/**
 * Coefficients of the least squared error, rounded: rows · coefficients ≈ values. Rows are divided by the bytes: errors
 * count as shares.
 */
function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const size = rows[0]!.length;
  const equations = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) => sum(rows.map((row) => row[i]! * row[j]!))),
    sum(rows.map((row, k) => row[i]! * values[k]!)),
  ]);
  for (let i = 0; i < size; i++) {
    for (let other = 0; other < size; other++) {
      if (other === i || equations[i]![i] === 0) continue;
      const factor = equations[other]![i]! / equations[i]![i]!;
      equations[other] = equations[other]!.map((value, k) => value - factor * equations[i]![k]!);
    }
  }
  return equations.map((row, i) => (row[i] === 0 ? 0 : Math.round(row[size]! / row[i]!)));
}

const folder = mkdtempSync(join(tmpdir(), 'udc-cycles-'));
const count = Number(process.argv[2] ?? 150);
try {
  const found: Record<string, Record<string, number>> = {};
  const fitted = await measure(folder, 0, count);
  for (const family of FAMILIES) {
    const operators = [...fitted]
      .filter(([name]) => CYCLE_ENGINES[name]!.family === family)
      .flatMap(([, networks]) => networks.flatMap((network) => network.operators));
    const kinds = [...new Set(operators.map(({ kind }) => kind))].sort();
    // What the table says already is part of the estimate.
    const before = CYCLE_FACTORS[family] as Readonly<Record<string, number>>;
    found[family] = Object.fromEntries(
      kinds.flatMap((kind) => {
        const ratios = operators
          .filter((one) => one.kind === kind && one.vela > 0 && one.ours > 0)
          .map(({ ours, vela }) => vela / ours);
        return ratios.length < ENOUGH ? [] : [[kind, Number((quantile(ratios, 0.5) * (before[kind] ?? 1)).toFixed(3))]];
      }),
    );
  }
  const commands = FAMILIES.map((family) => {
    const networks = [...fitted].filter(([name]) => CYCLE_ENGINES[name]!.family === family).flatMap(([, list]) => list);
    return `  ${family}: [${leastSquares(
      networks.map(({ counts, commands: bytes }) => counts.map((value) => value / bytes)),
      networks.map(() => 1),
    ).join(', ')}],`;
  });
  const lines = FAMILIES.map(
    (family) => `  ${family}: ${JSON.stringify(found[family]).replaceAll(',', ', ').replaceAll(':', ': ')},`,
  );
  writeFileSync(
    'src/costs/cycles/cycle-factors.generated.ts',
    [
      "/** Made by scripts/make-cycles.ts: Vela's cycles over those of the model, by family and kind of operator (medians over random networks). */",
      "export const CYCLE_FACTORS: Readonly<Record<'u55' | 'u65' | 'u85', Readonly<Record<string, number>>>> = {",
      ...lines,
      '};',
      '',
      '/** Bytes of the command stream: of a network, a pass with weights, a rearrangement, any other pass (least squares of relative errors over the same networks). */',
      "export const COMMAND_BYTES: Readonly<Record<'u55' | 'u65' | 'u85', readonly number[]>> = {",
      ...commands,
      '};',
      '',
    ].join('\n'),
  );
  console.log('factors', JSON.stringify(found, undefined, 1));
  console.log(
    'Before these factors; run again for after. Other networks: error of the total, median and 90 % of networks within',
  );
  for (const [accelerator, networks] of await measure(folder, OTHERS, Math.ceil(count / 2))) {
    const errors = networks.map(({ ours, vela }) => Math.abs(ours / vela - 1));
    console.log(
      `  ${accelerator.padEnd(14)} ${(100 * quantile(errors, 0.5)).toFixed(1)} %  ${(100 * quantile(errors, 0.9)).toFixed(1)} %`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
