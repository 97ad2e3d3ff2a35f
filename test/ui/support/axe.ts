/** The rules of axe on a page of ours. */
import { readFile } from 'node:fs/promises';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

/** Everything once; in another theme only the colours differ. */
export const EVERYTHING: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};
export const COLOURS: RunOptions = {
  runOnly: { type: 'rule', values: ['color-contrast'] },
  resultTypes: ['violations'],
};

let source: string | undefined;

/** What of a page breaks the rules, each with its place and how to mend it. */
export async function axeViolations(page: Page, rules: RunOptions): Promise<readonly string[]> {
  source ??= await readFile(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  // Through the debugger, which the page's content security policy does not hold.
  await page.evaluate(source);
  const { violations } = await page.evaluate(
    async (options) =>
      await (window as unknown as { axe: { run(options: unknown): Promise<AxeResults> } }).axe.run(options),
    rules,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}
