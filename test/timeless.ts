/** What two runs that did the same have in common. */
import type { UnnumberedEvent } from '../src/wire/run.ts';

/** Without what was measured: times, and memory. */
export const timeless = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key: string, inner: unknown) => (key === 'measured' ? undefined : inner)));

/** Events without their times: what two runs that did the same tell alike. */
export const comparable = (events: readonly UnnumberedEvent[]): unknown[] =>
  events.map((event) => ({ ...event, measured: undefined }));
