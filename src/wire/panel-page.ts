/**
 * The page that the results panel, the preview of data and measurements load: one place for its content security
 * policy, used by the extension host and by the tests.
 */

import { htmlDocument } from '../text/html-page.ts';
import { escapeHtml as attribute } from '../text/neutral.ts';

/** What a page shows, and its title: `webview/main.ts` has the app of each. */
export const PAGES = { results: 'UDC Results', data: 'UDC Data', devices: 'UDC Devices' } as const;
export type PageKind = keyof typeof PAGES;

export interface PanelPage {
  /** Absent: results. */
  readonly kind?: PageKind;
  /** `webview.cspSource`, or an origin. */
  readonly cspSource: string;
  /** At least 128 random bits, base64 or hexadecimal, new for every page. */
  readonly nonce: string;
  /** Address of `dist/panel.js`. */
  readonly script: string;
  /** Addresses of `media/panel.css` and `dist/codicon.css`. */
  readonly styles: readonly string[];
}

/**
 * The panel's HTML. It holds no data: everything comes by message and goes in as text. The component library reads the
 * nonce from a meta element for a style element of its own. Throws if the nonce is not one.
 */
export function panelPage({ kind = 'results', cspSource, nonce, script, styles }: PanelPage): string {
  if (!/^[\w+/=-]{16,}$/.test(nonce))
    throw new Error('panelPage: the nonce must have at least 16 characters of base64 or hexadecimal');
  const policy = `default-src 'none'; style-src ${cspSource} 'nonce-${nonce}'; font-src ${cspSource}; img-src data:; script-src 'nonce-${nonce}'`;
  return htmlDocument({
    title: PAGES[kind],
    policy,
    head: [
      `<meta property="csp-nonce" content="${attribute(nonce)}">`,
      ...styles.map((style) => `<link rel="stylesheet" href="${attribute(style)}">`),
    ],
    body: `<div id="app" data-page="${kind}"></div>\n<script type="module" nonce="${attribute(nonce)}" src="${attribute(script)}"></script>`,
  });
}
