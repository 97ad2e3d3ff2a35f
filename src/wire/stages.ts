/** What a run's strategy declared of its stages and reports of its curves, looked up. */
import type { EpochEvent, RunEvent, StartedEvent } from './run.ts';

type Declared = Pick<StartedEvent, 'stages'> | undefined;

export function totalEpochs(started: Declared): number {
  return started?.stages.reduce((sum, { epochs }) => sum + epochs, 0) ?? 0;
}

/** The title that people know a stage by; its id where nobody declared it. */
export function stageTitle(started: Declared, stage: string): string {
  return started?.stages.find(({ id }) => id === stage)?.title ?? stage;
}

/** Are decisions open in this stage? */
export function isDeciding(started: Declared, stage: string): boolean {
  return started?.stages.some(({ id, deciding }) => id === stage && deciding) ?? false;
}

/** The run's first event with its stages as long as they are now. */
export function withStagesInForce(started: StartedEvent, events: readonly RunEvent[]): StartedEvent {
  const last = events.findLast((event) => event.type === 'shortened');
  if (!last) return started;
  const epochs = new Map(last.stages.map((stage) => [stage.id, stage.epochs]));
  return { ...started, stages: started.stages.map((one) => ({ ...one, epochs: epochs.get(one.id) ?? one.epochs })) };
}

/** What an epoch tells for a curve; undefined where it tells nothing. A curve may be called 'constructor'. */
export function numberOf({ numbers }: Pick<EpochEvent, 'numbers'>, curve: string): number | undefined {
  return Object.hasOwn(numbers, curve) ? numbers[curve] : undefined;
}
