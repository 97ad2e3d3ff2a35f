/**
 * `udc compare`: strategies beside each other on one definition, at equal budgets and seeds. It is a sweep of
 * strategies, and goes on, is listed and exported as one.
 */
import { STRATEGY_NAMES } from '../../wire/strategies.ts';
import { readArguments } from '../arguments.ts';
import type { LiveIo } from '../terminal/io.ts';
import { usageOf } from '../terminal/usage.ts';
import { run as runSweep, usage as sweepUsage } from './sweep.ts';

const { budgets, seeds, targets, latency, cycles, macs, backend, parallel, now, yes, new: anew } = sweepUsage.options;

export const usage = usageOf(
  'compare',
  { MODEL: 'a model definition' },
  {
    strategies: {
      type: 'string',
      value: 'udc,evolution',
      about: `who searches: all by default, which are ${STRATEGY_NAMES.join(', ')}`,
    },
    budgets,
    seeds,
    targets,
    latency,
    cycles,
    macs,
    backend,
    parallel,
    now,
    yes,
    'dry-run': sweepUsage.options['dry-run'],
    new: anew,
  },
);

/** The arguments of the sweep that a comparison is. @throws UsageError */
export function sweepArguments(args: string[]): string[] {
  const { values, positionals } = readArguments(args, usage);
  const wanted = { ...values, strategies: values.strategies ?? STRATEGY_NAMES.join(',') };
  const options = Object.entries(wanted).flatMap(([name, value]) => {
    if (value === true) return [`--${name}`];
    return typeof value === 'string' ? [`--${name}=${value}`] : [];
  });
  return [...positionals, ...options];
}

export const run = (args: string[], io: LiveIo): Promise<number> => runSweep(sweepArguments(args), io);
