/** The real engine: definition, data, backend and the UDC search, opened for a run. */
import { languageOf } from '../language/language-table.ts';
import { dirname } from 'node:path';
import { messageOf } from '../base/error-text.ts';
import { capitalised } from '../text/sentences.ts';
import { openBackend, threadsHere } from '../devices/open-device.ts';
import { SettingError } from '../devices/threads.ts';
import { ChangedDataError, DataError } from '../data/data-error.ts';
import type { Dataset } from '../data/load-dataset.ts';
import { withExits } from '../network/open-exits.ts';
import type { Network } from '../network/types.ts';
import { withoutEnsemble } from '../network/without-ensemble.ts';
import { limitsThatHold } from '../costs/limits/holding-limits.ts';
import { limitsElsewhere } from '../costs/limits/limits-elsewhere.ts';
import { findTarget } from '../targets/find-target.ts';
import { leftOutText, withinTarget } from '../targets/within-target.ts';
import { SideError } from '../training/side.ts';
import {
  BudgetError,
  SharedFileError,
  TargetError,
  TrainingError,
  UndecidedError,
  UntrainedError,
  type SearchContext,
} from '../training/problem.ts';
import { specialiser, tuned } from '../strategies/once-for-all/specialise-strategy.ts';
import { SearchSession } from '../strategies/session/search-session.ts';
import { hooksOfWhole, standing } from '../strategies/session/standing-exits.ts';
import { StrategySearch } from '../strategies/strategy-search.ts';
import { MEMORY_ADVICE, outOfMemory } from '../base/memory-limits.ts';
import type { RunHeader, StartedEvent } from '../wire/run.ts';
import { idleObjective } from '../wire/strategies.ts';
import { nameOfTarget } from '../wire/target-name.ts';
import { confirmedResult, ContradictedError } from './confirm-result.ts';
import { fittingData } from './data-check.ts';
import type { Engine, Explanation, RunningSearch } from './engine.ts';
import { EnsembleSearch } from './ensembles/search/ensemble-search.ts';
import { RunFolder } from './folder/run-folder.ts';
import { sharedLessons } from './side/shared-lessons.ts';
import { openSide, wantedAtOnce } from './side/side-places.ts';
import type { SidePool } from './side/side-pool.ts';
import { InitialWeightsError, loadInitial } from './load-initial.ts';
import { TeacherError } from './check-teacher.ts';
import { loadTeacher } from './load-teacher.ts';

/** The definition of a run has errors: one line each, `file:line:column: message`. */
class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
}

class BackendError extends Error {
  override readonly name = 'BackendError';
}

const SIDE_ADVICE =
  'Train fewer networks at once (setting `udc.parallelNetworks`, option `--parallel`; 1: one after another), then resume: that goes on from the last checkpoint.';

/** What to say for each kind of error, first match. */
const KINDS: readonly (readonly [
  kind: abstract new (...args: never[]) => Error,
  code: string,
  what: string,
  next: string,
])[] = [
  [BudgetError, 'budget', 'The budget cannot be met.', ''],
  [
    UndecidedError,
    'undecided',
    'The strategy does not decide a choice of the definition.',
    'Change the definition or the strategy, then start a new search.',
  ],
  [
    UntrainedError,
    'untrained',
    'Nothing would train the result.',
    'Or search by udc or once-for-all, whose shared weights are trained before.',
  ],
  [TargetError, 'target', 'The target cannot run this network.', 'Choose another target or other operators.'],
  [TrainingError, 'diverged', 'The training diverged.', 'Change the definition, then start a new search.'],
  [
    ChangedDataError,
    'data-changed',
    'The data set changed while it was in use.',
    'Put it back as it was and resume: that goes on from the last checkpoint. Or start a new search.',
  ],
  [DataError, 'data', 'The data set cannot be used.', 'Correct it, then start again.'],
  [
    InitialWeightsError,
    'initial-weights',
    'The initial weights cannot be used.',
    'Correct `training.initialWeights`, or take it out, then start a new search.',
  ],
  [
    TeacherError,
    'teacher',
    'The teacher cannot be used.',
    'Correct `training.teacher`, or take it out, then start a new search. A run that began goes on when its teacher is back as it was.',
  ],
  [
    SharedFileError,
    'shared-weights',
    'The shared weights of the other run cannot be used.',
    'Choose another run, or search by once-for-all again.',
  ],
  [
    ContradictedError,
    'contradicted',
    "The target's compiler contradicts the certificate.",
    'The weights are kept. Search again with a lower limit, or resume without Vela (setting `udc.confirmByVela`, option `--no-vela`): the result is then by our own count. More bytes or SRAM than promised are a fault of UDC: please report the definition.',
  ],
  [DefinitionError, 'definition', 'The model definition has errors.', 'Correct them, then start a new search.'],
  [
    SettingError,
    'setting',
    'A setting of this machine is not right.',
    'Correct the environment variable, or unset it, then start again or resume.',
  ],
  [BackendError, 'backend', 'The tensor backend cannot be opened.', 'Choose another backend, or `auto`.'],
];

function explain(error: unknown): Explanation | undefined {
  if (error instanceof SideError)
    return { code: 'side', what: 'Training networks side by side failed.', why: error.message, next: SIDE_ADVICE };
  if (outOfMemory(error))
    return {
      code: 'out-of-memory',
      what: 'The search ran out of memory.',
      why: 'The network, the batch or the data set is too large for this machine.',
      next: MEMORY_ADVICE,
    };
  const kind = KINDS.find(([type]) => error instanceof type);
  if (kind === undefined) return undefined;
  const [, code, what, next] = kind;
  const { message } = error as Error;
  // Where a definition is checked, what is said of its budget comes after the name of a file.
  return { code, what, why: error instanceof BudgetError ? capitalised(message) : message, next };
}

function networkOf(header: RunHeader): Network {
  const { network, diagnostics } = languageOf(header.definitionPath).read(header.definitionText);
  if (network !== undefined) return network;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  throw new DefinitionError(
    errors.map(({ line, column, message }) => `${header.definitionPath}:${line}:${column}: ${message}`).join('\n'),
  );
}

/** Half a run on other samples would be a result of neither. */
function checkSame({ sha256 }: Dataset, began: StartedEvent | undefined, { definitionPath }: RunHeader): void {
  const before = began?.data?.sha256;
  if (before === undefined || sha256 === undefined || before === sha256) return;
  throw new DataError(
    definitionPath,
    `the data set is another than the one that this run began with (SHA-256 of its samples ${sha256.slice(0, 12)}…, then ${before.slice(0, 12)}…): restore it to go on with this run, or start a new search`,
  );
}

/** The teacher of a run, who has to be the one that it began with. @throws TeacherError */
async function teacherOf(
  network: Network,
  dataset: Dataset,
  { definitionPath }: RunHeader,
  began: StartedEvent | undefined,
): Promise<Pick<SearchContext, 'teacher'>> {
  const teacher = await loadTeacher(network, dataset, dirname(definitionPath));
  const before = began?.teacher?.sha256;
  if (teacher && before !== undefined && before !== teacher.sha256)
    throw new TeacherError(
      `${teacher.file}: this is another teacher than the one that the run began with (SHA-256 ${teacher.sha256.slice(0, 12)}…, then ${before.slice(0, 12)}…)`,
    );
  return teacher ? { teacher } : {};
}

/** What is opened for a search, and closed after it. */
interface Opened {
  readonly search: RunningSearch;
  readonly side: SidePool | undefined;
}

/** The search of a run on its data: begun, or taken up from a checkpoint. */
async function openSearch(
  header: RunHeader,
  { network, dataset, initial, teacher }: Pick<SearchContext, 'network' | 'dataset' | 'initial' | 'teacher'>,
  backend: RunHeader['backend'],
  state: Uint8Array | undefined,
): Promise<Opened> {
  const { target: stated } = network.definition;
  const target = findTarget(nameOfTarget(stated));
  // Else `auto` takes a wrong number of threads for a backend that does not start, and goes on with a slow one.
  threadsHere();
  wantedAtOnce();
  const opened = await openBackend(backend).catch((error: unknown) => {
    throw new BackendError(messageOf(error));
  });
  // Runs of earlier versions name the limit on weights alone.
  const unnamed = header.from
    ? []
    : limitsThatHold(stated, target).filter(({ cost }) => !header.limits.some((limit) => limit.cost === cost));
  // A specialised network is compared with none.
  const side = opened.name === 'wasm' && !header.from ? openSide(network, dataset) : undefined;
  const { objective } = network.definition;
  const idle = objective && idleObjective(header.strategy, objective.cost);
  const context: SearchContext = {
    network,
    dataset,
    target,
    limits: [...header.limits, ...unnamed],
    seed: header.seed,
    backend: opened,
    ...(initial && { initial }),
    ...(teacher && { teacher: side ? { ...teacher, lessons: sharedLessons(teacher.lessons) } : teacher }),
    ...(side && { side }),
    ...(idle !== undefined && { leftOut: [idle] }),
  };
  const search = header.from ? specialisation(context, header.from, state) : strategySearch(context, header, state);
  return { search: await search, side };
}

/** For one network, or for the members of an ensemble. */
function strategySearch(
  context: SearchContext,
  header: RunHeader,
  state: Uint8Array | undefined,
): Promise<RunningSearch> {
  const { ensemble } = context.network.definition;
  if (ensemble)
    return state === undefined
      ? EnsembleSearch.create(context, ensemble, header)
      : EnsembleSearch.restore(context, ensemble, header, state);
  return state === undefined ? StrategySearch.create(context, header) : StrategySearch.restore(context, header, state);
}

/** A network from the shared weights of another run, which are read again as long as it is not chosen. */
async function specialisation(
  context: SearchContext,
  { path, id, tune }: NonNullable<RunHeader['from']>,
  state: Uint8Array | undefined,
): Promise<RunningSearch> {
  const bytes = await new RunFolder(path).readShared().catch((error: unknown) => {
    return new SharedFileError(`${id}: ${messageOf(error)}`);
  });
  const { network: whole, target, limits } = context;
  const found = withinTarget(withoutEnsemble(whole), target);
  if ('refused' in found) throw new TargetError(`${target.name} cannot run this definition: ${found.refused}`);
  const left = leftOutText(target, found.leftOut);
  const given = Object.fromEntries(limits.map(({ cost, limit }) => [cost, limit]));
  const leftOut = [...(left === undefined ? [] : [left]), ...limitsElsewhere(whole.definition, target, given).leftOut];
  // Shared weights are those of a search in which exits stand.
  const strategy = specialiser(bytes, withExits(whole));
  const short = standing({ ...context, network: tuned(found.network, tune), leftOut });
  const session = await (state === undefined
    ? SearchSession.create(short, strategy)
    : SearchSession.restore(short, strategy, state));
  return { run: (hooks) => session.run(hooksOfWhole(short, hooks)), state: () => session.state() };
}

export const searchEngine: Engine = {
  async open(header, backend, state, began) {
    const network = networkOf(header);
    // A checkpoint has the weights as they have become, and another run its own.
    const begins = state === undefined && !header.from;
    const initial = begins ? await loadInitial(network, dirname(header.definitionPath)) : undefined;
    const dataset = await fittingData(network, header.definitionPath);
    try {
      checkSame(dataset, began, header);
      const taught = await teacherOf(network, dataset, header, began);
      const given = { network, dataset, ...taught, ...(initial && { initial }) };
      const { search, side } = await openSearch(header, given, backend, state);
      const close = async (): Promise<void> => {
        await side?.drop();
        await dataset.close();
      };
      return { run: (hooks) => search.run(hooks).finally(close), state: () => search.state() };
    } catch (error) {
      await dataset.close();
      throw error;
    }
  },
  confirm: (result, fileOf, note, signal) => confirmedResult(result, fileOf, note, { signal }),
  explain,
};
