/**
 * What a task is for everybody who holds no tensors: its words, its metric, what it asks of data and of the last layer.
 * `src/tasks` has the other half, the loss.
 */
import type { Unit } from '../../text/format.ts';
import type { MapShape } from '../map-shape.ts';

export { mapText, pixelsText, type MapShape } from '../map-shape.ts';

/** A number that a result has beside its metric. */
export interface Measure {
  /** In files. */
  readonly id: string;
  /** Where a line begins. */
  readonly title: string;
  readonly unit: Unit;
}

/** What networks of a task are judged by. */
export interface Metric {
  /** In files and columns. */
  readonly id: string;
  /** Where a line begins: 'Accuracy'. */
  readonly title: string;
  /** Within a sentence: 'accuracy'. */
  readonly name: string;
  /** What its curve shows, in a sentence. */
  readonly about: string;
  /** How values are written, and what an axis of them is like. */
  readonly unit: Unit;
  readonly better: 'higher' | 'lower';
  /** How the difference of two values is written: '1.2 points'. */
  difference(amount: number): string;
}

/**
 * What a network is to put out for a sample: its class; an image, or numbers, that a file has beside it; or the sample
 * itself.
 */
export type TargetKind = 'class' | 'image' | 'values' | 'input';

/** The output of a network as its shapes tell; `channels` has every number that is open. */
export interface OutputShape {
  readonly height: number;
  readonly width: number;
  readonly channels: readonly number[];
}

export interface OutputProblem {
  readonly code: string;
  /** What is to change: the last layer, or the number of channels that the last weights make. */
  readonly at: 'layer' | 'channels';
  readonly message: string;
  /** The number of channels that would be right. */
  readonly channels?: number;
}

export interface TaskSpec {
  /** In definitions. */
  readonly id: string;
  /** What is trained and what is reported, in a sentence. */
  readonly about: string;
  readonly metric: Metric;
  /**
   * What networks are judged by on a test part whose samples are labelled as normal and anomalous, where that is
   * another metric.
   */
  readonly labelledMetric?: Metric;
  /** What a result says beside the metric, where the test part lets it be computed. */
  readonly measures?: readonly Measure[];
  /** What takes no network, and has to be beaten; `src/tasks` computes it. Absent where there is nothing such. */
  readonly naive?: { readonly name: string };
  readonly targets: TargetKind;
  /** Inputs: by the mean and deviation of each channel, or bytes to 0..1 and floats as they are. */
  readonly inputs: 'standardised' | 'unit-range';
  /** What is wrong with targets of a file; undefined where they are what the task needs. */
  targetsProblem?(targets: MapShape, input: MapShape): string | undefined;
  /** What the last layer is called in a definition that is written around a network. */
  readonly outputName: string;
  /** What a definition ends in, after 'a definition ends in '. */
  readonly endsIn: string;
  /** What to change where the output is not of the targets' shape, after 'change '. */
  readonly reshape?: string;
  /**
   * What is wrong with a network's output; undefined where it is what the task needs.
   * @param last name of the last layer
   * @param classes of the data, where the definition says so
   */
  outputProblem(
    output: OutputShape,
    given: { readonly last: string; readonly input: MapShape; readonly classes?: number | undefined },
  ): OutputProblem | undefined;
  /**
   * Is a network of this output most likely for this task? What a person should know then; undefined: it is not.
   * @param last what to call the last layer
   */
  recognise(output: MapShape, input: MapShape, last: string): readonly string[] | undefined;
}
