/** Diagnostics of the open definitions, a moment after the last keystroke. */
import * as vscode from 'vscode';
import type { Diagnostic, Severity } from '../../../network/types.ts';
import { SOURCE } from '../../contributions.ts';
import type { DataFindings } from '../data-findings.ts';
import type { DefinitionDocuments } from '../sizes/documents.ts';
import { withExactBudget } from './exact-problems.ts';
import type { ExactSizes } from '../sizes/exact-sizes.ts';
import { namedFileProblems } from './named-file-problems.ts';
import { toRange } from '../ranges.ts';

/** Milliseconds without a keystroke before the text is judged. */
const QUIET = 200;

/**
 * Red Hat's YAML extension: where it is active it reports syntax errors and, from the contributed schema, unknown keys
 * and wrong values.
 */
const YAML_EXTENSION = 'redhat.vscode-yaml';

/** What that extension reports as well: ours of these codes stay silent beside it. */
const COVERED_BY_YAML: ReadonlySet<string> = new Set([
  'yaml-syntax',
  'duplicate-key',
  'unknown-key',
  'missing-key',
  'unknown-alias',
]);

const SEVERITY: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

export class DefinitionDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('udc');
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor(
    private readonly documents: DefinitionDocuments,
    private readonly exact: ExactSizes,
    private readonly data: DataFindings,
  ) {
    this.subscriptions = [
      this.collection,
      documents.onDidChange((document) => {
        this.judgeSoon(document);
      }),
      data.onDidChange((document) => {
        this.judgeSoon(document);
      }),
      documents.onDidClose((document) => {
        this.forget(document);
      }),
      exact.onDidChange(() => {
        documents.open().forEach((document) => {
          this.judgeSoon(document);
        });
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        documents.open().forEach((document) => {
          this.judgeSoon(document);
        });
      }),
      vscode.extensions.onDidChange(() => {
        documents.open().forEach((document) => {
          this.judgeSoon(document);
        });
      }),
    ];
    for (const document of documents.open()) this.judgeSoon(document);
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private judgeSoon(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        if (!document.isClosed) void this.judge(document);
      }, QUIET),
    );
  }

  /**
   * The text's problems at once; those of the weights file when it has been read, unless the text is another by then.
   */
  private async judge(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    await this.documents.judged(document);
    // Another text is judged by its own turn.
    if (document.isClosed || document.version !== version) return;
    const analysis = this.documents.get(document);
    const beside = vscode.extensions.getExtension(YAML_EXTENSION)?.isActive === true;
    const judged = withExactBudget(analysis, analysis.sizes && this.exact.of(document, analysis.sizes)).filter(
      ({ code }) => !beside || !COVERED_BY_YAML.has(code),
    );
    const own = [...judged, ...this.data.of(document, analysis)];
    this.collection.set(
      document.uri,
      own.map((found) => toEditor(document, found)),
    );
    const more = await namedFileProblems(document, analysis);
    if (more.length > 0 && document.version === version && !document.isClosed)
      this.collection.set(
        document.uri,
        [...own, ...more].map((found) => toEditor(document, found)),
      );
  }

  private forget(document: vscode.TextDocument): void {
    clearTimeout(this.timers.get(document.uri.toString()));
    this.collection.delete(document.uri);
  }
}

/**
 * Codes of what does nothing where it stands: faded, as editors show such text, and no problem. An applied architecture
 * leaves `expand` on a layer that no longer expands.
 */
const FADED: ReadonlySet<string> = new Set(['unused-key']);

function toEditor(document: vscode.TextDocument, { range, message, severity, code }: Diagnostic): vscode.Diagnostic {
  const faded = FADED.has(code);
  const shown = new vscode.Diagnostic(
    toRange(document, range),
    message,
    faded ? vscode.DiagnosticSeverity.Hint : SEVERITY[severity],
  );
  if (faded) shown.tags = [vscode.DiagnosticTag.Unnecessary];
  shown.source = SOURCE;
  shown.code = code;
  return shown;
}
