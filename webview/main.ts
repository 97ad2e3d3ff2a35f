/** Entry of the pages: joins the one that is asked for to VS Code. */
import { App, type Host } from './app.ts';
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
const app: PageApp =
  root.dataset['page'] === 'data'
    ? new PreviewApp(root, acquireVsCodeApi<PreviewHost>())
    : new App(root, acquireVsCodeApi<Host>());
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
