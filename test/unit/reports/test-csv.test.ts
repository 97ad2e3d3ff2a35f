/** The figures of a test part as CSV: the numbers of the result, each once. */
import assert from 'node:assert/strict';
import { figuresCsv } from '../../../src/reports/test-csv.ts';
import type { ExportInput } from '../../../src/reports/export-input.ts';
import { macroF1 } from '../../../src/wire/tasks/class-figures.ts';
import { fixtureRun, type FixtureRun } from '../../fixtures/runs.ts';
import { classDetails, sampleReport, withTestPart } from '../../fixtures/test-parts.ts';

function figuresOf({ result, events }: FixtureRun): Readonly<Record<string, string>> {
  const [chosen] = result!.networks;
  const text = figuresCsv({ result: result!, events, chosen } as unknown as ExportInput);
  const lines = text.trimEnd().split('\r\n');
  assert.equal(lines[0], 'figure,value');
  const rows = lines.slice(1).map((line) => line.split(',') as [string, string]);
  assert.equal(new Set(rows.map(([id]) => id)).size, rows.length, 'each figure once');
  return Object.fromEntries(rows);
}

describe('the figures of a test part as CSV', () => {
  it('are those of the result: the metric with its errors, the interval around it, what integers change', () => {
    const details = classDetails();
    const run = withTestPart(fixtureRun({ id: 'a' }), details);
    const [{ integerMetric, floatMetric, test }] = run.result!.networks;
    const told = figuresOf(run);
    assert.equal(told['metric'], 'accuracy');
    const numbers: Readonly<Record<string, number | undefined>> = {
      samples: test!.samples,
      integer: integerMetric,
      float: floatMetric,
      integer_error: test!.integerError,
      float_error: test!.floatError,
      mean_f1: macroF1(details),
      same_answers: details.agreement.same,
      right_to_wrong: details.agreement.lost,
      wrong_to_right: details.agreement.gained,
      calibration_error_integer: details.calibration.integer,
      calibration_error_float: details.calibration.float,
    };
    for (const [id, value] of Object.entries(numbers)) assert.equal(told[id], String(value ?? ''), id);
    const [low, high] = [Number(told['interval_low']), Number(told['interval_high'])];
    assert.ok(low < integerMetric && integerMetric < high);
  });

  it('are also there where a task puts out images', () => {
    const run = fixtureRun({ id: 'b', metric: 'psnr' });
    const [network, ...others] = run.result!.networks;
    const report = sampleReport();
    const told = figuresOf({ ...run, result: { ...run.result!, networks: [{ ...network, test: report }, ...others] } });
    assert.deepEqual([told['metric'], told['samples']], ['psnr', String(report.samples)]);
    assert.ok(report.details.type === 'samples');
    assert.equal(told['sample_mean_integer'], String(report.details.mean));
    assert.equal(told['sample_deviation_float'], String(report.details.floatDeviation));
  });
});
