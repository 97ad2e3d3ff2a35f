/** Other sizes in the results panel: the slider by keyboard, what follows it, and what its buttons ask for. */
import assert from 'node:assert/strict';
import type { HostMessage } from '../../src/wire/panel-messages.ts';
import type { OpenPanel } from '../../webview/dev/harness.ts';
import { withOffers } from '../fixtures/offers.ts';
import { fixtureRun, fixtureSnapshot } from '../fixtures/runs.ts';
import { plain, usePanel } from './support/panel.ts';

const run = withOffers(fixtureRun({ id: 'offers', seed: 2 }), 12);
const { list } = run.result!.offers!;
const count = (bytes: number): string => bytes.toLocaleString('en-US');

describe('other sizes in the results panel', () => {
  const suite = usePanel();

  async function open(shown = run): Promise<OpenPanel> {
    const snapshot = fixtureSnapshot(shown);
    const message: HostMessage = { type: 'snapshot', runs: [snapshot.summary], shown: [snapshot] };
    return suite.open({ width: 400 }, message);
  }

  it('begin within the run’s budget and follow the slider, in sight and in words', async () => {
    const { page } = await open();
    const slider = page.getByRole('slider', { name: 'Weight memory of the offered network' });
    const within = list.findLastIndex(({ exactBytes }) => exactBytes <= run.budgetBytes);
    assert.equal(await slider.inputValue(), String(within));
    const card = page.locator('section[data-key="offers"]');
    for (const [key, index] of [
      ['ArrowRight', within + 1],
      ['ArrowLeft', within],
      ['End', list.length - 1],
      ['Home', 0],
    ] as const) {
      await slider.press(key);
      const { exactBytes, layers } = list[index]!;
      await card.getByText(`${count(exactBytes)} bytes, exact`).waitFor();
      assert.match(plain(await slider.getAttribute('aria-valuetext')), /KiB|B, predicted accuracy [\d.]+ %/);
      const first = layers[0]!;
      const button = card.locator('.net-button').first();
      assert.match(plain(await button.getAttribute('title')), new RegExp(`^${first.name}, .*${first.bits} bit`));
      assert.equal(await slider.evaluate((element) => element === document.activeElement), true, 'keeps the focus');
    }
    assert.match(plain(await card.textContent()), /they rank 44 others with a Kendall’s τ of 0\.75/);
  });

  it('are applied and specialised by their place', async () => {
    const { page } = await open();
    const card = page.locator('section[data-key="offers"]');
    await page.getByRole('slider', { name: 'Weight memory' }).press('Home');
    await card.getByText(`${count(list[0]!.exactBytes)} bytes, exact`).waitFor();
    for (const [name, action] of [
      ['Specialise', 'specialise'],
      ['Apply', 'apply'],
    ] as const) {
      await card.locator('vscode-button', { hasText: name }).click();
      assert.deepEqual((await suite.panel().sent()).at(-1), { type: 'offer', action, runId: 'offers', offer: 0 });
    }
  });

  it('name the run that they were made of, and for how long they were tuned', async () => {
    const snapshot = fixtureSnapshot(fixtureRun({ id: 'made', seed: 2 }));
    const { page } = await suite.open({ width: 400 });
    for (const [tune, said] of [
      [0, 'shared, of run source, as they are'],
      [2, 'shared, of run source, tuned for 2 epochs'],
    ] as const) {
      const summary = { ...snapshot.summary, from: { id: 'source', tune } };
      const message: HostMessage = { type: 'snapshot', runs: [summary], shown: [{ ...snapshot, summary }] };
      await suite.panel().send(message);
      await page.locator('header .facts').getByText(said).waitFor();
    }
  });

  it('are not there where a run offers none', async () => {
    const { page } = await open(fixtureRun({ id: 'none', seed: 2 }));
    assert.equal(await page.locator('section[data-key="picture"]').count(), 1);
    assert.equal(await page.locator('section[data-key="offers"]').count(), 0);
  });
});
