/** The edits of `target:` in a definition: another chip, its presets, and the limits that a network was made for. */
import type { Definition } from '../../../network/types.ts';
import { bytesText } from '../../byte-units.ts';
import type { Refusal } from '../../edit-plan.ts';
import { secondsText } from '../../quantity-units.ts';
import type { EditCollector } from './collector.ts';

type Target = Definition['target'];

/** How each key is written. */
const TEXTS: { readonly [Key in keyof Target]-?: (value: NonNullable<Target[Key]>) => string } = {
  npu: (name) => name,
  system: (name) => name,
  memory: (name) => name,
  weights: bytesText,
  activations: bytesText,
  latency: secondsText,
  cycles: String,
  macs: String,
};

/** Collects the edits that make `now` what is wanted; where nothing differs there are none. */
export function planTarget(collector: EditCollector, now: Target, wanted: Target): Refusal | undefined {
  for (const key of Object.keys(TEXTS) as (keyof Target)[]) {
    const value = wanted[key];
    if (value === now[key]) continue;
    if (value === undefined) collector.remove(['target', key]);
    else {
      const refusal = collector.set(['target', key], (TEXTS[key] as (one: typeof value) => string)(value));
      if (refusal) return refusal;
    }
  }
  return undefined;
}
