/**
 * Names as nobody gives them in good faith, in a real VS Code, trusted and not: wherever they are shown they are text,
 * no link, no icon, no markup, and of bounded length.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportInput } from '../../../src/reports/export-input.ts';
import { writeTflite } from '../../../src/formats/tflite/write-tflite.ts';
import { fixtureRun } from '../../fixtures/runs.ts';
import { scratchFolder } from '../../scratch.ts';
import { exampleRun } from '../../unit/formats/run.ts';
import { request } from '../../unit/runs/request.ts';
import { without } from '../../fixtures/without.ts';
import { eventually } from '../support/eventually.ts';
import { TINY, useWorkbench } from '../support/suite.ts';

const LINK = '[x](command:workbench.action.quit)';
const TAG = '<img src=x onerror=alert(1)>';
const ICON = '$(trash)';
const TURNED = 'turned\u202etxt.exe';
const LONG = 'long '.repeat(2000);
const ALL = `${LINK} ${TAG} ${ICON} ${TURNED} \u001b[31mred\nline two`;

/** Definitions with such names, of which the text is no definition: what is said of them names the file. */
const NAMES = [LINK, TAG, ICON, TURNED].map((name) => `${name}.udc.yaml`);
const folder = scratchFolder('hostile');
const definitions = NAMES.map((name) => join(folder, name));
for (const file of definitions) writeFileSync(file, readFileSync(TINY, 'utf8').replace('op: conv', `op: "${LINK}"`));
const model = join(folder, `${LINK}${TAG}${ICON}.tflite`);
writeFileSync(
  model,
  writeTflite(exportInput(exampleRun((decision) => decision)).network!.integer, { description: ALL }),
);

const MODES = { trusted: false, restricted: true } as const;

for (const [mode, restricted] of Object.entries(MODES)) {
  describe(`Hostile names, ${mode}`, () => {
    const workbench = useWorkbench([...definitions, model], {
      'security.workspace.trust.enabled': restricted,
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.banner': 'never',
    });
    const dialogs: string[] = [];

    const writeRun = (id: string, name: string): void => {
      const run = fixtureRun();
      const text = (value: unknown): string =>
        JSON.stringify(value).replaceAll('block1', JSON.stringify(ALL).slice(1, -1));
      const header = {
        ...without(request({ epochs: 1, stepMs: 0 }), 'name'),
        format: 2,
        id,
        created: '2025-03-01T12:00:00.000Z',
        definitionPath: join(workbench().folder, NAMES[0]!),
        limits: run.limits,
      };
      workbench().write(`.udc/runs/${id}/run.json`, text(header));
      workbench().write(`.udc/runs/${id}/events.ndjson`, run.events.map((event) => `${text(event)}\n`).join(''));
      workbench().write(`.udc/runs/${id}/result.json`, text({ ...run.result!, name }));
    };

    before(() => {
      workbench().page.on('dialog', (dialog) => {
        dialogs.push(dialog.message());
        void dialog.dismiss();
      });
      writeRun('all', ALL);
      writeRun('long', LONG);
      workbench().write(`.udc/runs/${ICON}${LINK}/run.json`, '{');
    });

    it('are text in the view of runs, and in what it says on hover', async () => {
      const { runs, page } = workbench();
      await runs.show();
      const row = runs.row('[x]').first();
      await row.waitFor();
      await runs.row('long long').first().waitFor();
      assert.equal(await page.locator('.sidebar .monaco-list-row .codicon-trash[class*="label"]').count(), 0);
      const hover = page.locator('.monaco-hover:visible, .workbench-hover:visible').first();
      // A row that is drawn anew meanwhile has no hover: it is pointed at again.
      await eventually(async () => {
        await page.mouse.move(900, 500);
        await row.hover();
        await hover.waitFor({ timeout: 5_000 });
      });
      assert.equal(await hover.locator('a[href^="command"], a[data-href^="command"], img').count(), 0);
      await workbench().picture(`hostile runs ${mode}`);
      await page.mouse.move(900, 500);
    });

    it('are text in the panel, and its title is one line', async () => {
      const { runs, results, page } = workbench();
      await runs.row('[x]').first().click();
      await results.frame.locator('h1', { hasText: '[x]' }).waitFor();
      assert.equal(await results.frame.locator('img').count(), 0);
      await workbench().picture(`hostile panel ${mode}`);
      await results.showTab('Compare');
      await workbench().picture(`hostile compare ${mode}`);
      await runs.row('long long').first().click();
      await results.frame.locator('h1', { hasText: 'long long' }).waitFor();
      await workbench().picture(`hostile long ${mode}`);
      assert.ok((await results.frame.locator('h1').innerText()).length <= 120);
      assert.equal(await page.locator('.tab .codicon-trash').count(), 0);
      await workbench().command('View: Close All Editors');
    });

    it('are text in the list of definitions and in the notification on one', async () => {
      await workbench().command('UDC: Start Search');
      const { page, quickInput } = workbench();
      const said = restricted ? /trusted workspace/ : /line \d+/;
      if (!restricted) {
        await quickInput.waitFor();
        const rows = page.locator('.quick-input-list .monaco-list-row');
        await rows.filter({ hasText: '[x]' }).first().waitFor();
        assert.equal(await rows.locator('.codicon-trash').count(), 0);
        await workbench().picture(`hostile definitions ${mode}`);
        await rows.filter({ hasText: '[x]' }).first().click();
      }
      const notification = await workbench().notification(said);
      await workbench().picture(`hostile notification ${mode}`);
      assert.equal(await notification.locator('.notification-list-item-message a').count(), 0);
      assert.equal(await notification.locator('img, .codicon-trash').count(), 0);
      await workbench().command('Notifications: Clear All Notifications');
    });

    it('are text on the page of a network', async () => {
      const { page, results } = workbench();
      await workbench().command('View: Show Explorer');
      await page.locator('.explorer-folders-view .monaco-list-row', { hasText: '.tflite' }).first().dblclick();
      await results.frame.getByRole('heading', { name: '[x]' }).waitFor();
      assert.equal(await results.frame.locator('img').count(), 0);
      await workbench().picture(`hostile network ${mode}`);
    });

    it('ran nothing, and asked no other machine', () => {
      assert.deepEqual(dialogs, []);
      assert.deepEqual(workbench().foreignRequests, []);
    });
  });
}
