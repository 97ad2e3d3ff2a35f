/**
 * What the weights files that definitions name say of their layers' exact costs, read once and again when a file
 * changes.
 */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as vscode from 'vscode';
import { readExactLayers } from '../../../runs/folder/read-exact-layers.ts';
import { initialPath } from '../../../runs/load-initial.ts';
import type { ExactLayers } from '../../../wire/exact-layers.ts';
import { readable } from '../../readable.ts';
import type { NetworkSizes } from './analysis.ts';

interface Known {
  readonly version: string;
  readonly exact: ExactLayers | undefined;
}

export interface WeightFile {
  readonly name: string;
  readonly exact: ExactLayers;
}

export class WeightFiles implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** A file was read, and what is known of it is another. */
  readonly onDidChange = this.changed.event;
  private readonly known = new Map<string, Known>();
  private looked = new WeakSet<NetworkSizes>();
  private readonly subscription: vscode.Disposable;

  constructor() {
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.safetensors');
    const look = (): void => {
      this.looked = new WeakSet();
      this.changed.fire();
    };
    this.subscription = vscode.Disposable.from(
      watcher,
      vscode.workspace.onDidGrantWorkspaceTrust(look),
      watcher.onDidCreate(look),
      watcher.onDidChange(look),
      watcher.onDidDelete(look),
    );
  }

  /** The file that a definition names, as far as it is known; looks at it once for every change of the text. */
  of(document: vscode.TextDocument, sizes: NetworkSizes): WeightFile | undefined {
    const { initialWeights: name } = sizes.definition.training;
    if (name === undefined || document.uri.scheme !== 'file') return undefined;
    const path = resolve(dirname(document.uri.fsPath), name);
    if (!this.looked.has(sizes)) {
      this.looked.add(sizes);
      void this.look(path, initialPath(dirname(document.uri.fsPath), name, readable(document)));
    }
    const exact = this.known.get(path)?.exact;
    return exact && { name, exact };
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  /** What is wrong with a file is said by the diagnostics; here it says nothing. */
  private async look(path: string, allowed: Promise<string>): Promise<void> {
    const version = await allowed.then(stat).then(
      ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
      () => 'none',
    );
    const before = this.known.get(path);
    if (before?.version === version) return;
    const exact = version === 'none' ? undefined : await readExactLayers(path).catch(() => undefined);
    this.known.set(path, { version, exact });
    if (exact !== before?.exact) this.changed.fire();
  }
}
