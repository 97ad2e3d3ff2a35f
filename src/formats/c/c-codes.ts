/** C text that reads and writes packed codes, and that rescales accumulators: what every kernel is made of. */

/** A function of the program. `@` in its text stands for the prefix of the program's names. */
export interface Fragment {
  /** Without the prefix; two of one name are the same. */
  readonly name: string;
  readonly text: string;
  /** What it calls. */
  readonly needs: readonly Fragment[];
}

/** Code `i` of packed codes of so many bits, the first in the lowest bits, as it stands: 0 to 2^bits - 1. */
function unsignedCode(bits: number): Fragment {
  const name = `bits${bits}`;
  const mask = 2 ** bits - 1;
  const head = `static inline int32_t @${name}(const uint8_t *p, int32_t i) {\n`;
  if (8 % bits === 0) {
    const [shift, last] = [3 - Math.log2(bits), 8 / bits - 1];
    return { name, text: `${head}  return (p[i >> ${shift}] >> (${bits} * (i & ${last}))) & ${mask};\n}`, needs: [] };
  }
  return {
    name,
    text: `${head}  const uint32_t bit = (uint32_t)i * ${bits}u, low = bit % 8u;
  const uint8_t *q = p + bit / 8u;
  uint32_t code = (uint32_t)q[0] >> low;
  if (low > ${8 - bits}u) code |= (uint32_t)q[1] << (8u - low);
  return (int32_t)(code & ${mask}u);
}`,
    needs: [],
  };
}

/** The signed code at a place of a byte that holds several. */
export const signedPart = (byte: string, bits: number, place: number): string =>
  `(((${byte} >> ${bits * place}) & ${2 ** bits - 1}) ^ ${2 ** (bits - 1)}) - ${2 ** (bits - 1)}`;

const BYTE: Fragment = {
  name: 'byte',
  text: `static inline int32_t @byte(const uint8_t *p, int32_t i) {
  return (int8_t)p[i];
}`,
  needs: [],
};

/** A packed weight: two's complement of its bits. */
export function weightCode(bits: number): Fragment {
  if (bits === 8) return BYTE;
  const code = unsignedCode(bits);
  const half = 2 ** (bits - 1);
  return {
    name: `weight${bits}`,
    text: `static inline int32_t @weight${bits}(const uint8_t *p, int32_t i) {
  return (@${code.name}(p, i) ^ ${half}) - ${half};
}`,
    needs: [code],
  };
}

/** An activation: int8, or unsigned where it has fewer bits (`codeRange`). */
export const activationCode = (bits: number): Fragment => (bits === 8 ? BYTE : unsignedCode(bits));

/** Writes a code. Those of a byte are written one after another, the lowest bits first. */
export function store(bits: number): Fragment {
  const name = `put${bits}`;
  const head = `static inline void @${name}(uint8_t *p, int32_t i, int32_t code) {\n`;
  if (bits === 8) return { name, text: `${head}  p[i] = (uint8_t)code;\n}`, needs: [] };
  const [shift, last] = [3 - Math.log2(bits), 8 / bits - 1];
  return {
    name,
    text: `${head}  const int32_t low = ${bits} * (i & ${last});
  uint8_t *q = p + (i >> ${shift});
  *q = (uint8_t)((low > 0 ? *q : 0) | (code << low));
}`,
    needs: [],
  };
}

/** What integer arithmetic of two's complement gives, without what C leaves open. */
const SIGNED: Fragment = {
  name: 'wrapped',
  text: `static inline int32_t @wrapped(uint32_t x) {
  return x <= INT32_MAX ? (int32_t)x : -1 - (int32_t)~x;
}`,
  needs: [],
};

/**
 * An accumulator times multiplier * 2^(shift - 31), rounded twice: `rescale` of src/integer/fixed-point.ts, TFLite's
 * MultiplyByQuantizedMultiplier.
 */
export const RESCALE: Fragment = {
  name: 'rescale',
  text: `/* x * multiplier * 2^(shift - 31), rounded to 32 bits and then to a whole number, halves away from zero. */
static int32_t @rescale(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t from = shift > 0 ? @wrapped((uint32_t)x << (shift & 31)) : x;
  const int32_t places = shift > 0 ? 0 : -shift;
  const int64_t product = (int64_t)from * multiplier + ((int64_t)1 << 30);
  const int32_t high = (int32_t)(product < 0 ? ~(~product >> 31) : product >> 31);
  const uint32_t mask = ((uint32_t)1 << places) - 1u;
  const uint32_t half = (mask >> 1) + (high < 0 ? 1u : 0u);
  return (high < 0 ? ~(~high >> places) : high >> places) + (((uint32_t)high & mask) > half ? 1 : 0);
}`,
  needs: [SIGNED],
};

export const CLAMP: Fragment = {
  name: 'clamp',
  text: `static inline int32_t @clamp(int32_t code, int32_t least, int32_t most) {
  return code < least ? least : code > most ? most : code;
}`,
  needs: [],
};

/** The output code of a sum of products: scales as `packScales` (c-scales.ts) lays them out. */
export const RESULT: Fragment = {
  name: 'result',
  text: `/* The output code of a sum of products. The two words of a channel: bias in 28 bits and the low 4 bits of the
   shift + 32; multiplier - 2^30 in 30 bits and the high 2. Where a layer has shifts of its own: bias, multiplier. */
static int32_t @result(const @weights *w, const @window *l, int32_t channel, uint32_t sum) {
  const uint32_t first = w->scales[2 * channel], second = w->scales[2 * channel + 1];
  const int32_t zero = l->zero_out;
  int32_t code;
  if (w->shifts != 0) {
    code = @rescale(@wrapped(sum + first), (int32_t)second, w->shifts[channel]);
  } else {
    const uint32_t bias = ((first & 0x0fffffffu) ^ 0x08000000u) - 0x08000000u;
    const int32_t shift = (int32_t)((first >> 28) | ((second >> 30) << 4)) - 32;
    code = @rescale(@wrapped(sum + bias), (int32_t)((second & 0x3fffffffu) | 0x40000000u), shift);
  }
  return @clamp(code, l->least - zero, l->most - zero) + zero;
}`,
  needs: [RESCALE, CLAMP],
};
