/** Made-up ensembles for the tests of their exports: any scales, thresholds among confidences that occur. */
import { SeededRandom } from '../../../../src/base/random.ts';
import { decide, deciderOf, runAll, stopAtOnce } from '../../../../src/deploy/ensembles/decide.ts';
import { tracesOf } from '../../../../src/deploy/ensembles/traces.ts';
import type { EnsembleReport, EnsembleRule, Outcome, Thresholds } from '../../../../src/wire/ensemble.ts';

export interface MadeUpEnsemble {
  readonly report: EnsembleReport;
  /** Of each member, [samples × classes]. */
  readonly logits: readonly Int8Array[];
  readonly samples: number;
}

/** Logits of few values, so that many are equal, and some at both ends of int8. */
export function madeUpEnsemble(rule: EnsembleRule, members: number, classes: number, seed: number): MadeUpEnsemble {
  const random = new SeededRandom(seed);
  const samples = 300;
  const scales = Array.from({ length: members }, () => 10 ** (2 * random.next() - 2));
  const decider = deciderOf(rule, scales, classes);
  const logits = scales.map(() =>
    Int8Array.from({ length: samples * classes }, (_, i) => {
      const kind = Math.floor(i / classes) % 3;
      return kind === 0 ? random.integer(256) - 128 : kind === 1 ? random.integer(4) : 127 - 255 * random.integer(2);
    }),
  );
  const { confidences } = tracesOf(decider, logits, new Int32Array(samples), scales);
  const some = (k: number): number => confidences[k]![random.integer(samples)]!;
  const points: readonly Thresholds[] = [
    stopAtOnce(members),
    ...Array.from({ length: 6 }, () =>
      Array.from({ length: members - 1 }, (_, k) =>
        Array.from({ length: rule === 'per-class' && random.integer(3) > 0 ? classes : 1 }, () => some(k)),
      ),
    ),
    runAll(members),
  ];
  const outcome: Outcome = { samples, accuracy: 0.5, error: 0.02, work: 100, stops: scales.map(() => 0), byClass: [] };
  const both = { validation: 0.5, test: 0.5, error: 0.02 };
  const report: EnsembleReport = {
    format: 1,
    version: '0.0.0',
    target: 'ethos-u55-128',
    unit: 'cycles',
    decider,
    members: scales.map((_, k) => ({
      run: `run-${k}`,
      network: 'made up',
      encodedSha256: '00',
      bytes: 100,
      peakActivationBytes: 100,
      work: 100,
      alone: both,
    })),
    together: { logits: both, probabilities: both },
    points: points.map((thresholds) => ({ thresholds, validation: outcome, test: outcome, hard: [] })),
    chosen: 3,
    rival: { run: 'run-0', network: 'made up', bytes: 100, work: 100, alone: both, member: true },
    certificate: { encodedSha256: '00', costs: [] },
  };
  return { report, logits, samples };
}

/** Answer and members of each sample at each point, one after another. */
export function decisions({ report, logits, samples }: MadeUpEnsemble): number[] {
  const { classes } = report.decider;
  return report.points.flatMap(({ thresholds }) =>
    Array.from({ length: samples }, (_, i) => {
      const row = (k: number): Int8Array => logits[k]!.subarray(i * classes, (i + 1) * classes);
      const { answer, members } = decide(report.decider, thresholds, row);
      return [answer, members];
    }).flat(),
  );
}
