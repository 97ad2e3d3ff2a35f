/** What every export is made of: a finished run, and the network in its weights file. */
import { languageOf } from '../language/language-table.ts';
import { unpackFolded } from '../integer/pack-folded.ts';
import { quantise } from '../integer/quantise-network.ts';
import { certify } from '../integer/sizing.ts';
import type { FoldedNetwork, IntegerNetwork } from '../integer/integer-network.ts';
import { instantiate } from '../network/architecture.ts';
import { decidedAssignment } from '../network/decided-assignment.ts';
import type { Architecture, Definition } from '../network/types.ts';
import { findTarget } from '../targets/find-target.ts';
import { spaceOfRun } from '../targets/within-target.ts';
import type { NetworkResult, RunContent, RunEvent, RunHeader, RunResult } from '../wire/run.ts';

/** The trained network of a run: as folded floats on their grids, and in integers. */
export interface ExportedNetwork {
  readonly folded: FoldedNetwork;
  readonly integer: IntegerNetwork;
}

export interface ExportInput {
  readonly header: RunHeader;
  readonly events: readonly RunEvent[];
  readonly result: RunResult;
  /** The network of the result that is exported. */
  readonly chosen: NetworkResult;
  readonly definition: Definition;
  readonly architecture: Architecture;
  /** Absent where the run folder has no weights. */
  readonly network?: ExportedNetwork;
}

/**
 * The architecture of a network of a run: the definition with its decisions taken. Throws Error where the two do not
 * belong together.
 */
export function chosenArchitecture({ header, chosen }: Pick<RunContent, 'header' | 'chosen'>): {
  definition: Definition;
  architecture: Architecture;
} {
  const { definition, network, diagnostics } = languageOf(header.definitionPath).read(header.definitionText);
  if (!definition || !network)
    throw new Error(`the definition in the run's header is not valid: ${diagnostics[0]?.message ?? 'unknown problem'}`);
  const space = spaceOfRun(network, header);
  const decided = decidedAssignment(space, chosen.decisions);
  if ('undecided' in decided)
    throw new Error(
      `the run's result has no valid decision for '${decided.undecided}': it belongs to another definition`,
    );
  return { definition, architecture: instantiate(space, decided.assignment) };
}

/** Weights of a run without checksums are encoded again: they have to give what the certificate says. */
function checkCertificate(
  { result: { target }, chosen: { certificate, weights } }: RunContent,
  { architecture, operations }: FoldedNetwork,
): void {
  const codes = new Map(operations.flatMap((one) => (one.codes ? [[one.operation.id, one.codes] as const] : [])));
  if (certify(architecture, findTarget(target), codes).encodedSha256 === certificate.encodedSha256) return;
  throw new Error(
    `${weights} does not give the encoded weights of the certificate (SHA-256): the file is damaged, or a version of UDC that encodes otherwise made the run. Search again, or restore the file from a copy`,
  );
}

/** Gathers what exports need. Throws Error where the parts of the run folder contradict each other. */
export function exportInput(run: RunContent): ExportInput {
  const { header, events, result, chosen, weights } = run;
  const { definition, architecture } = chosenArchitecture(run);
  if (!weights) return { header, events, result, chosen, definition, architecture };
  const folded = unpackFolded(weights, architecture);
  if (run.checked !== true) checkCertificate(run, folded);
  return { header, events, result, chosen, definition, architecture, network: { folded, integer: quantise(folded) } };
}
