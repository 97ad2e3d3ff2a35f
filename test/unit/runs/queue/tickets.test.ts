/** The rule of the queue: who may begin on how many cores, whatever works and waits. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LANES, grants, inOrder, waitingText, type Ticket } from '../../../../src/runs/queue/tickets.ts';

const ticketOf = (change: Partial<Ticket>): Ticket => ({
  format: 1,
  id: 'a',
  pid: 1,
  identity: '',
  lane: 'hand',
  turn: 1,
  wanted: 1,
  held: 0,
  title: 'run',
  ...change,
});

const tickets = (cores: number): fc.Arbitrary<readonly Ticket[]> =>
  fc
    .array(
      fc.record({
        lane: fc.constantFrom(...LANES),
        turn: fc.nat(20),
        wanted: fc.integer({ min: 1, max: cores }),
        held: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: cores })),
      }),
      { maxLength: 12 },
    )
    .map((all) => all.map((one, at) => ticketOf({ ...one, id: `t${at}` })));

const some = fc.integer({ min: 1, max: 16 }).chain((cores) => fc.tuple(fc.constant(cores), tickets(cores)));

describe('the rule of the queue', () => {
  it('gives no more than is free, to each no more than it can use, and nobody overtakes', () => {
    fc.assert(
      fc.property(some, ([cores, all]) => {
        const given = grants(all, cores);
        const held = all.reduce((sum, one) => sum + one.held, 0);
        const sum = [...given.values()].reduce((a, b) => a + b, 0);
        assert.ok(sum <= Math.max(0, cores - held));
        for (const [id, part] of given) assert.ok(part >= 1 && part <= all.find((one) => one.id === id)!.wanted);
        const order = inOrder(all).map(({ id }) => id);
        assert.deepEqual([...given.keys()], order.slice(0, given.size));
      }),
    );
  });

  it('leaves no core idle while somebody waits', () => {
    fc.assert(
      fc.property(some, ([cores, all]) => {
        const free = cores - all.reduce((sum, one) => sum + one.held, 0);
        const given = grants(all, cores);
        const sum = [...given.values()].reduce((a, b) => a + b, 0);
        const wanted = inOrder(all).reduce((a, { wanted: one }) => a + one, 0);
        assert.equal(sum, Math.min(Math.max(0, free), wanted));
      }),
    );
  });

  it('lets what a person starts go before the waiting runs of a sweep, and each in the order of coming', () => {
    const all = [
      ticketOf({ id: 'swept', lane: 'sweep', turn: 1 }),
      ticketOf({ id: 'second', turn: 3 }),
      ticketOf({ id: 'first', turn: 2 }),
    ];
    assert.deepEqual(
      inOrder(all).map(({ id }) => id),
      ['first', 'second', 'swept'],
    );
    assert.deepEqual([...grants(all, 1)], [['first', 1]]);
  });

  it('says what is waited for', () => {
    const all = [
      ticketOf({ id: 'w', held: 2, title: 'kws-1', pid: 77 }),
      ticketOf({ id: 'x', turn: 2 }),
      ticketOf({ id: 'me', turn: 3 }),
    ];
    const text = waitingText({ id: 'me' }, all, 2);
    assert.match(text, /kws-1 \(process 77\) is at work on the 2 cores/);
    assert.match(text, /1 search is before it/);
    assert.match(waitingText({ id: 'x' }, all, 2), /it is the next/);
  });
});
