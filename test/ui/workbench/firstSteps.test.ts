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

  it('end with a panel that says how to start when there is no run', async () => {
    await workbench().command('UDC: Show Results');
    await workbench().results.frame.getByRole('button', { name: /Start/ }).waitFor();
    await workbench().picture('empty panel');
  });
});
