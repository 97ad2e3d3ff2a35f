/** What a run offers beside its networks: architectures of other sizes, made of weights that it keeps. */
import { count, list, number, object, such, type Check } from '../base/validate.ts';
import { metricName, type MetricName } from './tasks/metrics.ts';
import { costReports, type CostReport } from './limits.ts';
import type { LayerReport } from './run.ts';

/** An architecture that a network can be made of without training it from the start. */
export interface Offer {
  /** One option for each decision, in the order of `StartedEvent.decisions`. */
  readonly assignment: readonly number[];
  /** By the real encoder, with the weights that are kept. */
  readonly exactBytes: number;
  /** On the validation part, untrained: as predicted from its decisions, and as measured. */
  readonly predictedMetric: number;
  readonly measuredMetric: number;
  /** Every cost that is known of it. */
  readonly costs: readonly CostReport[];
  readonly layers: readonly LayerReport[];
}

export interface Offers {
  /** File in the run's folder with the weights that networks are made of. */
  readonly weights: string;
  /** What they are predicted and measured by, where that is not the result's. */
  readonly metric?: MetricName;
  /** The smallest first, each predicted better than all smaller ones. */
  readonly list: readonly Offer[];
  /** How well predictions rank architectures that they were not made from. */
  readonly ranking: {
    readonly measured: number;
    readonly heldOut: number;
    /** Kendall's τ over those held out; absent where they are too few. */
    readonly kendall?: number;
  };
}

/** The file of the weights that networks are made of. */
export const SHARED_FILE = 'shared.safetensors';

/** @param layer checks a layer's report */
export const offersCheck = (layer: Check<LayerReport>): Check<Offers> =>
  object<Offers>(
    {
      weights: such(`the file ${SHARED_FILE}`, (value) => value === SHARED_FILE) as Check<string>,
      list: list(
        object<Offer>({
          assignment: list(count),
          exactBytes: number,
          predictedMetric: number,
          measuredMetric: number,
          costs: costReports,
          layers: list(layer),
        }),
      ),
      ranking: object<Offers['ranking']>({ measured: count, heldOut: count }, { kendall: number }),
    },
    { metric: metricName },
  );
