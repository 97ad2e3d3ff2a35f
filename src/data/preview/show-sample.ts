/** How samples of a definition are shown: images as pictures, spectrograms as heat maps, windows as curves. */
import type { Definition } from '../../network/types.ts';
import type { Axis, Shown } from '../../wire/data-preview.ts';
import type { LogMelStep, MfccStep } from '../../wire/preparation/log-mel-spec.ts';
import type { Shape } from '../dataset.ts';
import { heatMap } from '../pictures/heat-map.ts';
import { pictureWithEnds, type Ends } from '../pictures/sample-picture.ts';
import type { Normalisation } from '../preparation/preparation.ts';
import { sampleSteps } from '../preparation/preparation-table.ts';
import { GENERATORS } from '../sources/generated/generated.ts';
import { channelCurves } from './channel-curves.ts';

/** A picture and how values became colours in it, for others that are to be compared with it. */
export interface ShownWithEnds {
  readonly shown: Shown;
  readonly ends?: Ends;
}

/**
 * Shows prepared values.
 * @param like the ends of another picture
 */
export type Show = (sample: Float32Array, like?: Ends) => ShownWithEnds;

type Facts = Pick<Definition, 'dataset' | 'prepare'>;

/** Files of these are images, however small. */
const IMAGES: ReadonlySet<string | undefined> = new Set(['idx', 'cifar10', 'cifar100', 'folder', 'parquet', 'pairs']);

const spectralStep = (definition: Facts): LogMelStep | MfccStep | undefined =>
  sampleSteps(definition).findLast((step) => step.step === 'logMel' || step.step === 'mfcc');

/** Rows are frames and columns bands, as steps make them, or augmentation or a generator says. */
function isSpectrogram(definition: Facts, { height, width, channels }: Shape): boolean {
  if (channels !== 1 || height === 1 || width === 1) return false;
  const { augment, generator, format } = definition.dataset ?? {};
  const { timeShift = 0, timeMask = 0, frequencyMask = 0 } = augment ?? {};
  const made = format === 'generated' && generator !== undefined ? GENERATORS[generator] : undefined;
  return (
    spectralStep(definition) !== undefined || timeShift + timeMask + frequencyMask > 0 || made?.spectrogram === true
  );
}

function axesOf(definition: Facts, { height, width }: Shape): { readonly across: Axis; readonly up: Axis } {
  const step = spectralStep(definition);
  const across: Axis = step
    ? { name: 'time', first: 0, last: (height - 1) * step.stride, unit: 'ms' }
    : { name: 'frame', first: 1, last: height };
  const up: Axis =
    step?.step === 'mfcc'
      ? { name: 'coefficient', first: 0, last: width - 1 }
      : { name: 'band', first: 1, last: width };
  return { across, up };
}

/**
 * How inputs of a definition are shown.
 * @param shape of a prepared sample
 * @param most pixels on a side of a picture
 */
export function showInputs(definition: Facts, shape: Shape, normalisation: Normalisation, most: number): Show {
  const { dataset } = definition;
  if (isSpectrogram(definition, shape)) {
    const axes = axesOf(definition, shape);
    return (sample, like) => {
      const { picture, ends } = heatMap(sample, shape, normalisation, most, like);
      return { shown: { type: 'heat', ...picture, low: ends[0], high: ends[1], ...axes }, ends };
    };
  }
  if ((shape.width === 1 || shape.height === 1) && !IMAGES.has(dataset?.format)) {
    const features = sampleSteps(definition).some(({ step }) => step === 'features');
    const names = dataset?.sensors?.rows === 'sample' ? dataset.sensors.channels?.map(String) : undefined;
    const rate = dataset?.rate ?? dataset?.audio?.rate;
    return (sample) => ({
      shown: channelCurves(sample, shape, normalisation, { over: features ? 'features' : 'time', rate, names }),
    });
  }
  return showImages(shape, normalisation, most);
}

/** Pictures of grey or RGB; of other channels their mean. */
export function showImages(shape: Shape, normalisation: Normalisation, most: number): Show {
  return (sample, like) => {
    const { picture, ends } = pictureWithEnds(sample, shape, normalisation, { most, ends: like });
    return { shown: { type: 'image', ...picture }, ends };
  };
}
