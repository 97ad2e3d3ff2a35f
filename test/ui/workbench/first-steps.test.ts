/** What a person sees who has nothing yet: the empty view, a new definition, the empty panel. */
import assert from 'node:assert/strict';
import { useWorkbench } from '../support/suite.ts';

describe('First steps', () => {
  const workbench = useWorkbench([]);

  it('are named by the empty view', async () => {
    await workbench().runs.show();
    await workbench().runs.pane.getByRole('button', { name: 'New Model Definition' }).waitFor();
    await workbench().picture('empty view');
  });

  it('lead to a definition without problems', async () => {
    await workbench().runs.pane.getByRole('button', { name: 'New Model Definition' }).click();
    await workbench().quickInput.press('Enter');
    await workbench().editor.waitForText('layers:');
    assert.match((await workbench().editor.lenses())[0]!, /architectures/);
    assert.equal(await workbench().editor.squiggles('error').count(), 0);
    await workbench().picture('new definition');
  });

  it('are shown by the walkthrough, step by step', async () => {
    const { page } = workbench();
    await workbench().command('Welcome: Open Walkthrough...');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Fit a network to your NPU' }).first().click();
    const steps = page.locator('.getting-started-step');
    await steps.nth(3).waitFor();
    assert.equal(await steps.count(), 4);
    const pages = {
      'Describe the network': 'Any value may be a choice',
      'See what each layer costs': 'Which layer fills the memory?',
      'Search within the budget': 'One search, five dimensions',
      'Apply and export': 'The definition becomes the architecture',
    };
    for (const [title, heading] of Object.entries(pages)) {
      await steps.filter({ hasText: title }).first().click();
      await page
        .frameLocator('iframe.webview.ready')
        .frameLocator('iframe#active-frame')
        .getByRole('heading', { name: heading })
        .waitFor();
      await workbench().picture(`walkthrough ${title}`);
    }
  });

  it('end with a panel that says how to start when there is no run', async () => {
    await workbench().command('UDC: Show Results');
    await workbench().results.frame.getByRole('button', { name: /Start/ }).waitFor();
    await workbench().picture('empty panel');
  });
});
