/** The page of an ensemble in a browser: its point by pointer and by keys, what follows it, and what it asks for. */
import assert from 'node:assert/strict';
import type { OpenPanel } from '../../webview/dev/harness.ts';
import { ensembleShown, fixtureEnsemble } from '../fixtures/ensembles.ts';
import { HOSTILE } from '../fixtures/hostile.ts';
import { fixtureRun, fixtureSnapshot } from '../fixtures/runs.ts';
import { plain, usePanel } from './support/panel.ts';

const report = fixtureEnsemble();
const { points, chosen } = report;
const count = (value: number): string => value.toLocaleString('en-US');

describe('the page of an ensemble', () => {
  const suite = usePanel();
  const open = (shown = report): Promise<OpenPanel> => suite.open({}, ensembleShown(shown));

  /** What the page says of the point that it shows. */
  async function standsAt({ page }: OpenPanel, index: number): Promise<void> {
    const { test } = points[index]!;
    await page.getByRole('heading', { name: new RegExp(`^Point ${index + 1} of ${points.length}`) }).waitFor();
    await page.getByText(`${count(test.stops.at(-1)!)} of ${count(test.samples)} of the test part`).waitFor();
    const stops = await page
      .getByRole('region', { name: 'Where samples stop' })
      .locator('tbody tr td:nth-child(3)')
      .allTextContents();
    assert.deepEqual(stops.map(plain), test.stops.map(count));
    assert.equal(await page.getByRole('slider').inputValue(), String(index));
  }

  it('begins at the chosen point and follows the keys', async () => {
    const panel = await open();
    await standsAt(panel, chosen);
    const slider = panel.page.getByRole('slider', { name: 'Point of the ensemble' });
    for (const [key, index] of [
      ['Home', 0],
      ['ArrowRight', 1],
      ['End', points.length - 1],
      ['ArrowLeft', points.length - 2],
    ] as const) {
      await slider.press(key);
      await standsAt(panel, index);
      assert.match(plain(await slider.getAttribute('aria-valuetext')), /% on the test part with .* mean cycles/);
      assert.equal(await slider.evaluate((element) => element === document.activeElement), true, 'keeps the focus');
    }
  });

  it('calls early exits by their layers', async () => {
    const { page } = await open(fixtureEnsemble({ exits: true, members: 3 }));
    await page.getByRole('heading', { name: 'Early exits: early1, early2, logits' }).waitFor();
    await page.getByRole('heading', { name: 'Samples that no early exit was sure of' }).waitFor();
    const rows = page.getByRole('region', { name: 'Exits, in the order in which they are asked' }).locator('tbody tr');
    assert.deepEqual(await rows.evaluateAll((all) => all.map((row) => row.children[1]!.textContent)), [
      'early1',
      'early2',
      'logits',
    ]);
    assert.equal(await page.getByText('running the same network to its end').count(), 2);
  });

  it('is dragged by a pointer, also beyond the picture', async () => {
    const panel = await open();
    const { page } = panel;
    const picture = page.locator('.ensemble-chart svg[data-stops]');
    const box = (await picture.boundingBox())!;
    const stops = (await picture.getAttribute('data-stops'))!.split(' ').map(Number);
    const at = (index: number): [number, number] => [box.x + stops[index]!, box.y + 120];
    await page.mouse.move(...at(2));
    await panel.settled();
    await standsAt(panel, chosen);
    await page.mouse.down();
    await standsAt(panel, 2);
    await page.mouse.move(...at(5), { steps: 4 });
    await standsAt(panel, 5);
    await page.mouse.move(box.x - 200, box.y + 500);
    await standsAt(panel, 0);
    await page.mouse.up();
    await page.mouse.move(...at(4));
    await panel.settled();
    await standsAt(panel, 0);
  });

  it('asks for an export of the point that it shows, and keeps it over a reload', async () => {
    const panel = await open();
    await panel.page.getByRole('slider').press('Home');
    await standsAt(panel, 0);
    await panel.page.getByRole('button', { name: 'Export This Point' }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'exportEnsemble', id: 'ensemble-1', point: 0 });
    const state = (await panel.kept()) as { ensemblePoint?: unknown; ensembleId?: unknown };
    assert.deepEqual(state.ensemblePoint, { id: 'ensemble-1', index: 0 });
    assert.equal(state.ensembleId, 'ensemble-1');
    await panel.close();
    const again = await suite.open({ state }, ensembleShown(report));
    await standsAt(again, 0);
  });

  it('says what each class does, with thresholds where they are by class', async () => {
    const byClass = fixtureEnsemble({ rule: 'per-class', members: 3 });
    const { page } = await open(byClass);
    const table = page.getByRole('region', { name: 'By class' });
    assert.deepEqual((await table.locator('thead th').allTextContents()).slice(0, 4), [
      'Class',
      'Samples',
      'Right',
      'Stop at 1',
    ]);
    const rows = await table.locator('tbody tr').allTextContents();
    assert.equal(rows.length, byClass.classNames!.length);
    const { byClass: outcomes } = byClass.points[byClass.chosen]!.test;
    rows.forEach((row, c) => assert.match(row, new RegExp(`^${byClass.classNames![c]!}${outcomes[c]!.samples}`)));
  });

  it('gives way to runs, and takes names as text', async () => {
    const panel = await suite.open(
      {},
      ensembleShown({ ...report, classNames: HOSTILE.slice(0, 6) }, { names: HOSTILE.slice(0, 2) }),
    );
    assert.equal(await panel.page.locator('main img, main script').count(), 0);
    const snapshot = fixtureSnapshot(fixtureRun({ id: 'done', seed: 2 }));
    await panel.send({ type: 'snapshot', runs: [snapshot.summary], shown: [snapshot] });
    await panel.page.getByRole('tab', { name: 'Overview' }).waitFor();
    assert.equal(await panel.page.getByRole('slider', { name: 'Point of the ensemble' }).count(), 0);
  });
});
