/**
 * Random definitions whose layers name their inputs: branches, joins by addition, several readers of a layer, the
 * network's input read again, skippable layers, one or several heads.
 */
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import type { Network } from '../../../../src/network/types.ts';

export interface GraphOptions {
  /** Open widths, kernels, operators, bits: a search space; else an architecture. */
  readonly choices?: boolean;
  /** Layers before those that bring the branches together. */
  readonly layers?: number;
  readonly target?: string;
  readonly bits?: readonly number[];
}

export interface RandomGraph {
  readonly text: string;
  readonly network: Network;
}

/** A layer's output, as far as the definition's rules ask for it. */
interface Map2D {
  readonly name: string;
  /** Height and width. */
  readonly size: number;
  /** As `filters` writes it; additions need the same. */
  readonly channels: string;
}

class Builder {
  readonly lines: string[] = [];
  readonly #maps: Map2D[];
  readonly #unread = new Set<string>();
  #last = 'input';
  readonly #random: SeededRandom;
  readonly #options: GraphOptions;
  readonly input: Map2D;

  constructor(seed: number, options: GraphOptions) {
    this.#random = new SeededRandom(seed);
    this.#options = options;
    this.input = { name: 'input', size: this.pick([6, 8, 11, 16]), channels: String(this.pick([1, 3, 4, 8])) };
    this.#maps = [this.input];
  }

  pick<T>(values: readonly T[]): T {
    return values[this.#random.integer(values.length)]!;
  }

  private chance(share: number): boolean {
    return this.#random.next() < share;
  }

  private filters(): string {
    return this.#options.choices
      ? this.pick(['4', '8', '4 | 8', '8 | 12', '8 | 16 | 24'])
      : String(this.pick([3, 4, 8, 8, 16, 20]));
  }

  /** Writes a layer that reads a map; `input:` where it is needed, and sometimes where not. */
  put(op: string, reads: Map2D, keys: string, out: { size: number; channels: string }, name?: string): Map2D {
    const made = { name: name ?? `l${this.lines.length}`, size: out.size, channels: out.channels };
    const input = reads.name !== this.#last || this.chance(0.2) ? `, input: ${reads.name}` : '';
    this.lines.push(`{ name: ${made.name}, op: ${op}${keys}${input} }`);
    this.#unread.delete(reads.name);
    this.#unread.add(made.name);
    this.#maps.push(made);
    this.#last = made.name;
    return made;
  }

  add(one: Map2D, other: Map2D, name?: string): Map2D {
    this.#unread.delete(other.name);
    const activation = this.chance(0.4) ? `, activation: ${this.pick(['relu', 'relu6'])}` : '';
    return this.put('add', one, `, from: ${other.name}${activation}`, one, name);
  }

  private weights(): string {
    const { choices, bits = [2, 3, 4, 8] } = this.#options;
    const which = choices ? this.pick(['2 | 8', '4', '4 | 8', '8']) : String(this.pick(bits));
    return `, bits: ${which}, sparsity: ${choices ? '0 | 0.5' : this.pick([0, 0, 0.5])}, activation: ${this.pick(['relu', 'relu', 'relu6', 'none'])}`;
  }

  /** A layer with weights. */
  private weighted(reads: Map2D): Map2D {
    const { choices } = this.#options;
    const kernel = `, kernel: ${choices ? this.pick(['3', '3 | 5', '1 | 3']) : this.pick(['1', '3', '3', '5', '3x1'])}`;
    const op = this.pick(['conv', 'conv', 'dsconv', 'pwconv', 'dwconv', 'ibn', 'residual']);
    // A kernel of 1 at stride 2 reads other pixels than the centre of 3 does.
    const strided = reads.size >= 6 && this.chance(0.25) && !kernel.includes('1 |');
    const size = strided ? Math.ceil(reads.size / 2) : reads.size;
    const stride = strided ? ', stride: 2' : '';
    if (op === 'dwconv') return this.put(op, reads, `${kernel}${stride}${this.weights()}`, { ...reads, size });
    const keeps = !strided && reads.name !== 'input' && this.chance(0.4);
    const channels = keeps ? reads.channels : this.filters();
    const optional = choices && keeps && this.chance(0.5);
    const shortcut = op === 'residual' ? ', shortcut: projection' : '';
    const keys = `${op === 'pwconv' ? '' : kernel}${stride}, filters: ${channels}${op === 'ibn' ? ', expand: 2' : ''}${shortcut}${this.weights()}`;
    return this.put(optional ? `${op} | skip` : op, reads, keys, { size, channels });
  }

  private pool(reads: Map2D): Map2D {
    const op = this.pick(['max-pool', 'average-pool']);
    return this.put(op, reads, ', kernel: 2, stride: 2, padding: same', { ...reads, size: Math.ceil(reads.size / 2) });
  }

  /** Maps that may be added to one. */
  private partners({ name, size, channels }: Map2D): Map2D[] {
    return this.#maps.filter((other) => other.name !== name && other.size === size && other.channels === channels);
  }

  body(): void {
    const count = this.#options.layers ?? 3 + this.#random.integer(7);
    this.weighted(this.input);
    for (let i = 1; i < count; i++) {
      const recent = this.#maps.slice(-4);
      const reads = this.chance(0.5) ? this.#maps.at(-1)! : this.pick(recent);
      const partners = this.partners(reads);
      if (partners.length > 0 && this.chance(0.6)) this.add(reads, this.pick(partners));
      else if (reads.size >= 6 && reads.name !== 'input' && this.chance(0.15)) this.pool(reads);
      else this.weighted(reads);
    }
  }

  private loose(): Map2D[] {
    return this.#maps.filter(({ name }) => this.#unread.has(name));
  }

  /** Brings the branches together in a classifier: by additions of maps, of vectors, or of logits. */
  classify(): void {
    for (;;) {
      const loose = this.loose();
      const pair = loose.flatMap((one) =>
        this.partners(one)
          .filter((other) => loose.includes(other))
          .map((other) => [one, other] as const),
      )[0];
      if (!pair) break;
      this.add(...pair);
    }
    const vectors = this.loose().map((map) => {
      const op = this.pick(['global-average-pool', 'flatten']);
      return this.put(op, map, '', { size: 1, channels: `of ${map.name}` });
    });
    const ends = vectors.length > 1 && this.chance(0.5) ? 'heads' : 'vectors';
    const units = ends === 'heads' ? '4' : this.filters();
    const sum = vectors
      .map((vector) => this.put('dense', vector, `, units: ${units}`, { size: 1, channels: units }))
      .reduce((one, other) => this.add(other, one));
    if (ends === 'vectors') this.put('dense', sum, ', units: 4', { size: 1, channels: '4' });
  }

  /** Adds the network's input to the output: what is learned is the difference. */
  restore(): void {
    const tail = this.loose().map((map) => {
      const channels = this.input.channels;
      return this.put('conv', map, `, kernel: 3, filters: ${channels}, activation: none`, { size: map.size, channels });
    });
    this.add(
      tail.reduce((one, other) => this.add(other, one)),
      this.input,
    );
  }
}

function draw(seed: number, options: GraphOptions): string {
  const builder = new Builder(seed, options);
  builder.body();
  const restores = builder.pick([0, 1, 2, 3, 4]) === 0;
  if (restores) builder.restore();
  else builder.classify();
  const { size, channels } = builder.input;
  const task = restores ? 'super-resolution' : 'classification';
  const target = options.target ?? 'ethos-u55-128';
  const lines = builder.lines.map((line) => `  - ${line}\n`).join('');
  return `udc: 1\nname: graph-${seed}\ntask: ${task}\ninput: ${size}x${size}x${channels}\ntarget: { npu: ${target} }\nlayers:\n${lines}`;
}

/** Seeds are this far apart: one whose dice make no network passes on to others of its own. */
const ATTEMPTS = 1000;

/** The graph of a seed. Equal seeds and options make equal graphs. */
export function randomGraph(seed: number, options: GraphOptions = {}): RandomGraph {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const text = draw(ATTEMPTS * seed + attempt, options);
    const { network } = parseDefinition(text);
    if (network) return { text, network };
  }
  throw new Error(`No graph for seed ${seed}`);
}

/** The same definition with `input:` written in every layer that has none. */
export function withEveryInput(text: string): string {
  let last = 'input';
  return text.replace(/\{ name: ([\w.-]+),[^}\n]*\}/g, (layer, name: string) => {
    const written = /, input: /.test(layer) ? layer : layer.replace(/ \}$/, `, input: ${last} }`);
    last = name;
    return written;
  });
}
