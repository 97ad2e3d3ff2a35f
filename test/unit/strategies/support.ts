/** Small definitions and images for the tests of the search, and whole runs of it. */
import assert from 'node:assert/strict';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { channelNormalisation } from '../../../src/data/preparation/channel-normalisation.ts';
import { HeldSource } from '../../../src/data/sources/held-source.ts';
import { IndexedSplit } from '../../../src/data/split.ts';
import type { Dataset } from '../../../src/data/dataset.ts';
import type { Network } from '../../../src/network/types.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import { SearchSession } from '../../../src/strategies/session/search-session.ts';
import { strategyOf } from '../../../src/strategies/strategy-table.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import type { RunResult, UnnumberedEvent } from '../../../src/wire/run.ts';
import { NAMED, openForTests } from '../devices/open.ts';

/** The backend of the search tests: `wasm`, or what UDC_TEST_BACKEND names. */
export const openTestBackend = (): Promise<unknown> => openForTests(NAMED ?? 'wasm');

const HEAD = `udc: 1
name: small
task: classification
input: 12x12x1
dataset: { format: generated, generator: shapes, samples: 200, seed: 1 }
target: { npu: ethos-u55-128 }
`;

/** The network of a definition whose body (layers, training, search) is given. */
export function networkOf(body: string, head = HEAD): Network {
  const { network, diagnostics } = parseDefinition(`${head}${body}`);
  assert.ok(network, diagnostics.map((d) => `${d.line}:${d.column} ${d.message}`).join('\n'));
  return network;
}

/** 12×12 images of four classes: a bright quadrant in noise. */
export function randomImages(count: number, seed: number): { images: Float32Array; labels: Int32Array } {
  const random = new SeededRandom(seed);
  const labels = Int32Array.from({ length: count }, () => random.integer(4));
  const images = new Float32Array(count * 144);
  labels.forEach((label, n) => {
    for (let y = 0; y < 12; y++) {
      for (let x = 0; x < 12; x++) {
        const bright = (y >= 6 ? 1 : 0) * 2 + (x >= 6 ? 1 : 0) === label;
        images[n * 144 + y * 12 + x] = (bright ? 1.5 : 0) + random.normal();
      }
    }
  });
  return { images, labels };
}

const PLAIN = channelNormalisation({ mean: [0], std: [1] });

/** A data set of `randomImages`. */
export function quadrants(counts: Readonly<Record<'train' | 'validation' | 'test', number>>): Dataset {
  const shape = { height: 12, width: 12, channels: 1 };
  const split = (name: keyof typeof counts, seed: number): IndexedSplit => {
    const { images, labels } = randomImages(counts[name], seed);
    return new IndexedSplit(
      { samples: new HeldSource(name, shape, images), labels },
      Int32Array.from({ length: counts[name] }, (_, i) => i),
      PLAIN,
    );
  };
  return {
    task: 'classification',
    train: split('train', 1),
    validation: split('validation', 2),
    test: split('test', 3),
    inputShape: shape,
    classes: 4,
    preparation: PLAIN,
    close: () => Promise.resolve(),
  };
}

export interface Outcome {
  /** Files of weights, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly events: UnnumberedEvent[];
  readonly result: RunResult;
}

/**
 * Runs to the end; aborts at the given steps, counted over the whole run, and takes the search up again from its last
 * state.
 */
export async function run(
  context: SearchContext,
  interruptions: readonly number[] = [],
  strategy = 'udc',
): Promise<Outcome> {
  const events: UnnumberedEvent[] = [];
  const files = new Map<string, Uint8Array>();
  let search = await SearchSession.create(context, strategyOf(strategy));
  let saved: { state: Uint8Array; events: number } = { state: new Uint8Array(), events: 0 };
  let steps = 0;
  const pending = [...interruptions];
  for (;;) {
    const controller = new AbortController();
    try {
      const result = await search.run({
        emit: async (event) => {
          events.push(event);
        },
        progress: () => undefined,
        keep: async (file, bytes) => {
          files.set(file, bytes);
        },
        checkpoint: async () => {
          saved = { state: await search.state(), events: events.length };
        },
        signal: new Proxy(controller.signal, {
          get(target, key) {
            // Asked once a step: abort at the chosen steps.
            if (key === 'aborted' && ++steps === pending[0]) {
              pending.shift();
              controller.abort();
            }
            const value: unknown = Reflect.get(target, key, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        }),
      });
      return { events, result, files };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
      events.length = saved.events;
      search = await SearchSession.restore(context, strategyOf(strategy), saved.state);
    }
  }
}

export { comparable } from '../../timeless.ts';
