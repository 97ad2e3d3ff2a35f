/** A sweep from the palette to its page: what is asked, the frontier, two networks compared, the list of runs. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../scratch.ts';
import { eventually } from '../support/eventually.ts';
import { useWorkbench } from '../support/suite.ts';

const LIMIT = 600_000;

const QUICK = `udc: 1
name: swept
task: classification
input: 32x16x1
dataset: { format: generated, generator: tones, samples: 240 }
target: { npu: ethos-u55-128 }
search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 | 0.9 }
training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 32 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 16 | 24 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`;

function definition(): string {
  const file = join(scratchFolder('sweep'), 'swept.udc.yaml');
  writeFileSync(file, QUICK);
  return file;
}

describe('A sweep in the workbench', function () {
  this.timeout(LIMIT + 60_000);
  const workbench = useWorkbench([definition()]);

  it('asks for budgets, seeds, strategies and chips, says what they take, and begins', async () => {
    const { page } = workbench();
    await workbench().openFile('swept.udc.yaml');
    await workbench().command('UDC: Sweep');
    const input = workbench().quickInput;
    await page.locator('.quick-input-title', { hasText: 'Sweep (1 of 4)' }).waitFor();
    assert.match(await input.inputValue(), /KiB/, 'budgets of the definition are offered');
    await workbench().picture('sweep budgets');
    await input.fill('1 KiB, x');
    await page.locator('.quick-input-message', { hasText: 'is not a number of bytes' }).waitFor();
    await input.fill('1 KiB, 2 KiB');
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-title', { hasText: 'Sweep (2 of 4)' }).waitFor();
    await input.fill('1..2');
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-title', { hasText: 'Sweep (3 of 4)' }).waitFor();
    await workbench().picture('sweep strategies');
    await workbench().accept('Sweep (3 of 4)');
    await page.locator('.quick-input-title', { hasText: 'Sweep (4 of 4)' }).waitFor();
    await workbench().picture('sweep chips');
    await workbench().accept('Sweep (4 of 4)');
    const dialog = page.locator('.monaco-dialog-box', { hasText: '4 runs, about' });
    await dialog.waitFor({ timeout: LIMIT });
    await workbench().picture('sweep estimate');
    await dialog.getByRole('button', { name: 'Start Sweep' }).click();
    const { frame } = workbench().results;
    await frame.getByRole('heading', { name: /Sweep of swept/ }).waitFor();
  });

  it('fills its page, to a frontier and two networks layer by layer', async () => {
    const { frame } = workbench().results;
    await frame.getByText('4 of 4 runs done').waitFor({ timeout: LIMIT });
    await workbench().notification('the sweep of swept is done');
    await frame.getByRole('img', { name: /Metric against encoded size/ }).waitFor();
    const boxes = frame.locator('vscode-checkbox');
    assert.equal(await boxes.count(), 4);
    await boxes.nth(0).click();
    await boxes.nth(1).click();
    await frame.getByRole('heading', { name: 'Layer by layer' }).waitFor();
    await workbench().picture('sweep done');
    await frame.getByRole('heading', { name: 'Layer by layer' }).scrollIntoViewIfNeeded();
    await workbench().picture('sweep difference');
  });

  it('leads to a run and back, and its runs are in the list', async () => {
    const { frame, state } = workbench().results;
    await frame.locator('[data-do=showRun]').last().click();
    await state.filter({ hasText: 'Done' }).waitFor();
    await frame.getByRole('button', { name: 'Sweep', exact: true }).click();
    await frame.getByRole('heading', { name: /Sweep of swept/ }).waitFor();
    await workbench().runs.show();
    await workbench().runs.row('UDC').first().waitFor();
    await workbench().picture('runs of a sweep');
    await eventually(async () => assert.equal(await workbench().runs.row(/swept/).count(), 4));
  });
});
