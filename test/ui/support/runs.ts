/** The view "UDC" with the runs of the workspace. */
import type { Locator, Page } from 'playwright-core';

export class RunsView {
  constructor(private readonly page: Page) {}

  async show(): Promise<void> {
    await this.page.getByRole('tab', { name: /^UDC/ }).first().click();
  }

  get pane(): Locator {
    return this.page.locator('.sidebar .pane-body');
  }

  row(text: string | RegExp): Locator {
    return this.page.locator('.sidebar .monaco-list-row', { hasText: text });
  }
}
