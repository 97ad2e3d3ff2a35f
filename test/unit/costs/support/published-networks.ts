/** Published networks as definitions: check values for parameters, MACs and memory. */
import { instantiate } from '../../../../src/network/architecture.ts';
import type { Architecture } from '../../../../src/network/types.ts';
import { definition, networkOf } from './random-networks.ts';

function build(input: string, layers: readonly string[]): Architecture {
  return instantiate(networkOf(definition(layers.map((layer) => `  - { ${layer} }`).join('\n'), { input })), []);
}

/** ResNet-8 of MLPerf Tiny (CIFAR-10). */
export const resnet8 = (): Architecture =>
  build('32x32x3', [
    'name: stem, op: conv, kernel: 3x3, filters: 16',
    'name: a, op: residual, kernel: 3x3, filters: 16',
    'name: b, op: residual, kernel: 3x3, filters: 32, stride: 2',
    'name: c, op: residual, kernel: 3x3, filters: 64, stride: 2',
    'name: pool, op: global-average-pool',
    'name: logits, op: dense, units: 10',
  ]);

/** DS-CNN of MLPerf Tiny (keyword spotting). */
export const dscnn = (): Architecture =>
  build('49x10x1', [
    'name: stem, op: conv, kernel: 10x4, stride: 2, filters: 64',
    ...[1, 2, 3, 4].map((i) => `name: b${i}, op: dsconv, kernel: 3x3, filters: 64`),
    'name: pool, op: global-average-pool',
    'name: logits, op: dense, units: 12',
  ]);

/** MobileNetV2 with the given channels of its stem, its seven stages and its head. */
export function mobilenetV2(size: number, stem: number, stages: readonly number[], head = 1280): Architecture {
  const repeats = [1, 2, 3, 4, 3, 3, 1];
  const strides = [1, 2, 2, 2, 1, 2, 1];
  const layers = [
    `name: stem, op: conv, kernel: 3x3, stride: 2, filters: ${stem}`,
    `name: s0, op: dsconv, kernel: 3x3, filters: ${stages[0]}`,
  ];
  for (let stage = 1; stage < 7; stage++) {
    for (let i = 0; i < repeats[stage]!; i++) {
      const shortcut = i > 0 ? ', shortcut: identity' : '';
      layers.push(
        `name: s${stage}b${i}, op: ibn, kernel: 3x3, expand: 6, filters: ${stages[stage]}, stride: ${i === 0 ? strides[stage] : 1}${shortcut}`,
      );
    }
  }
  layers.push(
    `name: head, op: pwconv, filters: ${head}`,
    'name: pool, op: global-average-pool',
    'name: logits, op: dense, units: 1000',
  );
  return build(`${size}x${size}x3`, layers);
}
