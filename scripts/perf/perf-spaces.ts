/**
 * Spaces that networks are drawn from to see how far predicted cycles and memory are from the compiler's: those of the
 * examples, chains and graphs with branches as other programs write them, and MLPerf Tiny's four networks.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '../../src/base/random.ts';
import { parseDefinition } from '../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../src/network/architecture.ts';
import { parameters } from '../../src/network/operation-counts.ts';
import type { Architecture, Network } from '../../src/network/types.ts';
import { randomGraph } from '../../test/unit/network/support/random-graphs.ts';
import { randomArchitecture } from '../vela/random-network.ts';

/** The most parameters of a drawn network: encoding it for every target stays a matter of a second. */
const MOST_PARAMETERS = 300_000;
/** Draws of which each asks for smaller options, until one is small enough. */
const DRAWS = 24;
const PER_STRICTNESS = 4;

const networks = new Map<string, Network>();

/** An example by its path below the folder, without the ending. */
function example(path: string): Network {
  let network = networks.get(path);
  if (!network) {
    const file = join('examples', `${path}.udc.yaml`);
    network = parseDefinition(readFileSync(file, 'utf8')).network;
    if (!network) throw new Error(`${file} is no definition`);
    networks.set(path, network);
  }
  return network;
}

const size = ({ operations }: Architecture): number => operations.reduce((sum, one) => sum + parameters(one), 0);

/** Every option equally likely; where that is too large, the smallest of several. Throws an Error where all are. */
function drawFrom(path: string, seed: number): Architecture {
  const network = example(path);
  const random = new SeededRandom(seed);
  for (let draw = 0; draw < DRAWS; draw++) {
    const strictness = 1 + Math.floor(draw / PER_STRICTNESS);
    const assignment = network.decisions.map(({ labels }) =>
      Math.min(...Array.from({ length: strictness }, () => random.integer(labels.length))),
    );
    const architecture = instantiate(network, assignment);
    if (size(architecture) <= MOST_PARAMETERS) return architecture;
  }
  throw new Error(`${path}: no network of at most ${MOST_PARAMETERS} parameters in ${DRAWS} draws`);
}

/** One of several examples, by the seed. */
const oneOf =
  (...paths: readonly string[]) =>
  (seed: number): Architecture =>
    drawFrom(paths[seed % paths.length]!, seed);

/** The network of a seed. */
export const SPACES = {
  images: oneOf('cifar10/cifar10-vgg', 'cifar10/cifar10-residual', 'resnet8/resnet8-search', 'cifar100/cifar100'),
  'visual-words': oneOf('visual-wake-words/visual-wake-words'),
  spectrograms: oneOf('kws-dscnn/kws-dscnn-search', 'speech-commands/speech-commands', 'quickstart/udc-quickstart'),
  'super-resolution': oneOf('super-resolution/super-resolution', 'div2k/div2k-x2', 'div2k/div2k-x3', 'div2k/div2k-x4'),
  vectors: oneOf('anomaly-detection/anomaly-search', 'regression/air-quality'),
  chains: (seed: number): Architecture => randomArchitecture(seed + 20_000).architecture,
  branches: (seed: number): Architecture => instantiate(randomGraph(seed + 20_000).network, []),
} as const satisfies Readonly<Record<string, (seed: number) => Architecture>>;

export type SpaceName = keyof typeof SPACES;
export const SPACE_NAMES = Object.keys(SPACES) as readonly SpaceName[];

/** MLPerf Tiny's networks: never learned from. */
export const MLPERF: Readonly<Record<string, () => Architecture>> = Object.fromEntries(
  [
    'resnet8/resnet8',
    'kws-dscnn/kws-dscnn',
    'visual-wake-words/vww-mobilenet',
    'anomaly-detection/anomaly-autoencoder',
  ].map((path) => [
    path.split('/')[1]!,
    (): Architecture =>
      instantiate(
        example(path),
        example(path).decisions.map(() => 0),
      ),
  ]),
);
