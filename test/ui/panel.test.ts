/** The results panel in Chromium with its real page and policy, a made-up host beside it. */
import assert from 'node:assert/strict';
import type { HostMessage, PanelTab } from '../../src/wire/panel-messages.ts';
import { THEMES, type ThemeName } from '../../webview/dev/themes.ts';
import { withCandidates } from '../fixtures/candidates.ts';
import { fixtureRun, fixtureSnapshot, fixtureSummary, type FixtureRun } from '../fixtures/runs.ts';
import { mainNetwork, progressOf } from '../fixtures/run-parts.ts';
import { plain, usePanel } from './support/panel.ts';

const live = fixtureRun({ until: 9 });
const whole = fixtureRun();
const done = fixtureRun({ id: 'done', seed: 2 });
const other = fixtureRun({ id: 'other', seed: 3, blocks: 4 });
const summaries = [live, done, other].map((run) => fixtureSnapshot(run).summary);

const snapshotOf = (...shown: readonly FixtureRun[]): HostMessage => ({
  type: 'snapshot',
  runs: summaries,
  shown: shown.map(fixtureSnapshot),
});
const kept = (tab: PanelTab): unknown => ({ runIds: [], tab, sort: { column: 'order', descending: false } });

describe('results panel in a browser', () => {
  const { open, panel } = usePanel();

  const textOf = async (selector: string): Promise<string> =>
    plain(await panel().page.locator(selector).first().textContent());
  const lastSent = async (): Promise<unknown> => (await panel().sent()).at(-1);

  it('says ready, waits, and shows a running search', async () => {
    const { page } = await open();
    assert.deepEqual(await panel().sent(), [{ type: 'ready', runIds: [] }]);
    assert.match(await textOf('main'), /Reading the runs/);
    await panel().send(snapshotOf(live));
    await panel().send({
      type: 'progress',
      runId: live.id,
      progress: progressOf({ epoch: 10, epochs: 26, step: 34, steps: 120, loss: 1.03, secondsLeft: 125 }),
    });
    assert.equal(await textOf('h1'), 'kws-dscnn');
    assert.equal(await textOf('.status-line'), 'Search · epoch 10 of 26 · step 34 of 120 · loss 1.03 · 2 min 5 s left');
    const meter = page.getByRole('meter', { name: 'Weight memory against its budget' });
    const latest = live.events.findLast((event) => event.type === 'epoch')!;
    assert.equal(await meter.getAttribute('aria-valuenow'), String(latest.exactBytes));
    assert.equal(await meter.getAttribute('aria-valuemax'), String(live.budgetBytes));
    assert.match(
      plain(await meter.getAttribute('aria-valuetext')),
      /weights .* scales and biases .* padding .* entropy bound/,
    );
    assert.equal(await page.locator('.layer-table tbody tr').count(), 9);
    assert.match(
      plain(await page.locator('.layer-table .probabilities').first().getAttribute('aria-label')),
      /^Probabilities: 2 [\d.]+ %, 3 /,
    );
    assert.equal(await page.locator('.uplot canvas').count(), 3);
  });

  it('says what a search started from, where that was no random weights', async () => {
    const snapshot = fixtureSnapshot(live);
    const initialWeights = { file: 'kws.safetensors', sha256: 'ab12', taken: 9, operations: 10, inputs: 'as stored' };
    await open(
      {},
      {
        type: 'snapshot',
        runs: summaries,
        shown: [
          {
            ...snapshot,
            events: snapshot.events.map((event) => (event.type === 'started' ? { ...event, initialWeights } : event)),
          },
        ],
      },
    );
    assert.match(await textOf('dl.facts'), /Starts from\s*kws\.safetensors · 9 of 10 operations/);
    await panel().send(snapshotOf(live));
    assert.doesNotMatch(await textOf('dl.facts'), /Starts from/);
  });

  it('takes new events in, and keeps the focus', async () => {
    const { page } = await open({}, snapshotOf(live));
    const bits = page.getByRole('button', { name: 'Bits' });
    await bits.focus();
    await panel().send({
      type: 'events',
      runId: live.id,
      events: whole.events.slice(live.events.length, live.events.length + 3),
    });
    assert.match(await textOf('.status-line'), /epoch 12 of 26/);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Bits');
    assert.match(await textOf('[role=status]'), /epoch 12 of 26: accuracy/);
  });

  it('shows a run that finished while the panel was closed', async () => {
    const { page } = await open({}, snapshotOf(done));
    assert.equal(await textOf('header .state'), 'Done in 4 min 17 s');
    const { integerMetric, totals, certificate, decisions } = mainNetwork(done.result!);
    assert.equal(await textOf('.answer .amount'), `${(100 * integerMetric).toFixed(1)} %`);
    assert.match(await textOf('.answer .note'), /^float [\d.]+ % · \+2\.3 points over uniform 4-bit$/);
    assert.match(
      await textOf('.layer-table tfoot'),
      new RegExp(`${((100 * totals.totalBytes) / done.budgetBytes).toFixed(1)} %`),
    );
    await page.getByRole('tab', { name: 'Decisions' }).click();
    assert.match(await textOf('.settlement'), new RegExp(certificate.encodedSha256));
    assert.equal(await page.locator('.pick-chosen').count(), decisions.length);
  });

  it('puts the answer first and largest, then the network and its layers, then the curves', async () => {
    const { page } = await open({}, snapshotOf(done));
    const found = await page.evaluate(() => {
      const places = ['.answer', '.network', '.layer-table', '.charts'].map(
        (name) => document.querySelector(name)!.getBoundingClientRect().top,
      );
      const sizes = Array.from(document.querySelectorAll('main *')).map((element) =>
        parseFloat(getComputedStyle(element).fontSize),
      );
      const answer = parseFloat(getComputedStyle(document.querySelector('.answer .amount b')!).fontSize);
      return { places, largest: Math.max(...sizes), answer };
    });
    assert.deepEqual(
      [...found.places].sort((a, b) => a - b),
      found.places,
    );
    assert.equal(found.answer, found.largest);
  });

  it('draws the network: a block a layer, in words too, and each leads to its line', async () => {
    const { page } = await open({}, snapshotOf(live));
    const { layers } = live.events.findLast((event) => event.type === 'epoch')!;
    const blocks = page.locator('.net-button');
    assert.equal(await blocks.count(), layers.length);
    for (const [index, layer] of layers.entries()) {
      const words = plain(await blocks.nth(index).textContent());
      const rest = layer.op === 'skip' ? 'left out' : layer.output.join('×');
      assert.ok(words.startsWith(layer.name) && words.includes(rest), words);
      const zeros = blocks.nth(index).locator('.net-zeros');
      assert.equal(
        await zeros.count(),
        layer.op !== 'skip' && layer.parameters > 0 && layer.sparsity > 0 ? 1 : 0,
        words,
      );
    }
    await blocks.nth(2).press('Enter');
    assert.deepEqual(await lastSent(), { type: 'revealLayer', runId: live.id, layer: layers[2]!.name });
  });

  it('sorts by keyboard', async () => {
    const { page } = await open({}, snapshotOf(done));
    const names = async (): Promise<readonly string[]> => await page.locator('.layer-table tbody th').allTextContents();
    const bySize = [...mainNetwork(done.result!).layers]
      .sort((a, b) => b.totalBytes - a.totalBytes)
      .map((layer) => layer.name);
    assert.deepEqual(
      await names(),
      mainNetwork(done.result!).layers.map((layer) => layer.name),
    );
    await page.getByRole('button', { name: 'Size' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('th[aria-sort=descending]');
    assert.deepEqual(await names(), bySize);
    await page.keyboard.press('Enter');
    await page.waitForSelector('th[aria-sort=ascending]:has-text("Size")');
    assert.equal((await names()).at(-1), bySize[0]);
    assert.deepEqual(await panel().kept(), {
      runIds: ['done'],
      tab: 'overview',
      sort: { column: 'bytes', descending: false },
    });
  });

  it('changes tabs and reads charts by keyboard', async () => {
    const { page } = await open({}, snapshotOf(done));
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('text=An older version made this run');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('text=Diagnostics');
    assert.deepEqual(await panel().kept(), {
      runIds: ['done'],
      tab: 'curves',
      sort: { column: 'order', descending: false },
    });
    assert.equal(await page.locator('.uplot canvas').count(), 10);
    const loss = page.getByRole('slider', { name: /^Loss/ });
    await loss.focus();
    await page.keyboard.press('Home');
    assert.match(plain(await loss.getAttribute('aria-valuetext')), /^epoch 1: training [\d.]+, validation [\d.]+$/);
    await page.keyboard.press('ArrowRight');
    assert.equal(await loss.getAttribute('aria-valuenow'), '2');
    const legend = page.locator('.legend-entry').first();
    await legend.focus();
    await page.keyboard.press('Enter');
    assert.equal(await legend.getAttribute('aria-pressed'), 'false');
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('figure table');
    assert.equal(await page.locator('figure table tbody tr').count(), 26);
    for (const name of ['Decisions', 'Overview', 'Decisions', 'Overview'])
      await page.getByRole('tab', { name }).click();
    await panel().settled();
    assert.equal(await page.locator('.layer-table tbody tr').count(), 9, 'what was drawn before is there again');
  });

  it('comes back after a reload as it was left', async () => {
    const state = { runIds: ['done'], tab: 'decisions', sort: { column: 'bits', descending: true } };
    const { page } = await open({ state }, snapshotOf(done));
    assert.deepEqual((await panel().sent())[0], { type: 'ready', runIds: ['done'] });
    assert.equal(await page.getByRole('tab', { name: 'Decisions' }).getAttribute('aria-selected'), 'true');
    assert.deepEqual(await panel().kept(), state);
  });

  it('asks for what its buttons promise', async () => {
    const { page } = await open({}, snapshotOf(done));
    for (const [name, action] of [
      ['Apply', 'apply'],
      ['Export', 'export'],
      ['Open Definition', 'openDefinition'],
      ['Delete Run', 'delete'],
    ] as const) {
      await page.getByRole('button', { name, exact: true }).click();
      assert.deepEqual(await lastSent(), { type: 'action', action, runId: 'done' });
    }
    await page.locator('.layer-table').getByRole('button', { name: 'block2', exact: true }).press('Enter');
    assert.deepEqual(await lastSent(), { type: 'revealLayer', runId: 'done', layer: 'block2' });
    assert.equal(await page.getByRole('button', { name: 'Stop', exact: true }).count(), 0);
  });

  it('compares runs', async () => {
    const { page } = await open({ state: kept('compare') }, snapshotOf(done));
    await page.locator('vscode-checkbox', { hasText: 'seed 3' }).click();
    assert.deepEqual(await lastSent(), { type: 'select', runIds: ['done', 'other'] });
    await panel().send(snapshotOf(done, other));
    assert.equal(
      (await panel().sent()).filter((message) => message.type === 'select').length,
      1,
      'the answer must not ask again',
    );
    assert.equal(await page.locator('.point-search').count(), 2);
    assert.equal(await page.locator('.point-baseline').count(), 6);
    assert.equal(await page.locator('.uplot canvas').count(), 2);
    await page.locator('.picker vscode-dropdown').focus();
    await page.keyboard.press('ArrowDown');
    assert.deepEqual(await lastSent(), { type: 'select', runIds: ['other', 'done'] });
  });

  it('says what failed, why, and what to do', async () => {
    const failure = {
      what: 'The search process ended.',
      why: 'Killed by the system.',
      next: 'Resume goes on from epoch 9.',
      log: ['out of memory'],
    };
    const { page } = await open({}, snapshotOf(live), {
      type: 'runChanged',
      summary: fixtureSummary(live, 'failed', ['resume', 'showLog']),
      failure,
    });
    assert.equal(await page.getByRole('alert').count(), 1);
    for (const text of [failure.what, failure.why, failure.next])
      assert.ok((await textOf('[role=alert]')).includes(text));
    assert.equal(await textOf('[role=status]'), 'kws-dscnn: Failed.');
    await page.getByRole('button', { name: 'Resume' }).click();
    assert.deepEqual(await lastSent(), { type: 'action', action: 'resume', runId: live.id });
  });

  it('offers a start where there is nothing, and reports what it could not read', async () => {
    const { page } = await open({}, { type: 'snapshot', runs: [], shown: [] });
    await page.getByRole('button', { name: 'Start Search' }).click();
    assert.deepEqual(await lastSent(), { type: 'start' });
    await panel().send({ type: 'events', runId: 7 } as unknown as HostMessage);
    const report = await lastSent();
    assert.ok(typeof report === 'object' && report !== null && 'type' in report && report.type === 'panelError');
    assert.match(await textOf('[role=alert]'), /runId: a text was expected, found 7/);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.waitForSelector('[role=alert]', { state: 'detached' });
  });

  it('shows hostile names as text', async () => {
    const name = '<img src=x onerror="document.title=1"><b>bold</b>';
    const { page } = await open({}, snapshotOf(fixtureRun({ name })));
    assert.equal(await textOf('h1'), name);
    assert.equal(await page.locator('img, h1 b').count(), 0);
  });

  it('draws its charts in the colours of each theme, at once', async () => {
    const { page } = await open({}, snapshotOf(done));
    const hasColour = async (hex: string): Promise<boolean> =>
      await page.evaluate((wanted) => {
        const canvas = document.querySelector<HTMLCanvasElement>('.uplot canvas')!;
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })!;
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        const [r, g, b] = [1, 3, 5].map((at) => parseInt(wanted.slice(at, at + 2), 16));
        for (let i = 0; i < data.length; i += 4)
          if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) return true;
        return false;
      }, hex);
    for (const name of Object.keys(THEMES) as ThemeName[]) {
      await panel().setTheme(name);
      for (const own of Object.keys(THEMES) as ThemeName[]) {
        const colour = THEMES[own].variables['charts-blue']!;
        assert.equal(await hasColour(colour), own === name, `${own}'s blue under ${name}`);
      }
    }
  });

  for (const width of [271, 340])
    it(`fits a column of ${width} pixels`, async () => {
      const { page } = await open({ width }, snapshotOf(withCandidates(done), other));
      for (const tab of ['Overview', 'Curves', 'Candidates', 'Decisions', 'Compare']) {
        await page.getByRole('tab', { name: tab }).click();
        await panel().settled();
        const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(content! <= room!, `${tab} is ${content} wide in ${room}`);
      }
    });

  it('shows the size of every layer in a narrow column, however long the names are', async () => {
    const name = 'a-layer-with-a-name-that-somebody-wanted-to-be-very-clear-about';
    const long = JSON.parse(JSON.stringify(done).replaceAll('block1', name)) as FixtureRun;
    const { page } = await open({ width: 400 }, snapshotOf(long));
    const rights = await page
      .locator('.layer-table tbody td:nth-child(2)')
      .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().right));
    assert.equal(rights.length, mainNetwork(done.result!).layers.length);
    for (const right of rights) assert.ok(right <= 400, `a size ends at ${right}`);
    await page.locator('.layer-table').getByRole('button', { name, exact: true }).press('Enter');
    assert.deepEqual(await lastSent(), { type: 'revealLayer', runId: 'done', layer: name });
  });

  it('names everything that a screen reader stops at', async () => {
    const { page } = await open({}, snapshotOf(withCandidates(live), done));
    for (const tab of ['Overview', 'Curves', 'Candidates', 'Decisions', 'Compare']) {
      await page.getByRole('tab', { name: tab }).click();
      await panel().settled();
      const nameless = await page.evaluate(() =>
        Array.from(
          document.querySelectorAll(
            '[role=img], [role=meter], [role=slider], [role=region], [role=progressbar], [role=toolbar], figure, button, vscode-button, vscode-dropdown, table',
          ),
        )
          .filter(
            (element) =>
              !element.getAttribute('aria-label') &&
              !element.querySelector('caption') &&
              element.textContent?.trim() === '',
          )
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      assert.deepEqual(nameless, [], tab);
    }
  });

  it('stands still where motion is not wanted', async () => {
    const { page } = await open({}, snapshotOf(live));
    const turning = async (): Promise<string> =>
      await page.locator('.state-running .codicon').evaluate((element) => getComputedStyle(element).animationName);
    assert.equal(await turning(), 'turn');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    assert.equal(await turning(), 'none');
  });

  it('holds a network of two hundred layers', async () => {
    const { page } = await open(
      {},
      snapshotOf(fixtureRun({ blocks: 200, epochs: { warmup: 1, search: 2, sparsify: 1, settle: 0 }, until: 2 })),
    );
    assert.equal(await page.locator('.layer-table tbody tr').count(), 203);
  });
});
