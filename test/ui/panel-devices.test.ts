/** The page of measurements in a browser: what it shows, what it asks for, what it keeps, by the rules of axe. */
import assert from 'node:assert/strict';
import type { MeasureReport } from '../../src/wire/measurements.ts';
import type { OpenPanel } from '../../webview/dev/harness.ts';
import { THEMES, type ThemeName } from '../../webview/dev/themes.ts';
import { HOSTILE } from '../fixtures/hostile.ts';
import { fixtureMeasurements, measuredShown } from '../fixtures/measurements.ts';
import { axeViolations, COLOURS, EVERYTHING } from './support/axe.ts';
import { plain, usePanel } from './support/panel.ts';

const report = fixtureMeasurements();
const MARKS = ['measured', 'simulated', 'estimated', 'unknown'];

describe('the page of measurements', () => {
  const suite = usePanel();

  async function open(shown: MeasureReport = report, options: object = {}): Promise<OpenPanel> {
    const panel = await suite.open({ kind: 'devices', ...options });
    await panel.send(measuredShown(shown));
    return panel;
  }

  it('says that it is ready, and shows every network on every device with how each number came about', async () => {
    const waiting = await suite.open({ kind: 'devices' });
    assert.deepEqual(await waiting.sent(), [{ type: 'measureReady' }]);
    await waiting.page.getByText('Reading the measurements…').waitFor();
    await waiting.send(measuredShown());
    const { page } = waiting;
    await page.getByRole('heading', { name: '4 networks on 7 devices' }).waitFor();
    const rows = page.getByRole('region', { name: 'Table of networks on devices' }).locator('tbody tr');
    assert.equal(await rows.count(), report.columns.length);
    for (const text of await rows.locator('td').allTextContents())
      assert.ok(
        MARKS.some((mark) => text.includes(mark)),
        text,
      );
    assert.match(
      plain(await rows.nth(0).textContent()),
      /LiteRT, XNNPACK0\.4 ms measured90th percentile 0\.52 ms, spread 4 %/,
    );
    assert.match(plain(await rows.nth(3).textContent()), /arena 5\.86 KiB, stack 224 B, flash 10\.2 KiB/);
    assert.match(plain(await rows.nth(6).textContent()), /energy 1\.43 mJ/);
    // One reason of all networks is said once.
    assert.equal(await rows.nth(2).locator('td').count(), 1);
    await page.getByText('1 of 2 pairs of devices have the networks in one order; least alike are').waitFor();
    assert.equal(await page.getByRole('heading', { name: /^kws-dscnn on Vela/ }).count(), 1);
  });

  it('has the picture of the device that is chosen by keys, and keeps it over a reload', async () => {
    const panel = await open();
    const { page } = panel;
    await page.getByRole('img', { name: /on LiteRT, XNNPACK/ }).waitFor();
    // Without Enter: it opens the list, and an open list takes the focus back from what comes next.
    await page.locator('vscode-dropdown[data-change=device]').focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('img', { name: /on TFLite Micro, reference kernels/ }).waitFor();
    await page.locator('vscode-checkbox').focus();
    await page.keyboard.press('Space');
    await page.getByText('Bars of all devices are on one scale').waitFor();
    const state = await panel.kept();
    assert.deepEqual(state, { id: 'measured-1', device: 1, oneScale: true });
    await panel.close();
    const again = await open(report, { state });
    await again.page.getByRole('img', { name: /on TFLite Micro, reference kernels/ }).waitFor();
    await again.page.getByText('Bars of all devices are on one scale').waitFor();
    // Another report has other devices.
    await again.send(measuredShown(report, 'measured-2'));
    await again.page.getByRole('img', { name: /on LiteRT, XNNPACK/ }).waitFor();
    assert.deepEqual(await again.kept(), { id: 'measured-2', oneScale: true });
  });

  it('asks for files and for another measurement', async () => {
    const panel = await open();
    const { page } = panel;
    for (const [name, message] of [
      ['Save as HTML', { type: 'measureSave', format: 'html' }],
      ['Save as CSV', { type: 'measureSave', format: 'csv' }],
      ['Measure Again', { type: 'measureAgain' }],
    ] as const) {
      await page.getByRole('button', { name }).focus();
      await page.keyboard.press('Enter');
      assert.deepEqual((await panel.sent()).at(-1), message);
    }
  });

  it('shows one network, networks with random weights, and names as text', async () => {
    const panel = await open(fixtureMeasurements({ names: ['alone'], runs: false }));
    const { page } = panel;
    await page.getByRole('heading', { name: 'alone on 7 devices' }).waitFor();
    await panel.send(measuredShown(fixtureMeasurements({ names: HOSTILE, runs: false }), 'hostile'));
    await page.getByText('Measured with random weights').waitFor();
    assert.equal(await page.locator('main img, main script, main iframe, main a').count(), 0);
    assert.doesNotMatch((await page.locator('main').textContent())!, /[\u202e\u001b\u0000]/);
  });

  it('breaks no rule of axe in any theme', async () => {
    const { page, setTheme } = await open();
    const found: string[] = [];
    for (const theme of Object.keys(THEMES) as ThemeName[]) {
      await setTheme(theme);
      found.push(
        ...(await axeViolations(page, theme === 'dark' ? EVERYTHING : COLOURS)).map((one) => `${theme}: ${one}`),
      );
    }
    assert.deepEqual(found, []);
  });

  it('fits a narrow panel: nothing reaches beyond its sides', async () => {
    const names = ['keyword-spotting-on-the-door-bell-with-two-microphones-v2', 'b', 'c'];
    const { page } = await open(fixtureMeasurements({ names }), { width: 271 });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(beyond <= 0, `${beyond} pixels`);
  });
});
