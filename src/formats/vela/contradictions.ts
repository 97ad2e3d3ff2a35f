/** What of a compiler's answer is over what was promised of a network, or over its limits. */
import { arenaChoice, statedMode } from '../../costs/activations/bounded-target.ts';
import { systemsFor } from '../../targets/configured.ts';
import { clockOf, type Target } from '../../targets/find-target.ts';
import { formatBytes, formatCount, formatUnit } from '../../text/format.ts';
import type { Compiled } from '../../wire/compiler-answer.ts';
import type { CostReport } from '../../wire/limits.ts';
import type { Promised } from './confirm.ts';

/** SRAM that the compiler is held to; undefined where it may take what it wants. */
const sramLimit = (target: Target, costs: readonly CostReport[]): number | undefined =>
  target.encoder === 'regor' ? (arenaChoice(target, costs)?.bytes ?? statedMode(target)?.cacheBytes) : undefined;

/** Are the clock and the memories that cycles are counted with those that the compiler counts with? */
const isTold = ({ systems: [system], ...target }: Target): boolean =>
  target.encoder === 'regor' && systemsFor({ ...target, systems: [] }).some(({ name }) => name === system?.name);

/** Each in a phrase, bytes first. */
export function contradictions(
  { target, bytes, costs }: Pick<Promised, 'target' | 'bytes' | 'costs'>,
  { storedBytes, sramBytes, cycles }: Pick<Compiled, 'storedBytes' | 'sramBytes' | 'cycles'>,
): readonly string[] {
  const over: string[] = [];
  if (storedBytes > bytes)
    over.push(`stores more than is promised: stored ${formatCount(storedBytes)} B, promised ${formatCount(bytes)} B`);
  const sram = sramLimit(target, costs);
  if (sram !== undefined && sramBytes > sram)
    over.push(`takes more SRAM than is promised: ${formatCount(sramBytes)} B, promised ${formatBytes(sram)}`);
  if (!isTold(target)) return over;
  const clock = clockOf(target);
  for (const { cost, limit } of costs) {
    if (limit === undefined) continue;
    if (cost === 'cycles' && cycles > limit)
      over.push(`needs more cycles than the limit: ${formatCount(cycles)} of ${formatCount(limit)}`);
    if (cost === 'latency' && clock && cycles / clock.hz > limit)
      over.push(
        `takes longer than the limit: ${formatUnit('seconds', cycles / clock.hz)} of ${formatUnit('seconds', limit)}, by its own estimate`,
      );
  }
  return over;
}
