/** The architecture as a PyTorch module in one plain file. */
import { paddingBefore } from '../../integer/window-geometry.ts';
import type { Architecture, Operation, PrimitiveKind } from '../../network/types.ts';
import { stringLiteral as literal } from '../../text/neutral.ts';
import { describe, head, identifiers, inputName, pair, quantisationTable } from './python.ts';

const HELPERS = `
def pad_same(x, kernel, stride, dilation, value=0.0):
    """Pads height and width as TensorFlow's "same" does: the odd row and column come after."""
    sides = []
    for size, k, s, d in zip(x.shape[-2:], kernel, stride, dilation):
        total = max(0, (-(-size // s) - 1) * s + (k - 1) * d + 1 - size)
        sides.insert(0, (total // 2, total - total // 2))
    (left, right), (top, bottom) = sides
    return F.pad(x, (left, right, top, bottom), value=value)


def average_pool_same(x, kernel, stride):
    """Average over the part of each window that lies inside."""
    inside = pad_same(torch.ones_like(x[:1, :1]), kernel, stride, (1, 1))
    return F.avg_pool2d(pad_same(x, kernel, stride, (1, 1)), kernel, stride) / F.avg_pool2d(inside, kernel, stride)


def depth_to_space(x, block):
    """Channel (dy * block + dx) * C + c becomes channel c of pixel (dy, dx)."""
    n, channels, height, width = x.shape
    x = x.reshape(n, block, block, channels // block**2, height, width)
    return x.permute(0, 3, 4, 1, 5, 2).reshape(n, channels // block**2, height * block, width * block)
`;

/** Does explicit padding have to be added before the operator? */
function padded(o: Operation): boolean {
  if (o.padding === 'valid') return false;
  const { top, left } = paddingBefore(o);
  const total = (size: number, out: number, k: number, s: number, d: number): number =>
    Math.max(0, (out - 1) * s + (k - 1) * d + 1 - size);
  return (
    top + left > 0 ||
    total(o.inSize.height, o.outSize.height, o.kernel.height, o.stride.height, o.dilation.height) +
      total(o.inSize.width, o.outSize.width, o.kernel.width, o.stride.width, o.dilation.width) >
      0
  );
}

const same = (o: Operation, value: string, fill = ''): string =>
  padded(o) ? `pad_same(${value}, ${pair(o.kernel)}, ${pair(o.stride)}, ${pair(o.dilation)}${fill})` : value;

interface Writer {
  module?(o: Operation): string;
  call(o: Operation, name: string, inputs: readonly string[]): string;
}

const conv: Writer = {
  module: (o) =>
    `nn.Conv2d(${o.inChannels}, ${o.outChannels}, ${pair(o.kernel)}, stride=${pair(o.stride)}, dilation=${pair(o.dilation)}${o.kind === 'depthwise' ? `, groups=${o.inChannels}` : ''})`,
  call: (o, name, [x]) => `self.${name}(${same(o, x!)})`,
};

const WRITERS: Readonly<Record<PrimitiveKind, Writer>> = {
  conv,
  depthwise: conv,
  dense: {
    module: (o) => `nn.Linear(${o.inChannels}, ${o.outChannels})`,
    call: (_, name, [x]) => `self.${name}(${x!}.flatten(1))`,
  },
  flatten: { call: (_, __, [x]) => `${x!}.permute(0, 2, 3, 1).flatten(1)[:, :, None, None]` },
  add: { call: (_, __, [a, b]) => `${a!} + ${b!}` },
  'max-pool': {
    call: (o, _, [x]) => `F.max_pool2d(${same(o, x!, ', -torch.inf')}, ${pair(o.kernel)}, ${pair(o.stride)})`,
  },
  'average-pool': {
    call: (o, _, [x]) =>
      padded(o)
        ? `average_pool_same(${x!}, ${pair(o.kernel)}, ${pair(o.stride)})`
        : `F.avg_pool2d(${x!}, ${pair(o.kernel)}, ${pair(o.stride)})`,
  },
  'global-average-pool': { call: (_, __, [x]) => `${x!}.mean((2, 3), keepdim=True)` },
  'depth-to-space': { call: (o, _, [x]) => `depth_to_space(${x!}, ${o.factor})` },
};

const ACTIVATIONS = {
  none: (x: string): string => x,
  relu: (x: string): string => `F.relu(${x})`,
  relu6: (x: string): string => `F.relu6(${x})`,
};

/** Source of a module `Net`. Run as a script it prints the parameters and the output's shape. */
export function pytorchSource(architecture: Architecture, title: string): string {
  const { operations, input } = architecture;
  const names = identifiers(architecture);
  const modules: string[] = [],
    steps: string[] = [];
  operations.forEach((o, i) => {
    const name = names[i]!,
      { module, call } = WRITERS[o.kind];
    if (module) modules.push(`        self.${name} = ${module(o)}`);
    if (module && o.batchNorm)
      modules.push(`        self.${name}_norm = nn.Identity() if folded else nn.BatchNorm2d(${o.outChannels})`);
    const value = call(
      o,
      name,
      o.inputs.map((at) => inputName(names, at)),
    );
    const shaped = o.kind === 'dense' ? `${value}[:, :, None, None]` : value;
    steps.push(
      `        v_${name} = ${ACTIVATIONS[o.activation](module && o.batchNorm ? `self.${name}_norm(${shaped})` : shaped)}  # ${describe(o)}`,
    );
  });
  const last = operations.at(-1),
    result = inputName(names, operations.length - 1);
  return `${head(title)}
import torch
import torch.nn.functional as F
from torch import nn

${quantisationTable(architecture).join('\n')}

# Parameter prefix of each weighted operation.
MODULES = {
${operations.flatMap((o, i) => (WRITERS[o.kind].module ? [`    ${literal(o.id)}: ${literal(names[i]!)},`] : [])).join('\n')}
}

${HELPERS}

class Net(nn.Module):
    """Input: (N, ${input.channels}, ${input.height}, ${input.width}), normalised. \`folded\` leaves batch normalisation out, for weights that contain it."""

    def __init__(self, folded=False):
        super().__init__()
${modules.join('\n')}

    def forward(self, x):
${steps.join('\n')}
        return ${last && last.outSize.height * last.outSize.width === 1 ? `${result}.flatten(1)` : result}


def load(path):
    """The network with the float weights of UDC's safetensors export (needs the package safetensors)."""
    from safetensors.torch import load_file

    tensors = load_file(path)
    net = Net(folded=True)
    for operation, name in MODULES.items():
        module = getattr(net, name)
        weight = tensors[operation + ".weight"].permute(0, 3, 1, 2).reshape(module.weight.shape)
        module.weight.data.copy_(weight)
        module.bias.data.copy_(tensors[operation + ".bias"])
    return net.eval()


if __name__ == "__main__":
    net = Net().eval()
    with torch.no_grad():
        output = net(torch.zeros(1, ${input.channels}, ${input.height}, ${input.width}))
    print("parameters:", sum(p.numel() for p in Net(folded=True).parameters()))
    print("output:", tuple(output.shape))
`;
}
