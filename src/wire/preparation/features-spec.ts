/** `features`: a few numbers of each channel of a window of sensor values. */
import { isRecord, list, number, object, oneOf } from '../../base/validate.ts';
import {
  featureCount,
  STATISTIC_NAMES,
  type StatisticName,
  type WindowFeatureSpec,
} from '../../signals/window-features.ts';
import { WINDOW_NAMES, type WindowName } from '../../signals/window-functions.ts';
import { notOverTime } from './signal-values.ts';
import type { StepSpec } from './step-spec.ts';

export interface FeaturesStep extends WindowFeatureSpec {
  readonly step: 'features';
}

const SPECTRA = ['none', 'magnitude', 'log-power'] as const;
const DEFAULT_STATISTICS: readonly StatisticName[] = ['mean', 'rms', 'std', 'min', 'max', 'crossings'];

const isStatistic = (name: unknown): name is StatisticName => STATISTIC_NAMES.some((one) => one === name);

export const featuresSpec: StepSpec<FeaturesStep> = {
  id: 'features',
  about: 'Makes statistics and a spectrum of each channel over a window: features x 1 x channels.',
  examples: ['true', '{ statistics: [rms, std], spectrum: log-power }'],
  read(value) {
    const given = isRecord(value) ? value : {};
    const { statistics = DEFAULT_STATISTICS, spectrum = 'magnitude', shape = 'hann', floor = 1e-6 } = given;
    if (!Array.isArray(statistics) || !statistics.every(isStatistic))
      return `\`statistics\` are some of ${STATISTIC_NAMES.join(', ')}`;
    const repeated = statistics.find((name, i) => statistics.indexOf(name) !== i);
    if (repeated !== undefined) return `\`${repeated}\` stands there twice`;
    if (statistics.length === 0 && spectrum === 'none') return 'there would be no features';
    return {
      step: 'features',
      statistics,
      spectrum: spectrum as FeaturesStep['spectrum'],
      shape: shape as WindowName,
      floor: Number(floor),
    };
  },
  shape(sample, step) {
    const wrong = notOverTime('features', sample);
    if (wrong !== undefined) return wrong;
    const { height, ...rest } = sample;
    return height === undefined ? { ...rest, width: 1 } : { ...sample, height: featureCount(step, height), width: 1 };
  },
  makes: 'float32',
  fitted: false,
  alike: false,
  words({ statistics, spectrum, shape, floor }) {
    const lines = {
      none: '',
      magnitude: `magnitudes of frequencies (${shape} window, without the mean)`,
      'log-power': `log(power + ${floor}) of frequencies (${shape} window, without the mean)`,
    };
    return `take of each channel ${[...statistics, lines[spectrum]].filter((text) => text !== '').join(', ')}`;
  },
  check: object<FeaturesStep>({
    step: oneOf(['features']),
    statistics: list(oneOf(STATISTIC_NAMES)),
    spectrum: oneOf(SPECTRA),
    shape: oneOf(WINDOW_NAMES),
    floor: number,
  }),
};
