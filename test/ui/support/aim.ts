/** Clicking what may be gone again, in two steps: only the first may be tried again. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';

/**
 * Waits until an element can be clicked, and returns the click. A click that Playwright gives up on may have happened
 * all the same: of a command that is run twice there are two searches.
 * @throws where it cannot be clicked within `timeout` milliseconds: nothing was clicked
 */
export async function aimAt(element: Locator, timeout: number): Promise<() => Promise<void>> {
  await element.click({ trial: true, timeout });
  const box = await element.boundingBox({ timeout });
  assert.ok(box, 'it has no place on the page');
  return () => element.page().mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}
