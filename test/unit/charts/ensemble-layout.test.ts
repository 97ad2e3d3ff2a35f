/** The picture of an ensemble: everything stands inside, further right is more work, further up more accurate. */
import assert from 'node:assert/strict';
import { ensembleLayout, nearestPoint } from '../../../src/charts/ensemble-layout.ts';
import { verdictText, worseText } from '../../../src/charts/ensemble-words.ts';
import { atPoint, ensembleReport, type EnsembleReport } from '../../../src/wire/ensemble.ts';
import { parseHostMessage, parsePanelMessage } from '../../../src/wire/panel-messages.ts';
import { ensembleShown, fixtureEnsemble } from '../../fixtures/ensembles.ts';

describe('the picture of an ensemble', () => {
  it('has all marks inside, in the order of work and accuracy', () => {
    for (const report of [fixtureEnsemble(), fixtureEnsemble({ rule: 'entropy', members: 4, seed: 9 })])
      for (const width of [280, 760]) {
        const { box, test, validation, rival, across, up } = ensembleLayout(report, width, 300);
        for (const { x, y } of [...test, ...validation, rival]) {
          assert.ok(x >= box.left && x <= box.right, `${x}`);
          assert.ok(y >= box.top && y <= box.bottom, `${y}`);
        }
        assert.ok(across.length > 1 && up.length > 1);
        validation.forEach(({ x, y }, i) => {
          assert.ok(i === 0 || (x > validation[i - 1]!.x && y < validation[i - 1]!.y));
        });
        for (const { y, top, bottom } of test) assert.ok(top <= y && y <= bottom);
        test.forEach(({ x }, i) => {
          assert.equal(test[nearestPoint(test, x)]!.x, test[i]!.x);
        });
        assert.equal(test[nearestPoint(test, -1e6)]!.x, Math.min(...test.map(({ x }) => x)));
      }
  });

  it('stands also where there is one point alone', () => {
    const report = fixtureEnsemble();
    const { box, test } = ensembleLayout({ ...report, points: report.points.slice(0, 1) }, 400, 300);
    assert.equal(test.length, 1);
    assert.ok(test[0]!.x > box.left && test[0]!.x < box.right);
  });
});

describe('an ensemble on its way to the panel', () => {
  it('passes the checks of both sides, and nothing else does', () => {
    const message = ensembleShown(fixtureEnsemble({ rule: 'per-class' }));
    assert.deepEqual(parseHostMessage(JSON.parse(JSON.stringify(message))), message);
    assert.throws(() => parseHostMessage({ ...message, report: { ...message.report, points: 7 } }), /report\.points/);
    const ask = { type: 'exportEnsemble', id: 'e', point: 2 };
    assert.deepEqual(parsePanelMessage(ask), ask);
    assert.throws(() => parsePanelMessage({ ...ask, point: -1 }), /point/);
    assert.throws(() => ensembleReport({ ...message.report, format: 2 }), /format/);
  });
});

describe('an ensemble at another point', () => {
  it('has that point chosen, and its mean work certified', () => {
    const report = fixtureEnsemble();
    const certified = report.points[report.chosen]!.validation.work;
    const own: EnsembleReport = {
      ...report,
      certificate: {
        ...report.certificate,
        costs: [
          { cost: 'weights', value: 6048 },
          { cost: 'cycles', value: certified, limit: 1e6 },
          { cost: 'latency', value: certified / 5e8 },
        ],
      },
    };
    assert.equal(atPoint(own, own.chosen), own);
    const { work } = own.points[0]!.validation;
    const there = atPoint(own, 0);
    assert.equal(there.chosen, 0);
    const [weights, cycles, latency] = there.certificate.costs;
    assert.deepEqual(weights, { cost: 'weights', value: 6048 });
    assert.deepEqual({ ...cycles, value: Math.round(cycles!.value) }, { cost: 'cycles', value: work, limit: 1e6 });
    assert.ok(Math.abs(latency!.value - work / 5e8) < 1e-12);
    assert.throws(() => atPoint(own, own.points.length), RangeError);
  });
});

describe('who wins', () => {
  const said = (rival: Partial<EnsembleReport['rival']>): string => {
    const report = fixtureEnsemble();
    return verdictText({ ...report, rival: { ...report.rival, point: 0, ...rival } });
  };
  const more = 1e9;

  it('is decided by the standard error of the difference, then by work', () => {
    assert.match(
      said({ difference: -0.02, differenceError: 0.01, work: more }),
      /The single network wins: on the test/,
    );
    assert.match(said({ difference: -0.01, differenceError: 0.01, work: more }), /The ensemble wins/);
    assert.match(said({ difference: 0.02, differenceError: 0.01, work: 1 }), /Neither wins in both/);
    assert.match(said({ difference: 0, differenceError: 0.01, work: 1 }), /single network wins: as accurate/);
  });

  it('goes by bytes where accuracy and work are the same', () => {
    const { work } = fixtureEnsemble().points[0]!.test;
    const same = { difference: 0, differenceError: 0, work };
    assert.match(said({ ...same, bytes: 1 }), /The single network wins: .* with the same work and fewer bytes/);
    assert.match(said({ ...same, bytes: 1e9 }), /Neither wins: .* with the same work\.$/);
    assert.match(said({ ...same, difference: 0.1 }), /The ensemble wins: more accurate .* with the same work\.$/);
  });

  it('is named in one line', () => {
    assert.doesNotMatch(said({ run: 'a\nCertificate\r\u001b[31m' }), /[\n\r\u001b]/);
  });

  it('is the single network where no thresholds reach it', () => {
    const report = fixtureEnsemble();
    const rival = { ...report.rival };
    delete (rival as { point?: number }).point;
    assert.match(verdictText({ ...report, rival }), /The single network wins: on the validation part no thresholds/);
  });
});

describe('an ensemble that is worse than its best member', () => {
  const report = fixtureEnsemble();
  const { accuracy } = report.points[report.chosen]!.test;
  /** The second member is the best on the validation part, and right so often on the test part. */
  const withBest = (test: number): EnsembleReport => ({
    ...report,
    members: report.members.map((one, k) => ({ ...one, alone: { validation: k / 2, test, error: 0.001 } })),
  });

  it('is said to be, with both numbers and what to do', () => {
    assert.match(worseText(withBest(0.999))!, /^The ensemble is worse than its best member alone .* 99\.9.* use that/);
    const near = worseText(withBest(accuracy + 1e-6));
    assert.match(near!, /though within one standard error/);
  });

  it('is not said of one that is as good', () => {
    assert.equal(worseText(withBest(accuracy)), undefined);
    assert.equal(worseText(withBest(0)), undefined);
  });

  it('names the exit where its members are early exits', () => {
    const exits = fixtureEnsemble({ exits: true });
    const members = exits.members.map((one) => ({ ...one, alone: { validation: 1, test: 1, error: 0 } }));
    assert.match(worseText({ ...exits, members })!, /^Stopping early is worse than stopping all samples at early1/);
  });
});
