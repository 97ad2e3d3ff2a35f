/** Problems found in a definition, and the error that carries them where a definition is impossible. */

import type { Diagnostic, ScalarPath, Severity, TextRange } from './types.ts';

/** A replacement with an obvious meaning: of a given range, or of (or into) the mapping at a path. */
export type ProblemFix =
  | { readonly title: string; readonly range: TextRange; readonly text: string }
  /** Sets `path` to `text`: replaces the scalar there, or inserts the key into its mapping. */
  | { readonly title: string; readonly path: ScalarPath; readonly text: string };

/** A diagnostic that is not yet tied to a place in the text. */
export interface Problem {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly path: ScalarPath;
  readonly range?: TextRange;
  readonly fixes?: readonly ProblemFix[];
}

export interface ProblemDetails {
  readonly range?: TextRange | undefined;
  readonly fixes?: readonly ProblemFix[] | undefined;
}

/** Most problems that are kept: nobody reads more. */
const MOST_PROBLEMS = 200;

/** Collects problems; one path is complained about once per code, so that one mistake gives one message. */
export class Problems {
  readonly list: Problem[] = [];
  private readonly seen = new Set<string>();

  error(code: string, path: ScalarPath, message: string, details: ProblemDetails = {}): void {
    this.add('error', code, path, message, details);
  }

  warning(code: string, path: ScalarPath, message: string, details: ProblemDetails = {}): void {
    this.add('warning', code, path, message, details);
  }

  information(code: string, path: ScalarPath, message: string, details: ProblemDetails = {}): void {
    this.add('information', code, path, message, details);
  }

  get hasErrors(): boolean {
    return this.list.some((problem) => problem.severity === 'error');
  }

  /** Are there so many problems that no more are kept? */
  get full(): boolean {
    return this.list.length >= MOST_PROBLEMS;
  }

  /** Is there already an error at this path or inside it? */
  hasErrorAt(path: ScalarPath): boolean {
    return this.list.some(
      (problem) => problem.severity === 'error' && path.every((step, i) => problem.path[i] === step),
    );
  }

  private add(
    severity: Severity,
    code: string,
    path: ScalarPath,
    message: string,
    { range, fixes }: ProblemDetails,
  ): void {
    if (this.full) return;
    const key = `${code} ${path.join('/')} ${range?.start ?? ''}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.list.push({
      severity,
      code,
      path,
      message,
      ...(range && { range }),
      ...(fixes && fixes.length > 0 && { fixes }),
    });
  }
}

/**
 * A definition that cannot be lowered, or a request that the model cannot meet; `message` lists the diagnostics one a
 * line.
 */
export class ModelError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => `${d.line}:${d.column}: ${d.message}`).join('\n'));
    this.name = 'ModelError';
    this.diagnostics = diagnostics;
  }
}
