/**
 * A deterministic stand-in for the search: emits the events of a small run, with a state that can be saved and taken
 * up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, RunningSearch, SearchHooks } from '../../../src/runs/engine.ts';
import type { EpochEvent, RunHeader, RunResult, StageHeader, UnnumberedEvent } from '../../../src/wire/run.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { certificateOf, limitReportsOf } from '../../fixtures/run-parts.ts';

/** What the definition text of a fake run says. */
export interface FakePlan {
  readonly epochs: number;
  /** Milliseconds a step; four steps an epoch. */
  readonly stepMs: number;
  /** Bytes of ballast in each checkpoint. */
  readonly ballast?: number;
  /** What to do after this epoch, once: there is no checkpoint of it yet. `bad-result` needs no epoch. */
  readonly at?: number;
  readonly then?: 'throw' | 'exit' | 'hang' | 'out-of-memory' | 'nan' | 'refuse' | 'refuse-to-open' | 'bad-result';
}

const STEPS = 4;
const STRATEGY = { id: 'fake', title: 'Fake' };
/** Stage of the first half of a fake run's epochs, and of the second. */
const STAGE_IDS = ['search', 'settle'] as const;

interface State {
  epoch: number;
  loss: number;
  random: readonly number[];
}

class FakeSearch implements RunningSearch {
  private readonly random: SeededRandom;
  private current: State;

  constructor(
    private readonly plan: FakePlan,
    private readonly header: RunHeader,
    saved: Uint8Array | undefined,
  ) {
    this.random = new SeededRandom(header.seed);
    this.current = { epoch: 0, loss: 4, random: this.random.state() };
    if (saved !== undefined) {
      this.current = JSON.parse(Buffer.from(saved).toString('latin1').trimEnd()) as State;
      this.random.restore(this.current.random);
    }
  }

  async state(): Promise<Uint8Array> {
    const text = JSON.stringify({ ...this.current, random: this.random.state() });
    return Buffer.from(text.padEnd(this.plan.ballast ?? 0, ' '), 'latin1');
  }

  async run(hooks: SearchHooks): Promise<RunResult> {
    const { plan, current, random } = this;
    if (current.epoch === 0 && plan.at !== 0) await hooks.emit(started(this.header, plan));
    if (plan.at === 0 && plan.then === 'refuse') throw new RangeError('the budget is too small');
    while (current.epoch < plan.epochs) {
      for (let step = 1; step <= STEPS; step++) {
        if (plan.stepMs > 0) await sleep(plan.stepMs);
        current.loss *= 0.9 + 0.15 * random.next();
        hooks.progress({
          type: 'progress',
          ...stageOf(current.epoch + 1, plan),
          hasEpochs: true,
          epoch: current.epoch + 1,
          epochs: plan.epochs,
          step,
          steps: STEPS,
          loss: current.loss,
          secondsLeft: 1,
        });
        if (hooks.signal.aborted) throw new DOMException('stopped', 'AbortError');
      }
      current.epoch += 1;
      await hooks.emit(epochEvent(current, plan));
      if (current.epoch === plan.at) await misbehave(plan.then, hooks);
      await hooks.checkpoint();
    }
    await hooks.keep('weights.safetensors', Uint8Array.of(1, 2, 3));
    await hooks.emit({ type: 'finished', exactBytes: 900, metric: random.next() });
    return result(this.header, plan.then === 'bad-result' ? NaN : current.loss);
  }
}

async function misbehave(how: FakePlan['then'], hooks: SearchHooks): Promise<void> {
  switch (how) {
    case 'throw':
      throw new TypeError('a tensor has the wrong shape');
    case 'exit':
      process.stderr.write('Error: the driver is gone\n');
      process.exit(7);
      break;
    case 'out-of-memory':
      process.stderr.write('FATAL ERROR: JavaScript heap out of memory\n');
      process.abort();
      break;
    case 'hang':
      for (;;) await sleep(1000);
    case 'nan':
      await hooks.emit({ type: 'finished', exactBytes: 900, metric: NaN });
      break;
    default:
      break;
  }
}

function stagesOf({ epochs }: FakePlan): readonly StageHeader[] {
  const first = Math.ceil(epochs / 2);
  return STAGE_IDS.map((id, index) => ({
    id,
    title: `Fake ${id}`,
    about: 'Pretends to work.',
    epochs: index === 0 ? first : epochs - first,
    deciding: index === 0,
  }));
}

/** Of an epoch, counted from 1. */
function stageOf(epoch: number, plan: FakePlan): { readonly stage: string; readonly title: string } {
  const [first, second] = stagesOf(plan);
  const { id, title } = epoch <= first!.epochs ? first! : second!;
  return { stage: id, title };
}

function started(header: RunHeader, plan: FakePlan): UnnumberedEvent {
  return {
    type: 'started',
    name: 'fake',
    metric: 'accuracy',
    strategy: STRATEGY,
    stages: stagesOf(plan),
    curves: [
      { id: 'doubt', title: 'Doubt', line: 'mean', about: 'Stays.', unit: 'share', column: 'undecided' },
      { id: 'tau', title: 'Temperature', line: 'τ', about: 'Stays.', unit: 'number' },
    ],
    limits: limitReportsOf(header.limits, 100, 2000),
    target: 'ethos-u55-128',
    backend: 'cpu',
    backendReason: 'for tests',
    seed: header.seed,
    decisions: [],
    stepsPerEpoch: STEPS,
    samples: { train: 1, validation: 1, test: 1 },
  };
}

function epochEvent({ epoch, loss }: State, plan: FakePlan): Omit<EpochEvent, 'seq'> {
  return {
    type: 'epoch',
    stage: stageOf(epoch, plan).stage,
    epoch,
    trainLoss: loss,
    validationLoss: loss,
    metric: 1 / (1 + loss),
    expectedBytes: 1000,
    exactBytes: 900,
    numbers: { doubt: 0.5, tau: 1 },
    learningRate: 0.01,
    probabilities: [],
    assignment: [],
    layers: [],
    norms: {},
    measured: {
      seconds: performance.now(),
      secondsPerStep: performance.now(),
      residentBytes: process.memoryUsage().rss,
      tensors: 0,
    },
  };
}

function result(header: RunHeader, loss: number): RunResult {
  const bytes = { totalBytes: 900, weightBytes: 800, sideBytes: 100, paddingBytes: 0, entropyBytes: 700 };
  const totals = { ...bytes, parameters: 1, macs: 1, peakActivationBytes: 1, cycles: 1 };
  return {
    format: 2,
    name: 'fake',
    metric: 'accuracy',
    strategy: STRATEGY,
    target: 'ethos-u55-128',
    backend: 'cpu',
    seed: header.seed,
    limits: header.limits,
    networks: [
      {
        name: 'fake',
        decisions: [],
        layers: [],
        totals,
        floatMetric: 1 / (1 + loss),
        integerMetric: 1 / (1 + loss),
        certificate: certificateOf('', totals, header.limits),
        weights: 'weights.safetensors',
        steps: 1,
      },
    ],
    baselines: [],
  };
}

export const fakeEngine: Engine = {
  open: async (header, _backend, state) => {
    const plan = JSON.parse(header.definitionText) as FakePlan;
    if (plan.then === 'refuse-to-open') throw new RangeError('there is no data');
    return new FakeSearch(plan, header, state);
  },
  explain: (error) =>
    error instanceof RangeError
      ? { code: 'budget', what: 'The budget cannot be met.', why: error.message, next: 'Raise it.' }
      : undefined,
};
