/**
 * The main job: from the palette through a live panel to the chosen architecture in the file. Its pictures of the
 * quickstart example are the README's.
 */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { readFileSync } from 'node:fs';
import type { TrainingSpec } from '../../../src/network/types.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { assertApplied, copyRun, onlyResult, removeCopy } from '../support/applied.ts';
import { eventually } from '../support/eventually.ts';
import { TINY, useWorkbench } from '../support/suite.ts';
import { weightLimit } from '../../../src/wire/limits.ts';
import { mainNetwork } from '../../fixtures/run-parts.ts';

/** How long a search may take on a slow, busy machine. */
const SEARCH_LIMIT = 600_000;

/** `npm run pictures` names the example instead. */
const DEFINITION = process.env['UDC_UI_DEFINITION'] ?? TINY;
const FILE = basename(DEFINITION);

/** The panel's status when the decisions have begun to settle: in the second half of the search's epochs or past it. */
function middleOf({ warmup, search }: TrainingSpec): RegExp {
  const epochs = Array.from({ length: Math.ceil(search / 2) }, (_, i) => warmup + search - i);
  return new RegExp(`^(Search · epoch (${epochs.join('|')}) |(Race|Sparsify|Settle))`);
}

describe('A search in the workbench', function () {
  this.timeout(SEARCH_LIMIT + 60_000);
  const workbench = useWorkbench([DEFINITION]);
  const original = readFileSync(DEFINITION, 'utf8');
  const { name, layers, training } = parseDefinition(original).definition!;

  it('begins with a definition whose sizes can be read', async () => {
    const editor = await workbench().openFile(FILE);
    await workbench().command('View: Toggle Primary Side Bar Visibility');
    const second = layers[1]!.name;
    await editor.lenses();
    assert.match(await editor.hover(`name: ${second}`, second), new RegExp(`${second}:.*of the .* budget`));
    await workbench().picture('sizes on hover');
  });

  it('starts from the palette and fills the panel while it runs', async () => {
    const { results } = workbench();
    await workbench().command('UDC: Start Search');
    // The worker starts before anything shows, which takes long on a busy machine; on an idle one the search may be
    // done before the panel is there.
    const done = results.state.filter({ hasText: 'Done' });
    await results.state.filter({ hasText: 'Running' }).or(done).waitFor({ timeout: SEARCH_LIMIT });
    await results.status
      .filter({ hasText: middleOf(training) })
      .or(done)
      .first()
      .waitFor({ timeout: SEARCH_LIMIT });
    await results.charts.first().waitFor();
    // Its item in the status bar goes with it.
    await Promise.any([workbench().statusBar('UDC').first().waitFor(), done.waitFor({ timeout: SEARCH_LIMIT })]);
    await workbench().picture('search running');
    await results.layerRows.last().scrollIntoViewIfNeeded();
    assert.equal(await results.layerRows.count(), layers.length);
    await workbench().picture('layers while searching');
  });

  it('ends with one notification, and the panel shows a size within the budget', async () => {
    const { results } = workbench();
    await results.state.filter({ hasText: 'Done' }).waitFor({ timeout: SEARCH_LIMIT });
    const notification = await workbench().notification(`${name} is done`);
    assert.equal(await notification.count(), 1);
    const [now, most] = await Promise.all(
      ['aria-valuenow', 'aria-valuemax'].map(async (attribute) =>
        Number(await results.budgetMeter.getAttribute(attribute)),
      ),
    );
    const result = onlyResult(workbench().folder);
    assert.equal(now, mainNetwork(result).totals.totalBytes);
    assert.equal(most, weightLimit(result.limits));
    assert.ok(now <= most, `${now} of ${most} bytes`);
    await results.budgetMeter.scrollIntoViewIfNeeded();
    await workbench().picture('search done');
  });

  it('writes the chosen architecture into the file and nothing else', async () => {
    await workbench().answer(`${name} is done`, 'Apply');
    await workbench().answer('values were decided', 'Show Changes');
    await workbench().page.locator('.monaco-diff-editor .char-insert').first().waitFor();
    await workbench().picture('changes');
    await workbench().command('View: Close Editor');
    await workbench().command('File: Save');
    const result = onlyResult(workbench().folder);
    await eventually(() => assertApplied(original, workbench().read(FILE), result));
    await workbench().picture('architecture applied');
  });

  for (const tab of ['Curves', 'Candidates', 'Decisions', 'Compare']) {
    it(`has more on its tab ${tab}`, async () => {
      await workbench().results.showTab(tab);
      await workbench().picture(`tab ${tab}`);
    });
  }

  it("exports what the vendor's compiler takes", async () => {
    const { page, quickInput } = workbench();
    await workbench().command('UDC: Export Results');
    await quickInput.fill('TensorFlow Lite');
    await workbench().picture('export formats');
    await workbench().pick('TensorFlow Lite (int8)');
    const file = `${name}.tflite`;
    await page.waitForFunction(
      (wanted) =>
        document.querySelector<HTMLInputElement>('.quick-input-widget input[type=text]')?.value.endsWith(wanted) ===
        true,
      file,
    );
    await quickInput.press('Enter');
    await workbench().notification(`Exported to ${file}`);
    assert.equal(workbench().bytes(file).subarray(4, 8).toString('latin1'), 'TFL3');
  });

  it('compares it with another run, chosen by its box', async () => {
    const { results } = workbench();
    copyRun(workbench().folder, { seed: 77, integerMetric: 0.5 });
    await results.showTab('Compare');
    const box = results.frame.locator('vscode-checkbox', { hasText: 'seed 77' });
    await box.click();
    await results.frame.locator('.point-search').nth(1).waitFor();
    assert.equal(await results.frame.locator('.plain tbody tr').count(), 2);
    await results.frame.locator('.plain tbody td', { hasText: /^50(\.0+)?(\s%| ± )/ }).waitFor();
    await workbench().picture('compared');
    await box.click();
    await results.frame.locator('.point-search').nth(1).waitFor({ state: 'detached' });
    removeCopy(workbench().folder);
    await box.waitFor({ state: 'detached' });
  });

  it('lists the run in the view', async () => {
    await workbench().runs.show();
    await workbench().runs.row(name).first().waitFor();
    await workbench().picture('runs view');
  });

  it('keeps the panel over a reload of the window', async () => {
    await workbench().reload();
    const { results } = workbench();
    // A new extension host starts, which takes long on a busy machine.
    await results.state.filter({ hasText: 'Done' }).waitFor({ timeout: SEARCH_LIMIT });
    await results.showTab('Overview');
    assert.equal(
      Number(await results.budgetMeter.getAttribute('aria-valuenow')),
      mainNetwork(onlyResult(workbench().folder)).totals.totalBytes,
    );
    await workbench().picture('panel after reload');
  });

  for (const theme of ['light', 'high-contrast', 'high-contrast-light'] as const) {
    it(`can be looked at in the theme ${theme}`, async () => {
      await workbench().useTheme(theme);
      await workbench().results.showTab('Overview');
      await workbench().results.charts.first().waitFor();
      await workbench().picture(`panel ${theme}`);
    });
  }

  it('sent nothing to other machines', () => {
    assert.deepEqual(workbench().foreignRequests, []);
  });
});
