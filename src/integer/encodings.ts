/** The weights of a network as they are stored: encoded once, whoever asks for sizes, certificate or codes. */
import type { Architecture } from '../network/types.ts';
import type { Target } from '../targets/find-target.ts';
import { certify, sizeExactly, type Sized } from './sizing.ts';

const sameBytes = (a: Int8Array, b: Int8Array | undefined): boolean =>
  b !== undefined && a.length === b.length && a.every((value, i) => value === b[i]);

export class EncodedWeights {
  private known: { sized?: Sized; certificate?: ReturnType<typeof certify> } = {};

  /** @param codes of every weighted operation, OHWI, by its id; never written again */
  constructor(
    readonly architecture: Architecture,
    readonly target: Target,
    readonly codes: ReadonlyMap<string, Int8Array>,
  ) {}

  /** The size that is promised, operation by operation. */
  get sized(): Sized {
    return (this.known.sized ??= sizeExactly(this.architecture, this.target, ({ id }) => this.codes.get(id)!));
  }

  get certificate(): ReturnType<typeof certify> {
    return (this.known.certificate ??= certify(this.architecture, this.target, this.codes, this.sized));
  }

  /** Are these the same weights, in the same network on the same target? */
  isOf(architecture: Architecture, target: Target, codes: ReadonlyMap<string, Int8Array>): boolean {
    return (
      target === this.target &&
      codes.size === this.codes.size &&
      [...codes].every(([id, values]) => sameBytes(values, this.codes.get(id))) &&
      (architecture === this.architecture || JSON.stringify(architecture) === JSON.stringify(this.architecture))
    );
  }
}

/** Networks that are remembered: what is tried on a network is taken back now and then. */
const REMEMBERED = 6;

/** Weights as they come and go while a network is fitted to its limits: none is encoded twice. */
export class Encodings {
  private recent: readonly EncodedWeights[] = [];

  of(architecture: Architecture, target: Target, codes: ReadonlyMap<string, Int8Array>): EncodedWeights {
    const found =
      this.recent.find((one) => one.isOf(architecture, target, codes)) ??
      new EncodedWeights(architecture, target, codes);
    this.recent = [found, ...this.recent.filter((one) => one !== found)].slice(0, REMEMBERED);
    return found;
  }
}
