/** Values over places, one curve a channel; where there are many, what they lie between. */
import { MOST_LANES, MOST_PLACES, type Lane, type ShownCurves } from '../../wire/data-preview.ts';
import type { Shape } from '../dataset.ts';
import { storedAt } from '../pictures/sample-picture.ts';
import type { Normalisation } from '../preparation/preparation.ts';

/** Enough to draw. */
const rounded = (value: number): number => Number(value.toPrecision(6));

export interface CurveFacts {
  readonly over: ShownCurves['over'];
  /** Samples a second. */
  readonly rate?: number | undefined;
  /** Of channels, in their order; others are counted. */
  readonly names?: readonly string[] | undefined;
}

/** @param at the value at a place, in the units before `normalise` */
function lane(name: string, length: number, at: (place: number) => number): Lane {
  const places = Math.min(length, MOST_PLACES);
  const ends = Array.from({ length: places }, (_, i) => {
    const [from, to] = [Math.floor((i * length) / places), Math.floor(((i + 1) * length) / places)];
    let [low, high] = [Infinity, -Infinity];
    for (let place = from; place < to; place++) [low, high] = [Math.min(low, at(place)), Math.max(high, at(place))];
    return [rounded(low), rounded(high)] as const;
  });
  return { name, low: ends.map(([low]) => low), high: ends.map(([, high]) => high) };
}

/**
 * The curves of a sample that is a line of places with channels, or one place with values.
 * @param sample prepared values, places × 1 × channels or 1 × places × channels
 */
export function channelCurves(
  sample: Float32Array,
  shape: Shape,
  normalisation: Normalisation,
  { over, rate, names }: CurveFacts,
): ShownCurves {
  const { height, width, channels } = shape;
  const stored = storedAt(sample, shape, normalisation);
  const places = height * width;
  if (places === 1) {
    const only = lane('', channels, (channel) => stored(0, 0, channel));
    return { type: 'curves', lanes: [only], more: 0, length: channels, over: 'values' };
  }
  const at = (place: number, channel: number): number =>
    width === 1 ? stored(place, 0, channel) : stored(0, place, channel);
  const lanes = Array.from({ length: Math.min(channels, MOST_LANES) }, (_, channel) =>
    lane(names?.[channel] ?? (channels === 1 ? '' : String(channel + 1)), places, (place) => at(place, channel)),
  );
  return {
    type: 'curves',
    lanes,
    more: channels - lanes.length,
    length: places,
    over,
    ...(over === 'time' && rate !== undefined && { seconds: places / rate }),
  };
}
