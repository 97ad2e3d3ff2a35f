/**
 * The vocabulary of a model definition: choices, layers, and the network template that a definition lowers to.
 * Everything that sizes, searches, trains, exports or shows a network speaks these types.
 * Units: heights, widths and channels in elements; tensors are NHWC, filters OHWI.
 */
import type { EnsembleRule } from '../wire/ensemble.ts';
import type { PrepareStep } from '../wire/preparation/step-table.ts';
import type { StrategyName } from '../wire/strategies.ts';
import type { TaskName } from '../wire/tasks/task-table.ts';

/**
 * Operators a layer may name. `skip` passes its input through: choosing it removes the layer (searched depth). `exit`
 * is a leaf: no layer reads it.
 */
export type OperatorName =
  | 'conv'
  | 'dwconv'
  | 'pwconv'
  | 'dsconv'
  | 'ibn'
  | 'fused-ibn'
  | 'residual'
  | 'dense'
  | 'max-pool'
  | 'average-pool'
  | 'global-average-pool'
  | 'flatten'
  | 'upsample'
  | 'add'
  | 'exit'
  | 'skip';

export interface Size2D {
  readonly height: number;
  readonly width: number;
}

/** Half-open interval of UTF-16 offsets into the definition's text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Where a value sits in the YAML document, for example ['layers', 2, 'filters']. */
export type ScalarPath = readonly (string | number)[];

/** One value of a definition: fixed (one option) or a choice (several, in the order written). */
export interface Choice<T> {
  readonly options: readonly T[];
  /** Each option as the user wrote it (or would write it): what an edit puts in the file. */
  readonly texts: readonly string[];
  readonly path: ScalarPath;
  /** The scalar's range; absent where the value is a default that no text states. */
  readonly range?: TextRange;
  /**
   * True where the value comes from `search:` defaults (or a built-in default), so that deciding it inserts a key into
   * the layer.
   */
  readonly inherited: boolean;
  /** Are these the options that a target leaves of more? Then it is a decision even where one is left. */
  readonly narrowed?: boolean;
}

export type Activation = 'relu' | 'relu6' | 'none';
export type Padding = 'same' | 'valid';
/** How a block adds its input to its output: the input itself, a 1x1 convolution of it, or not at all. */
export type Shortcut = 'identity' | 'projection' | 'none';

export interface LayerSpec {
  readonly index: number;
  readonly name: string;
  /** The layer's whole mapping in the text. */
  readonly range: TextRange;
  readonly op: Choice<OperatorName>;
  readonly kernel: Choice<Size2D>;
  readonly stride: Size2D;
  readonly dilation: Size2D;
  readonly padding: Padding;
  /**
   * Output channels (`filters`, or `units` of a dense layer); absent where not stated. Operators that keep their
   * input's channels ignore it.
   */
  readonly filters?: Choice<number>;
  readonly filtersKey: 'filters' | 'units';
  readonly expand: Choice<number>;
  /** Depth multiplier of `dwconv`. */
  readonly multiplier: number;
  readonly bits: Choice<number>;
  readonly sparsity: Choice<number>;
  /** Of the maps that it writes. */
  readonly activationBits: Choice<number>;
  readonly activation: Activation;
  /** Absent: the operator's own default (`residual`: identity at stride 1, else projection; others: none). */
  readonly shortcut?: Shortcut;
  /** The name of the earlier layer that it reads (or `input`); absent: the layer before that is no exit. */
  readonly input?: string;
  /** `add`: the name of the layer whose output is added. */
  readonly from?: string;
  /** `upsample`: the depth-to-space block size. */
  readonly factor: number;
}

/** Random changes of training samples; 0, false or absent: none. */
export interface AugmentSpec {
  /** Pixels by which a sample is shifted at most, each way. */
  readonly crop: number;
  /** Mirrored left to right, half of the time? */
  readonly flip: boolean;
  /** Factors of colour are 1 ± so much. */
  readonly brightness?: number;
  readonly contrast?: number;
  readonly saturation?: number;
  /** Of spectrograms: frames (rows) by which a sample is shifted at most, frames and frequencies that are blanked. */
  readonly timeShift?: number;
  readonly timeMask?: number;
  readonly frequencyMask?: number;
}

export interface DatasetSpec {
  readonly format:
    'idx' | 'cifar10' | 'cifar100' | 'npy' | 'audio' | 'sensors' | 'folder' | 'parquet' | 'pairs' | 'generated';
  /** Relative to the definition file; absent for `generated`. */
  readonly path?: string;
  readonly classes?: number;
  /** Of anomaly detection: the class that is normal, by name or number. */
  readonly normal?: string;
  /** Use at most so many samples of the training part. */
  readonly limit?: number;
  /** Share of the training part held out for validation, 0..1. */
  readonly validation: number;
  readonly augment: AugmentSpec;
  /** Arrays of images: where their channels are; absent: last. */
  readonly channels?: 'first' | 'last';
  /** Share of the samples that may be unsound, 0..1: they are left out. */
  readonly damaged?: number;
  /** `generated`: which generator, how many samples, which seed. */
  readonly generator?: string;
  readonly samples?: number;
  readonly seed?: number;
  /** Samples a second, in hertz, of data over time. */
  readonly rate?: number;
  /** What only `audio` and only `sensors` say. */
  readonly audio?: AudioSpec;
  readonly sensors?: SensorSpec;
}

/** `format: audio`: clips of sound, one channel. */
export interface AudioSpec {
  /** Hertz that all recordings are brought to. */
  readonly rate: number;
  /** Samples of a clip at that rate. */
  readonly samples: number;
  /** Words to tell apart, in the order of their labels; absent: all that there are, by name. */
  readonly classes?: readonly string[];
  /** Clips of the classes that are made, as shares of those of the named words. */
  readonly unknown: number;
  readonly silence: number;
  /** Noise under the training clips: under which share of them, and at most how loud. */
  readonly noise: { readonly share: number; readonly volume: number };
  /** Share of the recordings for the test, where no folders or lists say it. */
  readonly test?: number;
}

/** `format: sensors`: windows of values over time, from CSV files. */
export interface SensorSpec {
  /** Columns: names, or numbers from 1. */
  readonly channels?: readonly (string | number)[];
  /** A row is a moment of a recording, or a whole window. */
  readonly rows: 'sample' | 'window';
  /** Samples of a window, and from the start of one to that of the next. */
  readonly window?: number;
  readonly hop?: number;
  /** `folder`, `file`, or a column; absent: folders where there are such, else files. */
  readonly label?: string | number;
  /** The column that names the recording or person. */
  readonly recording?: string | number;
  readonly header?: boolean;
  readonly delimiter?: string;
  readonly decimal?: '.' | ',';
  readonly missing: 'error' | 'drop';
  readonly classes?: readonly string[];
  readonly test: number;
}

export interface TrainingSpec {
  /** Epochs of each stage. */
  readonly warmup: number;
  readonly search: number;
  readonly sparsify: number;
  readonly settle: number;
  /**
   * Architectures that race at the end of the search stage; 1: what evolved best under the shared weights is taken as
   * it is.
   */
  readonly race: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** The dial: 0 decides early (exploit), 1 holds the entropy high for long (explore). */
  readonly exploration: number;
  readonly seed: number;
  /** Weight of the loss of each early exit beside that of the network's end. */
  readonly exitLoss: number;
  /** Share of each label that is spread evenly over all classes. */
  readonly labelSmoothing: number;
  /** Parameters of the beta distributions by which samples are mixed; 0: they are not. */
  readonly mixup: number;
  readonly cutmix: number;
  /** Weight of the mean code length of weights, in bits, in the loss of a network alone. */
  readonly entropy: number;
  /** File of a teacher, relative to the definition; absent: nobody teaches. */
  readonly teacher?: string;
  /** How much of each target is the teacher's. */
  readonly teaching: number;
  /** By which a teacher's logits are divided before they are likelihoods. */
  readonly temperature: number;
  /** Epochs without a lesser validation loss after which a stage is shortened; absent: none is. */
  readonly patience?: number;
  /** Seconds that a search may take to its result; absent: as long as it takes. */
  readonly maxTime?: number;
  /** File of the weights to start from, relative to the definition; absent: random ones. */
  readonly initialWeights?: string;
}

/** A soft goal for the work of an inference. */
export interface ObjectiveSpec {
  readonly cost: 'latency' | 'cycles' | 'macs';
  /** In the unit of the cost. */
  readonly goal: number;
  /** −1 to 0. */
  readonly weight: number;
}

/** Several networks under the limits of one, which run in turn until they are sure. */
export interface EnsembleSpec {
  readonly members: 2 | 3;
  readonly rule: EnsembleRule;
  /** At most, of an inference in the mean: NPU cycles and seconds. */
  readonly cycles?: number;
  readonly latency?: number;
}

export interface Definition {
  readonly udc: 1;
  readonly name: string;
  readonly task: TaskName;
  /** Shape of one input; the largest where its size is a choice. */
  readonly input: { readonly height: number; readonly width: number; readonly channels: number };
  /** Sizes of the input to choose between; absent where it has one. */
  readonly inputs?: Choice<Size2D> | undefined;
  readonly dataset?: DatasetSpec;
  /** What is done to each sample before the network sees it; `normalise` comes last, or the task says how. */
  readonly prepare?: readonly PrepareStep[];
  readonly target: {
    /** Key of a target in `src/targets/target-table.ts`. */
    readonly npu: string;
    /** Presets of the compiler, by its own names; absent: the target's own. `wire/target-name.ts` joins them. */
    readonly system?: string;
    readonly memory?: string;
    /** Bytes of weight memory: the budget. Absent: the target's own, or asked for. */
    readonly weights?: number;
    /** Bytes of activation memory. */
    readonly activations?: number;
    /** Seconds, NPU cycles and multiply-accumulates of an inference. */
    readonly latency?: number;
    readonly cycles?: number;
    readonly macs?: number;
  };
  readonly strategy: StrategyName;
  /** Candidates are ranked by more than their loss: accuracy × (cost / goal)^weight; absent where the weight is 0. */
  readonly objective?: ObjectiveSpec;
  /** The limits of `target` on weights and work hold of all of them together; absent: one network. */
  readonly ensemble?: EnsembleSpec;
  readonly training: TrainingSpec;
  readonly layers: readonly LayerSpec[];
}

export type Severity = 'error' | 'warning' | 'information';

/** What is wrong, where, and what would be right. `line` and `column` count from 1. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable identifier, for example 'unknown-operator'. */
  readonly code: string;
  readonly message: string;
  readonly range: TextRange;
  readonly line: number;
  readonly column: number;
  readonly path: ScalarPath;
  /** Replacements with an obvious meaning, offered as quick fixes. */
  readonly fixes?: readonly { readonly title: string; readonly range: TextRange; readonly text: string }[];
}

/** What kind of thing a decision decides. */
export type DecisionKind =
  'operator' | 'kernel' | 'width' | 'expansion' | 'bits' | 'sparsity' | 'activation-bits' | 'resolution';

/** What a decision chooses between, as it was read: nobody reads a label again. */
export type DecisionOptions =
  | { readonly kind: 'operator'; readonly options: readonly OperatorName[] }
  | { readonly kind: 'kernel' | 'resolution'; readonly options: readonly Size2D[] }
  | { readonly kind: Exclude<DecisionKind, 'operator' | 'kernel' | 'resolution'>; readonly options: readonly number[] };

/** One categorical decision of the search space. Values of layers joined by an addition share one. */
export type Decision = DecisionOptions & {
  /** '<layer>.<key>' of the first site, for example 'block1.filters'; 'input' for the size of the input. */
  readonly id: string;
  /** Each option as the definition writes it: to be shown and written, never to be parsed. */
  readonly labels: readonly string[];
  /** Every scalar that this decision writes. */
  readonly sites: readonly {
    /** −1: the network's input. */
    readonly layer: number;
    readonly key: 'op' | 'kernel' | 'filters' | 'units' | 'expand' | 'bits' | 'sparsity' | 'activationBits' | 'input';
    readonly choice: Choice<unknown>;
  }[];
};

/** A value that a decision chooses, or a fixed one (`decision` is −1 and there is one option). */
export interface Param<T> {
  readonly options: readonly T[];
  readonly decision: number;
}

/** The channels of a tensor as a function of the decisions. */
export type Width =
  /**
   * `layers`: those whose `filters` or `units` it is, several where additions join them; none where the network's input
   * gives it.
   */
  | { readonly kind: 'param'; readonly param: Param<number>; readonly layers: readonly number[] }
  /** `of` times a fixed or chosen factor (expansion, flatten, depth multiplier). */
  | { readonly kind: 'times'; readonly of: Width; readonly by: Param<number> }
  /** `of` divided by a fixed whole number (depth to space). */
  | { readonly kind: 'divided'; readonly of: Width; readonly by: number }
  /** The output of a layer whose operator may be `skip`: its input's width if skipped. */
  | {
      readonly kind: 'skippable';
      readonly op: number;
      readonly skipOption: number;
      readonly skipped: Width;
      readonly kept: Width;
    };

export type PrimitiveKind =
  | 'conv'
  | 'depthwise'
  | 'dense'
  | 'max-pool'
  | 'average-pool'
  | 'global-average-pool'
  | 'add'
  | 'depth-to-space'
  | 'flatten';

/**
 * One hardware operator of a path. Weighted kinds are 'conv' | 'depthwise' | 'dense'.
 * `inputs`: −1 is the layer's input, −2 the output of the layer named by `from`, j ≥ 0 the j-th primitive of the same
 * path.
 */
export interface Primitive {
  /** '<layer>/<op>/<part>', unique in the template, for example 'block1/dsconv/depthwise'. */
  readonly id: string;
  readonly kind: PrimitiveKind;
  readonly inputs: readonly number[];
  readonly kernel: Param<Size2D>;
  readonly stride: Size2D;
  readonly dilation: Size2D;
  readonly padding: Padding;
  readonly inWidth: Width;
  readonly outWidth: Width;
  readonly inSize: Size2D;
  readonly outSize: Size2D;
  /** Depth multiplier (depthwise) or block size (depth-to-space), else 1. */
  readonly factor: number;
  readonly bits: Param<number>;
  readonly sparsity: Param<number>;
  /** Of the map that it writes; 8 where it keeps its input's grid, which says them then. */
  readonly activationBits: Param<number>;
  /**
   * Followed by batch normalisation (folded into scale and bias when the network is quantised)? Otherwise a plain bias.
   */
  readonly batchNorm: boolean;
  readonly activation: Activation;
}

/** One operator option of a layer. An empty list of primitives is `skip`. */
export interface Path {
  readonly op: OperatorName;
  readonly primitives: readonly Primitive[];
}

export interface LayerTemplate {
  readonly spec: LayerSpec;
  /** Index of the layer whose output this one reads; −1 is the network's input. */
  readonly input: number;
  /** `add`: index of the layer named by `from`; −1 is the network's input. */
  readonly from?: number;
  readonly op: Param<OperatorName>;
  readonly paths: readonly Path[];
  readonly inSize: Size2D;
  readonly outSize: Size2D;
  readonly inWidth: Width;
  readonly outWidth: Width;
}

/** The decision about the size of the input. */
export interface Resolution {
  readonly decision: number;
  /**
   * For each option the network with its maps, and the definition with its input and the preparation for that; the
   * decisions are the same, this one among them.
   */
  readonly networks: readonly Network[];
}

/** A definition lowered to hardware operators, with the decisions that are still open. */
export interface Network {
  readonly definition: Definition;
  readonly decisions: readonly Decision[];
  /** Where the size of the input is a choice, their maps are those of the largest. */
  readonly layers: readonly LayerTemplate[];
  /** Absent where the input has one size. `atInput` and `sizesOf` read it. */
  readonly resolution?: Resolution;
  /** Number of architectures in the space. */
  readonly architectures: bigint;
}

/** One option index per decision of a network, in the order of `Network.decisions`. */
export type Assignment = readonly number[];

/** One hardware operator of a concrete architecture, in execution order. */
export interface Operation {
  readonly id: string;
  /** Index into `Network.layers`. */
  readonly layer: number;
  readonly layerName: string;
  readonly kind: PrimitiveKind;
  /** Indices into `Architecture.operations`; −1 is the network's input. */
  readonly inputs: readonly number[];
  readonly kernel: Size2D;
  readonly stride: Size2D;
  readonly dilation: Size2D;
  readonly padding: Padding;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly inSize: Size2D;
  readonly outSize: Size2D;
  readonly factor: number;
  readonly bits: number;
  readonly sparsity: number;
  readonly batchNorm: boolean;
  readonly activation: Activation;
  /** Bits of the map that it writes, where they are fewer than 8; of one that keeps its input's grid: those of that. */
  readonly activationBits?: number;
}

/** A network with every decision taken: what is trained, sized and exported. */
export interface Architecture {
  readonly name: string;
  readonly input: { readonly height: number; readonly width: number; readonly channels: number };
  readonly operations: readonly Operation[];
}
