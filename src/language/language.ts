/** A language that definitions are written in: from a text to a definition with places, and edits back. */
import type { Assignment, Definition, Diagnostic, Network, ScalarPath, TextRange } from '../network/types.ts';
import type { EditPlan, Refusal } from './edit-plan.ts';
import type { TreeNode } from './tree.ts';

/** Keys whose value may be a choice. */
export const CHOOSABLE = ['op', 'kernel', 'filters', 'units', 'expand', 'bits', 'sparsity', 'activationBits'] as const;
export type ChoosableKey = (typeof CHOOSABLE)[number];

export interface ParsedDefinition {
  /** Present where every value could be read, even if the shapes are impossible. */
  readonly definition?: Definition;
  /** Present where there are no errors. */
  readonly network?: Network;
  readonly diagnostics: readonly Diagnostic[];
  /** Range of each layer's mapping, in order, as far as the text could be read. */
  readonly layerRanges: readonly TextRange[];
  /** The values with their places; absent where the text is none of the language. */
  readonly tree?: TreeNode;
}

/** A network with layers that may stand for others. */
export interface SizablePart {
  readonly network: Network;
  /** The same with other layers in their place. */
  readonly other: Network;
  /** Indices of the layers that are as the definition says, whatever its errors come to. */
  readonly known: ReadonlySet<number>;
  /** Those, and layers of which only the height and width of the maps depend on the errors. */
  readonly channelsKnown: ReadonlySet<number>;
  /** The definition's values with their places, wrong ones replaced. */
  readonly tree: TreeNode;
}

export interface CompletionItem {
  readonly kind: 'key' | 'value' | 'layer';
  readonly label: string;
  readonly detail?: string;
  readonly documentation?: string;
  readonly insertText: string;
  /** What the text replaces: the word at the place. */
  readonly range: TextRange;
  /** Items that the layer needs come first. */
  readonly rank: number;
}

/** Names that the model does not know itself. */
export interface KnownNames {
  readonly targets?: readonly string[];
  /** Presets of a target's compiler, with one of its systems if it is stated. */
  readonly presets?: (
    npu: string,
    system: string | undefined,
  ) => Readonly<Record<'system' | 'memory', readonly string[]>>;
  readonly generators?: readonly string[];
}

/** A value as the text shall state it. */
export interface PlacedValue {
  readonly place: ScalarPath;
  readonly value: string;
}

/** What of a definition an assignment is written with. */
export interface DecideOptions {
  readonly layers?: readonly number[];
  readonly target?: Definition['target'];
}

export interface Language {
  /** As editors call it. */
  readonly id: string;
  /** Is a file of this name (or path with forward slashes) written in it? */
  isFile(name: string): boolean;
  /** Bad input gives diagnostics with place and remedy, never an exception. */
  read(text: string): ParsedDefinition;
  /** Of a text with errors, what does not depend on them; undefined where nothing can be told. */
  readSizable(text: string): SizablePart | undefined;
  /** The edits that make the value at a place a choice of these values, or why not. */
  edit(text: string, place: ScalarPath, values: readonly string[]): EditPlan;
  /**
   * The edits that write an assignment of `network`, the definition of this text, or why not.
   * @param options.layers only what concerns these
   * @param options.target what `target:` says after them: chip and limits, and no others
   */
  decide(text: string, network: Network, assignment: Assignment, options?: DecideOptions): EditPlan;
  /** The edits that set these values, keys added where they are missing, or why not. */
  set(text: string, values: readonly PlacedValue[]): EditPlan;
  /** The text with another chip named, and nothing else changed, or why not. */
  retarget(text: string, npu: string): { readonly text: string } | Refusal;
  /** Values that a fixed one could be a choice of; undefined where there are none. */
  suggest(key: ChoosableKey, value: string): readonly string[] | undefined;
  /** What can be written at an offset, also in unfinished text. */
  complete(text: string, offset: number, known: KnownNames): CompletionItem[];
}
