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

/**
 * Opens a browser for the tests of the enclosing suite, and closes each test's panel, which has a context of its own,
 * after it.
 * @param faultless are errors and violations of the content security policy failures?
 */
export function usePanel(faultless = true): PanelSuite {
  let harness: Harness | undefined;
  let panel: OpenPanel | undefined;
  const opened = (): OpenPanel => {
    if (!panel) throw new Error('no panel was opened');
    return panel;
  };
  before(async () => {
    harness = await Harness.open(process.cwd());
  });
  after(async () => {
    await harness?.close();
  });
  afterEach(async () => {
    const faults = panel?.faults ?? [];
    await panel?.close();
    panel = undefined;
    if (faultless) assert.deepEqual(faults, [], 'errors or violations of the content security policy');
  });
  return {
    async open(options = {}, ...messages) {
      if (!harness) throw new Error('no browser was opened');
      panel = await harness.panel({ theme: 'dark', width: 1000, height: 900, ...options });
      for (const message of messages) await panel.send(message);
      return panel;
    },
    panel: opened,
  };
}
