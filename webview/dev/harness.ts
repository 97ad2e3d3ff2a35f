/**
 * The panel in a plain Chromium: bundles it, serves it with its real page and policy, plays the host, and records what
 * the panel sends. For tests and for looking at it.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import type { HostMessage, PanelMessage } from '../../src/wire/panel-messages.ts';
import type { MeasureHostMessage, MeasurePageMessage } from '../../src/wire/measure-messages.ts';
import { panelPage, type PageKind } from '../../src/wire/panel-page.ts';
import type { PreviewHostMessage, PreviewPageMessage } from '../../src/wire/preview-messages.ts';
import { THEMES, type ThemeName } from './themes.ts';

const ORIGIN = 'http://panel.test';
const CODICONS = 'node_modules/@vscode/codicons/dist';

export interface PanelOptions {
  readonly theme: ThemeName;
  readonly width: number;
  readonly height: number;
  /** As a reload would find it. */ readonly state?: unknown;
  /** Absent: results. */ readonly kind?: PageKind;
}

/** One open panel. */
export interface OpenPanel {
  readonly page: Page;
  /** Gives the page a message; returns when it has been taken in, and `settled`. */
  send(message: HostMessage | PreviewHostMessage | MeasureHostMessage): Promise<void>;
  /** What the panel sent so far, `settled`. */
  sent(): Promise<readonly (PanelMessage | PreviewPageMessage | MeasurePageMessage)[]>;
  /** What it last gave to `setState`, `settled`. */
  kept(): Promise<unknown>;
  /** Violations of the content security policy, errors of scripts and of the console. */
  readonly faults: readonly string[];
  setTheme(theme: ThemeName): Promise<void>;
  /**
   * Returns when nothing of what was asked for is still to come: what waits for a frame has run (the panel and its
   * components draw once a frame), pictures and fonts are there, transitions are over.
   */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** A browser with the panel's bundle. `root` is the project's folder. */
export class Harness {
  private constructor(
    private readonly browser: Browser,
    private readonly files: ReadonlyMap<string, { readonly body: Buffer; readonly type: string }>,
  ) {}

  static async open(root: string): Promise<Harness> {
    const folder = await mkdtemp(join(tmpdir(), 'udc-panel-'));
    const script = join(folder, 'panel.js');
    await build({
      entryPoints: [join(root, 'webview/main.ts')],
      bundle: true,
      format: 'esm',
      target: 'chrome120',
      outfile: script,
      logLevel: 'error',
    });
    const read = async (path: string, type: string): Promise<{ body: Buffer; type: string }> => ({
      body: await readFile(path),
      type,
    });
    const files = new Map([
      ['/panel.js', await read(script, 'text/javascript')],
      ['/panel.css', await read(join(root, 'media/panel.css'), 'text/css')],
      ['/codicon.css', await read(join(root, CODICONS, 'codicon.css'), 'text/css')],
      ['/codicon.ttf', await read(join(root, CODICONS, 'codicon.ttf'), 'font/ttf')],
    ]);
    await rm(folder, { recursive: true });
    return new Harness(await launchBrowser(), files);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** Opens the panel and waits until it says `ready`. */
  async panel({ theme, width, height, state, kind = 'results' }: PanelOptions): Promise<OpenPanel> {
    const context = await this.browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    await context.route('**/*', async (route) => {
      const { pathname } = new URL(route.request().url());
      const file = this.files.get(pathname);
      if (file) await route.fulfill({ body: file.body, contentType: file.type });
      else if (pathname === '/') await route.fulfill({ body: this.html(kind), contentType: 'text/html' });
      else await route.fulfill({ status: 404, body: '' });
    });
    await page.addInitScript(NAME_HELPER);
    await page.addInitScript(playHost, { state: state ?? null });
    await page.addInitScript(wearTheme, THEMES[theme]);
    await page.goto(`${ORIGIN}/`);
    await page.waitForSelector('main > *', { state: 'attached' });
    return {
      page,
      faults,
      send: async (message) => {
        await page.evaluate(deliver, message);
        await page.evaluate(settle);
      },
      sent: async () => {
        await page.evaluate(settle);
        return await page.evaluate(() => (window as unknown as Recorder).sent);
      },
      kept: async () => {
        await page.evaluate(settle);
        return await page.evaluate(() => (window as unknown as Recorder).kept);
      },
      setTheme: async (name) => {
        await page.evaluate(wearTheme, THEMES[name]);
        await page.evaluate(settle);
      },
      settled: async () => {
        await page.evaluate(settle);
      },
      close: async () => {
        await context.close();
      },
    };
  }

  private html(kind: PageKind): string {
    return panelPage({
      kind,
      cspSource: ORIGIN,
      nonce: randomBytes(24).toString('base64'),
      script: `${ORIGIN}/panel.js`,
      styles: [`${ORIGIN}/codicon.css`, `${ORIGIN}/panel.css`],
    });
  }
}

/** The functions below run in the page; a bundler may have wrapped their inner functions in this helper of its own. */
const NAME_HELPER = 'globalThis.__name = (value) => value;';

interface Recorder {
  sent: (PanelMessage | PreviewPageMessage | MeasurePageMessage)[];
  kept: unknown;
  acquireVsCodeApi: () => unknown;
}

function playHost({ state }: { state: unknown }): void {
  const recorder = window as unknown as Recorder;
  recorder.sent = [];
  recorder.kept = state;
  recorder.acquireVsCodeApi = () => ({
    postMessage: (message: PanelMessage) => recorder.sent.push(message),
    getState: () => recorder.kept ?? undefined,
    setState: (kept: unknown) => {
      recorder.kept = kept;
    },
  });
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile} ${event.lineNumber}`);
  });
}

/** As VS Code does it: variables on the root element, class and kind on the body. */
function wearTheme({
  bodyClass,
  kind,
  variables,
}: {
  bodyClass: string;
  kind: string;
  variables: Readonly<Record<string, string>>;
}): void {
  const apply = (): void => {
    const { style } = document.documentElement;
    for (const name of Array.from(style)) style.removeProperty(name);
    for (const [name, value] of Object.entries(variables)) style.setProperty(`--vscode-${name}`, value);
    style.setProperty('background-color', variables['editor-background'] ?? '');
    document.body.className = bodyClass;
    document.body.dataset['vscodeThemeKind'] = kind;
  };
  if (document.body as HTMLElement | null) apply();
  else document.addEventListener('DOMContentLoaded', apply);
}

/** Returns after the page's own listener, which was there before ours, has had the message. */
async function deliver(message: unknown): Promise<void> {
  await new Promise((resolve) => {
    window.addEventListener('message', resolve, { once: true });
    window.postMessage(message, '*');
  });
}

/** See `OpenPanel.settled`. What turns for ever is not waited for. */
async function settle(): Promise<void> {
  const frame = (): Promise<unknown> => new Promise(requestAnimationFrame);
  const roots = (): readonly (Document | ShadowRoot)[] => [
    document,
    ...Array.from(document.querySelectorAll('*')).flatMap(({ shadowRoot }) => shadowRoot ?? []),
  ];
  const pending = (): readonly Promise<unknown>[] => [
    ...(document.fonts.status === 'loading' ? [document.fonts.ready] : []),
    ...Array.from(document.images)
      .filter((image) => !image.complete)
      .map((image) => image.decode()),
    ...roots()
      .flatMap((root) => root.getAnimations())
      .filter(({ effect, playState }) => playState === 'running' && effect?.getComputedTiming().endTime !== Infinity)
      .map(({ finished }) => finished),
  ];
  let waited: readonly Promise<unknown>[];
  do {
    // Two: what is drawn in one may ask for another.
    await frame();
    await frame();
    waited = pending();
    await Promise.allSettled(waited);
  } while (waited.length > 0);
}
