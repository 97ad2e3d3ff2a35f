/** A finished run as a member of an ensemble: its network in integers, verified, and what it was trained on. */
import { readFoldedNetwork } from '../../integer/folded-file.ts';
import type { IntegerNetwork } from '../../integer/integer-network.ts';
import { quantise } from '../../integer/quantise-network.ts';
import { segmentsOf, type Segment } from '../../integer/segments.ts';
import { certify, sizeExactly } from '../../integer/sizing.ts';
import { languageOf } from '../../language/language-table.ts';
import type { Network } from '../../network/types.ts';
import { findTarget, type Target } from '../../targets/find-target.ts';
import type { Limit } from '../../wire/limits.ts';
import { noResult } from '../../wire/no-result.ts';
import { networkNamed } from '../../wire/result-networks.ts';
import type { NetworkResult, RunContent, RunHeader, RunResult, StartedEvent } from '../../wire/run.ts';
import type { RunFolder } from '../folder/run-folder.ts';

/** Finished runs cannot be combined: what stands between them, and what would be right. */
export class CombineError extends Error {
  override readonly name = 'CombineError';
}

/** A trained network that may be a member of an ensemble. */
export interface MemberNetwork {
  /** Id of its run. */
  readonly run: string;
  readonly chosen: NetworkResult;
  readonly target: Target;
  /** Of its run. */
  readonly limits: readonly Limit[];
  readonly network: IntegerNetwork;
  /** Its parts from early exit to early exit; one alone where there are none. */
  readonly segments: readonly Segment[];
}

/** The same of a finished run. */
export interface Member extends MemberNetwork {
  readonly folder: RunFolder;
  readonly header: RunHeader;
  readonly result: RunResult;
  /** The space that was searched, for its data. */
  readonly space: Network;
  /** Of all samples that the run has seen; absent in older runs. */
  readonly dataSha256: string | undefined;
}

/**
 * Reads a run; its weights are encoded again and have to give what its certificate says.
 * @param wanted name or number of one of its networks; absent: the first
 * @throws CombineError, RunError, RangeError for a network that it does not have
 */
export async function readMember(folder: RunFolder, wanted?: string): Promise<Member> {
  const refuse = (why: string): never => {
    throw new CombineError(`${folder.id}: ${why}`);
  };
  const content = await folder.readContent((result) => networkNamed(result, wanted));
  if (!content) {
    const { problem, next } = noResult(await folder.readState());
    return refuse(`${problem}: ${next}`);
  }
  const { header, result, chosen, events } = content;
  const { network: space, diagnostics } = languageOf(header.definitionPath).read(header.definitionText);
  if (!space)
    return refuse(`this version of UDC cannot read its definition: ${diagnostics[0]?.message ?? 'unknown problem'}`);
  if (space.definition.task !== 'classification')
    return refuse(`its task is ${space.definition.task}: only classifiers can be sure of a class`);
  const started = events.find((event): event is StartedEvent => event.type === 'started');
  const target = findTarget(result.target);
  const read = verified(content, target, refuse);
  const { limits } = result;
  const run = { run: folder.id, limits, dataSha256: started?.data?.sha256 };
  return { folder, header, result, chosen, target, space, ...read, ...run };
}

/**
 * The network of a file of weights, encoded again.
 * @param refuse told where that gives other bytes than its certificate says
 */
export function verified(
  { chosen, weights }: Pick<RunContent, 'chosen' | 'weights'>,
  target: Target,
  refuse: (why: string) => never,
): Pick<MemberNetwork, 'network' | 'segments'> {
  if (!weights) return refuse(`its folder has no ${chosen.weights}: search again, or restore the file from a copy`);
  const folded = readFoldedNetwork(weights);
  const { architecture, operations } = folded;
  const codes = new Map(operations.flatMap((one) => (one.codes ? [[one.operation.id, one.codes] as const] : [])));
  const sized = sizeExactly(architecture, target, ({ id }) => codes.get(id)!);
  const { encodedSha256, exactBytes } = certify(architecture, target, codes, sized);
  const { certificate } = chosen;
  if (encodedSha256 !== certificate.encodedSha256 || exactBytes !== certificate.exactBytes)
    return refuse(
      `its weights give ${exactBytes} bytes and not the ${certificate.exactBytes} of its certificate, or other bytes: a version of UDC that encodes otherwise made the run. Search again`,
    );
  return { network: quantise(folded), segments: segmentsOf(architecture, target, sized) };
}
