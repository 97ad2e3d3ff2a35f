/** The page of a sweep in a browser: what it shows, what its buttons ask for, and two networks beside each other. */
import assert from 'node:assert/strict';
import type { OpenPanel } from '../../webview/dev/harness.ts';
import { fixtureSweep, sweepShown } from '../fixtures/sweeps.ts';
import { usePanel } from './support/panel.ts';

const HOSTILE = '<img src=x onerror="document.title=1">';

describe('The page of a sweep', () => {
  const suite = usePanel();
  const open = (...shown: Parameters<typeof sweepShown>): Promise<OpenPanel> => suite.open({}, sweepShown(...shown));

  it('says how it stands, and asks for what its buttons say', async () => {
    const panel = await open(fixtureSweep(14), { live: true, resumable: false });
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
  });

  it('sorts its table, with what is not known last', async () => {
    const panel = await open(fixtureSweep(14));
    const { page } = panel;
    await page.getByRole('button', { name: 'Accuracy' }).click();
    await panel.settled();
    const texts = await page.locator('table tbody tr td:nth-child(7)').allTextContents();
    const values = texts.map((text) => Number.parseFloat(text));
    const known = values.filter((value) => !Number.isNaN(value));
    assert.equal(known.length, 14);
    assert.deepEqual(
      known,
      [...known].sort((a, b) => b - a),
    );
    assert.ok(values.slice(14).every(Number.isNaN));
  });

  it('shows two networks layer by layer; a third takes the place of the first', async () => {
    const panel = await open(fixtureSweep(18));
    const { page } = panel;
    const boxes = page.locator('vscode-checkbox');
    await boxes.nth(0).click();
    await panel.settled();
    assert.equal(await page.getByRole('heading', { name: 'Layer by layer' }).count(), 0);
    await boxes.nth(1).click();
    await page.getByRole('heading', { name: 'Layer by layer' }).waitFor();
    await boxes.nth(2).click();
    await panel.settled();
    const checked = await boxes.evaluateAll((all) =>
      all.map((box) => (box as unknown as { checked: boolean }).checked),
    );
    assert.deepEqual(checked.slice(0, 4), [false, true, true, false]);
    await page.getByText(/16\sKiB, UDC, seed 1: .* → 32\sKiB, UDC, seed 1: /).waitFor();
  });

  it('takes names as text', async () => {
    const facts = fixtureSweep(9, { name: HOSTILE });
    const panel = await open({ ...facts, rows: facts.rows.map((row) => ({ ...row, reason: HOSTILE })) });
    await panel.page.getByRole('heading', { name: HOSTILE }).waitFor();
    assert.equal(await panel.page.locator('img').count(), 0);
  });
});
