/**
 * The one way to say something in a notification or a list of VS Code: what comes from files and names is text there,
 * no link and no icon.
 */
import * as vscode from 'vscode';
import { labelText, noticeText, visibleLines } from '../text/neutral.ts';

type Kind = 'showInformationMessage' | 'showWarningMessage' | 'showErrorMessage';
type Say = (message: string, ...more: readonly (string | vscode.MessageOptions)[]) => Thenable<string | undefined>;

function through(kind: Kind): Say {
  return (message, ...more) => {
    const [first] = more;
    const items = more.filter((item) => typeof item === 'string');
    if (typeof first !== 'object') return vscode.window[kind](noticeText(message), ...items);
    const { detail } = first;
    return vscode.window[kind](
      noticeText(message),
      detail === undefined ? first : { ...first, detail: visibleLines(detail) },
      ...items,
    );
  };
}

/**
 * Notifications: `say.error(message, ...buttons)`; the options of a modal one come before its buttons. Resolves to the
 * button that was pressed.
 */
export const say = {
  information: through('showInformationMessage'),
  warning: through('showWarningMessage'),
  error: through('showErrorMessage'),
};

export type Report = (progress: { readonly message: string; readonly increment?: number }) => void;

/** Shows that work is going on, until it is done; `report` says how far it is. */
export function whileWorking<R>(
  options: vscode.ProgressOptions,
  work: (report: Report, cancelled: vscode.CancellationToken) => Thenable<R>,
): Thenable<R> {
  const shown = { ...options, ...(options.title !== undefined && { title: noticeText(options.title) }) };
  return vscode.window.withProgress<R>(shown, (progress, cancelled) =>
    work(({ message, ...rest }) => {
      progress.report({ ...rest, message: noticeText(message) });
    }, cancelled),
  );
}

/** Lets the user tick any of a list; those that are `picked` are ticked first. */
export async function pickMany<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: vscode.QuickPickOptions,
): Promise<readonly T[] | undefined> {
  return vscode.window.showQuickPick<T>(shownItems(items), { ...options, canPickMany: true });
}

/** Lets the user pick one of a list. */
export function pick<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: vscode.QuickPickOptions,
): Thenable<T | undefined> {
  return vscode.window.showQuickPick<T>(shownItems(items), options);
}

const shownItems = <T extends vscode.QuickPickItem>(items: readonly T[]): T[] =>
  items.map((item) => ({
    ...item,
    label: labelText(item.label),
    ...(item.description !== undefined && { description: labelText(item.description) }),
    ...(item.detail !== undefined && { detail: labelText(item.detail) }),
  }));
