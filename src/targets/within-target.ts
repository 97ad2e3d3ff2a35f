/**
 * What a target can run of a search space: the space without the options that it cannot, which they are and why, or why
 * nothing is left.
 */
import { widthDecisions } from '../network/width-decisions.ts';
import { magnitudes } from '../network/largest-option.ts';
import { narrowed } from '../network/narrowed.ts';
import { INPUT_NAME } from '../network/layer-graph.ts';
import type { LayerTemplate, Network, Primitive, Resolution } from '../network/types.ts';
import type { RunHeader } from '../wire/run.ts';
import { nameOfTarget } from '../wire/target-name.ts';
import { findTarget, type Target } from './find-target.ts';
import { supports } from './operator-limits.ts';
import { sampleOperation } from './runnable.ts';

/** Options of one decision that are left out, as the definition writes them. */
export interface LeftOut {
  readonly decision: string;
  readonly layers: readonly string[];
  readonly key: string;
  readonly labels: readonly string[];
  readonly reasons: readonly string[];
}

export interface WithinTarget {
  /** Every option of it runs, by itself; the network that was given where nothing had to go. */
  readonly network: Network;
  readonly leftOut: readonly LeftOut[];
}

/** An option that cannot run in the company of those that are kept. */
interface Drop {
  readonly decision: number;
  readonly option: number;
  readonly reason: string;
}

/** A primitive with a value of each of its parameters, and why the target cannot run that; absent where it can. */
interface Sample {
  readonly path: number;
  readonly kernel: number;
  readonly bits: number;
  readonly primitive: Primitive;
  /** Are all widths the smallest or the largest? */
  readonly end: -1 | 1;
  readonly reason?: string;
}
type Conflict = Sample & { readonly reason: string };

/** The first operator of which one part runs in no sample. */
function neverRuns(samples: readonly Sample[]): { readonly path: number; readonly reason: string } | undefined {
  const parts = new Map<string, { readonly path: number; reason: string; runs: boolean }>();
  for (const { path, primitive, reason } of samples) {
    const part = parts.get(primitive.id) ?? { path, reason: '', runs: false };
    part.runs ||= reason === undefined;
    part.reason ||= reason ?? '';
    parts.set(primitive.id, part);
  }
  return [...parts.values()].find(({ runs }) => !runs);
}

class Narrowing {
  readonly kept: boolean[][];
  readonly reasons = new Map<string, string>();

  constructor(
    private readonly network: Network,
    private readonly target: Target,
  ) {
    this.kept = network.decisions.map(({ labels }) => labels.map(() => true));
  }

  /** Takes out what cannot run, until all that is left can. @returns the reason where nothing is left */
  run(): string | undefined {
    for (let moved = true; moved;) {
      moved = false;
      for (const layer of this.network.layers) {
        for (let found = this.next(layer); found !== undefined; found = this.next(layer)) {
          if ('refused' in found) return `${layer.spec.name}: ${found.refused}`;
          this.kept[found.decision]![found.option] = false;
          this.reasons.set(`${found.decision} ${found.option}`, found.reason);
          moved = true;
        }
      }
    }
    return undefined;
  }

  leaveOut(decision: number, option: number, reason: string): void {
    this.kept[decision]![option] = false;
    const key = `${decision} ${option}`;
    if (!this.reasons.has(key)) this.reasons.set(key, reason);
  }

  private left(decision: number): number {
    return decision < 0 ? 1 : this.kept[decision]!.filter(Boolean).length;
  }

  private isKept(decision: number, option: number): boolean {
    return decision < 0 || this.kept[decision]![option]!;
  }

  /** The kept option with the largest or smallest value. */
  private endOf(decision: number, end: -1 | 1): number {
    const values = magnitudes(this.network.decisions[decision]!) ?? [];
    return values.reduce(
      (best, value, k) => (this.kept[decision]![k] && (best < 0 || end * value > end * values[best]!) ? k : best),
      -1,
    );
  }

  /** All widths at their smallest or largest; no layer is skipped that may stay. */
  private ends(end: -1 | 1): number[] {
    return this.network.decisions.map((decision, d) => {
      if (decision.kind !== 'operator') return this.endOf(d, end);
      const stays = decision.options.findIndex((op, k) => op !== 'skip' && this.kept[d]![k]);
      return stays >= 0 ? stays : decision.options.findIndex((_, k) => this.kept[d]![k]);
    });
  }

  private *samples(layer: LayerTemplate): Generator<Sample> {
    const assignments = ([-1, 1] as const).map((end) => ({ end, assignment: this.ends(end) }));
    for (const [path, { primitives }] of layer.paths.entries()) {
      if (!this.isKept(layer.op.decision, path)) continue;
      for (const primitive of primitives)
        for (const kernel of primitive.kernel.options.keys())
          for (const bits of primitive.bits.options.keys()) {
            const { kernel: k, bits: b } = primitive;
            if (!this.isKept(k.decision, kernel) || !this.isKept(b.decision, bits)) continue;
            for (const { end, assignment } of assignments) {
              const reason = supports(this.target, sampleOperation(primitive, layer, kernel, bits, assignment));
              yield { path, kernel, bits, primitive, end, ...(reason !== undefined && { reason }) };
            }
          }
    }
  }

  /** The next option of a layer to go; undefined where all of it runs. */
  private next(layer: LayerTemplate): Drop | { readonly refused: string } | undefined {
    const samples = [...this.samples(layer)];
    const conflicts = samples.filter((one): one is Conflict => one.reason !== undefined);
    const [first] = conflicts;
    if (!first) return undefined;
    const never = neverRuns(samples);
    if (never) {
      const decision = layer.op.decision;
      return this.left(decision) > 1
        ? { decision, option: never.path, reason: never.reason }
        : { refused: never.reason };
    }
    return (
      this.useless(samples, 'kernel') ??
      this.useless(samples, 'bits') ??
      this.width(layer, conflicts) ??
      this.either(layer, first) ?? { refused: first.reason }
    );
  }

  /** An option with which no operator runs that takes it, where another one is left. */
  private useless(samples: readonly Sample[], kind: 'kernel' | 'bits'): Drop | undefined {
    const taking = samples.filter(({ primitive }) => primitive[kind].decision >= 0);
    const [first] = taking;
    const decision = first?.primitive[kind].decision ?? -1;
    if (this.left(decision) < 2) return undefined;
    for (const option of new Set(taking.map((one) => one[kind]))) {
      const own = taking.filter((one) => one[kind] === option);
      const paths = new Set(own.map(({ path }) => path));
      const bad = [...paths].map((path) => neverRuns(own.filter((one) => one.path === path)));
      if (bad.every((one) => one !== undefined)) return { decision, option, reason: bad[0]!.reason };
    }
    return undefined;
  }

  /** The end of a width, where the other end runs. */
  private width(layer: LayerTemplate, conflicts: readonly Conflict[]): Drop | undefined {
    for (const { primitive, kernel, bits, end, reason } of conflicts) {
      const here = this.ends(end);
      for (const d of widthDecisions(primitive)) {
        const other = this.endOf(d, end === 1 ? -1 : 1);
        if (other === here[d] || this.network.decisions[d]!.kind === 'operator') continue;
        const changed = here.map((k, at) => (at === d ? other : k));
        if (supports(this.target, sampleOperation(primitive, layer, kernel, bits, changed)) === undefined)
          return { decision: d, option: here[d]!, reason };
      }
    }
    return undefined;
  }

  /** Of what cannot go together, the option whose choice has most left. */
  private either(layer: LayerTemplate, { primitive, path, kernel, bits, end, reason }: Conflict): Drop | undefined {
    const here = this.ends(end);
    const involved = [
      { decision: primitive.kernel.decision, option: kernel },
      { decision: primitive.bits.decision, option: bits },
      { decision: layer.op.decision, option: path },
      ...widthDecisions(primitive)
        .filter((d) => this.network.decisions[d]!.kind !== 'operator')
        .map((d) => ({ decision: d, option: here[d]! })),
    ].filter(({ decision }) => decision >= 0 && this.left(decision) > 1);
    const most = involved.reduce<(typeof involved)[number] | undefined>(
      (best, one) => (best && this.left(best.decision) >= this.left(one.decision) ? best : one),
      undefined,
    );
    return most && { ...most, reason };
  }
}

/**
 * Inputs at which some layer runs in no way are left out; of the others, an option stays that runs at each of them.
 * @returns the reason where no input is left
 */
function atEachInput(whole: Narrowing, { decision, networks }: Resolution, target: Target): string | undefined {
  let first: string | undefined;
  for (const [k, network] of networks.entries()) {
    const own = new Narrowing(network, target);
    const refused = own.run();
    if (refused !== undefined) {
      first ??= refused;
      whole.leaveOut(decision, k, refused);
    } else
      own.kept.forEach((row, d) => {
        row.forEach((ok, option) => {
          if (!ok) whole.leaveOut(d, option, own.reasons.get(`${d} ${option}`)!);
        });
      });
  }
  // What runs at one input only is lost with the others; where nothing is left that way, the first reason is told.
  const lost = whole.kept.findIndex((row) => !row.includes(true));
  return lost < 0 ? undefined : (first ?? [...whole.reasons.values()][0]);
}

/** The options of a space that a target can run, or why none is left. */
export function withinTarget(network: Network, target: Target): WithinTarget | { readonly refused: string } {
  const whole = new Narrowing(network, target);
  const refused = network.resolution ? atEachInput(whole, network.resolution, target) : whole.run();
  if (refused !== undefined) return { refused };
  const { kept, reasons } = whole;
  const leftOut = network.decisions.flatMap(({ id, labels, sites }, d): LeftOut[] => {
    const gone = labels.flatMap((label, k) => (kept[d]![k] ? [] : [{ label, reason: reasons.get(`${d} ${k}`)! }]));
    if (gone.length === 0) return [];
    return [
      {
        decision: id,
        layers: sites.map(({ layer }) => network.layers[layer]?.spec.name ?? INPUT_NAME),
        key: sites[0]!.key,
        labels: gone.map(({ label }) => label),
        reasons: [...new Set(gone.map(({ reason }) => reason))],
      },
    ];
  });
  return leftOut.length === 0 ? { network, leftOut } : { network: narrowed(network, kept), leftOut };
}

/**
 * The space that a run looked for its networks in: what is made of another run's weights looks within what its target
 * can run.
 * @param network of the run's definition
 */
export function spaceOfRun(network: Network, { from }: Pick<RunHeader, 'from'>): Network {
  if (!from) return network;
  const found = withinTarget(network, findTarget(nameOfTarget(network.definition.target)));
  return 'refused' in found ? network : found.network;
}

/** What is left out, in a sentence: `bits 3, 6 (all layers); kernel 5x5 (block1)`; undefined where nothing is. */
export function leftOutText({ title }: Target, leftOut: readonly LeftOut[]): string | undefined {
  if (leftOut.length === 0) return undefined;
  const groups = new Map<string, Set<string>>();
  for (const { key, labels, layers } of leftOut) {
    const what = `${key} ${labels.join(', ')}`;
    groups.set(what, new Set([...(groups.get(what) ?? []), ...layers]));
  }
  const named = [...groups].map(([what, layers]) => `${what} (${[...layers].join(', ')})`);
  return `${title} cannot run all of the space; left out: ${named.join('; ')}.`;
}
