/**
 * The kernels of a C program: text for the bits of its weights and activations, exact as src/integer computes.
 * `@` stands for the prefix of the program's names.
 */
import { LEFT_SHIFT } from '../../integer/operators/elementwise.ts';
import { activationCode, CLAMP, RESCALE, RESULT, signedPart, store, weightCode, type Fragment } from './c-codes.ts';

/**
 * Sum of products of neighbouring codes: `n` of `x` from place `i`, less `zero`, by weights from place `k`. Counted by
 * places: of loops that count down what is left, gcc 12.2 for the Cortex-M55 with -Os drops the last check.
 */
export function dot(weightBits: number, bits: number): Fragment {
  const [x, w] = [activationCode(bits), weightCode(weightBits)];
  const name = `dot_w${weightBits}_x${bits}`;
  const places = 8 / weightBits;
  const single = `sum += (uint32_t)((@${x.name}(x, i) - zero) * @${w.name}(w, k));`;
  // Where a byte holds several weights, it is read once for all of them.
  const bytewise = `for (; k < end && (k & ${places - 1}) != 0; i++, k++) ${single}
  for (; k + ${places} <= end; i += ${places}, k += ${places}) {
    const int32_t byte = w[k >> ${Math.log2(places)}];
${Array.from(
  { length: places },
  (_, place) =>
    `    sum += (uint32_t)((@${x.name}(x, i + ${place}) - zero) * (${signedPart('byte', weightBits, place)}));`,
).join('\n')}
  }
  `;
  return {
    name,
    text: `static uint32_t @${name}(const uint8_t *x, int32_t i, const uint8_t *w, int32_t k, int32_t n, int32_t zero) {
  const int32_t end = k + n;
  uint32_t sum = 0;
  ${places > 1 && Number.isInteger(places) ? bytewise : ''}for (; k < end; i++, k++) ${single}
  return sum;
}`,
    needs: [x, w],
  };
}

/** The first and the last part of the window that lie on the map: columns `from` to `to` of the kernel. */
const COLUMNS = `const int32_t x0 = ox * l->stride_width - l->left;
      const int32_t from = x0 < 0 ? (dilation - 1 - x0) / dilation : 0;
      const int32_t beyond = (width - x0 + dilation - 1) / dilation;
      const int32_t to = beyond < l->kernel_width ? beyond : l->kernel_width;`;

/** Convolution, and a dense layer as one over a single pixel. */
export function convolution(bits: number): Fragment {
  const put = store(bits);
  const name = `conv_y${bits}`;
  return {
    name,
    text: `static void @${name}(@dot dot, const uint8_t *x, uint8_t *y, const @window *l, const @weights *w) {
  const int32_t width = l->in_width, channels = l->in_channels, dilation = l->dilation_width;
  const int32_t row = l->kernel_width * channels, filter = l->kernel_height * row;
  int32_t oy, ox, o, ky, kx, at = 0;
  for (oy = 0; oy < l->out_height; oy++)
    for (ox = 0; ox < l->out_width; ox++) {
      ${COLUMNS}
      const int32_t run = dilation == 1 ? to - from : 1;
      for (o = 0; o < l->out_channels; o++) {
        uint32_t sum = 0;
        for (ky = 0; ky < l->kernel_height; ky++) {
          const int32_t iy = oy * l->stride_height - l->top + ky * l->dilation_height;
          if (iy < 0 || iy >= l->in_height) continue;
          for (kx = from; kx < to; kx += run)
            sum += dot(x, (iy * width + x0 + kx * dilation) * channels, w->codes,
                       o * filter + ky * row + kx * channels, run * channels, l->zero_in);
        }
        @${put.name}(y, at++, @result(w, l, o, sum));
      }
    }
}`,
    needs: [put, RESULT],
  };
}

/** Depthwise convolution: output channel o reads input channel o / multiplier. */
export function depthwise(weightBits: number, from: number, bits: number): Fragment {
  const [x, w, put] = [activationCode(from), weightCode(weightBits), store(bits)];
  const name = `depthwise_w${weightBits}_x${from}_y${bits}`;
  return {
    name,
    text: `static void @${name}(const uint8_t *x, uint8_t *y, const @window *l, const @weights *w) {
  const int32_t width = l->in_width, channels = l->in_channels, dilation = l->dilation_width;
  const int32_t multiplier = l->out_channels / channels, filter = l->kernel_height * l->kernel_width;
  int32_t oy, ox, o, ky, kx, at = 0;
  for (oy = 0; oy < l->out_height; oy++)
    for (ox = 0; ox < l->out_width; ox++) {
      ${COLUMNS}
      for (o = 0; o < l->out_channels; o++) {
        const int32_t channel = o / multiplier, zero = l->zero_in;
        uint32_t sum = 0;
        for (ky = 0; ky < l->kernel_height; ky++) {
          const int32_t iy = oy * l->stride_height - l->top + ky * l->dilation_height;
          if (iy < 0 || iy >= l->in_height) continue;
          for (kx = from; kx < to; kx++)
            sum += (uint32_t)((@${x.name}(x, (iy * width + x0 + kx * dilation) * channels + channel) - zero) *
                              @${w.name}(w->codes, o * filter + ky * l->kernel_width + kx));
        }
        @${put.name}(y, at++, @result(w, l, o, sum));
      }
    }
}`,
    needs: [x, w, put, RESULT],
  };
}

/** What becomes of a window's codes. */
const POOLS = {
  'max-pool': {
    name: 'max_pool',
    start: 'INT8_MIN',
    step: (code: string): string => `if (${code} > sum) sum = ${code};`,
    finish: 'sum',
  },
  'average-pool': {
    name: 'average_pool',
    start: '0',
    step: (code: string): string => `sum += ${code};`,
    finish: 'sum > 0 ? (sum + count / 2) / count : -((count / 2 - sum) / count)',
  },
} as const;

/** The largest code of a window, or the average of those on the map, halves away from zero. */
export function pool(kind: keyof typeof POOLS, from: number, bits: number): Fragment {
  const [x, put] = [activationCode(from), store(bits)];
  const { name: base, start, step, finish } = POOLS[kind];
  const name = `${base}_x${from}_y${bits}`;
  const average = kind === 'average-pool';
  return {
    name,
    text: `static void @${name}(const uint8_t *x, uint8_t *y, const @window *l) {
  const int32_t width = l->in_width, channels = l->in_channels;
  int32_t oy, ox, c, iy, ix, at = 0;
  for (oy = 0; oy < l->out_height; oy++)
    for (ox = 0; ox < l->out_width; ox++) {
      const int32_t top = oy * l->stride_height - l->top, left = ox * l->stride_width - l->left;
      const int32_t y0 = top > 0 ? top : 0, x0 = left > 0 ? left : 0;
      const int32_t y1 = top + l->kernel_height < l->in_height ? top + l->kernel_height : l->in_height;
      const int32_t x1 = left + l->kernel_width < width ? left + l->kernel_width : width;${average ? '\n      const int32_t count = (y1 - y0) * (x1 - x0);' : ''}
      for (c = 0; c < channels; c++) {
        int32_t sum = ${start};
        for (iy = y0; iy < y1; iy++)
          for (ix = x0; ix < x1; ix++) {
            const int32_t code = @${x.name}(x, (iy * width + ix) * channels + c);
            ${step('code')}
          }
        @${put.name}(y, at++, @clamp(${finish}, l->least, l->most));
      }
    }
}`,
    needs: [x, put, CLAMP],
  };
}

/** Channel (dy * block + dx) * channels + c of a position becomes channel c of position (dy, dx) of its block. */
export function depthToSpace(from: number, bits: number): Fragment {
  const [x, put] = [activationCode(from), store(bits)];
  const name = `depth_to_space_x${from}_y${bits}`;
  return {
    name,
    text: `static void @${name}(const uint8_t *x, uint8_t *y, const @window *l) {
  const int32_t block = l->kernel_height, channels = l->out_channels;
  int32_t oy, ox, c, at = 0;
  for (oy = 0; oy < l->out_height; oy++)
    for (ox = 0; ox < l->out_width; ox++) {
      const int32_t i = ((oy / block) * l->in_width + ox / block) * l->in_channels +
                        ((oy % block) * block + ox % block) * channels;
      for (c = 0; c < channels; c++) @${put.name}(y, at++, @${x.name}(x, i + c));
    }
}`,
    needs: [x, put],
  };
}

/** Both inputs on twice the larger of their scales, with 20 bits more, added, and rescaled. */
export function addition(first: number, second: number, bits: number): Fragment {
  const [a, b, put] = [activationCode(first), activationCode(second), store(bits)];
  const name = `add_a${first}_b${second}_y${bits}`;
  return {
    name,
    text: `static void @${name}(const uint8_t *a, const uint8_t *b, uint8_t *y, const @addition *l) {
  const int32_t zero = l->zero_out;
  int32_t i;
  for (i = 0; i < l->count; i++) {
    const int32_t left = (@${a.name}(a, i) - l->zero_a) * ${2 ** LEFT_SHIFT};
    const int32_t right = (@${b.name}(b, i) - l->zero_b) * ${2 ** LEFT_SHIFT};
    const int32_t sum = @rescale(left, l->multiplier_a, l->shift_a) + @rescale(right, l->multiplier_b, l->shift_b);
    @${put.name}(y, i, @clamp(@rescale(sum, l->multiplier, l->shift), l->least - zero, l->most - zero) + zero);
  }
}`,
    needs: [a, b, put, RESCALE, CLAMP],
  };
}

/** Every fragment once, after what it needs. */
export function inOrder(used: readonly Fragment[]): Fragment[] {
  const found = new Map<string, Fragment>();
  const take = (one: Fragment): void => {
    if (found.has(one.name)) return;
    one.needs.forEach(take);
    found.set(one.name, one);
  };
  used.forEach(take);
  return [...found.values()];
}
