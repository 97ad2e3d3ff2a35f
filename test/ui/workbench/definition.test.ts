/** What the editor says about a definition, as a person reads it. */
import assert from 'node:assert/strict';
import { aimAt } from '../support/aim.ts';
import { eventually } from '../support/eventually.ts';
import { TINY, useWorkbench } from '../support/suite.ts';

describe('A definition in the editor', () => {
  const workbench = useWorkbench([TINY]);

  it('opens with its number of architectures and their sizes against the budget above it', async () => {
    const editor = await workbench().openFile('tiny.udc.yaml');
    const lenses = await eventually(async () => {
      const shown = await editor.lenses();
      assert.equal(shown.length, 3, shown.join('; '));
      return shown;
    });
    assert.match(lenses[0]!, /architectures.*KiB/);
    assert.match(lenses[1]!, /Start Search/);
    assert.match(lenses[2]!, /Preview Data/);
  });

  it('shows the size of each layer with weights at the end of its line', async () => {
    const { editor } = workbench();
    for (const layer of ['stem', 'block', 'logits'])
      await eventually(async () => assert.match(await editor.shown(`name: ${layer}`), /\d[^}#]*B/));
    assert.doesNotMatch(await editor.shown('name: pool'), /\d B|KiB/);
    await workbench().picture('definition');
  });

  it('tells on hover what a layer takes in, gives out and costs', async () => {
    const text = await workbench().editor.hover('name: stem', 'stem');
    for (const part of [/32×16×1/, /16×8×/, /parameters/i, /MACs/, /budget/i]) assert.match(text, part);
    await workbench().picture('hover');
  });

  it('tells on hover what a value costs over its options', async () => {
    const text = await workbench().editor.hover('name: block', '16 | 32');
    for (const option of ['16', '32']) assert.match(text, new RegExp(`${option}.*B`));
  });

  it('underlines a mistake, and its quick fix mends it', async () => {
    const { editor, page } = workbench();
    await editor.clickOn('op: global-average-pool', 'global-average-pool');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('- { name: extra, op: conf, filters: 8 }');
    await editor.squiggles('error').first().waitFor();
    const click = await eventually(async () => {
      const fixes = await editor.quickFixes('name: extra', 'conf');
      await workbench().picture('quick fix');
      return aimAt(fixes.filter({ hasText: /conv/ }).first(), 5_000);
    });
    await click();
    await editor.line('name: extra, op: conv').waitFor();
  });

  it('sends nothing to other machines', () => {
    assert.deepEqual(workbench().foreignRequests, []);
  });
});
