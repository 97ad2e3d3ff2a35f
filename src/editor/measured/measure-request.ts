/** What is measured on what: plain data, so that a page can ask for the same again after a reload. */
import { list, object, string, type Check } from '../../base/validate.ts';

export interface MeasureRequest {
  /** Paths of files, definitions and run folders. */
  readonly networks: readonly string[];
  /** As `udc measure --devices` names them: `vela/ethos-u55-128`. */
  readonly devices: readonly string[];
  /** The folder whose `.udc` keeps what is measured. */
  readonly home: string;
}

export const measureRequest: Check<MeasureRequest> = object<MeasureRequest>({
  networks: list(string),
  devices: list(string),
  home: string,
});

/** A request among the arguments of a command. */
export function asRequest(value: unknown): MeasureRequest | undefined {
  try {
    return measureRequest(value);
  } catch {
    return undefined;
  }
}
