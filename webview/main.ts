/** Entry of the pages: joins the one that is asked for to VS Code. */
import { App, type Host } from './app.ts';
import type { PageKind } from '../src/wire/panel-page.ts';
import { MeasuredApp, type MeasureHost } from './measured-app.ts';
import { PreviewApp, type PreviewHost } from './preview-app.ts';
import { defineComponents } from './ui/components.ts';

interface PageApp {
  start(): void;
  receive(data: unknown): void;
  fail(error: unknown): void;
}

declare function acquireVsCodeApi<Host>(): Host;

const root = document.getElementById('app');
if (!root) throw new Error('the page has no element #app');
defineComponents();
/** Each page's app; the page says which it is. */
const APPS: Readonly<Record<PageKind, (root: HTMLElement) => PageApp>> = {
  results: (element) => new App(element, acquireVsCodeApi<Host>()),
  data: (element) => new PreviewApp(element, acquireVsCodeApi<PreviewHost>()),
  devices: (element) => new MeasuredApp(element, acquireVsCodeApi<MeasureHost>()),
};
const app = APPS[root.dataset['page'] as PageKind](root);
window.addEventListener('message', (event: MessageEvent<unknown>) => {
  app.receive(event.data);
});
window.addEventListener('error', (event) => {
  app.fail(event.error ?? event.message);
});
window.addEventListener('unhandledrejection', (event) => {
  app.fail(event.reason);
});
app.start();
