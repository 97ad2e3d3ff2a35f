/**
 * The analysed definitions of the open documents, kept by document version, so that every provider shares one parse.
 */
import { languageOf } from '../../../language/language-table.ts';
import * as vscode from 'vscode';
import { isDefinition } from '../../commands/definitions.ts';
import { Analysis } from './analysis.ts';
import { inSlices, whileWanted } from './slices.ts';

interface Entry {
  readonly version: number;
  readonly analysis: Analysis;
  prepared?: Promise<void>;
  judged?: Promise<void>;
  worked?: Promise<void>;
}

export class DefinitionDocuments implements vscode.Disposable {
  private readonly entries = new Map<string, Entry>();
  private readonly changed = new vscode.EventEmitter<vscode.TextDocument>();
  /** A definition was opened or its text changed. */
  readonly onDidChange = this.changed.event;
  private readonly closed = new vscode.EventEmitter<vscode.TextDocument>();
  readonly onDidClose = this.closed.event;
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor() {
    this.subscriptions = [
      this.changed,
      this.closed,
      vscode.workspace.onDidOpenTextDocument((document) => {
        if (isDefinition(document)) this.changed.fire(document);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && isDefinition(document)) this.changed.fire(document);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (this.entries.delete(document.uri.toString()) || isDefinition(document)) this.closed.fire(document);
      }),
    ];
  }

  /** The analysis of a document's present text. */
  get(document: vscode.TextDocument): Analysis {
    const key = document.uri.toString();
    const known = this.entries.get(key);
    if (known?.version === document.version) return known.analysis;
    const analysis = new Analysis(document.getText(), languageOf(document.uri.path));
    this.entries.set(key, { version: document.version, analysis });
    return analysis;
  }

  /** Resolves when the sizes of a document's present text take no long time any more. */
  prepared(document: vscode.TextDocument): Promise<void> {
    const analysis = this.get(document);
    const entry = this.entries.get(document.uri.toString())!;
    return (entry.prepared ??= inSlices(analysis.steps()));
  }

  /** Resolves when its limits are judged, too. */
  judged(document: vscode.TextDocument): Promise<void> {
    const analysis = this.get(document);
    const entry = this.entries.get(document.uri.toString())!;
    return (entry.judged ??= this.prepared(document).then(() => inSlices(analysis.judgingSteps())));
  }

  /** Resolves when what its architectures take of work is known; it is given up with the text. */
  worked(document: vscode.TextDocument): Promise<void> {
    const { sizes } = this.get(document);
    const key = document.uri.toString();
    const entry = this.entries.get(key)!;
    return (entry.worked ??= sizes
      ? whileWanted(sizes.workSteps(), () => this.entries.get(key) === entry)
      : Promise.resolve());
  }

  /** The open definitions. */
  open(): readonly vscode.TextDocument[] {
    return vscode.workspace.textDocuments.filter(isDefinition);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.entries.clear();
  }
}
