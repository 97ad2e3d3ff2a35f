/** A panel in Chromium for each test of a suite. */
import assert from 'node:assert/strict';
import type { HostMessage } from '../../../src/wire/panel-messages.ts';
import { Harness, type OpenPanel, type PanelOptions } from '../../../webview/dev/harness.ts';

/** Plain spaces for those that do not break. */
export const plain = (text: string | null): string => (text ?? '').replaceAll('\u00a0', ' ');

export interface PanelSuite {
  /** Opens the panel of a test, and sends it messages. */
  open(options?: Partial<PanelOptions>, ...messages: readonly HostMessage[]): Promise<OpenPanel>;
  /** The panel that is open. */
  panel(): OpenPanel;
}

/** One browser and one bundle for all suites of a run; each panel has a context of its own. */
let browser: Promise<Harness> | undefined;
after(async () => {
  await (await browser)?.close();
});

/**
 * Opens the browser before the tests of the enclosing suite, and closes each test's panel after it.
 * @param faultless are errors and violations of the content security policy failures?
 */
export function usePanel(faultless = true): PanelSuite {
  let harness: Harness;
  let panel: OpenPanel | undefined;
  const opened = (): OpenPanel => {
    if (!panel) throw new Error('no panel was opened');
    return panel;
  };
  before(async () => {
    browser ??= Harness.open(process.cwd());
    harness = await browser;
  });
  afterEach(async () => {
    const faults = panel?.faults ?? [];
    await panel?.close();
    panel = undefined;
    if (faultless) assert.deepEqual(faults, [], 'errors or violations of the content security policy');
  });
  return {
    async open(options = {}, ...messages) {
      panel = await harness.panel({ theme: 'dark', width: 1000, height: 900, ...options });
      for (const message of messages) await panel.send(message);
      return panel;
    },
    panel: opened,
  };
}
