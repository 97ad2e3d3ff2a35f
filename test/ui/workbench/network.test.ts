/** An existing network in the workbench: its table, and the definition that a link makes of it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { networkReport } from '../../../src/formats/network/network-report.ts';
import { networkTable } from '../../../src/formats/network/network-table.ts';
import { exportInput } from '../../../src/reports/export-input.ts';
import { writeTflite } from '../../../src/formats/tflite/write-tflite.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { scratchFolder } from '../../scratch.ts';
import { exampleRun } from '../../unit/formats/run.ts';
import { useWorkbench } from '../support/suite.ts';

const network = exportInput(exampleRun((decision) => decision)).network!.integer;
const model = join(scratchFolder('model'), 'small.tflite');
writeFileSync(model, writeTflite(network, { description: 'a test' }));

describe('A network in the workbench', () => {
  const workbench = useWorkbench([model]);

  it('opens as a table of what each layer costs', async () => {
    // Before the extension is known, the file would open as what every editor makes of bytes.
    await workbench().runs.show();
    await workbench().command('View: Show Explorer');
    await workbench()
      .page.getByRole('treeitem', { name: basename(model), exact: true })
      .dblclick();
    const { frame } = workbench().results;
    await frame.getByRole('heading', { name: 'small.tflite' }).waitFor();
    const { rows } = networkTable(networkReport(network, findTarget('ethos-u55-128')));
    assert.deepEqual(
      await frame.locator('tbody th').allTextContents(),
      rows.map(([name]) => name),
    );
    await workbench().picture('network table');
  });

  it('becomes a definition by a link below the table', async () => {
    await workbench().results.frame.getByRole('link', { name: 'Make a definition with a search space' }).click();
    const { quickInput } = workbench();
    await quickInput.waitFor();
    await workbench().picture('which data');
    await workbench().pick('Later');
    await workbench()
      .page.locator('.view-line', { hasText: /initialWeights:\s+small.safetensors/ })
      .first()
      .waitFor();
    assert.match((await workbench().editor.lenses())[0]!, /architectures/);
    assert.equal(await workbench().editor.squiggles('error').count(), 0);
    assert.match(workbench().read('small.udc.yaml'), /^udc: 1\n/);
    await workbench().picture('network imported');
  });

  it('sent nothing to other machines', () => {
    assert.deepEqual(workbench().foreignRequests, []);
  });
});
