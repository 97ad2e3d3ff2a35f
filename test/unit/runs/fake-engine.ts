/**
 * A deterministic stand-in for the search: emits the events of a small run, with a state that can be saved and taken
 * up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, RunningSearch, SearchHooks } from '../../../src/runs/engine.ts';
import {
  STAGES,
  type EpochEvent,
  type RunHeader,
  type RunResult,
  type UnnumberedEvent,
} from '../../../src/wire/run.ts';
import { SeededRandom } from '../../../src/base/random.ts';

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

  weights(): Promise<Uint8Array> {
    return Promise.resolve(Uint8Array.of(1, 2, 3));
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
          stage: 'search',
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

function started(header: RunHeader, plan: FakePlan): UnnumberedEvent {
  return {
    type: 'started',
    name: 'fake',
    metric: 'accuracy',
    budgetBytes: header.budgetBytes,
    target: 'ethos-u55-128',
    backend: 'cpu',
    backendReason: 'for tests',
    seed: header.seed,
    decisions: [],
    epochs: { warmup: 0, search: plan.epochs, sparsify: 0, settle: 0 },
    stepsPerEpoch: STEPS,
    smallestBytes: 100,
    largestBytes: 2000,
    samples: { train: 1, validation: 1, test: 1 },
  };
}

function epochEvent({ epoch, loss }: State, plan: FakePlan): Omit<EpochEvent, 'seq'> {
  return {
    type: 'epoch',
    stage: STAGES[Math.min(3, Math.floor((4 * epoch) / (plan.epochs + 1)))]!,
    epoch,
    trainLoss: loss,
    validationLoss: loss,
    metric: 1 / (1 + loss),
    expectedBytes: 1000,
    exactBytes: 900,
    tau: 1,
    entropy: 0.5,
    mu: 0,
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
  return {
    format: 1,
    name: 'fake',
    metric: 'accuracy',
    target: 'ethos-u55-128',
    backend: 'cpu',
    seed: header.seed,
    budgetBytes: header.budgetBytes,
    decisions: [],
    layers: [],
    totals: { ...bytes, parameters: 1, macs: 1, peakActivationBytes: 1, cycles: 1 },
    floatMetric: 1 / (1 + loss),
    integerMetric: 1 / (1 + loss),
    certificate: { encodedSha256: '', exactBytes: 900, budgetBytes: header.budgetBytes },
    baselines: [],
    steps: 1,
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
