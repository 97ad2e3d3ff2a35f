/** The results panel without a mouse, and by the rules of axe, in each theme. */
import assert from 'node:assert/strict';
import { TABS, type HostMessage, type PanelTab } from '../../src/wire/panel-messages.ts';
import type { OpenPanel, PanelOptions } from '../../webview/dev/harness.ts';
import { THEMES, type ThemeName } from '../../webview/dev/themes.ts';
import { withCandidates } from '../fixtures/candidates.ts';
import { ensembleShown, fixtureEnsemble } from '../fixtures/ensembles.ts';
import { fixtureRun, fixtureSnapshot, fixtureSummary, type FixtureRun } from '../fixtures/runs.ts';
import { axeViolations, COLOURS, EVERYTHING } from './support/axe.ts';
import { usePanel } from './support/panel.ts';

const live = fixtureRun({ until: 9 });
const done = fixtureRun({ id: 'done', seed: 2 });
const other = fixtureRun({ id: 'other', seed: 3, blocks: 4 });
const raced = withCandidates(done);
const racing = withCandidates(fixtureRun({ until: 15 }), 0.6);
const snapshotOf = (...shown: readonly FixtureRun[]): HostMessage => ({
  type: 'snapshot',
  runs: [live, done, other].map((run) => fixtureSnapshot(run).summary),
  shown: shown.map(fixtureSnapshot),
});
const failed: HostMessage = {
  type: 'runChanged',
  summary: fixtureSummary(live, 'failed', ['resume', 'showLog']),
  failure: {
    what: 'The search process ended.',
    why: 'Killed by the system.',
    next: 'Resume goes on from epoch 9.',
    log: ['out of memory'],
  },
};

/** What a keyboard stops at, as a screen reader would call it: role and name. */
interface Stop {
  readonly name: string;
  readonly visible: boolean;
}

describe('results panel for everybody', () => {
  const { open: opened, panel } = usePanel(false);

  async function open(options: Partial<PanelOptions>, ...messages: readonly HostMessage[]): Promise<OpenPanel> {
    const shown = await opened(options, ...messages);
    await shown.settled();
    return shown;
  }

  const tabState = (tab: PanelTab): unknown => ({ runIds: [], tab, sort: { column: 'order', descending: false } });

  /** Where the focus is, and whether anything shows it: an outline or a border that differs from the element's own. */
  const stop = async (): Promise<Stop> =>
    await panel().page.evaluate(() => {
      let element = document.activeElement;
      const outlines: string[] = [];
      const outer = element === document.body ? null : element;
      while (element) {
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        if (outlineStyle !== 'none' && outlineWidth !== '0px') outlines.push(outlineWidth);
        const inside: Element | null = element.shadowRoot?.activeElement ?? null;
        for (const part of Array.from(element.shadowRoot?.querySelectorAll('*') ?? [])) {
          const style = getComputedStyle(part);
          if (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') outlines.push(style.outlineWidth);
        }
        element = inside;
      }
      const name = outer?.getAttribute('aria-label') ?? outer?.textContent?.trim() ?? '';
      return { name: name.replaceAll('\u00a0', ' ').replace(/\s+/g, ' '), visible: outlines.length > 0 };
    });

  async function tabStops(most: number): Promise<readonly Stop[]> {
    const stops: Stop[] = [];
    await panel().page.evaluate(() => {
      (document.activeElement as HTMLElement | null)?.blur();
    });
    for (let i = 0; i < most; i += 1) {
      await panel().page.keyboard.press('Tab');
      await panel().settled();
      const here = await stop();
      if (here.name === '' || (i > 0 && here.name === stops[0]!.name)) break;
      stops.push(here);
    }
    return stops;
  }

  it('is walked through by Tab in reading order, and shows where the focus is', async () => {
    await open({}, snapshotOf(done));
    const stops = await tabStops(60);
    const names = stops.map(({ name }) => name);
    const order = [
      'Run',
      'Apply',
      'Export',
      'Open Definition',
      'Delete Run',
      'models/kws.udc.yaml',
      'Overview',
      'Table of layers',
      'Size',
      'stem',
      'logits',
    ];
    const places = order.map((wanted) => names.indexOf(wanted));
    assert.deepEqual(
      places.filter((place) => place < 0),
      [],
      `not reached: ${order.filter((_, i) => places[i]! < 0).join(', ')}; reached: ${names.join(' | ')}`,
    );
    assert.deepEqual(
      [...places].sort((a, b) => a - b),
      places,
      names.join(' | '),
    );
    assert.deepEqual(
      stops.filter(({ visible }) => !visible).map(({ name }) => name),
      [],
      'focused, but nothing shows it',
    );
  });

  it('does by Enter and Space what a click does', async () => {
    const { page } = await open({}, snapshotOf(done));
    const lastSent = async (): Promise<unknown> => (await panel().sent()).at(-1);
    for (const [key, name, action] of [
      ['Enter', 'Apply', 'apply'],
      ['Space', 'Export', 'export'],
      ['Enter', 'Delete Run', 'delete'],
    ] as const) {
      await page.getByRole('button', { name, exact: true }).focus();
      await page.keyboard.press(key);
      assert.deepEqual(await lastSent(), { type: 'action', action, runId: 'done' });
    }
    await page.getByRole('button', { name: 'Bits' }).focus();
    await page.keyboard.press('Space');
    await page.waitForSelector('th[aria-sort=ascending]:has-text("Bits")');
    assert.equal(
      await page.evaluate(() => document.activeElement?.textContent),
      'Bits',
      'the focus stays where it was',
    );
  });

  it('goes through its tabs by the arrow keys, Home and End', async () => {
    const { page } = await open({}, snapshotOf(done));
    await page.getByRole('tab', { name: 'Overview' }).focus();
    const selected = async (): Promise<string | null> =>
      await page.locator('vscode-panel-tab[aria-selected=true]').textContent();
    for (const [key, wanted] of [
      ['ArrowRight', 'Test'],
      ['ArrowRight', 'Curves'],
      ['ArrowRight', 'Candidates'],
      ['ArrowRight', 'Decisions'],
      ['ArrowLeft', 'Candidates'],
      ['End', 'Compare'],
      ['Home', 'Overview'],
    ] as const) {
      await page.keyboard.press(key);
      await panel().settled();
      assert.equal(await selected(), wanted, key);
    }
  });

  it('compares runs by the keyboard alone', async () => {
    const { page } = await open({ state: tabState('compare') }, snapshotOf(done));
    await page.locator('vscode-checkbox', { hasText: 'seed 3' }).focus();
    await page.keyboard.press('Space');
    assert.deepEqual((await panel().sent()).at(-1), { type: 'select', runIds: ['done', 'other'] });
  });

  it('scrolls its wide table by the arrow keys', async () => {
    const { page } = await open({ width: 400 }, snapshotOf(done));
    const table = page.getByRole('region', { name: 'Table of layers' });
    await table.focus();
    for (let i = 0; i < 5; i += 1) await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelector('.layers .scroll')!.scrollLeft > 0);
  });

  it('sorts the candidates by keyboard, and keeps that order and the focus when more come', async () => {
    const { page } = await open({ state: tabState('candidates') }, snapshotOf(racing));
    const cells = async (column: number): Promise<readonly string[]> =>
      await page.locator(`.candidates tbody tr > :nth-child(${column})`).allTextContents();
    const ranks = (await cells(1)).map(Number);
    assert.deepEqual(
      ranks,
      ranks.map((_, i) => i + 1),
      'by rank first',
    );
    const head = page.getByRole('button', { name: 'Trained loss' });
    await head.focus();
    await page.keyboard.press('Enter');
    await panel().settled();
    const numbers = (texts: readonly string[]): number[] =>
      texts.map((text) => (text === '–' ? Infinity : text === 'diverged' ? Number.MAX_VALUE : Number(text)));
    const rising = numbers(await cells(5));
    assert.deepEqual(
      rising,
      [...rising].sort((a, b) => a - b),
    );
    assert.equal(await page.locator('.candidates th[aria-sort=ascending]').textContent(), 'Trained loss');
    await page.keyboard.press('Enter');
    await panel().settled();
    assert.equal(await page.locator('.candidates th[aria-sort=descending]').textContent(), 'Trained loss');
    const falling = numbers(await cells(5));
    assert.ok(falling.indexOf(Infinity) === -1 || falling.indexOf(Infinity) > falling.indexOf(Math.min(...falling)));
    const before = falling.length;
    const { length } = racing.events;
    await panel().send({
      type: 'events',
      runId: racing.id,
      events: [
        {
          seq: length,
          type: 'candidate',
          id: 99,
          stage: 'race',
          origin: { kind: 'draw', parents: [] },
          assignment: [],
        },
        { seq: length + 1, type: 'trial', candidate: 99, steps: 50, loss: 9 },
      ],
    });
    await panel().settled();
    assert.equal((await cells(1)).length, before + 1);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Trained loss');
    assert.deepEqual((await panel().kept()) as unknown, {
      runIds: [racing.id],
      tab: 'candidates',
      sort: { column: 'order', descending: false },
      candidateSort: { column: 'loss', descending: true },
    });
  });

  it('says of the chart of candidates who has won, and by name', async () => {
    const { page } = await open({ state: tabState('candidates') }, snapshotOf(raced));
    const { candidate } = raced.events.find((event) => event.type === 'decoded')!;
    const label = await page.locator('.trials svg').getAttribute('aria-label');
    assert.match(
      label!.replaceAll('\u00a0', ' '),
      new RegExp(`^Losses of .* The winner, #${candidate! + 1} .* steps\\.$`),
    );
    assert.equal(await page.locator('.trial-won text').textContent(), `#${candidate! + 1} won`);
    assert.equal(await page.locator('.candidate-won').count(), 1);
  });

  describe('by the rules of axe', () => {
    const scenes: readonly (readonly [name: string, tabs: readonly PanelTab[], messages: readonly HostMessage[]])[] = [
      ['a running search', TABS, [snapshotOf(live)]],
      ['a finished run beside another', TABS, [snapshotOf(done, other)]],
      ['candidates that raced', ['overview', 'candidates', 'decisions'], [snapshotOf(raced)]],
      ['candidates that race', ['overview', 'candidates'], [snapshotOf(racing)]],
      ['a failed run', ['overview'], [snapshotOf(live), failed]],
      ['an ensemble', ['overview'], [ensembleShown(fixtureEnsemble({ rule: 'per-class', members: 3 }))]],
      ['no run', ['overview'], [{ type: 'snapshot', runs: [], shown: [] }]],
    ];
    for (const [name, tabs, messages] of scenes) {
      it(`${name} breaks none of them in any theme`, async () => {
        const { page } = await open({}, ...messages);
        const found: string[] = [];
        for (const tab of tabs) {
          if (tabs.length > 1) await page.locator(`#tab-${tab}`).click();
          for (const theme of Object.keys(THEMES) as ThemeName[]) {
            await panel().setTheme(theme);
            found.push(
              ...(await axeViolations(page, theme === 'dark' ? EVERYTHING : COLOURS)).map(
                (text) => `${tab}, ${theme}: ${text}`,
              ),
            );
          }
        }
        assert.deepEqual(found, []);
      });
    }
  });
});
