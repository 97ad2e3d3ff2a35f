/** The results panel: a webview, two frames deep. */
import type { FrameLocator, Locator, Page } from 'playwright-core';

export class ResultsPage {
  readonly frame: FrameLocator;

  constructor(page: Page) {
    this.frame = page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  get state(): Locator {
    return this.frame.locator('header .state');
  }
  get status(): Locator {
    return this.frame.locator('.status-line');
  }
  get budgetMeter(): Locator {
    return this.frame.getByRole('meter', { name: /weight memory/i });
  }
  get layerRows(): Locator {
    return this.frame.locator('table tbody tr');
  }
  get charts(): Locator {
    return this.frame.locator('.uplot canvas');
  }

  button(name: string): Locator {
    return this.frame.getByRole('button', { name, exact: true });
  }

  async showTab(name: string): Promise<void> {
    await this.frame.getByRole('tab', { name }).click();
  }
}
