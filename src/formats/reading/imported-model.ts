/** An existing network as it was read of a file, whatever its format. */
import type { IntegerNetwork } from '../../integer/integer-network.ts';

export interface ImportedModel {
  /** Every operator that the table shows; some may only stand for what cannot be computed here (`standsFor`). */
  readonly network: IntegerNetwork;
  readonly description: string;
  /** Texts kept in the file, by name. */
  readonly metadata: ReadonlyMap<string, string>;
  /** What of the file is not in the network or otherwise in it, in sentences. */
  readonly notes: readonly string[];
  /** What of the file stands before the network and after it, and is not in it: operators, or a batch. */
  readonly outside?: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** Why no definition can be written around it, one an operator or reason; empty where one can. */
  readonly obstacles: readonly string[];
  /** What the file holds instead of int8, where its sizes are those that it would have in int8. */
  readonly asIfInt8?: string;
}
