/** The test part in the results panel: what stands there, sorting by keyboard, and the rules of axe in each theme. */
import assert from 'node:assert/strict';
import type { HostMessage } from '../../src/wire/panel-messages.ts';
import type { OpenPanel } from '../../webview/dev/harness.ts';
import { THEMES, type ThemeName } from '../../webview/dev/themes.ts';
import { fixtureRun, fixtureSnapshot, type FixtureRun } from '../fixtures/runs.ts';
import { HOSTILE } from '../fixtures/hostile.ts';
import { classDetails, FASHION, sampleReport, withTestPart } from '../fixtures/test-parts.ts';
import { axeViolations, COLOURS, EVERYTHING } from './support/axe.ts';
import { plain, usePanel } from './support/panel.ts';

const done = fixtureRun({ id: 'done', seed: 2 });
const tested = withTestPart(done);

describe('the test part in the results panel', () => {
  const suite = usePanel();
  const state = { runIds: [], tab: 'test', sort: { column: 'order', descending: false } };

  async function open(run: FixtureRun = tested, theme: ThemeName = 'dark', width = 1000): Promise<OpenPanel> {
    const snapshot = fixtureSnapshot(run);
    const message: HostMessage = { type: 'snapshot', runs: [snapshot.summary], shown: [snapshot] };
    const panel = await suite.open({ state, theme, width }, message);
    await panel.settled();
    return panel;
  }

  const column = async (index: number): Promise<string[]> =>
    (await suite.panel().page.locator(`.test-table tbody tr > :nth-child(${index})`).allTextContents()).map(plain);

  it('shows the weakest class first, the matrix with its numbers, and pictures of the worst samples', async () => {
    const { page } = await open();
    assert.deepEqual((await column(2))[0], 'shirt');
    assert.match(
      plain(await page.locator('[data-key="test-facts"]').textContent()),
      /Weakest class: shirt, 23 % recall/,
    );
    assert.equal(await page.locator('.matrix tbody tr').count(), FASHION.length);
    const shirt = page.locator('.matrix tbody tr').nth(6).locator('td');
    assert.deepEqual([await shirt.nth(0).textContent(), await shirt.nth(6).textContent()], ['44', '13']);
    const pictures = page.locator('.sample img');
    assert.equal(await pictures.count(), 10);
    const widths = await pictures.evaluateAll((images) =>
      images.map((image) => (image as HTMLImageElement).naturalWidth),
    );
    assert.deepEqual(new Set(widths), new Set([28]), 'every picture was read');
  });

  it('is sorted by the buttons of its head, with the keyboard, and remembers it', async () => {
    const { page } = await open();
    const recall = page.locator('.test-table').getByRole('button', { name: 'Recall' });
    await recall.focus();
    await page.keyboard.press('Enter');
    await suite.panel().settled();
    assert.equal(await page.locator('.test-table th[aria-sort="descending"]').count(), 1);
    assert.equal((await column(2)).at(-1), 'shirt');
    await page.locator('.test-table').getByRole('button', { name: 'Samples' }).focus();
    await page.keyboard.press('Space');
    await suite.panel().settled();
    const samples = (await column(3)).map(Number);
    assert.deepEqual(
      [...samples].sort((a, b) => b - a),
      samples,
      'the most first',
    );
    assert.deepEqual((await suite.panel().kept()) as object, {
      ...state,
      runIds: ['done'],
      testSort: { column: 'support', descending: true },
    });
  });

  it('shows names of classes as text, whatever they are', async () => {
    const { page } = await open(withTestPart(done, classDetails(HOSTILE.length, 30), HOSTILE));
    assert.equal(await page.locator('.test-table tbody tr').count(), HOSTILE.length);
    assert.equal(await page.locator('main script, main img[onerror], main svg[onload]').count(), 0);
    assert.match((await page.locator('.test-table').textContent()) ?? '', /<script>alert\(1\)/);
  });

  it('says why there is nothing while the search goes on, and in runs of older versions', async () => {
    const { page } = await open(fixtureRun({ until: 9 }));
    assert.match((await page.locator('main').textContent()) ?? '', /appears when the search is done/);
    await suite.panel().send({ type: 'snapshot', runs: [], shown: [fixtureSnapshot(done)] });
    assert.match((await page.locator('main').textContent()) ?? '', /An older version made this run/);
  });

  it('shows images by their own metric', async () => {
    const run = fixtureRun({ id: 'sr', seed: 4, metric: 'psnr' });
    const [network, ...others] = run.result!.networks;
    const shown = { ...run.result!, networks: [{ ...network, test: sampleReport() }, ...others] as const };
    const { page } = await open({ ...run, result: shown });
    assert.equal(await page.locator('.matrix').count(), 0);
    assert.match(plain(await page.locator('main').textContent()), /PSNR of single samples/);
  });

  it('keeps the rules of axe, and within the page, in every theme and width', async () => {
    for (const theme of Object.keys(THEMES) as ThemeName[]) {
      for (const width of theme === 'dark' ? [1000, 400] : [1000]) {
        const panel = await open(tested, theme, width);
        const found = await axeViolations(panel.page, theme === 'dark' ? EVERYTHING : COLOURS);
        assert.deepEqual(found, [], `${theme} ${width}`);
        const over = await panel.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(over <= 0, `${theme} ${width}: ${over} pixels beyond the page`);
        await panel.close();
      }
    }
  });
});
