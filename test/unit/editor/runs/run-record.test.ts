/** What is said of a run in one line, and what can be done with it. */
import assert from 'node:assert/strict';
import type { StoredMeasurement } from '../../../../src/wire/measurements.ts';
import type { RunState } from '../../../../src/wire/run.ts';
import {
  isLive,
  isResumable,
  noResultText,
  progressLine,
  runDescription,
  runTooltip,
  summarise,
  type RunRecord,
} from '../../../../src/editor/runs/run-record.ts';
import { shareDone } from '../../../../src/wire/progress-text.ts';
import { limitsOf, progressOf } from '../../../fixtures/run-parts.ts';

const base: RunRecord = {
  header: {
    format: 2,
    id: '20260101-000000-net-abcd',
    created: '2026-01-01T00:00:00.000Z',
    version: '0.1.0',
    definitionText: '',
    definitionPath: '/w/net.udc.yaml',
    strategy: 'udc',
    limits: limitsOf(49152),
    seed: 7,
    backend: 'auto',
    baselines: [],
  },
  folder: '/w/.udc/runs/20260101-000000-net-abcd',
  definition: 'net.udc.yaml',
  name: 'net',
  state: 'running',
  events: [],
};
const progress = progressOf();
const spaces = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('a run in words', () => {
  it('is live while it waits or runs, and can be resumed when it stopped before its end', () => {
    const states: readonly RunState[] = ['queued', 'running', 'interrupted', 'cancelled', 'failed', 'done'];
    assert.deepEqual(states.filter(isLive), ['queued', 'running']);
    assert.deepEqual(states.filter(isResumable), ['interrupted', 'cancelled', 'failed']);
  });

  it('says of a run without a result in which state it is, and to resume it where that can be done', () => {
    const states: readonly RunState[] = ['queued', 'running', 'interrupted', 'cancelled', 'failed'];
    for (const state of states) {
      const text = noResultText({ state });
      assert.ok(text.startsWith(`The run is ${state} and has no result yet: `), text);
      assert.equal(text.includes('“UDC: Resume Search”'), isResumable(state), text);
    }
    assert.equal(noResultText({ state: 'done' }), 'The result of the run is gone: search again.');
  });

  it('offers apply and export only when it is done, and delete only when nobody works on it', () => {
    const actions = (state: RunState): readonly string[] => summarise({ ...base, state }).actions;
    assert.ok(
      actions('done').includes('apply') && actions('done').includes('export') && !actions('done').includes('resume'),
    );
    assert.ok(!actions('running').includes('delete') && actions('running').includes('stop'));
  });

  it('tells how far it is', () => {
    assert.equal(shareDone(progress), 2.5 / 4);
    assert.equal(shareDone({ ...progress, epochs: 0 }), 0);
    assert.equal(shareDone({ ...progress, stage: 'race', hasEpochs: false }), 3 / 4, 'a race is between two epochs');
    assert.equal(spaces(progressLine(progress)), 'search, epoch 3 of 4, loss 0.412, 1 min 5 s left');
    assert.equal(spaces(runDescription({ ...base, progress })), 'search, 62 %, 1 min 5 s left');
  });

  it('says what was measured of it, the newest of each device, and of no other run', () => {
    const at = (change: Partial<StoredMeasurement>): StoredMeasurement => ({
      ...{
        network: 'a',
        name: 'n',
        weights: 'run',
        run: base.header.id,
        machine: 'm',
        when: '2026-11-28T01:00:00.000Z',
      },
      ...{
        runtime: 'litert',
        device: 'xnnpack',
        title: 'LiteRT, XNNPACK',
        mark: 'measured',
        seconds: { median: 0.002 },
      },
      ...change,
    });
    const tooltip = runTooltip(base, [
      at({}),
      at({ seconds: { median: 0.0018 } }),
      at({ run: 'another', runtime: 'c', title: 'C' }),
      at({ runtime: 'estimate', title: 'Estimate', mark: 'estimated' }),
      at({ runtime: 'cortex-m', title: 'Cortex-M4', mark: 'simulated', work: { unit: 'instructions', count: 5e6 } }),
    ]);
    const lines = spaces(tooltip).split('\n');
    assert.ok(lines.includes('Measured 1.8 ms on LiteRT, XNNPACK (2026-11-28)'), tooltip);
    assert.ok(!/2 ms on LiteRT|on C |Estimate/.test(tooltip), tooltip);
    assert.ok(
      lines.some((line) => line.startsWith('Simulated ') && line.includes('on Cortex-M4')),
      tooltip,
    );
  });

  it('says how it ended in words', () => {
    assert.equal(runDescription({ ...base, state: 'cancelled' }), 'stopped, can be resumed');
    const failure = {
      what: 'The search process was killed (SIGKILL).',
      why: 'Memory ran short.',
      next: 'Resume goes on.',
      log: [],
    };
    assert.match(
      runTooltip({ ...base, state: 'interrupted', failure }),
      /killed \(SIGKILL\)\. Memory ran short\. Resume goes on\./,
    );
  });
});
