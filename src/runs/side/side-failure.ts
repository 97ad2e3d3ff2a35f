/**
 * Errors on their way out of a thread: a clone of an error is of no class of ours, so what it is crosses beside what it
 * says.
 */
import { BudgetError, TargetError, TrainingError } from '../../training/problem.ts';

/** An error as plain data. */
export interface SideFailure {
  /** Name of its class. */
  readonly kind: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** What it says beside its message. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Classes that training throws, each made again from what it said. */
const KINDS: Readonly<Record<string, (failure: SideFailure) => Error>> = {
  TrainingError: ({ message }) => new TrainingError(message),
  TargetError: ({ message }) => new TargetError(message),
  BudgetError: ({ message, details }) =>
    new BudgetError(message, details['what'] as BudgetError['what'], details['needed'] as BudgetError['needed']),
};

export function failureOf(thrown: unknown): SideFailure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { what, needed } = error as Partial<BudgetError>;
  const details = error instanceof BudgetError ? { what, needed } : {};
  return { kind: error.name, message: error.message, stack: error.stack, details };
}

/** The error that a thread threw, of its class where somebody asks for that. */
export function errorOf(failure: SideFailure): Error {
  const { kind, message, stack } = failure;
  const error = Object.hasOwn(KINDS, kind) ? KINDS[kind]!(failure) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
