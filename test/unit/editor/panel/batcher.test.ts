/** Messages to the panel: at most ten a second, in order, nothing lost. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HostMessage } from '../../../../src/wire/panel-messages.ts';
import type { Progress, RunEvent } from '../../../../src/wire/run.ts';
import { MESSAGE_INTERVAL, MessageBatcher, type Clock } from '../../../../src/editor/panel/batcher.ts';
import { progressOf } from '../../../fixtures/run-parts.ts';

/** A clock that moves only when a test says so. */
class ManualClock implements Clock {
  private time = 0;
  private timers: { at: number; then: () => void }[] = [];
  now(): number {
    return this.time;
  }
  after(milliseconds: number, then: () => void): { cancel(): void } {
    const timer = { at: this.time + milliseconds, then };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }
  /** Moves on, running what is due at its own time. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.time = Math.max(this.time, due.at);
      due.then();
    }
    this.time = end;
  }
}

const event = (seq: number): RunEvent => ({ seq, type: 'finished', exactBytes: seq, metric: 0 });
const events = (runId: string, ...numbers: number[]): HostMessage => ({
  type: 'events',
  runId,
  events: numbers.map(event),
});
const progress = (step: number): Progress => progressOf({ step });
const snapshot: HostMessage = { type: 'snapshot', runs: [], shown: [] };

function recorded(): { clock: ManualClock; sent: { at: number; message: HostMessage }[]; batcher: MessageBatcher } {
  const clock = new ManualClock();
  const sent: { at: number; message: HostMessage }[] = [];
  return {
    clock,
    sent,
    batcher: new MessageBatcher((message) => {
      sent.push({ at: clock.now(), message });
    }, clock),
  };
}

describe('MessageBatcher', () => {
  it('sends the first message at once and joins what comes within the interval', () => {
    const { clock, sent, batcher } = recorded();
    batcher.post(events('a', 0));
    clock.advance(0);
    batcher.post(events('a', 1));
    batcher.post(events('a', 2));
    clock.advance(MESSAGE_INTERVAL);
    assert.deepEqual(
      sent.map(({ message }) => message),
      [events('a', 0), events('a', 1, 2)],
    );
  });

  it('keeps only the newest progress of a run', () => {
    const { clock, sent, batcher } = recorded();
    for (let step = 0; step < 5; step += 1) batcher.post({ type: 'progress', runId: 'a', progress: progress(step) });
    clock.advance(1000);
    assert.deepEqual(
      sent.map(({ message }) => message),
      [{ type: 'progress', runId: 'a', progress: progress(4) }],
    );
  });

  it('lets a snapshot replace what waits, since it holds all of it', () => {
    const { clock, sent, batcher } = recorded();
    batcher.post(events('a', 0));
    batcher.post(snapshot);
    batcher.post(events('a', 1));
    clock.advance(1000);
    assert.deepEqual(
      sent.map(({ message }) => message),
      [snapshot, events('a', 1)],
    );
  });

  it('sends nothing after clear', () => {
    const { clock, sent, batcher } = recorded();
    batcher.post(events('a', 0));
    batcher.clear();
    clock.advance(1000);
    assert.deepEqual(sent, []);
  });

  it('never sends two messages within the interval, and delivers every event of every run in order', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            run: fc.constantFrom('a', 'b', 'c'),
            wait: fc.integer({ min: 0, max: 150 }),
            isProgress: fc.boolean(),
          }),
          { maxLength: 60 },
        ),
        (posts) => {
          const { clock, sent, batcher } = recorded();
          const next: Record<string, number> = { a: 0, b: 0, c: 0 };
          for (const { run, wait, isProgress } of posts) {
            clock.advance(wait);
            if (isProgress) batcher.post({ type: 'progress', runId: run, progress: progress(1) });
            else batcher.post(events(run, next[run]!++));
          }
          clock.advance(10_000);
          for (let i = 1; i < sent.length; i += 1) assert.ok(sent[i]!.at - sent[i - 1]!.at >= MESSAGE_INTERVAL - 1e-6);
          for (const run of Object.keys(next)) {
            const got = sent.flatMap(({ message }) =>
              message.type === 'events' && message.runId === run ? message.events.map(({ seq }) => seq) : [],
            );
            assert.deepEqual(
              got,
              Array.from({ length: next[run]! }, (_, i) => i),
            );
          }
        },
      ),
    );
  });
});
