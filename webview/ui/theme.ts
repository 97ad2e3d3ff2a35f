/** The theme's colours for what is drawn on a canvas, read again whenever the theme changes. */

export interface ChartColours {
  readonly series: readonly string[];
  readonly text: string;
  readonly grid: string;
  readonly reference: string;
  /** Behind the drawing: text over lines is set off with it. */
  readonly surface: string;
  readonly font: string;
}

const SERIES = ['blue', 'orange', 'green', 'purple', 'yellow', 'red'];

/** Reads the `--vscode-*` variables. */
export function chartColours(): ChartColours {
  const style = getComputedStyle(document.body);
  const read = (...names: readonly string[]): string =>
    names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== '') ?? style.color;
  return {
    series: SERIES.map((name) => read(`charts-${name}`, 'foreground')),
    text: read('descriptionForeground', 'foreground'),
    grid: `color-mix(in srgb, ${read('foreground')} 18%, transparent)`,
    reference: read('charts-red', 'errorForeground'),
    surface: style.getPropertyValue('--surface').trim() || read('editor-background'),
    font: `11px ${read('font-family')}`,
  };
}

/** Calls `changed` after VS Code switched the theme (it changes the body's class and the root's variables). */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}

export function reducedMotion(): boolean {
  return (
    document.body.classList.contains('vscode-reduce-motion') || matchMedia('(prefers-reduced-motion: reduce)').matches
  );
}
