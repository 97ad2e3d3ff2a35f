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
 * @param devices names, of one runtime alone as `RUNTIME/DEVICE`; absent: of each runtime its usual ones
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
    devices.flatMap((name): readonly Column[] => {
      const own = columnName({ runtime, device: { id: '' } });
      const device = runtime.named?.(name.startsWith(own) ? name.slice(own.length) : name);
      return device ? [{ runtime, device }] : [];
    }),
  );
  const columns = [...offered, ...named];
  for (const whole of [false, true]) {
    const known = columns.map((column) => (whole ? columnName(column) : column.device.id));
    refuseUnknown(
      'device',
      devices.filter((name) => name.includes('/') === whole),
      [...new Set(known)],
    );
  }
  const wanted = columns.filter((column) => devices.includes(column.device.id) || devices.includes(columnName(column)));
  return asked.flatMap((runtime) => wanted.filter((column) => column.runtime === runtime));
}

/** As `--devices` names a device of one runtime alone. */
const columnName = (column: { readonly runtime: Pick<Runtime, 'id'>; readonly device: Pick<Device, 'id'> }): string =>
  `${column.runtime.id}/${column.device.id}`;
