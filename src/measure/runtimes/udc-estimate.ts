/** Our own estimate of an Ethos-U's cycles: no program is asked. */
import { VERSION } from '../../base/version.ts';
import { activationMemory } from '../../costs/activations/activation-memory.ts';
import { cycleModel, estimateCycles } from '../../costs/cycles/estimate-cycles.ts';
import type { Bottleneck } from '../../costs/cycles/weight-transfers.ts';
import { onTarget } from '../../formats/network/network-target.ts';
import { addUp, sizeNetwork } from '../../integer/sizing.ts';
import { problemsOf } from '../../targets/runnable.ts';
import { clockOf, findTarget, TARGETS } from '../../targets/find-target.ts';
import { longestLayers } from '../longest-layers.ts';
import { withPresets } from '../preset-devices.ts';
import type { Device, Reading, Runtime } from '../runtime.ts';

/** Beside what Vela says of the same. */
const USUAL = ['ethos-u55-128', 'ethos-u65-256', 'ethos-u85-256'];

const WAITS: Readonly<Record<Bottleneck, string>> = {
  array: 'multiply-accumulates',
  output: 'output unit',
  maps: 'maps',
  weights: 'weights',
};

const DEVICES: readonly Device[] = TARGETS.filter((target) => cycleModel(target)).map(({ name, title }) => ({
  id: name,
  title,
  usual: USUAL.includes(name),
}));

export const estimate: Runtime = {
  id: 'estimate',
  title: 'UDC estimate',
  mark: 'estimated',
  devices: DEVICES,
  named: withPresets(DEVICES),
  available: () => Promise.resolve({ version: VERSION }),
  measure: ({ network }, { id }): Promise<Reading> => {
    const target = findTarget(id);
    const stored = onTarget(network, target);
    const { architecture } = stored;
    const problems = problemsOf(target, architecture);
    if (problems.length > 0) return Promise.resolve({ reason: `${target.name} cannot run it: ${problems[0]!}` });
    const stranger = network.operations.find(({ standsFor }) => standsFor)?.standsFor;
    if (stranger) return Promise.resolve({ reason: `the cycles of ${stranger.operator} are not known` });
    const { perOperation: sizes } = sizeNetwork(stored, target);
    const cycles = estimateCycles(
      architecture,
      target,
      sizes.map((size) => size?.weightBytes ?? 0),
    );
    const clock = clockOf(target);
    return Promise.resolve({
      ...(clock && { seconds: { median: cycles.total / clock.hz } }),
      work: { unit: 'cycles', count: cycles.total },
      memory: { arenaBytes: activationMemory(architecture, target).peakBytes, flashBytes: addUp(sizes).totalBytes },
      layers: longestLayers(
        architecture.operations.map(({ layerName }, i) => ({
          name: layerName,
          amount: cycles.perOperation[i]!,
          waits: WAITS[cycles.bottlenecks[i]!],
        })),
      ),
    });
  },
};
