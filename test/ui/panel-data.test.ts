/** The page of a data preview in a browser: what it shows, what it sends, without a mouse, by the rules of axe. */
import assert from 'node:assert/strict';
import type { DataPreview } from '../../src/wire/data-preview.ts';
import type { PreviewHostMessage, PreviewStatus } from '../../src/wire/preview-messages.ts';
import type { OpenPanel } from '../../webview/dev/harness.ts';
import { THEMES, type ThemeName } from '../../webview/dev/themes.ts';
import { HOSTILE } from '../fixtures/hostile.ts';
import { imagePreview, pairPreview, soundPreview, windowPreview } from '../fixtures/previews.ts';
import { axeViolations, COLOURS, EVERYTHING } from './support/axe.ts';
import { plain, usePanel } from './support/panel.ts';

const IDLE: PreviewStatus = {
  type: 'previewStatus',
  document: 'file:///w/models/flowers.udc.yaml',
  file: 'models/flowers.udc.yaml',
  busy: false,
  checking: false,
  failed: false,
  problems: [],
};
const WRONG = {
  severity: 'error',
  message: '/data: there is no such folder; `path` is relative to the definition file',
  line: 5,
  column: 34,
} as const;

const shown = (preview: DataPreview, status: Partial<PreviewStatus> = {}): readonly PreviewHostMessage[] => [
  { type: 'preview', preview },
  { ...IDLE, ...status },
];

describe('the page of a data preview', () => {
  const { open: opened, panel } = usePanel();

  async function open(...messages: readonly PreviewHostMessage[]): Promise<OpenPanel> {
    const page = await opened({ kind: 'data' });
    for (const message of messages) await page.send(message);
    await page.settled();
    return page;
  }

  const sent = async (): Promise<unknown> => (await panel().sent()).at(-1);
  const text = async (selector: string): Promise<string> =>
    plain(await panel().page.locator(selector).first().textContent());

  it('says that it is ready, and that samples are being read', async () => {
    await open();
    assert.deepEqual(await sent(), { type: 'previewReady' });
    assert.match(await text('[role=status].status-line'), /reading samples/);
    await panel().send({ ...IDLE, checking: true });
    assert.match(await text('.status-line'), /models\/flowers\.udc\.yaml · looking at the data/);
  });

  it('keeps what it shows over a reload, and nothing of an older version', async () => {
    const preview = imagePreview();
    const { page } = await open(...shown(preview));
    await page.locator('[data-change=changed]').click();
    await panel().settled();
    const state = await panel().kept();
    assert.deepEqual(state, { document: IDLE.document, request: preview.shown, changed: true });
    const checked = async (kept: unknown): Promise<boolean> => {
      const again = await opened({ kind: 'data', state: kept });
      for (const message of shown(preview)) await again.send(message);
      await again.settled();
      return again.page
        .locator('[data-change=changed]')
        .evaluate((box) => (box as HTMLElement & { checked: boolean }).checked);
    };
    assert.equal(await checked(state), true);
    assert.equal(await checked({ changed: true }), false);
  });

  it('shows every sample as a picture that the browser can read, and counts with what is unusual', async () => {
    const { page } = await open(...shown(imagePreview()));
    assert.equal(await page.locator('.seen img').count(), 12);
    const sizes = await page
      .locator('.seen img')
      .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
    assert.deepEqual(new Set(sizes), new Set([24]));
    const row = page.getByRole('row', { name: /tulip/ });
    assert.match(plain(await row.textContent()), /few 30.*none/);
    assert.match(await text('.caution'), /The validation part has no sample of tulip\./);
    assert.match(plain(await page.locator('.left-out').textContent()), /3 of 1440 images cannot be read/);
  });

  it('shows spectrograms with their axes, curves of each channel, pairs, and numbers to reach', async () => {
    const { page } = await open(...shown(soundPreview()));
    assert.equal(await page.locator('.seen-heat').count(), 8);
    assert.match((await page.locator('.seen-heat').first().getAttribute('alt'))!, /^spectrogram: frame 1 to 49/);
    for (const message of shown(windowPreview())) await panel().send(message);
    assert.equal(await page.locator('.seen-lane path').count(), 15);
    assert.match(plain(await page.locator('.seen').nth(1).textContent()), /to reach: 0\.5/);
    for (const message of shown(pairPreview())) await panel().send(message);
    assert.equal(await page.locator('.seen-pair img').count(), 6);
  });

  it('asks for other samples, another part, more of each, other classes', async () => {
    const many = Array.from({ length: 60 }, (_, label) => `class ${label}`);
    const preview = imagePreview();
    const counts = many.map(() => 5);
    const parts = preview.parts.map((part) => ({ ...part, byClass: counts }));
    const { page } = await open(...shown({ ...preview, classes: many, parts }));
    const request = preview.shown;
    await page.getByRole('button', { name: 'Other samples' }).click();
    assert.deepEqual(await sent(), { type: 'previewAsk', request: { ...request, seed: 1 } });
    await page.getByRole('button', { name: 'Classes after' }).click();
    assert.deepEqual(await sent(), { type: 'previewAsk', request: { ...request, from: 3 } });
    // Without Enter: it opens the list, and an open list takes the focus back from what comes next.
    await page.locator('vscode-dropdown[data-change=part]').focus();
    await page.keyboard.press('ArrowDown');
    assert.deepEqual(await sent(), { type: 'previewAsk', request: { ...request, part: 'validation' } });
    await page.locator('vscode-dropdown[data-change=samples]').focus();
    await page.keyboard.press('ArrowDown');
    assert.deepEqual(await sent(), { type: 'previewAsk', request: { ...request, samples: 8 } });
    await page.getByRole('button', { name: 'Look again' }).focus();
    await page.keyboard.press('Enter');
    assert.deepEqual(await sent(), { type: 'previewAgain' });
  });

  it('switches to samples as training may change them, and keeps that', async () => {
    const { page } = await open(...shown(imagePreview()));
    const sources = (): Promise<readonly (string | null)[]> =>
      page.locator('.seen img').evaluateAll((images) => images.map((image) => image.getAttribute('src')));
    const before = await sources();
    await page.locator('vscode-checkbox').focus();
    await page.keyboard.press('Space');
    await panel().settled();
    const after = await sources();
    assert.notDeepEqual(after, before);
    for (const message of shown(imagePreview())) await panel().send(message);
    assert.deepEqual(await sources(), after);
  });

  it('says what is wrong with its place, leads there, and shows nothing older beside it', async () => {
    const { page } = await open(...shown(imagePreview()), { ...IDLE, failed: true, problems: [WRONG] });
    assert.equal(await page.locator('.seen').count(), 0);
    assert.match(plain(await page.getByRole('alert').textContent()), /there is no such folder/);
    await page.getByRole('button', { name: 'models/flowers.udc.yaml:5:34' }).click();
    assert.deepEqual(await sent(), { type: 'previewReveal', line: 5, column: 34 });
  });

  it('takes names of classes and files as text', async () => {
    const preview = imagePreview();
    const byClass = HOSTILE.map(() => 3);
    const parts = preview.parts.map((part) => ({ ...part, byClass }));
    const groups = preview.groups.map((group, i) => ({ ...group, label: 30 + i }));
    const texts = { name: HOSTILE.join(' '), source: HOSTILE.join(' '), notes: HOSTILE, warnings: HOSTILE };
    const problems = HOSTILE.map((message) => ({ ...WRONG, message: `${message}!` }));
    const hostile = { ...preview, ...texts, classes: HOSTILE, parts, groups };
    const { page } = await open(...shown(hostile, { file: HOSTILE.join(' '), problems }));
    assert.equal(await page.locator('main img').count(), 12);
    assert.equal(await page.locator('main script, main iframe, main a').count(), 0);
    assert.equal(await page.locator('.count-table tbody tr').count(), HOSTILE.length);
    assert.doesNotMatch((await page.locator('main').textContent())!, /[\u202e\u001b\u0000]/);
  });

  const scenes: Readonly<Record<string, readonly PreviewHostMessage[]>> = {
    images: shown(imagePreview(), { problems: [{ ...WRONG, severity: 'warning' }] }),
    sounds: shown(soundPreview(), { checking: true }),
    windows: shown(windowPreview()),
    pairs: shown(pairPreview()),
    'what is wrong': [{ ...IDLE, failed: true, problems: [WRONG] }],
    'nothing yet': [],
  };
  for (const [name, messages] of Object.entries(scenes))
    it(`breaks no rule of axe in any theme: ${name}`, async () => {
      const { page } = await open(...messages);
      const found: string[] = [];
      for (const theme of Object.keys(THEMES) as ThemeName[]) {
        await panel().setTheme(theme);
        const rules = theme === 'dark' ? EVERYTHING : COLOURS;
        found.push(...(await axeViolations(page, rules)).map((one) => `${theme}: ${one}`));
      }
      assert.deepEqual(found, []);
    });

  it('fits a narrow panel: nothing reaches beyond its sides', async () => {
    for (const preview of [imagePreview(), soundPreview(), windowPreview(), pairPreview()]) {
      const { page, close } = await opened({ kind: 'data', width: 271 });
      for (const message of shown(preview)) await panel().send(message);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(beyond <= 0, `${preview.name}: ${beyond} pixels`);
      if (preview.name !== 'larger') await close();
    }
  });
});
