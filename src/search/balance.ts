/** The last word on the budget: trims trained integer weights until the encoded size fits. */
import { sizeExactly, sizeQuickly, type Sized } from '../integer/sizing.ts';
import type { ConcreteNetwork } from './concrete.ts';
import type { Target } from '../npu/targets.ts';

const BISECTIONS = 12;
/** Nothing but the largest weights is left beyond this multiple of a layer's root mean square. */
const HIGHEST = 1e3;

/** The size that is promised for a network's present integer weights. */
export async function exactBytes(network: ConcreteNetwork, target: Target): Promise<number> {
  return sizeBy(sizeExactly, network, target);
}

async function sizeBy(size: (...of: Parameters<typeof sizeExactly>) => Sized, network: ConcreteNetwork, target: Target): Promise<number> {
  const codes = await network.integerWeights();
  return size(network.architecture, target, (operation) => codes.get(operation.id)!).totalBytes;
}

/**
 * Prunes the weights that are smallest beside their own layer's root mean square, over all layers alike, until the size that is promised
 * is `limitBytes` or less; finds the least such pruning by bisection, on a quick size that is held beside the promise at its ends. The largest weight of each layer stays: a layer of zeros computes nothing,
 * and takes more bytes than one with a single weight. Formats that gain nothing from zeros cannot be trimmed.
 * @returns the exact size after trimming
 */
export async function trim(network: ConcreteNetwork, target: Target, limitBytes: number): Promise<number> {
  const before = await exactBytes(network, target);
  if (before <= limitBytes) return before;
  const original = await network.masks();
  const relative = new Map([...original].map(([id, { w, mask }]) => {
    let squares = 0;
    let kept = 0;
    w.forEach((value, i) => { if (mask[i] !== 0) { squares += value * value; kept++; } });
    const rms = Math.sqrt(squares / Math.max(1, kept)) || 1;
    const sizes = w.map((value, i) => (mask[i] === 0 ? 0 : Math.abs(value) / rms));
    sizes[sizes.indexOf(sizes.reduce((a, b) => Math.max(a, b), 0))] = Infinity;
    return [id, sizes];
  }));
  const apply = (threshold: number): Promise<number> => {
    network.setMasks(new Map([...original].map(([id, { mask }]) => [id, mask.map((kept, i) => (relative.get(id)![i]! < threshold ? 0 : kept))])));
    return sizeBy(sizeQuickly, network, target);
  };
  /** Bytes that the promise has been above the quick size. */
  let above = before - await apply(0);
  let low = 0;
  let bytes = before;
  while (bytes > limitBytes && low < HIGHEST) {
    let high = Math.max(0.25, 2 * low);
    while (await apply(high) + above > limitBytes && high < HIGHEST) {
      low = high;
      high *= 2;
    }
    for (let i = 0; i < BISECTIONS; i++) {
      const middle = (low + high) / 2;
      if (await apply(middle) + above <= limitBytes) high = middle;
      else low = middle;
    }
    const quick = await apply(high);
    bytes = await exactBytes(network, target);
    above = Math.max(above + 1, bytes - quick);
    low = high;
  }
  return bytes;
}
