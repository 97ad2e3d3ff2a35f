/** Entry of the results panel: joins the page to VS Code. */
import { App, type Host } from './app.ts';
import { defineComponents } from './ui/components.ts';

declare function acquireVsCodeApi(): Host;

const root = document.getElementById('app');
if (!root) throw new Error('the page of the results panel has no element #app');
defineComponents();
const app = new App(root, acquireVsCodeApi());
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
