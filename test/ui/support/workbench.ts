/** The real workbench as a person uses it: a VS Code with the packaged extension installed, on a copy of some files. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../../../scripts/vscode/browser.mjs';
import { createProfile, installExtension, startServer } from '../../../scripts/vscode/server.mjs';
import { scratchFolder } from '../../scratch.ts';
import { aimAt } from './aim.ts';
import { EditorPage } from './editor.ts';
import { eventually } from './eventually.ts';
import { ResultsPage } from './results.ts';
import { RunsView } from './runs.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PICTURES = join(ROOT, 'test-results/ui');

/** Themes of VS Code: the name in the list of themes, and the class that the workbench then has. */
const THEMES = {
  dark: { label: 'Dark 2026', css: 'vs-dark' },
  light: { label: 'Light 2026', css: 'vs' },
  'high-contrast': { label: 'Dark High Contrast', css: 'hc-black' },
  'high-contrast-light': { label: 'Light High Contrast', css: 'hc-light' },
} as const;
export type Theme = keyof typeof THEMES;

/** What a test should wait for at most; the workbench itself takes some seconds to start. */
export const PATIENCE = 60_000;

/** After which what has not come by itself, or has gone again, is asked for again. */
const TRY = 5_000;

const isThere = (element: Locator): Promise<boolean> =>
  element
    .first()
    .waitFor({ timeout: TRY })
    .then(
      () => true,
      () => false,
    );

function packagedExtension(): string {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  const vsix = join(ROOT, `${name}-${version}.vsix`);
  if (!existsSync(vsix)) throw new Error(`${vsix} is missing: run \`npm run package\``);
  return vsix;
}

let installed: Promise<string> | undefined;

/** The folder of extensions with ours in it, installed once for all workbenches of a process; gone with it. */
function extensionsFolder(): Promise<string> {
  installed ??= (async () => {
    const profile = createProfile({ home: scratchFolder('extensions') });
    await installExtension(profile, packagedExtension());
    return profile.extensions;
  })();
  return installed;
}

export class Workbench {
  /** Requests that left this machine; a test holds that there are none. */
  readonly foreignRequests: string[] = [];

  private constructor(
    readonly page: Page,
    /** The workspace folder on disk. */
    readonly folder: string,
    private readonly browser: Browser,
    private readonly server: Awaited<ReturnType<typeof startServer>>,
    private readonly profile: ReturnType<typeof createProfile>,
  ) {}

  /**
   * Starts a VS Code on a fresh workspace.
   * @param files copied into the workspace under their own names
   */
  static async open(files: readonly string[], settings: Readonly<Record<string, unknown>> = {}): Promise<Workbench> {
    const folder = scratchFolder('workspace');
    for (const file of files) cpSync(file, join(folder, basename(file)));
    const profile = createProfile({ extensions: await extensionsFolder() });
    const server = await startServer({
      profile,
      folder,
      settings: {
        'workbench.colorTheme': 'Dark 2026',
        'window.commandCenter': false,
        'editor.minimap.enabled': false,
        ...settings,
      },
    });
    const browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
    page.setDefaultTimeout(PATIENCE);
    const workbench = new Workbench(page, folder, browser, server, profile);
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      // The files of a webview have addresses under this name; a service worker of the workbench answers them, no other
      // machine is asked.
      const ofWebview = host.endsWith('.vscode-resource.vscode-cdn.net');
      if (protocol.startsWith('http') && host !== server.authority && !ofWebview)
        workbench.foreignRequests.push(request.url());
    });
    await page.goto(server.url());
    await workbench.ready();
    return workbench;
  }

  get editor(): EditorPage {
    return new EditorPage(this.page);
  }
  get results(): ResultsPage {
    return new ResultsPage(this.page);
  }
  get runs(): RunsView {
    return new RunsView(this.page);
  }

  private async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: 2 * PATIENCE });
    await this.page.locator('#workbench\\.parts\\.statusbar').waitFor();
  }

  /**
   * Runs a command by its title in the palette, for example "UDC: Start Search". The palette lists what was there when
   * it opened, and closes when something else takes the focus, a panel that has just opened for example: it is opened
   * again until the command can be clicked.
   */
  async command(title: string): Promise<void> {
    const click = await eventually(async () => {
      await this.page.keyboard.press('Escape');
      await this.page.keyboard.press('F1');
      await this.quickInput.fill(`>${title}`, { timeout: TRY });
      return aimAt(this.entry(title), TRY);
    });
    await click();
  }

  /** Chooses an entry of the open quick pick by its label. The title of a quick pick is there before its entries. */
  async pick(label: string): Promise<void> {
    await this.quickInput.fill(label);
    await this.entry(label).click();
  }

  /** Takes what is ticked in the open quick pick of this title, once its entries are there. */
  async accept(title: string): Promise<void> {
    const pick = this.page.locator('.quick-input-widget').filter({ hasText: title });
    await pick.locator('.quick-input-list .monaco-list-row').first().waitFor();
    await this.quickInput.press('Enter');
  }

  /** The text field of the palette, a quick pick or an input box. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget input[type=text]');
  }

  /** An entry of the open quick pick by its whole label, of which what was typed is highlighted as a part. */
  private entry(label: string): Locator {
    const whole = new RegExp(`^${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
    return this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ has: this.page.locator('.label-name', { hasText: whole }) })
      .first();
  }

  /** Opens a file of the workspace in an editor. */
  async openFile(name: string): Promise<EditorPage> {
    await this.page.getByRole('treeitem', { name, exact: true }).dblclick();
    await this.editor.waitForText('layers:');
    return this.editor;
  }

  /**
   * The notification with this text, once it is there. It shows itself for ten seconds only; after that it is among all
   * that were not answered.
   */
  async notification(text: string | RegExp): Promise<Locator> {
    const notification = this.page.locator('.notification-list-item', { hasText: text });
    await eventually(async () => {
      if (!(await isThere(notification))) await this.command('Notifications: Show Notifications');
      await notification.first().waitFor({ timeout: TRY });
    });
    return notification;
  }

  /** Presses a button of the notification with this text. */
  async answer(text: string | RegExp, button: string): Promise<void> {
    const click = await eventually(async () => {
      const notification = await this.notification(text);
      return aimAt(notification.getByRole('button', { name: button }), TRY);
    });
    await click();
  }

  /** A status-bar item with this text. */
  statusBar(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  /** Reloads the window: the extension host ends and a new one starts. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.command('Developer: Reload Window');
    await loaded;
    await this.ready();
  }

  /** Changes the colour theme, as "Preferences: Color Theme" does. */
  async useTheme(theme: Theme): Promise<void> {
    const { label, css } = THEMES[theme];
    await this.command('Preferences: Color Theme');
    await this.page.getByPlaceholder('Select Color Theme').fill(label);
    await this.entry(label).click();
    await this.page.locator(`.monaco-workbench.${css}`).waitFor();
  }

  /** Saves what the window shows as test-results/ui/NAME.png, to be looked at. */
  async picture(name: string): Promise<string> {
    mkdirSync(PICTURES, { recursive: true });
    const file = join(PICTURES, `${name}.png`);
    await this.page.screenshot({ path: file, animations: 'disabled' });
    return file;
  }

  /** The text of a file of the workspace as it is on disk. */
  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  bytes(name: string): Buffer {
    return readFileSync(join(this.folder, name));
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    for (const folder of [this.folder, this.profile.home]) rmSync(folder, { recursive: true, force: true });
  }
}
