/** Which runtimes and devices are measured: those that are named, else the usual ones. */
import { alternatives, nearNames } from '../text/nearest.ts';
import type { Device, Runtime } from './runtime.ts';
import type { Subject } from './subject/subject.ts';

/** A device of a runtime. */
export interface Column {
  readonly runtime: Runtime;
  readonly device: Device;
}

/** Without the columns of runtimes that can say nothing of any of the networks. */
export const concerning = (columns: readonly Column[], subjects: readonly Subject[]): readonly Column[] =>
  columns.filter(({ runtime }) => subjects.some((subject) => runtime.concerns?.(subject) ?? true));

/** @throws RangeError naming what there is instead of a name */
function refuseUnknown(what: string, named: readonly string[], known: readonly string[]): void {
  const unknown = named.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearNames(unknown, known);
  const remedy = near.length > 0 ? `did you mean ${alternatives(near, "'")}?` : `there are ${known.join(', ')}`;
  throw new RangeError(`there is no ${what} '${unknown}'; ${remedy}`);
}

/**
 * The columns in the order of the runtimes.
 * @param runtimes names; absent: all, where no device is named, else those that have one of them
 * @param devices names; absent: of each runtime its usual ones
 * @throws RangeError where a name is not known, or none of the runtimes has a device
 */
export function chooseColumns(
  all: readonly Runtime[],
  runtimes?: readonly string[],
  devices?: readonly string[],
): readonly Column[] {
  if (runtimes)
    refuseUnknown(
      'runtime',
      runtimes,
      all.map(({ id }) => id),
    );
  const asked = all.filter(({ id }) => runtimes?.includes(id) ?? true);
  const offered = asked.flatMap((runtime) => runtime.devices.map((device): Column => ({ runtime, device })));
  if (!devices) return offered.filter(({ device }) => device.usual);
  const named = asked.flatMap((runtime) =>
    devices.flatMap((id): readonly Column[] => {
      const device = runtime.named?.(id);
      return device ? [{ runtime, device }] : [];
    }),
  );
  const known = [...offered, ...named].map(({ device }) => device.id);
  refuseUnknown('device', devices, [...new Set(known)]);
  return asked.flatMap((runtime) =>
    [...offered, ...named].filter((column) => column.runtime === runtime && devices.includes(column.device.id)),
  );
}
