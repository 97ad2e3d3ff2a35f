/** A weights file read with nothing beside it: the architecture that stands in it, checked, and its weights. */
import { DamagedFileError, reading } from '../base/damage.ts';
import { readSafetensors } from '../base/safetensors-file.ts';
import { boolean, count, list, number, object, oneOf, string, such, type Check } from '../base/validate.ts';
import type { Architecture, Operation, PrimitiveKind, Size2D } from '../network/types.ts';
import type { FoldedNetwork } from './integer-network.ts';
import { FORMAT, unpackFolded } from './pack-folded.ts';

const KINDS: Readonly<Record<PrimitiveKind, true>> = {
  conv: true,
  depthwise: true,
  dense: true,
  'max-pool': true,
  'average-pool': true,
  'global-average-pool': true,
  add: true,
  'depth-to-space': true,
  flatten: true,
};

const positive: Check<number> = such(
  'a whole number from 1',
  (value) => Number.isSafeInteger(value) && (value as number) >= 1,
);
const size = object<Size2D>({ height: positive, width: positive });

const operation = object<Operation>(
  {
    id: string,
    layer: number,
    layerName: string,
    kind: oneOf(Object.keys(KINDS) as PrimitiveKind[]),
    inputs: list(such<number>('an index of an operation, or -1', Number.isSafeInteger)),
    kernel: size,
    stride: size,
    dilation: size,
    padding: oneOf(['same', 'valid']),
    inChannels: positive,
    outChannels: positive,
    inSize: size,
    outSize: size,
    factor: positive,
    bits: positive,
    sparsity: number,
    batchNorm: boolean,
    activation: oneOf(['relu', 'relu6', 'none']),
  },
  {
    activationBits: such<number>(
      'a number of bits from 1 to 8',
      (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 8,
    ),
  },
);

const architecture = object<Architecture>({
  name: string,
  input: object({ height: count, width: count, channels: count }),
  operations: list(operation),
});

/** Each reads what comes before it, of the shape that it says. @throws DamagedFileError */
function checkFlow({ input, operations }: Architecture): void {
  operations.forEach(({ id, inputs, inSize, inChannels }, index) => {
    if (inputs.length === 0) throw new DamagedFileError(`operation '${id}' reads nothing`);
    for (const from of inputs) {
      const source = operations[from];
      if (from < -1 || from >= index) throw new DamagedFileError(`operation '${id}' reads operation ${from}`);
      const map = source ? { ...source.outSize, channels: source.outChannels } : input;
      if (map.height !== inSize.height || map.width !== inSize.width || map.channels !== inChannels)
        throw new DamagedFileError(`operation '${id}' reads a map of another shape than it says`);
    }
  });
}

/**
 * The network of a weights file, whatever definition it was made from: that of an import, or of a finished run.
 * @throws DamagedFileError saying what is damaged, or that it is another kind of file
 */
export function readFoldedNetwork(bytes: Uint8Array): FoldedNetwork {
  return reading('this weights file', () => {
    const { metadata } = readSafetensors(bytes);
    if (metadata['format'] !== FORMAT)
      throw new DamagedFileError(
        'not a file of weights: `udc import` writes such files, and each run keeps one in its folder (weights.safetensors)',
      );
    const found = architecture(JSON.parse(metadata['architecture'] ?? 'null'), 'architecture');
    if (found.operations.length === 0) throw new DamagedFileError('the network has no operations');
    checkFlow(found);
    return unpackFolded(bytes, found);
  });
}
