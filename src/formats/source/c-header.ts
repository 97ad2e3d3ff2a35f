/** The network as a C header: weights as the target stores them, biases, rescaling, and a table of layers. */
import type { IntegerNetwork, IntegerOperation, Quantisation } from '../../integer/integer-network.ts';
import { weightTensor } from '../../integer/quantise-network.ts';
import { encodeWeights } from '../../costs/weights/stored-size.ts';
import type { Target } from '../../targets/find-target.ts';
import type { PrimitiveKind } from '../../network/types.ts';
import { cComment, cString, identifier } from '../../text/neutral.ts';

const KINDS: Readonly<Record<PrimitiveKind, string>> = {
  conv: 'CONV',
  depthwise: 'DEPTHWISE',
  dense: 'DENSE',
  'max-pool': 'MAX_POOL',
  'average-pool': 'AVERAGE_POOL',
  'global-average-pool': 'GLOBAL_AVERAGE_POOL',
  add: 'ADD',
  'depth-to-space': 'DEPTH_TO_SPACE',
  flatten: 'FLATTEN',
};

const FORMATS: Readonly<Record<Target['format'], string>> = {
  mlw: 'Ethos-U weight streams in the order of the NPU (one after another for several cores)',
  packed: 'codes packed at their bitwidth, row-major OHWI',
  bitmask: 'a bit per weight that is not zero, then the codes of those',
  entropy: 'one byte per weight, row-major OHWI',
  raw: 'one byte per weight, row-major OHWI',
};

const PER_LINE = 20;

function array(
  type: string,
  name: string,
  values: ArrayLike<number>,
  show: (value: number) => string = String,
): string {
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += PER_LINE)
    lines.push(
      `  ${Array.from({ length: Math.min(PER_LINE, values.length - i) }, (_, k) => show(values[i + k]!)).join(', ')},`,
    );
  return `static const ${type} ${name}[${values.length}] = {\n${lines.join('\n')}\n};`;
}

const TYPES = `typedef enum {
${Object.values(KINDS)
  .map((kind) => `  UDC_${kind}`)
  .join(',\n')}
} udc_kind;

/* One operation. Inputs are indices of operations, -1 is the network's input, -2 says that there is none.
   Real value of a weight: code * steps[output channel]; of an activation: scale * (code - zero_point).
   Output code: clamp((accumulator + bias) * multiplier * 2^(shift - 31) + zero_point). */
typedef struct {
  const char *name;
  udc_kind kind;
  int32_t inputs[2];
  uint16_t kernel[2], stride[2], dilation[2], padding_same, factor;
  uint16_t input_size[3], output_size[3]; /* height, width, channels */
  uint8_t bits;
  float sparsity, scale;
  int32_t zero_point, clamp[2];
  const uint8_t *weights;
  uint32_t weight_bytes;
  const float *steps;
  const int32_t *biases, *multipliers, *shifts;
} udc_operation;`;

function entry(one: IntegerOperation, prefix: string, index: number, bytes: number): string {
  const { operation: o, output, clamp, weights } = one;
  const of = (what: string): string => (weights ? `${prefix}_${what}_${index}` : '0');
  const size = ({ height, width }: { height: number; width: number }, channels?: number): string =>
    `{${height}, ${width}${channels === undefined ? '' : `, ${channels}`}}`;
  return `  {${[
    cString(o.id),
    `UDC_${KINDS[o.kind]}`,
    `{${o.inputs[0] ?? -2}, ${o.inputs[1] ?? -2}}`,
    size(o.kernel),
    size(o.stride),
    size(o.dilation),
    o.padding === 'same' ? 1 : 0,
    o.factor,
    size(o.inSize, o.inChannels),
    size(o.outSize, o.outChannels),
    o.bits,
    `${float(o.sparsity)}`,
    float(output.scale),
    output.zeroPoint,
    `{${clamp.min}, ${clamp.max}}`,
    of('weights'),
    bytes,
    of('steps'),
    of('biases'),
    of('multipliers'),
    of('shifts'),
  ].join(', ')}},`;
}

/** A float literal that reads back as the same float32. */
function float(value: number): string {
  const text = String(Math.fround(value));
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

const grid = (name: string, { scale, zeroPoint }: Quantisation): string =>
  `#define ${name}_INPUT_SCALE ${float(scale)}\n#define ${name}_INPUT_ZERO_POINT (${zeroPoint})`;

/**
 * A self-contained C99 header. Weights are in the target's format; on an Ethos-U the streams of uncut layers.
 * Throws RangeError naming the operation whose weights the target cannot store.
 */
export function cHeader(network: IntegerNetwork, target: Target, title: string): string {
  const { architecture, operations, input } = network;
  const prefix = `udc_${identifier(architecture.name).toLowerCase()}`,
    upper = prefix.toUpperCase();
  const arrays: string[] = [],
    entries: string[] = [];
  operations.forEach((one, index) => {
    const { operation, weights } = one;
    if (!weights) {
      entries.push(entry(one, prefix, index, 0));
      return;
    }
    let bytes: Uint8Array;
    try {
      bytes = encodeWeights(target, weightTensor(operation, weights.codes)!).bytes;
    } catch (error) {
      throw new RangeError(`${operation.id}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    arrays.push(
      `/* ${cComment(operation.id)} */`,
      array('uint8_t', `${prefix}_weights_${index}`, bytes),
      array('float', `${prefix}_steps_${index}`, weights.steps, float),
      array('int32_t', `${prefix}_biases_${index}`, weights.biases),
      array('int32_t', `${prefix}_multipliers_${index}`, weights.multipliers),
      array('int32_t', `${prefix}_shifts_${index}`, weights.shifts),
      '',
    );
    entries.push(entry(one, prefix, index, bytes.length));
  });
  return `/* ${cComment(title)}
   Weights for ${cComment(target.title)}: ${FORMATS[target.format]}. */
#ifndef ${upper}_H
#define ${upper}_H

#include <stdint.h>

#ifndef UDC_OPERATION_TYPES
#define UDC_OPERATION_TYPES
${TYPES}
#endif

${grid(upper, input)}
#define ${upper}_OPERATIONS ${operations.length}

${arrays.join('\n')}
static const udc_operation ${prefix}_operations[${upper}_OPERATIONS] = {
${entries.join('\n')}
};

#endif
`;
}
