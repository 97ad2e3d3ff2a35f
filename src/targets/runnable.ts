/**
 * What a target cannot run, of a search space and of an architecture. One place decides: check, editor, search, exports
 * and imports ask it.
 */
import { widthValue } from '../network/architecture.ts';
import { magnitudes } from '../network/largest-option.ts';
import { sizesOf } from '../network/resolution.ts';
import type {
  Architecture,
  Assignment,
  Choice,
  LayerTemplate,
  Network,
  Operation,
  Primitive,
} from '../network/types.ts';
import { supports, supportsAll } from './operator-limits.ts';
import type { Target } from './find-target.ts';

/** A reason and the operators of a layer that it holds for, as the definition names them. */
export interface UnsupportedOption {
  readonly layer: LayerTemplate;
  readonly ops: readonly string[];
  readonly reason: string;
  /** The value at fault, and what would be right in its place; absent where the operator is. */
  readonly value?: { readonly choice: Choice<number>; readonly remedy: string };
}

/** Assignments with every width at its smallest and at its largest, and no layer skipped. */
function extremes({ decisions }: Network): readonly Assignment[] {
  return [-1, 1].map((sign) =>
    decisions.map((decision) => {
      if (decision.kind === 'operator')
        return Math.max(
          0,
          decision.options.findIndex((op) => op !== 'skip'),
        );
      const values = magnitudes(decision) ?? decision.labels.map(() => 0);
      return values.reduce((best, value, k) => (sign * value > sign * values[best]! ? k : best), 0);
    }),
  );
}

/** A primitive with one of its kernels and bitwidths, as wide as an assignment makes it. */
export function sampleOperation(
  primitive: Primitive,
  layer: LayerTemplate,
  kernel: number,
  bits: number,
  assignment: Assignment,
): Operation {
  const { id, kind, stride, dilation, padding, inSize, outSize, factor, batchNorm, activation, inWidth, outWidth } =
    primitive;
  return {
    id,
    kind,
    stride,
    dilation,
    padding,
    inSize,
    outSize,
    factor,
    batchNorm,
    activation,
    layer: layer.spec.index,
    layerName: layer.spec.name,
    inputs: [],
    sparsity: 0,
    kernel: primitive.kernel.options[kernel]!,
    bits: primitive.bits.options[bits]!,
    activationBits: Math.min(...primitive.activationBits.options),
    inChannels: widthValue(inWidth, assignment),
    outChannels: widthValue(outWidth, assignment),
  };
}

function unsupportedIn(layer: LayerTemplate, target: Target, ends: readonly Assignment[]): UnsupportedOption[] {
  const reasons = new Map<string, Set<string>>();
  for (const { op, primitives } of layer.paths) {
    for (const primitive of primitives) {
      for (const kernel of primitive.kernel.options.keys()) {
        for (const bits of primitive.bits.options.keys()) {
          for (const end of ends) {
            // Of the bits of maps, all options are looked at apart.
            const sample = { ...sampleOperation(primitive, layer, kernel, bits, end), activationBits: 8 };
            const reason = supports(target, sample);
            if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? new Set()).add(op));
          }
        }
      }
    }
  }
  return [
    ...unsupportedMaps(layer, target),
    ...[...reasons].map(([reason, ops]) => ({ layer, ops: [...ops], reason })),
  ];
}

/** Bits that a layer's maps may have and the target does not keep, all in one. */
function unsupportedMaps(layer: LayerTemplate, target: Target): UnsupportedOption[] {
  const kept = target.activationBits ?? [8];
  const lacking = ({ activationBits }: Primitive): boolean =>
    activationBits.options.some((bits) => !kept.includes(bits));
  const ops = layer.paths.filter(({ primitives }) => primitives.some(lacking)).map(({ op }) => op);
  if (ops.length === 0) return [];
  const { activationBits: choice } = layer.spec;
  const remedy = choice.options.filter((bits) => kept.includes(bits)).join(' | ') || String(Math.max(...kept));
  const bits = choice.options.filter((one) => !kept.includes(one)).join('- and ');
  const reason = `${bits}-bit activations: ${target.title} keeps ${kept.join(', ')} bits; write \`activationBits: ${remedy}\``;
  return [{ layer, ops, reason, value: { choice, remedy } }];
}

/**
 * Options of a search space that the target cannot run, each reason once a layer. How they fit together is asked of
 * architectures.
 */
export function unsupportedOptions(network: Network, target: Target): UnsupportedOption[] {
  const ends = extremes(network);
  const found = sizesOf(network).flatMap(({ layers }) => layers.flatMap((layer) => unsupportedIn(layer, target, ends)));
  const first = new Map(found.map((one) => [`${one.layer.spec.index} ${one.reason}`, one]));
  return network.resolution ? [...first.values()] : found;
}

/** What the target cannot run of an architecture, one a layer and reason; empty where it runs. */
export function problemsOf(target: Target, architecture: Architecture): string[] {
  const problems = new Set<string>();
  for (const operation of architecture.operations) {
    const reason = supports(target, operation);
    if (reason !== undefined) problems.add(`${operation.layerName}: ${reason}`);
  }
  if (problems.size > 0) return [...problems];
  const whole = supportsAll(target, architecture);
  return whole === undefined ? [] : [whole];
}

/** `problemsOf` of a search space: options that cannot run, else what is wrong with its smallest architecture. */
export function problemsOfSpace(target: Target, network: Network, smallest: Architecture): string[] {
  const options = unsupportedOptions(network, target).map(({ layer, reason }) => `${layer.spec.name}: ${reason}`);
  if (options.length > 0) return options;
  return problemsOf(target, smallest).map((problem) =>
    network.decisions.length === 0 ? problem : `even in the smallest architecture, ${problem}`,
  );
}

/** Does an architecture run, its operators one by one and all together? */
export function runs(target: Target, architecture: Architecture): boolean {
  return problemsOf(target, architecture).length === 0;
}
