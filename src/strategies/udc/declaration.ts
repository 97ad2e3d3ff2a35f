/** What the UDC search declares of itself: its stages and what it reports. */
import type { TrainingSpec } from '../../network/types.ts';
import { limitsWork } from '../../costs/limits/holding-limits.ts';
import type { Limit } from '../../wire/limits.ts';
import type { CurveHeader, StageHeader } from '../../wire/run.ts';

type StageWords = Omit<StageHeader, 'epochs'>;

const STAGES: readonly StageWords[] = [
  {
    id: 'warmup',
    title: 'Warm-up',
    about: 'Trains the shared weights on architectures of every kind near the budget; nothing is decided yet.',
    deciding: true,
  },
  { id: 'search', title: 'Search', about: 'Trains weights and decisions together under the budget.', deciding: true },
  {
    id: 'race',
    title: 'Race of architectures',
    about: 'Trains candidates a little each; the best go on, one wins.',
    deciding: false,
  },
];

/** The stages with their epochs; the race has none. */
export function udcStages({ warmup, search }: Pick<TrainingSpec, 'warmup' | 'search'>): readonly StageHeader[] {
  const epochs: Readonly<Record<string, number>> = { warmup, search };
  return STAGES.map((stage) => ({ ...stage, epochs: epochs[stage.id] ?? 0 }));
}

export const udcCurves: readonly CurveHeader[] = [
  {
    id: 'entropy',
    title: 'Entropy of the decisions',
    line: 'mean',
    about: '100 %: all options are alike; 0 %: everything is decided.',
    unit: 'share',
    column: 'undecided',
  },
  {
    id: 'tau',
    title: 'Temperature τ',
    line: 'τ',
    about: 'How softly options are sampled; it follows the entropy schedule.',
    unit: 'number',
  },
  {
    id: 'mu',
    title: 'Budget pressure μ',
    line: 'μ',
    about:
      'How strongly sampling is tilted to small options; 0 where the budget does not bind. Short spikes are cut off at the top.',
    unit: 'number',
    spikes: true,
  },
];

const WORK_PRESSURE: CurveHeader = {
  id: 'nu',
  title: 'Work pressure ν',
  line: 'ν',
  about:
    'How strongly sampling is tilted to options of little work: latency, cycles or MACs, whichever limit is nearest; 0 where none binds. Short spikes are cut off at the top.',
  unit: 'number',
  spikes: true,
};

/** The pressure of limits on work has a curve where there are any. */
export const curvesUnder = (limits: readonly Limit[]): readonly CurveHeader[] =>
  limitsWork(limits) ? [...udcCurves, WORK_PRESSURE] : udcCurves;
