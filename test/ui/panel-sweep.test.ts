/** The page of a sweep in a browser: what it shows, what its buttons ask for, and two networks beside each other. */
import assert from 'node:assert/strict';
import { Harness } from '../../webview/dev/harness.ts';
import { fixtureSweep, sweepShown } from '../fixtures/sweeps.ts';

const HOSTILE = '<img src=x onerror="document.title=1">';

describe('The page of a sweep', function () {
  this.timeout(60_000);
  let harness: Harness;
  before(async () => {
    harness = await Harness.open(process.cwd());
  });
  after(() => harness.close());

  const open = (): ReturnType<Harness['panel']> => harness.panel({ theme: 'dark', width: 1000, height: 900 });

  it('says how it stands, and asks for what its buttons say', async () => {
    const panel = await open();
    await panel.send(sweepShown(fixtureSweep(14), { live: true, resumable: false }));
    const { page } = panel;
    await page.getByText('14 of 18 runs done, 1 running, 1 failed, 2 missing').waitFor();
    await page.getByRole('button', { name: 'Stop Sweep' }).click();
    await page.getByRole('button', { name: 'Apply: 8 KiB, UDC, seed 1' }).click();
    await page.getByRole('button', { name: 'Specialise: 8 KiB, UDC, seed 1' }).click();
    await page.getByRole('button', { name: 'Show: 8 KiB, UDC, seed 1' }).click();
    assert.deepEqual((await panel.sent()).slice(-4), [
      { type: 'sweepAction', action: 'stop', sweepId: 'sweep-1' },
      { type: 'action', action: 'apply', runId: 'r0' },
      { type: 'specialise', runId: 'r0' },
      { type: 'select', runIds: ['r0'] },
    ]);
    assert.equal(((await panel.kept()) as { sweepId?: string }).sweepId, 'sweep-1');
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });

  it('sorts its table, with what is not known last', async () => {
    const panel = await open();
    await panel.send(sweepShown(fixtureSweep(14)));
    const { page } = panel;
    await page.getByRole('button', { name: 'Accuracy' }).click();
    await panel.drawn();
    const texts = await page.locator('table tbody tr td:nth-child(7)').allTextContents();
    const values = texts.map((text) => Number.parseFloat(text));
    const known = values.filter((value) => !Number.isNaN(value));
    assert.equal(known.length, 14);
    assert.deepEqual(
      known,
      [...known].sort((a, b) => b - a),
    );
    assert.ok(values.slice(14).every(Number.isNaN));
    await panel.close();
  });

  it('shows two networks layer by layer; a third takes the place of the first', async () => {
    const panel = await open();
    await panel.send(sweepShown(fixtureSweep(18)));
    const { page } = panel;
    const boxes = page.locator('vscode-checkbox');
    await boxes.nth(0).click();
    await panel.drawn();
    assert.equal(await page.getByRole('heading', { name: 'Layer by layer' }).count(), 0);
    await boxes.nth(1).click();
    await page.getByRole('heading', { name: 'Layer by layer' }).waitFor();
    await boxes.nth(2).click();
    await panel.drawn();
    const checked = await boxes.evaluateAll((all) =>
      all.map((box) => (box as unknown as { checked: boolean }).checked),
    );
    assert.deepEqual(checked.slice(0, 4), [false, true, true, false]);
    await page.getByText(/16\sKiB, UDC, seed 1: .* → 32\sKiB, UDC, seed 1: /).waitFor();
    await panel.close();
  });

  it('takes names as text', async () => {
    const panel = await open();
    const facts = fixtureSweep(9, { name: HOSTILE });
    await panel.send(sweepShown({ ...facts, rows: facts.rows.map((row) => ({ ...row, reason: HOSTILE })) }));
    await panel.page.getByRole('heading', { name: HOSTILE }).waitFor();
    assert.equal(await panel.page.locator('img').count(), 0);
    assert.deepEqual(panel.faults, []);
    await panel.close();
  });
});
