/** Sends messages to the panel at most ten times a second: waiting ones of the same kind and run become one. */
import type { HostMessage } from '../../wire/panel-messages.ts';

/** Shortest time between two messages, in milliseconds. */
export const MESSAGE_INTERVAL = 100;

/** The timers that the batcher needs; tests pass their own. */
export interface Clock {
  now(): number;
  after(milliseconds: number, then: () => void): { cancel(): void };
}

const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (milliseconds, then) => {
    const timer = setTimeout(then, milliseconds);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};

/** What makes two waiting messages one: events are appended, of everything else the newest stays. */
function slot(message: HostMessage): string {
  switch (message.type) {
    // Each takes the place of the others.
    case 'snapshot':
    case 'sweep':
    case 'ensemble':
      return 'snapshot';
    case 'problem':
      return `problem:${message.what}`;
    case 'runChanged':
      return `run:${message.summary.id}`;
    case 'runRemoved':
      return `run:${message.runId}`;
    case 'events':
      return `events:${message.runId}`;
    case 'progress':
      return `progress:${message.runId}`;
  }
}

function merge(waiting: HostMessage | undefined, next: HostMessage): HostMessage {
  if (waiting?.type === 'events' && next.type === 'events')
    return { ...next, events: [...waiting.events, ...next.events] };
  if (waiting?.type === 'runChanged' && next.type === 'runChanged') return { ...waiting, ...next };
  return next;
}

/** A queue in front of one panel. Messages keep the order in which their slots were first filled. */
export class MessageBatcher {
  private readonly waiting = new Map<string, HostMessage>();
  private timer: { cancel(): void } | undefined;
  private lastSent = -Infinity;

  /** @param send delivers one message to the panel */
  constructor(
    private readonly send: (message: HostMessage) => void,
    private readonly clock: Clock = SYSTEM_CLOCK,
  ) {}

  /** Queues a message. A snapshot replaces everything that waits, since it holds all of it. */
  post(message: HostMessage): void {
    if (message.type === 'snapshot') this.waiting.clear();
    const key = slot(message);
    this.waiting.set(key, merge(this.waiting.get(key), message));
    this.schedule();
  }

  /** Forgets what waits, for a panel that is gone or hidden. */
  clear(): void {
    this.waiting.clear();
    this.timer?.cancel();
    this.timer = undefined;
  }

  private schedule(): void {
    if (this.timer !== undefined || this.waiting.size === 0) return;
    const wait = Math.max(0, this.lastSent + MESSAGE_INTERVAL - this.clock.now());
    this.timer = this.clock.after(wait, () => {
      this.timer = undefined;
      this.sendNext();
      this.schedule();
    });
  }

  private sendNext(): void {
    for (const [key, message] of this.waiting) {
      this.waiting.delete(key);
      this.lastSent = this.clock.now();
      this.send(message);
      return;
    }
  }
}
