/** What is wrong with a definition as seen from its target: an unknown one, operators that it cannot run, memory that nothing fits. */
import { nodeAt } from '../../model/document.ts';
import { LineIndex } from '../../model/lines.ts';
import type { ParsedDefinition } from '../../model/parse.ts';
import type { Diagnostic, LayerTemplate, Operation, Primitive, ScalarPath, TextRange } from '../../model/types.ts';
import { vainSavings } from '../../npu/savings.ts';
import { supports, supportsAll, TARGETS, type Target } from '../../npu/targets.ts';
import { formatBytes } from '../../shared/format.ts';
import { nearestName } from '../../shared/nearest.ts';
import type { NetworkSizes } from './analysis.ts';

type Found = Omit<Diagnostic, 'range' | 'line' | 'column'> & { readonly range?: TextRange };

/** The target's name when there is no such target. */
function unknownTarget({ definition, tree }: ParsedDefinition): readonly Found[] {
  const name = definition?.target.npu;
  if (name === undefined || TARGETS.some((target) => target.name === name.toLowerCase())) return [];
  const path: ScalarPath = ['target', 'npu'];
  const { node } = nodeAt(tree, path);
  const nearest = nearestName(name, TARGETS.map((target) => target.name));
  const fixes = nearest !== undefined && node?.kind === 'scalar' ? [{ title: `Change to \`${nearest}\``, range: node.inner, text: nearest }] : [];
  const remedy = nearest === undefined ? `the targets are ${TARGETS.map((target) => target.name).join(', ')}` : `did you mean \`${nearest}\`?`;
  return [{ severity: 'error', code: 'unknown-target', path, message: `There is no target \`${name}\`; ${remedy}`, ...(fixes.length > 0 ? { fixes } : {}) }];
}

/** A primitive with one of its options, as far as a target's limits look at it. */
function sample(primitive: Primitive, layer: LayerTemplate, kernel: number, bits: number): Operation {
  const { id, kind, stride, dilation, padding, inSize, outSize, factor, batchNorm, activation } = primitive;
  const channels = primitive.inWidth.kind === 'param' ? Math.max(...primitive.inWidth.param.options) : 2;
  return {
    id, kind, stride, dilation, padding, inSize, outSize, factor, batchNorm, activation, layer: layer.spec.index, layerName: layer.spec.name, inputs: [],
    kernel: primitive.kernel.options[kernel]!, bits: primitive.bits.options[bits]!, inChannels: channels, outChannels: channels, sparsity: 0,
  };
}

/** Options that the target cannot run, each reason once a layer. */
function unsupported(layer: LayerTemplate, target: Target): readonly Found[] {
  const reasons = new Map<string, Set<string>>();
  for (const { op, primitives } of layer.paths) {
    for (const primitive of primitives) {
      for (const kernel of primitive.kernel.options.keys()) {
        for (const bits of primitive.bits.options.keys()) {
          const reason = supports(target, sample(primitive, layer, kernel, bits));
          if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? new Set()).add(op));
        }
      }
    }
  }
  const { spec } = layer;
  return [...reasons].map(([reason, ops]) => ({
    severity: 'error', code: 'unsupported-by-target', path: ['layers', spec.index, 'op'], range: spec.op.range ?? spec.range, message: `\`${spec.name}\` (${[...ops].join(', ')}): ${reason}`,
  }));
}

function memoryProblems(sizes: NetworkSizes): readonly Found[] {
  const { definition, target, smallest, budgetBytes, smallestArchitecture, network } = sizes;
  const found: Found[] = [];
  if (budgetBytes !== undefined && smallest > budgetBytes) {
    found.push({
      severity: 'warning', code: 'budget-too-small', path: ['target', definition.target.weights === undefined ? 'npu' : 'weights'],
      message: `No architecture fits ${formatBytes(budgetBytes)}: the smallest needs about ${formatBytes(smallest)}. Raise \`target.weights\`, or offer fewer filters, fewer bits or more sparsity`,
    });
  }
  const limit = definition.target.activations ?? target.activationMemory?.value;
  const peak = smallestArchitecture.peakActivationBytes;
  if (limit !== undefined && peak > limit) {
    found.push({
      severity: 'warning', code: 'activations-too-large', path: ['target', definition.target.activations === undefined ? 'npu' : 'activations'],
      message: `Activations need ${formatBytes(peak)} at their peak even in the smallest architecture, but there are ${formatBytes(limit)}. Use a larger stride early, or fewer filters`,
    });
  }
  const whole = supportsAll(target, smallestArchitecture.architecture.operations);
  if (whole !== undefined) found.push({ severity: 'error', code: 'unsupported-by-target', path: ['target', 'npu'], message: whole });
  const savings = vainSavings(network, target);
  if (savings !== undefined) found.push({ severity: 'information', code: 'saves-nothing', path: ['target', 'npu'], message: savings });
  return [...network.layers.flatMap((layer) => unsupported(layer, target)), ...found];
}

/** `sizes` is absent where the definition has errors or an unknown target. */
export function targetProblems(text: string, parsed: ParsedDefinition, sizes: NetworkSizes | undefined): readonly Diagnostic[] {
  const found = [...unknownTarget(parsed), ...(sizes ? memoryProblems(sizes) : [])];
  if (found.length === 0) return [];
  const lines = new LineIndex(text);
  return found.map(({ range: known, ...problem }) => {
    const range = known ?? nodeAt(parsed.tree, problem.path).node?.range ?? { start: 0, end: 0 };
    return { ...problem, range, ...lines.position(range.start) };
  });
}
