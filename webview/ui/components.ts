/**
 * The VS Code look: buttons, badges, tabs, drop-down and progress ring of the Webview UI Toolkit, and codicons. The
 * only file that knows the toolkit, which is archived.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodePanels,
  vsCodeProgressRing,
} from '@vscode/webview-ui-toolkit';
import { h, type Child } from './dom.ts';

/** Defines the custom elements. Call once, before anything is drawn. */
export function defineComponents(): void {
  provideVSCodeDesignSystem().register(
    vsCodeBadge(),
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodePanelTab(),
    vsCodePanelView(),
    vsCodePanels(),
    vsCodeProgressRing(),
  );
}

/** A codicon beside text that says the same. */
export function icon(name: string, extra = ''): HTMLElement {
  return h('span', { class: `codicon codicon-${name} ${extra}`, 'aria-hidden': 'true' });
}

export interface ButtonOptions {
  readonly do: string;
  readonly with?: string;
  readonly icon?: string;
  readonly look?: 'primary' | 'secondary';
}

export function button(label: string, options: ButtonOptions): HTMLElement {
  return h(
    'vscode-button',
    {
      key: `${options.do}:${options.with ?? ''}`,
      appearance: options.look ?? 'secondary',
      do: options.do,
      with: options.with,
    },
    options.icon ? h('span', { slot: 'start', class: `codicon codicon-${options.icon}`, 'aria-hidden': 'true' }) : null,
    label,
  );
}

/** A button that shows only an icon; `label` is its name and tooltip. */
export function iconButton(label: string, options: ButtonOptions & { readonly icon: string }): HTMLElement {
  return h(
    'vscode-button',
    {
      key: `${options.do}:${options.with ?? ''}`,
      appearance: 'icon',
      'aria-label': label,
      title: label,
      do: options.do,
      with: options.with,
    },
    icon(options.icon),
  );
}

export function badge(text: string): HTMLElement {
  return h('vscode-badge', {}, text);
}

export function progressRing(label: string): HTMLElement {
  return h('vscode-progress-ring', { 'aria-label': label });
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

/**
 * A drop-down list. It tells of a choice by a `change` event; read it with `chosenValue`. `syncChoices` brings it to
 * `chosen`.
 */
export function dropdown(label: string, name: string, choices: readonly Choice[], chosen: string): HTMLElement {
  return h(
    'vscode-dropdown',
    {
      key: `${name}:${choices.map((choice) => `${choice.value}=${choice.text}`).join('|')}`,
      island: 'dropdown',
      'aria-label': label,
      'data-change': name,
      'data-chosen': chosen,
    },
    choices.map((choice) =>
      h('vscode-option', { value: choice.value, selected: choice.value === chosen }, choice.text),
    ),
  );
}

/**
 * A checkbox. It tells of a change by a `change` event; read it with `isChecked`. `syncChoices` brings it to `checked`.
 */
export function checkbox(label: Child, name: string, value: string, checked: boolean): HTMLElement {
  return h(
    'vscode-checkbox',
    {
      key: `${name}:${value}`,
      island: 'checkbox',
      checked,
      'data-change': name,
      'data-with': value,
      'data-checked': String(checked),
    },
    label,
  );
}

/** After a redraw: drop-downs and checkboxes show what was asked for, whatever a person chose before. */
export function syncChoices(root: ParentNode): void {
  for (const element of Array.from(root.querySelectorAll<HTMLElement>('vscode-dropdown'))) {
    const { chosen } = element.dataset;
    if (chosen !== undefined && chosenValue(element) !== chosen) Object.assign(element, { value: chosen });
  }
  for (const element of Array.from(root.querySelectorAll<HTMLElement>('vscode-checkbox')))
    Object.assign(element, { checked: element.dataset['checked'] === 'true' });
}

/** The value that a drop-down holds. */
export function chosenValue(element: Element): string {
  return 'value' in element ? String(element.value) : '';
}

/** Whether a checkbox is ticked. */
export function isChecked(element: Element): boolean {
  return 'checked' in element && element.checked === true;
}

export interface SortColumn {
  readonly id: string;
  readonly title: string;
  readonly numeric?: boolean;
}

/** The head of a column with a button that sorts by it. @param action what a click does, with the column's id */
export function sortHeading(
  column: SortColumn,
  sort: { readonly column: string; readonly descending: boolean },
  action: string,
): HTMLElement {
  const active = sort.column === column.id;
  return h(
    'th',
    {
      scope: 'col',
      class: column.numeric ? 'numeric' : undefined,
      'aria-sort': active ? (sort.descending ? 'descending' : 'ascending') : 'none',
    },
    h(
      'button',
      { type: 'button', class: 'sort', do: action, with: column.id },
      column.title,
      icon(active ? (sort.descending ? 'arrow-small-down' : 'arrow-small-up') : 'blank'),
    ),
  );
}

export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly content: Child;
}

/** Tabs with the given one active. They tell of a change by a `change` event; read it with `activeTab`. */
export function tabs(label: string, active: string, all: readonly Tab[]): HTMLElement {
  return h(
    'vscode-panels',
    { key: 'tabs', activeid: `tab-${active}`, 'aria-label': label, 'data-change': 'tab' },
    all.map((tab) => h('vscode-panel-tab', { key: `tab-${tab.id}`, id: `tab-${tab.id}` }, tab.title)),
    all.map((tab) =>
      h('vscode-panel-view', { key: `view-${tab.id}`, id: `view-${tab.id}` }, h('div', { class: 'view' }, tab.content)),
    ),
  );
}

/** Identifier of the tab that is active in an element made by `tabs`. The property: its attribute follows later. */
export function activeTab(element: Element): string {
  return ('activeid' in element ? String(element.activeid) : '').replace(/^tab-/, '');
}
