/** Messages between host and panel: what is right passes unchanged, what is wrong is refused with its place. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ACTIONS,
  parseHostMessage,
  parsePanelMessage,
  readPanelState,
  trimEvents,
  type HostMessage,
  type PanelMessage,
} from '../../../src/wire/panel-messages.ts';
import { runEvent, runResult } from '../../../src/wire/run-schema.ts';
import { ValidationError } from '../../../src/base/validate.ts';
import { fixtureRun, fixtureSnapshot, fixtureSummary } from '../../fixtures/runs.ts';
import { limitsOf, progressOf } from '../../fixtures/run-parts.ts';

const run = fixtureRun({ blocks: 2, epochs: { warmup: 1, search: 2, sparsify: 1, settle: 1 } });
const snapshot = fixtureSnapshot(run);
const failed = fixtureSummary(run, 'failed', ['resume', 'showLog']);

const HOST: readonly HostMessage[] = [
  { type: 'snapshot', runs: [snapshot.summary], shown: [snapshot] },
  { type: 'snapshot', runs: [], shown: [] },
  { type: 'events', runId: run.id, events: run.events },
  { type: 'progress', runId: run.id, progress: progressOf({ epoch: 2, epochs: 5, step: 1, steps: 120 }) },
  { type: 'runChanged', summary: failed, failure: { what: 'a', why: 'b', next: 'c', log: ['d'] } },
  { type: 'runChanged', summary: snapshot.summary, result: run.result! },
  { type: 'runRemoved', runId: run.id },
  { type: 'problem', what: 'a', why: 'b', next: 'c' },
];
const PANEL: readonly PanelMessage[] = [
  { type: 'ready', runIds: [] },
  { type: 'select', runIds: ['a', 'b'] },
  ...ACTIONS.map((action) => ({ type: 'action' as const, action, runId: 'a' })),
  { type: 'start' },
  { type: 'revealLayer', runId: 'a', layer: 'stem' },
  { type: 'panelError', message: 'm', stack: '' },
];

type Place = readonly (string | number)[];

/** Every place of a value inside a JSON value. */
function places(value: unknown, at: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [
    ...(at.length > 0 ? [at] : []),
    ...Object.entries(value).flatMap(([key, item]) => places(item, [...at, Array.isArray(value) ? Number(key) : key])),
  ];
}

function pathText(place: Place): string {
  return place.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}

/** A copy with one place replaced. */
function withValue(root: unknown, place: Place, value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(root));
  let parent = copy as Record<string | number, unknown>;
  for (const step of place.slice(0, -1)) parent = parent[step] as Record<string | number, unknown>;
  parent[place.at(-1)!] = value;
  return copy;
}

describe('panel protocol', () => {
  it('lets every kind of message through a JSON border unchanged', () => {
    for (const message of HOST) assert.deepEqual(parseHostMessage(JSON.parse(JSON.stringify(message))), message);
    for (const message of PANEL) assert.deepEqual(parsePanelMessage(JSON.parse(JSON.stringify(message))), message);
  });

  it('refuses a value of the wrong type anywhere, and says where', () => {
    const cases = HOST.flatMap((message) => places(message).map((place) => ({ message, place })));
    fc.assert(
      fc.property(fc.constantFrom(...cases), ({ message, place }) => {
        assert.throws(
          () => parseHostMessage(withValue(message, place, Symbol.iterator)),
          (error: unknown) => {
            assert.ok(error instanceof ValidationError);
            assert.equal(error.path, pathText(place));
            return true;
          },
        );
      }),
      { numRuns: 300 },
    );
  });

  it('refuses unknown types, actions and non-messages', () => {
    for (const wrong of [undefined, null, 7, 'ready', [], {}, { type: 'constructor' }, { type: 'explode' }])
      assert.throws(() => parsePanelMessage(wrong), ValidationError);
    assert.throws(
      () => parsePanelMessage({ type: 'action', action: 'format-disk', runId: 'a' }),
      /action: one of stop, resume/,
    );
    assert.throws(
      () => parseHostMessage({ type: 'events', runId: 'a', events: [{ ...run.events[1], epoch: -1 }] }),
      /events\[0\]\.epoch: a whole number from 0 was expected, found -1/,
    );
  });

  it('refuses numbers that are not finite', () => {
    assert.throws(
      () => runEvent({ ...run.events[1]!, trainLoss: Number.NaN }),
      /trainLoss: a finite number was expected, found NaN/,
    );
    assert.throws(
      () => runResult({ ...run.result!, limits: limitsOf(Number.POSITIVE_INFINITY) }),
      /limits\[0\]\.limit: a finite number was expected, found Infinity/,
    );
  });

  it('accepts fields it does not know, from a newer version', () => {
    assert.doesNotThrow(() => parsePanelMessage({ type: 'start', from: 'palette' }));
  });

  it('reads back its own state, and nothing else', () => {
    const state = { runIds: ['a'], tab: 'curves' as const, sort: { column: 'bytes', descending: true } };
    assert.deepEqual(readPanelState(JSON.parse(JSON.stringify(state))), state);
    for (const wrong of [undefined, {}, { ...state, tab: 'secrets' }, { ...state, runIds: 'a' }])
      assert.equal(readPanelState(wrong), undefined);
  });

  it('trims the layers of all epochs but the last', () => {
    const trimmed = trimEvents(run.events);
    const layers = trimmed.flatMap((event) => (event.type === 'epoch' ? [event.layers.length] : []));
    assert.deepEqual(layers, [0, 0, 0, 0, 5]);
    assert.deepEqual(
      trimmed.map((event) => event.seq),
      run.events.map((event) => event.seq),
    );
    assert.doesNotThrow(() => trimmed.map((event) => runEvent(event)));
  });
});
