/** Restricted Mode: what only reads works, a search is refused with the reason and the way out. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TINY, useWorkbench } from '../support/suite.ts';

describe('A workspace that is not trusted', () => {
  const workbench = useWorkbench([TINY], {
    'security.workspace.trust.enabled': true,
    'security.workspace.trust.startupPrompt': 'never',
    'security.workspace.trust.banner': 'never',
  });
  const refusal = /needs a trusted workspace/;

  it('shows sizes above, beside and over the layers', async () => {
    await workbench().statusBar('Restricted Mode').waitFor();
    const editor = await workbench().openFile('tiny.udc.yaml');
    assert.match((await editor.lenses())[0]!, /architectures.*KiB/);
    assert.match(await editor.hover('name: stem', 'stem'), /of the .* budget/);
  });

  it('tells in the view what works and what does not', async () => {
    await workbench().runs.show();
    await workbench()
      .runs.pane.getByText(/Restricted Mode/)
      .first()
      .waitFor();
    await workbench().picture('restricted');
  });

  it('starts no search, and says why', async () => {
    await workbench().command('UDC: Start Search');
    await workbench().notification(refusal);
    await workbench().picture('restricted search');
    await workbench().answer(refusal, 'Manage Workspace Trust');
    await workbench().page.getByText('You are in Restricted Mode').first().waitFor();
    assert.equal(existsSync(join(workbench().folder, '.udc')), false, 'nothing was written');
  });
});
