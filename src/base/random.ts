/** The one source of randomness: a seeded generator whose state can be saved and restored. */

/**
 * xoshiro128** 1.1 (Blackman and Vigna, 2018, public domain: https://prng.di.unimi.it), seeded by splitmix32.
 * The same seed gives the same numbers on every machine; no method keeps hidden state beside `state()`.
 */
export class SeededRandom {
  private readonly words = new Uint32Array(4);

  /** @param seed a safe integer; all 53 bits count. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a whole number, not ${String(seed)}`);
    let mixer = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) >>> 0;
    for (let i = 0; i < 4; i++) {
      mixer = (mixer + 0x9e3779b9) >>> 0;
      let z = mixer;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.words[i] = z ^ (z >>> 15);
    }
  }

  /** A whole number in [0, 2³²). */
  uint32(): number {
    const s = this.words;
    const s1 = s[1]!;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= s1 << 9;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  next(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /** Standard normal (Box–Muller; the second value is not kept, so that `state()` is complete). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** Standard Gumbel, −ln(−ln u); always finite. */
  gumbel(): number {
    const u = Math.max(this.next(), 2 ** -53);
    return -Math.log(-Math.log(u));
  }

  /** Gamma distribution of this shape (above 0) and scale 1 (Marsaglia and Tsang, 2000). */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * Math.max(this.next(), 2 ** -53) ** (1 / shape);
    const d = shape - 1 / 3;
    for (;;) {
      const x = this.normal();
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(1 - this.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** Beta distribution, in [0, 1]. */
  beta(a: number, b: number): number {
    const [x, y] = [this.gamma(a), this.gamma(b)];
    // Of tiny parameters both may be too small for a number: then it is one end or the other.
    return x + y > 0 ? x / (x + y) : Number(this.next() < a / (a + b));
  }

  /** A whole number in [0, n), without modulo bias. `n` from 1 to 2³². */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new RangeError(`integer(n) needs a whole number from 1 to 2^32, not ${n}`);
    const limit = 2 ** 32 - (2 ** 32 % n);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % n;
  }

  /** Shuffles in place (Fisher–Yates). */
  shuffle<T>(array: T[] | Int32Array | Uint32Array): void {
    const items = array as { length: number; [index: number]: T | number };
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = items[i]!;
      items[i] = items[j]!;
      items[j] = kept;
    }
  }

  /** Four 32-bit words; `restore` takes them back. */
  state(): readonly number[] {
    return [...this.words];
  }

  restore(state: readonly number[]): void {
    if (
      state.length !== 4 ||
      state.some((word) => !Number.isInteger(word) || word < 0 || word >= 2 ** 32) ||
      state.every((word) => word === 0)
    ) {
      throw new RangeError('a random state is four 32-bit words that are not all zero');
    }
    this.words.set(state);
  }
}
