/** The architecture as a Keras model in one plain file. */
import type { Architecture, Operation, PrimitiveKind } from '../../network/types.ts';
import { stringLiteral as literal } from '../../text/neutral.ts';
import { describe, head, identifiers, inputName, pair, quantisationTable } from './python.ts';

const window = (o: Operation): string => `strides=${pair(o.stride)}, padding="${o.padding}"`;
/** Keras takes either strides or dilation above 1, not both. */
const dilation = (o: Operation): string =>
  o.dilation.height * o.dilation.width > 1 ? `, dilation_rate=${pair(o.dilation)}` : '';
const pooled =
  (layer: string) =>
  (o: Operation, name: string, [x]: readonly string[]): string =>
    `layers.${layer}(${pair(o.kernel)}, ${window(o)}, name=${literal(name)})(${x!})`;

type Writer = (o: Operation, name: string, inputs: readonly string[]) => string;

const WRITERS: Readonly<Record<PrimitiveKind, Writer>> = {
  conv: (o, name, [x]) =>
    `layers.Conv2D(${o.outChannels}, ${pair(o.kernel)}, ${window(o)}${dilation(o)}, name=${literal(name)})(${x!})`,
  depthwise: (o, name, [x]) =>
    `layers.DepthwiseConv2D(${pair(o.kernel)}, ${window(o)}${dilation(o)}, depth_multiplier=${o.factor}, name=${literal(name)})(${x!})`,
  // A map of one pixel: a dense layer acts on its channels.
  dense: (o, name, [x]) => `layers.Dense(${o.outChannels}, name=${literal(name)})(${x!})`,
  flatten: (o, name, [x]) => `layers.Reshape((1, 1, ${o.outChannels}), name=${literal(name)})(${x!})`,
  add: (_, name, [a, b]) => `layers.Add(name=${literal(name)})([${a!}, ${b!}])`,
  'max-pool': pooled('MaxPooling2D'),
  'average-pool': pooled('AveragePooling2D'),
  'global-average-pool': (_, name, [x]) => `layers.GlobalAveragePooling2D(keepdims=True, name=${literal(name)})(${x!})`,
  'depth-to-space': (o, name, [x]) => {
    const {
      inSize: { height, width },
      outChannels,
      outSize,
      factor: f,
    } = o;
    const blocks = `layers.Reshape((${height}, ${width}, ${f}, ${f}, ${outChannels}))(${x!})`;
    return `layers.Reshape((${outSize.height}, ${outSize.width}, ${outChannels}), name=${literal(name)})(layers.Permute((1, 3, 2, 4, 5))(${blocks}))`;
  },
};

const ACTIVATIONS = {
  none: (x: string): string => x,
  relu: (x: string): string => `layers.ReLU()(${x})`,
  relu6: (x: string): string => `layers.ReLU(max_value=6.0)(${x})`,
};

/** Throws Error naming the layer that Keras cannot express. */
function check({ id, kind, stride, dilation: d }: Operation): void {
  const strided = stride.height * stride.width > 1,
    dilated = d.height * d.width > 1;
  if (strided && dilated) throw new Error(`${id}: Keras has no convolution with both strides and dilation`);
  if (kind === 'depthwise' && stride.height !== stride.width)
    throw new Error(`${id}: Keras has no depthwise convolution with unequal strides`);
}

/** Source of a function \`build\`. Run as a script it prints the model's summary. */
export function kerasSource(architecture: Architecture, title: string): string {
  const { operations, input } = architecture;
  operations.forEach(check);
  const names = identifiers(architecture);
  const weighted = operations.flatMap((o, i) =>
    o.kind === 'conv' || o.kind === 'depthwise' || o.kind === 'dense' ? [[o, names[i]!] as const] : [],
  );
  const steps = operations.flatMap((o, i) => {
    const name = names[i]!,
      v = `v_${name}`;
    const norm = o.batchNorm
      ? [`    if not folded:`, `        ${v} = layers.BatchNormalization(name=${literal(`${name}_norm`)})(${v})`]
      : [];
    const activation = o.activation === 'none' ? [] : [`    ${v} = ${ACTIVATIONS[o.activation](v)}`];
    return [
      `    ${v} = ${WRITERS[o.kind](
        o,
        name,
        o.inputs.map((at) => inputName(names, at)),
      )}  # ${describe(o)}`,
      ...norm,
      ...activation,
    ];
  });
  const last = operations.at(-1),
    result = inputName(names, operations.length - 1);
  return `${head(title)}
import keras
from keras import layers

${quantisationTable(architecture).join('\n')}

# Layer of each weighted operation.
LAYERS = {
${weighted.map(([{ id }, name]) => `    ${literal(id)}: ${literal(name)},`).join('\n')}
}


def build(folded=False):
    """Input: (N, ${input.height}, ${input.width}, ${input.channels}), normalised. \`folded\` leaves batch normalisation out, for weights that contain it."""
    x = keras.Input((${input.height}, ${input.width}, ${input.channels}))
    inputs = x
${steps.join('\n')}
    outputs = ${last && last.outSize.height * last.outSize.width === 1 ? `layers.Flatten()(${result})` : result}
    return keras.Model(inputs, outputs, name=${literal(architecture.name.replace(/[^A-Za-z0-9_.\\/>-]/g, '_'))})


def load(path):
    """The network with the float weights of UDC's safetensors export (needs the package safetensors)."""
    from safetensors.numpy import load_file

    tensors = load_file(path)
    model = build(folded=True)
    for operation, name in LAYERS.items():
        layer = model.get_layer(name)
        kernel = layer.get_weights()[0]
        weight = tensors[operation + ".weight"]  # output channels, height, width, input channels
        if kernel.ndim == 2:
            weight = weight.reshape(weight.shape[0], -1).T
        elif isinstance(layer, layers.DepthwiseConv2D):
            weight = weight.transpose(1, 2, 0, 3).reshape(kernel.shape)
        else:
            weight = weight.transpose(1, 2, 3, 0)
        layer.set_weights([weight, tensors[operation + ".bias"]])
    return model


if __name__ == "__main__":
    build().summary()
`;
}
