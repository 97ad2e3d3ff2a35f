/** A window that goes away in the middle of a search, and a search that is stopped: both go on where they were. */
import assert from 'node:assert/strict';
import { onlyResult } from '../support/applied.ts';
import { TINY, useWorkbench } from '../support/suite.ts';
import { weightLimit } from '../../../src/wire/limits.ts';
import { mainNetwork } from '../../fixtures/run-parts.ts';

const SEARCH_LIMIT = 600_000;

/** Epochs of the first stage: enough that the search still runs when the window is gone. */
const LONG = 60;

describe('An interrupted search', function () {
  this.timeout(SEARCH_LIMIT + 60_000);
  const workbench = useWorkbench([TINY]);

  it('is shown as interrupted after the window was reloaded', async () => {
    const { results } = workbench();
    workbench().write(
      'tiny.udc.yaml',
      workbench()
        .read('tiny.udc.yaml')
        .replace(/warmup: \d+/, `warmup: ${LONG}`),
    );
    await workbench().openFile('tiny.udc.yaml');
    await workbench().command('UDC: Start Search');
    await results.layerRows.first().waitFor({ timeout: SEARCH_LIMIT });
    await workbench().reload();
    await results.state.filter({ hasText: 'Interrupted' }).waitFor({ timeout: SEARCH_LIMIT });
    await workbench().picture('interrupted');
  });

  it('goes on from its checkpoint and can be stopped', async () => {
    const { results } = workbench();
    await results.button('Resume').click();
    await results.state.filter({ hasText: 'Running' }).waitFor();
    await results.button('Stop').click();
    await results.state.filter({ hasText: 'Stopped' }).waitFor();
    await workbench().picture('stopped');
  });

  it('ends within the budget when it is resumed from the palette', async () => {
    await workbench().command('UDC: Resume Search');
    await workbench().results.state.filter({ hasText: 'Done' }).waitFor({ timeout: SEARCH_LIMIT });
    const result = onlyResult(workbench().folder);
    assert.ok(mainNetwork(result).totals.totalBytes <= weightLimit(result.limits));
  });
});
