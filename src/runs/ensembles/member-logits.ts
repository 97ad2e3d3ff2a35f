/** What members say of the validation and test parts: their int8 logits, by the arithmetic of the chip. */
import { rightAnswers, shareRight } from '../../deploy/ensembles/right-answers.ts';
import { dirname } from 'node:path';
import { atSize, type Dataset, type Split } from '../../data/dataset.ts';
import { outputsOf } from '../../network/network-outputs.ts';
import { answersOf } from '../../training/integer-answers.ts';
import { fittingData } from '../data-check.ts';
import { CombineError, type Member, type MemberNetwork } from './read-member.ts';

export const PARTS = ['validation', 'test'] as const;
export type PartName = (typeof PARTS)[number];

/** What is known of a part without any network. */
interface PartFacts {
  readonly labels: Int32Array;
  /** Which samples of their files they are. */
  readonly origins: Int32Array | undefined;
}

/** What one output of a network says, [samples × outputs] for each part. */
export interface Answer {
  readonly outputs: number;
  /** Of its logits' grid. */
  readonly scale: number;
  readonly logits: Readonly<Record<PartName, Int8Array>>;
}

/** A member with what it says: at each early exit, and at its end. */
export type AskedMember<M extends MemberNetwork = Member> = M & { readonly answers: readonly Answer[] };

export interface Asked<M extends MemberNetwork = Member> {
  readonly members: readonly AskedMember<M>[];
  readonly labels: Readonly<Record<PartName, Int32Array>>;
  readonly classes: number;
  readonly classNames: readonly string[] | undefined;
}

/** How far the asking is: samples × members. */
export type Tell = (done: number, total: number) => void;

/** What decides which samples a run has seen, and how. */
const dataKey = ({ header, space: { definition }, network: { architecture } }: Member): string => {
  const { dataset, task, input, inputs, prepare } = definition;
  const folder = dirname(header.definitionPath);
  return JSON.stringify([folder, dataset, task, input, inputs?.options, architecture.input, prepare]);
};

/** Facts that have to be the same of all members, and what they are to people. */
type Facts = Readonly<Record<PartName, PartFacts>> & {
  readonly sha256: string | undefined;
  readonly input: string;
  readonly classes: number;
  readonly classNames: readonly string[] | undefined;
};

function factsOf(data: Dataset): Facts {
  const { normalisation, steps } = data.preparation;
  const part = ({ labels, origins }: Split): PartFacts => ({ labels, origins: origins?.indices });
  return {
    validation: part(data.validation),
    test: part(data.test),
    sha256: data.sha256,
    input: JSON.stringify([data.inputShape, normalisation, steps]),
    classes: data.classes,
    classNames: data.classNames,
  };
}

const same = (a: Int32Array | undefined, b: Int32Array | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((value, i) => value === b[i]));

/** What tells two runs' data apart, in words; undefined where nothing does. */
function differenceOf(a: Facts, b: Facts): string | undefined {
  if (a.sha256 !== b.sha256) return 'they were made of other samples';
  if (a.classes !== b.classes || JSON.stringify(a.classNames) !== JSON.stringify(b.classNames))
    return 'they tell other classes apart';
  for (const name of PARTS)
    if (!same(a[name].labels, b[name].labels) || !same(a[name].origins, b[name].origins))
      return `their ${name} parts are not the same samples (\`seed\`, \`validation\` or \`limit\` of \`dataset:\`)`;
  if (a.input !== b.input) return 'they take their inputs otherwise prepared (size, `prepare:` or normalisation)';
  return undefined;
}

/**
 * Asks every member about the validation and the test part; data that several share are read once.
 * @throws CombineError where they were not trained, validated and tested on the same samples in the same preparation,
 *   or a run's result is not what its network does; DataError
 */
export async function askMembers(members: readonly Member[], tell: Tell = () => undefined): Promise<Asked> {
  const asked = new Map<Member, AskedMember>();
  let first: { readonly facts: Facts; readonly member: Member } | undefined;
  const groups = new Map<string, Member[]>();
  for (const member of members) groups.set(dataKey(member), [...(groups.get(dataKey(member)) ?? []), member]);
  let done = 0;
  for (const group of groups.values()) {
    const { space, header, network } = group[0]!;
    const all = await fittingData(space, header.definitionPath);
    try {
      const data = atSize(all, network.architecture.input);
      const facts = { ...factsOf(data), sha256: all.sha256 };
      first ??= { facts, member: group[0]! };
      const difference = differenceOf(first.facts, facts);
      if (difference !== undefined)
        throw new CombineError(
          `${first.member.folder.id} and ${group[0]!.folder.id} cannot be combined: ${difference}. Combine runs of the same data, classes and preparation`,
        );
      const total = members.length * (data.validation.count + data.test.count);
      for (const member of group) {
        checkSeen(member, facts);
        const found = await ask(member, data, (samples) => {
          done += samples;
          tell(done, total);
        });
        asked.set(member, found);
      }
    } finally {
      await all.close();
    }
  }
  const { facts } = first!;
  return {
    members: members.map((member) => asked.get(member)!),
    labels: { validation: facts.validation.labels, test: facts.test.labels },
    classes: facts.classes,
    classNames: facts.classNames,
  };
}

/** The data have to be those that the run has seen. */
function checkSeen({ folder, dataSha256 }: Member, { sha256 }: Facts): void {
  if (dataSha256 === undefined || sha256 === undefined || dataSha256 === sha256) return;
  throw new CombineError(
    `${folder.id}: its data set has changed since (SHA-256 of its samples ${sha256.slice(0, 12)}…, then ${dataSha256.slice(0, 12)}…): restore it, or search again`,
  );
}

/**
 * Asks one member about the validation and the test part of its data.
 * @throws CombineError where its result is not what its network does; DataError
 */
export async function ask<M extends MemberNetwork>(
  member: M,
  data: Dataset,
  tell: (samples: number) => void | Promise<void> = () => undefined,
): Promise<AskedMember<M>> {
  const { network } = member;
  const validation = await answersOf(network, data.validation, tell);
  const test = await answersOf(network, data.test, tell);
  const answers = outputsOf(network.architecture.operations).map((index, k) => ({
    outputs: test[k]!.length / data.test.count,
    scale: network.operations[index]!.output.scale,
    logits: { validation: validation[k]!, test: test[k]! },
  }));
  const { integerMetric } = member.chosen;
  const accuracy = shareRight(rightAnswers(test.at(-1)!, data.test.labels));
  if (accuracy !== integerMetric)
    throw new CombineError(
      `${member.run}: its network has ${accuracy} accuracy on the test part, and its result says ${integerMetric}: a version of UDC that computes otherwise made the run. Search again`,
    );
  return { ...member, answers };
}
