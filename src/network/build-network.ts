/** Lowers a definition to hardware operators with open decisions. */

import { ModelError, Problems, type Problem } from './model-error.ts';
import { Flow, type LayerFlow } from './flow.ts';
import { INPUT_NAME, logitsLayers } from './layer-graph.ts';
import { fixed, PathBuilder, type LayerContext } from './lowering.ts';
import { OPERATORS, uses, usesKey, type LayerKey } from './operators.ts';
import { ONE } from './map-shapes.ts';
import type {
  Choice,
  Decision,
  DecisionOptions,
  Definition,
  Diagnostic,
  LayerSpec,
  LayerTemplate,
  Network,
  OperatorName,
  Param,
  Size2D,
  Width,
} from './types.ts';
import { byArea, definitionAt } from './resolution.ts';
import { checkSizes, mergeProblems } from './resolution-checks.ts';
import { WidthFinisher, type Symbolic } from './tied-widths.ts';

type SiteKey = Decision['sites'][number]['key'];
/** Keys of a layer that no other shares. */
type OwnKey = Exclude<SiteKey, 'filters' | 'units' | 'input'>;

/** The kind and the typed options of a decision of one layer. */
function optionsOf(spec: LayerSpec, key: OwnKey): DecisionOptions {
  switch (key) {
    case 'op':
      return { kind: 'operator', options: spec.op.options };
    case 'kernel':
      return { kind: 'kernel', options: spec.kernel.options };
    case 'expand':
      return { kind: 'expansion', options: spec.expand.options };
    case 'activationBits':
      return { kind: 'activation-bits', options: spec.activationBits.options };
    default:
      return { kind: key, options: spec[key].options };
  }
}

const isFixed = ({ options, narrowed }: Choice<unknown>): boolean => options.length < 2 && narrowed !== true;

/** The decisions of one layer: index, or −1 where the value is fixed. */
interface LayerDecisions {
  readonly op: number;
  readonly kernel: number;
  readonly expand: number;
  readonly bits: number;
  readonly sparsity: number;
  readonly activationBits: number;
}

class NetworkBuilder {
  private readonly decisions: Decision[] = [];
  private readonly ofSource = new Map<number, number>();
  private readonly ofLayer: LayerDecisions[] = [];
  readonly flow: Flow;
  private readonly finisher: WidthFinisher;

  constructor(
    private readonly definition: Definition,
    problems: Problems,
    private readonly part: boolean,
    private readonly inputs?: Choice<Size2D>,
  ) {
    this.flow = new Flow(definition, problems, part);
    this.finisher = new WidthFinisher(
      this.flow.widths,
      (root) => this.ofSource.get(root) ?? -1,
      (layer) => ({ op: this.ofLayer[layer]!.op, skipOption: definition.layers[layer]!.op.options.indexOf('skip') }),
    );
  }

  build(): Network {
    if (this.inputs) this.decisions.push(resolutionOf(this.inputs));
    for (const spec of this.definition.layers) this.decide(spec, this.flow.layers[spec.index]!);
    const ends = new Set(this.part ? [] : logitsLayers(this.definition.layers));
    const layers = this.definition.layers.map((spec) =>
      this.lower(spec, this.flow.layers[spec.index]!, ends.has(spec.index)),
    );
    return { definition: this.definition, decisions: this.decisions, layers, architectures: this.count() };
  }

  private decide(spec: LayerSpec, flow: LayerFlow): void {
    const op = this.one(spec, 'op');
    const kernel = this.one(spec, 'kernel');
    if (flow.own && this.flow.widths.isFirst(flow.own)) {
      const root = this.flow.widths.rootOf(flow.own);
      this.ofSource.set(root, this.shared(spec, this.flow.widths.joinedChoices(flow.own)));
    }
    this.ofLayer.push({
      op,
      kernel,
      expand: this.one(spec, 'expand'),
      bits: this.one(spec, 'bits'),
      sparsity: this.one(spec, 'sparsity'),
      activationBits: this.one(spec, 'activationBits'),
    });
  }

  /** A decision of one layer alone; −1 where there is none. */
  private one(spec: LayerSpec, key: OwnKey): number {
    const choice: Choice<unknown> = spec[key];
    if (isFixed(choice) || (key !== 'op' && !usesKey(spec.op.options, key))) return -1;
    return (
      this.decisions.push({
        ...optionsOf(spec, key),
        id: `${spec.name}.${key}`,
        labels: choice.texts,
        sites: [{ layer: spec.index, key, choice }],
      }) - 1
    );
  }

  /** The decision of filters that additions join; −1 where they are fixed. */
  private shared(
    { filters, filtersKey }: LayerSpec,
    joined: readonly { readonly layer: number; readonly choice: Choice<unknown> }[],
  ): number {
    if (isFixed(filters!)) return -1;
    const { layers } = this.definition;
    return (
      this.decisions.push({
        id: `${layers[joined[0]!.layer]!.name}.${filtersKey}`,
        kind: 'width',
        options: filters!.options,
        labels: filters!.texts,
        sites: joined.map(({ layer, choice }) => ({ layer, key: layers[layer]!.filtersKey, choice })),
      }) - 1
    );
  }

  private width(symbol: Symbolic): Width {
    return this.finisher.finish(symbol);
  }

  private lower(spec: LayerSpec, flow: LayerFlow, logits: boolean): LayerTemplate {
    const decisions = this.ofLayer[spec.index]!;
    const ops = spec.op.options;
    const param = <T>(key: LayerKey, choice: Choice<T>, decision: number, unused: T): Param<T> =>
      usesKey(ops, key) ? { options: choice.options, decision } : fixed(unused);
    const context: LayerContext = {
      spec,
      logits,
      inSize: flow.inSize,
      outSize: flow.outSize,
      inWidth: this.width(flow.inWidth),
      keptWidth: this.width(flow.kept),
      kernel: param('kernel', spec.kernel, decisions.kernel, ONE),
      expand: param('expand', spec.expand, decisions.expand, 1),
      bits: param('bits', spec.bits, decisions.bits, 8),
      sparsity: param('sparsity', spec.sparsity, decisions.sparsity, 0),
      activationBits: param('activationBits', spec.activationBits, decisions.activationBits, 8),
    };
    const paths = ops.map((op) => {
      const builder = new PathBuilder(context, op);
      OPERATORS[op].lower(builder);
      return { op, primitives: builder.primitives };
    });
    return {
      spec,
      input: flow.input,
      op: { options: ops, decision: decisions.op },
      paths,
      inSize: flow.inSize,
      outSize: flow.outSize,
      inWidth: context.inWidth,
      outWidth: this.width(flow.outWidth),
      ...(flow.from !== undefined && { from: flow.from }),
    };
  }

  /**
   * Counts distinct architectures: values that an operator does not use do not count while that operator is chosen.
   * A width that several layers share always counts: the layer that brings it in cannot be skipped.
   */
  private count(): bigint {
    const counts = this.decisions.map(({ sites, labels }) => (sites.length > 1 ? labels.length : 1));
    if (this.inputs) counts.push(this.inputs.options.length);
    for (const spec of this.definition.layers)
      counts.push(spec.op.options.reduce((sum, op) => sum + this.variants(spec, op), 0));
    return productOf(counts);
  }

  private variants(spec: LayerSpec, op: OperatorName): number {
    const own = this.flow.layers[spec.index]!.own;
    const shared = own !== undefined && this.flow.widths.joinedChoices(own).length > 1;
    const width = spec.filters && !shared ? countOf(op, spec.filtersKey, spec.filters) : 1;
    return (
      width *
      countOf(op, 'kernel', spec.kernel) *
      countOf(op, 'expand', spec.expand) *
      countOf(op, 'bits', spec.bits) *
      countOf(op, 'sparsity', spec.sparsity) *
      countOf(op, 'activationBits', spec.activationBits)
    );
  }
}

const resolutionOf = (inputs: Choice<Size2D>): Decision => ({
  kind: 'resolution',
  options: inputs.options,
  id: INPUT_NAME,
  labels: inputs.texts,
  sites: [{ layer: -1, key: 'input', choice: inputs }],
});

/** Options that matter while an operator is chosen. */
function countOf(op: OperatorName, key: LayerKey, { options }: Choice<unknown>): number {
  return uses(op, key) ? options.length : 1;
}

/** The exact product of whole numbers: in plain numbers as far as those are exact, since large ones are slow. */
function productOf(counts: readonly number[]): bigint {
  let product = 1n;
  let part = 1;
  for (const count of counts) {
    if (part * count > Number.MAX_SAFE_INTEGER) {
      product *= BigInt(part);
      part = 1;
    }
    part *= count;
  }
  return product * BigInt(part);
}

/**
 * Lowers a definition; the network is absent where a problem makes it impossible. `part`: it is the beginning of one,
 * without its end.
 */
export function lowerDefinition(definition: Definition, problems: Problems, part = false): Network | undefined {
  if (definition.inputs) return lowerAtEach(definition, definition.inputs, problems, part);
  const builder = new NetworkBuilder(definition, problems, part);
  return problems.hasErrors ? undefined : builder.build();
}

/** `lowerDefinition` where the size of the input is a choice: the network has to be possible at each. */
function lowerAtEach(
  definition: Definition,
  inputs: Choice<Size2D>,
  problems: Problems,
  part: boolean,
): Network | undefined {
  const found = inputs.options.map((option) => {
    const own = new Problems();
    return { own, builder: new NetworkBuilder(definitionAt(definition, option), own, part, inputs) };
  });
  mergeProblems(
    found.map(({ own }, k) => ({ list: own.list, input: inputs.texts[k]! })),
    problems,
  );
  if (problems.hasErrors) return undefined;
  checkSizes(
    definition,
    found.map(({ builder }) => builder.flow),
    inputs,
    problems,
    part,
  );
  if (problems.hasErrors) return undefined;
  const networks = found.map(({ builder }) => builder.build());
  const largest = networks[byArea(inputs.options).at(-1)!]!;
  const { decisions } = largest;
  return {
    ...largest,
    definition,
    resolution: { decision: 0, networks: networks.map((network) => ({ ...network, decisions })) },
  };
}

/** A problem where no text is at hand: placed at its layer, lines unknown. */
function unplaced(definition: Definition, { severity, code, message, path, range }: Problem): Diagnostic {
  const layer = path[0] === 'layers' ? definition.layers[Number(path[1])] : undefined;
  return { severity, code, message, path, range: range ?? layer?.range ?? { start: 0, end: 0 }, line: 1, column: 1 };
}

/**
 * Lowers a definition to a network template with its decisions.
 * @throws ModelError where shapes, channels or names make the definition impossible. Its diagnostics carry paths; for
 *   lines and columns use `parseDefinition`.
 */
export function buildNetwork(definition: Definition): Network {
  const problems = new Problems();
  const network = lowerDefinition(definition, problems);
  if (!network) throw new ModelError(problems.list.map((problem) => unplaced(definition, problem)));
  return network;
}
