/**
 * Messages between the extension host and the page of a data preview, checked on both sides. The page says that it is
 * ready; the host answers with where things stand, and with the preview when there is one.
 */
import { boolean, count, list, object, oneOf, string, tagged, type Check } from '../base/validate.ts';
import { dataPreview, previewRequest, type DataPreview, type PreviewRequest } from './data-preview.ts';

/** What is wrong with a definition or its data, and where that stands. */
export interface PreviewProblem {
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** Where things stand; what was shown before stays until something else comes. */
export interface PreviewStatus {
  readonly type: 'previewStatus';
  /** Its address; the page keeps it for a reload. */
  readonly document: string;
  /** The file of the definition, as people know it. */
  readonly file: string;
  /** Samples are being read. */
  readonly busy: boolean;
  /** All data are being looked at, for what is damaged. */
  readonly checking: boolean;
  /** Nothing can be shown of what there is. */
  readonly failed: boolean;
  readonly problems: readonly PreviewProblem[];
}

export interface PreviewShown {
  readonly type: 'preview';
  readonly preview: DataPreview;
}

export type PreviewHostMessage = PreviewStatus | PreviewShown;

/** The page can receive. */
export interface PreviewReady {
  readonly type: 'previewReady';
}
/** Show other samples. */
export interface PreviewAsk {
  readonly type: 'previewAsk';
  readonly request: PreviewRequest;
}
/** Look again: files may have changed. */
export interface PreviewAgain {
  readonly type: 'previewAgain';
}
/** Open the definition, at a place of it. */
export interface PreviewReveal {
  readonly type: 'previewReveal';
  readonly line: number;
  readonly column: number;
}
/** An error inside the page, for the log. */
export interface PreviewError {
  readonly type: 'previewError';
  readonly message: string;
  readonly stack: string;
}

export type PreviewPageMessage = PreviewReady | PreviewAsk | PreviewAgain | PreviewReveal | PreviewError;

const problem = object<PreviewProblem>({
  severity: oneOf(['error', 'warning', 'information']),
  message: string,
  line: count,
  column: count,
});

/** Checks what the page received. @throws ValidationError */
export const previewHostMessage: Check<PreviewHostMessage> = tagged<PreviewHostMessage>({
  previewStatus: object({
    type: oneOf(['previewStatus']),
    document: string,
    file: string,
    busy: boolean,
    checking: boolean,
    failed: boolean,
    problems: list(problem),
  }),
  preview: object({ type: oneOf(['preview']), preview: dataPreview }),
});

/** Checks what the host received. @throws ValidationError */
export const previewPageMessage: Check<PreviewPageMessage> = tagged<PreviewPageMessage>({
  previewReady: object({ type: oneOf(['previewReady']) }),
  previewAsk: object({ type: oneOf(['previewAsk']), request: previewRequest }),
  previewAgain: object({ type: oneOf(['previewAgain']) }),
  previewReveal: object({ type: oneOf(['previewReveal']), line: count, column: count }),
  previewError: object({ type: oneOf(['previewError']), message: string, stack: string }),
});

/** What the page keeps over a reload, and while it is hidden. No samples: they are read again. */
export interface PreviewState {
  /** Address of the definition. */
  readonly document: string;
  /** What was last shown. */
  readonly request?: PreviewRequest;
  /** Are samples shown as training may change them? */
  readonly changed: boolean;
}

const previewState: Check<PreviewState> = object<PreviewState>(
  { document: string, changed: boolean },
  { request: previewRequest },
);

/** The kept state, or undefined where there is none or an older version wrote it. */
export function readPreviewState(value: unknown): PreviewState | undefined {
  try {
    return previewState(value);
  } catch {
    return undefined;
  }
}
