/** The panel's model as a function of the messages. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HostMessage } from '../../../src/wire/panel-messages.ts';
import { EMPTY_MODEL, latestEpoch, reduce, viewOf, type PanelModel } from '../../../webview/state.ts';
import { fixtureRun, fixtureSnapshot, fixtureSummary } from '../../fixtures/runs.ts';
import { mainNetwork, progressOf } from '../../fixtures/run-parts.ts';

const run = fixtureRun({ blocks: 2 });
const live = fixtureRun({ blocks: 2, until: 6 });
const running = fixtureSummary(live, 'running', ['stop']);
const start: HostMessage = {
  type: 'snapshot',
  runs: [running],
  shown: [{ summary: running, events: live.events.slice(0, 1) }],
};
const play = (...messages: readonly HostMessage[]): PanelModel => messages.reduce(reduce, EMPTY_MODEL);

describe('panel model', () => {
  it('is not ready before the first snapshot', () => {
    assert.equal(EMPTY_MODEL.ready, false);
    assert.equal(play(start).ready, true);
  });

  it('shows a finished run from its snapshot alone', () => {
    const view = play({ type: 'snapshot', runs: [], shown: [fixtureSnapshot(run)] }).shown[0]!;
    assert.equal(view.epochs.length, 26);
    assert.equal(view.started?.name, run.name);
    assert.equal(view.finished?.exactBytes, mainNetwork(run.result!).totals.totalBytes);
    assert.equal(view.result, run.result);
  });

  it('is the same however the events are batched, and counts a repeated one once', () => {
    const whole = viewOf({ summary: running, events: live.events });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: live.events.length - 1 }), { maxLength: 6 }),
        fc.integer({ min: 0, max: 2 }),
        (cuts, overlap) => {
          const edges = [...new Set([1, ...cuts, live.events.length])].sort((a, b) => a - b);
          const batches = edges
            .slice(1)
            .map((end, index): HostMessage => ({
              type: 'events',
              runId: live.id,
              events: live.events.slice(Math.max(1, edges[index]! - overlap), end),
            }));
          assert.deepEqual(play(start, ...batches).shown[0], whole);
        },
      ),
    );
  });

  it('replaces what a resumed run writes again', () => {
    const model = play(start, { type: 'events', runId: live.id, events: live.events.slice(1) });
    const again = { ...live.events[4]!, seq: 4 };
    const view = reduce(model, { type: 'events', runId: live.id, events: [again] }).shown[0]!;
    assert.deepEqual(
      view.events.map((event) => event.seq),
      [0, 1, 2, 3, 4],
    );
    assert.equal(latestEpoch(view)?.seq, 4);
  });

  it('leaves runs alone that it does not show', () => {
    const model = play(start);
    assert.deepEqual(reduce(model, { type: 'events', runId: 'other', events: live.events }).shown, model.shown);
  });

  it('keeps progress while running, and drops it with the old failure when the run ends', () => {
    const progress = progressOf({ epoch: 5, epochs: 26, step: 3, steps: 120 });
    const model = play(start, { type: 'progress', runId: live.id, progress });
    assert.deepEqual(model.shown[0]!.progress, progress);
    assert.deepEqual(reduce(model, { type: 'runChanged', summary: running }).shown[0]!.progress, progress);
    const failure = { what: 'a', why: 'b', next: 'c', log: [] };
    const failed = reduce(model, { type: 'runChanged', summary: fixtureSummary(live, 'failed', ['resume']), failure });
    assert.equal(failed.shown[0]!.progress, undefined);
    assert.deepEqual(failed.shown[0]!.failure, failure);
    assert.equal(failed.runs[0]!.state, 'failed');
    assert.equal(reduce(failed, { type: 'runChanged', summary: running }).shown[0]!.failure, undefined);
  });

  it('adds new runs in front and forgets removed ones', () => {
    const second = fixtureSummary(fixtureRun({ id: 'new', blocks: 2, until: 1 }), 'queued', ['stop']);
    const model = reduce(play(start), { type: 'runChanged', summary: second });
    assert.deepEqual(
      model.runs.map((item) => item.id),
      ['new', live.id],
    );
    const removed = reduce(model, { type: 'runRemoved', runId: live.id });
    assert.deepEqual(
      removed.runs.map((item) => item.id),
      ['new'],
    );
    assert.deepEqual(removed.shown, []);
  });
});
