/** The main job: from the palette through a live panel to the chosen architecture in the file. */
import assert from 'node:assert/strict';
import { assertApplied, onlyResult } from '../support/applied.ts';
import { eventually } from '../support/eventually.ts';
import { TINY, useWorkbench } from '../support/suite.ts';

/** How long a search of the small definition may take on a slow, busy machine. */
const SEARCH_LIMIT = 180_000;

describe('A search in the workbench', function () {
  this.timeout(SEARCH_LIMIT + 60_000);
  const workbench = useWorkbench([TINY]);
  let original = '';

  it('starts from the palette and fills the panel while it runs', async () => {
    const { results } = workbench();
    await workbench().openFile('tiny.udc.yaml');
    original = workbench().read('tiny.udc.yaml');
    await workbench().command('UDC: Start Search');
    await results.state.filter({ hasText: 'Running' }).waitFor();
    await results.layerRows.first().waitFor({ timeout: SEARCH_LIMIT });
    await results.charts.first().waitFor();
    await results.state.filter({ hasText: 'Running' }).waitFor();
    await workbench().statusBar('UDC').first().waitFor();
    await workbench().picture('search running');
  });

  it('ends with one notification, and the panel shows a size within the budget', async () => {
    const { results } = workbench();
    await results.state.filter({ hasText: 'Done' }).waitFor({ timeout: SEARCH_LIMIT });
    const notification = workbench().notification(/tiny is done/);
    await notification.waitFor();
    assert.equal(await notification.count(), 1);
    const [now, most] = await Promise.all(['aria-valuenow', 'aria-valuemax'].map(async (name) => Number(await results.budgetMeter.getAttribute(name))));
    const result = onlyResult(workbench().folder);
    assert.equal(now, result.totals.totalBytes);
    assert.equal(most, result.budgetBytes);
    assert.ok(now <= most, `${now} of ${most} bytes`);
    await workbench().picture('search done');
  });

  it('writes the chosen architecture into the file and nothing else', async () => {
    await workbench().notification(/tiny is done/).getByRole('button', { name: 'Apply' }).click();
    await workbench().editor.line('name: stem').filter({ hasNotText: '|' }).waitFor();
    await workbench().editor.save();
    const result = onlyResult(workbench().folder);
    await eventually(() => assertApplied(original, workbench().read('tiny.udc.yaml'), result));
    await workbench().picture('architecture applied');
  });

  it('lists the run in the view', async () => {
    await workbench().runs.show();
    await workbench().runs.row('tiny').first().waitFor();
    await workbench().picture('runs view');
  });

  it('keeps the panel over a reload of the window', async () => {
    await workbench().reload();
    const { results } = workbench();
    await results.state.filter({ hasText: 'Done' }).waitFor();
    assert.equal(Number(await results.budgetMeter.getAttribute('aria-valuenow')), onlyResult(workbench().folder).totals.totalBytes);
    await workbench().picture('panel after reload');
  });

  for (const theme of ['light', 'high-contrast', 'high-contrast-light'] as const) {
    it(`can be looked at in the theme ${theme}`, async () => {
      await workbench().useTheme(theme);
      await workbench().results.charts.first().waitFor();
      await workbench().picture(`panel ${theme}`);
    });
  }

  it('sent nothing to other machines', () => {
    assert.deepEqual(workbench().foreignRequests, []);
  });
});
