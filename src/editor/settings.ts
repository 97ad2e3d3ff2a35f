/** Reads the settings of the extension, checked: a value that a settings file got wrong counts as the default. */
import * as vscode from 'vscode';
import type { RunHeader } from '../wire/run.ts';
import { BACKENDS, SETTINGS, SETTINGS_SECTION } from './contributions.ts';

export interface SettingValues {
  readonly backend: RunHeader['backend'];
  readonly inlayHints: boolean;
  readonly codeLens: boolean;
  /** As written, for example '48 KiB'; empty when not set. */
  readonly budget: string;
  readonly seed: number | undefined;
  readonly baselines: boolean;
  readonly openResults: boolean;
  /** Path of a Node.js, or a name to look for in PATH; empty when not set. */
  readonly nodePath: string;
  /** Networks that a search trains at once; 0: as many as cores and memory allow. */
  readonly parallelNetworks: number;
  /** Is an installed Vela asked at the end of a search? */
  readonly confirmByVela: boolean;
}

/** The settings that apply to a resource. */
export function readSettings(scope?: vscode.ConfigurationScope): SettingValues {
  const section = vscode.workspace.getConfiguration(SETTINGS_SECTION, scope ?? null);
  const flag = (setting: { readonly id: string; readonly default: boolean }): boolean => {
    const value: unknown = section.get(setting.id);
    return typeof value === 'boolean' ? value : setting.default;
  };
  const backend: unknown = section.get(SETTINGS.backend.id);
  const text = (setting: { readonly id: string; readonly default: string }): string => {
    const value: unknown = section.get(setting.id);
    return typeof value === 'string' ? value.trim() : setting.default;
  };
  const seed: unknown = section.get(SETTINGS.seed.id);
  return {
    backend: BACKENDS.find((known) => known === backend) ?? SETTINGS.backend.default,
    inlayHints: flag(SETTINGS.inlayHints),
    codeLens: flag(SETTINGS.codeLens),
    budget: text(SETTINGS.budget),
    seed: typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0 ? seed : undefined,
    baselines: flag(SETTINGS.baselines),
    openResults: flag(SETTINGS.openResults),
    nodePath: text(SETTINGS.nodePath),
    parallelNetworks: networks(section.get(SETTINGS.parallelNetworks.id)),
    confirmByVela: flag(SETTINGS.confirmByVela),
  };
}

/** From 0 to 64; anything else counts as the default. */
function networks(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 64
    ? value
    : SETTINGS.parallelNetworks.default;
}

/** Calls `then` when one of the given settings changed. */
export function onSettingChange(settings: readonly { readonly id: string }[], then: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (settings.some((setting) => event.affectsConfiguration(`${SETTINGS_SECTION}.${setting.id}`))) then();
  });
}
