/**
 * Loads what understands definitions with the first of them, or with the first command that needs it: other YAML files
 * cost nothing.
 */
import { traceOf } from '../base/error-text.ts';
import * as vscode from 'vscode';
import { definitionTools } from './bundles.ts';
import { isDefinition } from './commands/definitions.ts';
import type { OpenDefinitions } from './definition-tools.ts';
import { DATA_PANEL } from './contributions.ts';
import type { RunStore } from './runs/run-store.ts';

export class DefinitionSupport implements vscode.Disposable {
  private loading: Promise<OpenDefinitions> | undefined;
  private opened: OpenDefinitions | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly runs: RunStore,
    private readonly extensionUri: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => {
        this.loadFor([document]);
      }),
      vscode.window.registerWebviewPanelSerializer(DATA_PANEL, {
        deserializeWebviewPanel: async (panel, state) => {
          const { previews } = await this.load();
          await previews.deserializeWebviewPanel(panel, state);
        },
      }),
    );
    this.loadFor(vscode.workspace.textDocuments);
  }

  /** Whether a definition, or a command, has needed it. */
  get isLoaded(): boolean {
    return this.opened !== undefined;
  }

  /** The features of definitions, loaded once. */
  load(): Promise<OpenDefinitions> {
    return (this.loading ??= definitionTools().then(
      ({ openDefinitions }) => (this.opened = openDefinitions(this.runs, this.extensionUri, this.log)),
    ));
  }

  dispose(): void {
    this.subscription.dispose();
    this.opened?.dispose();
  }

  private loadFor(documents: readonly vscode.TextDocument[]): void {
    if (this.loading || !documents.some(isDefinition)) return;
    const complain = (error: unknown): void => {
      this.log.error(traceOf(error));
    };
    this.load().catch(complain);
    // Finished runs make the sizes of a definition exact. Nothing waits for the list: what is shown is drawn again when
    // it comes.
    this.runs.whenListed().catch(complain);
  }
}
