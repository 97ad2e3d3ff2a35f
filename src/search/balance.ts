/** The last word on the budget: trims trained integer weights until the encoded size fits. */
import { sizeExactly } from '../integer/sizing.ts';
import type { ConcreteNetwork } from './concrete.ts';
import type { Target } from '../npu/targets.ts';

const BISECTIONS = 12;

/** Exact size of a network's present integer weights. */
export async function exactBytes(network: ConcreteNetwork, target: Target): Promise<number> {
  const codes = await network.integerWeights();
  return sizeExactly(network.architecture, target, (operation) => codes.get(operation.id)!).totalBytes;
}

/**
 * Prunes the weights that are smallest beside their own layer's root mean square, over all layers alike, until the encoder says
 * `limitBytes` or less; finds the least such pruning by bisection. The largest weight of each layer stays: a layer of zeros computes nothing,
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
    return exactBytes(network, target);
  };
  let low = 0;
  let high = 0.25;
  while (await apply(high) > limitBytes && high < 1e3) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (await apply(middle) <= limitBytes) high = middle;
    else low = middle;
  }
  return apply(high);
}
