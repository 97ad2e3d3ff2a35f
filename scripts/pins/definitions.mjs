// A dozen small searches for scripts/pins.mjs: every operator, both tasks, several targets, weights to start from.
const head = ({ input, task = 'classification', target, dataset, training = '' }) => `udc: 1
name: pin
task: ${task}
input: ${input}
dataset: { format: ${dataset}, validation: 0.2 }
target: { ${target} }
training: { warmup: 1, search: 1, race: 4, sparsify: 1, settle: 1, batch: 16${training} }
`;
const SHAPES = { input: '16x16x1', dataset: 'generated, generator: shapes, samples: 160, seed: 3' };
const TONES = { input: '32x16x1', dataset: 'generated, generator: tones, samples: 160, seed: 5' };
const SEARCH = 'search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 | 0.75 }\n';
const LAYERS = (lines) => `${SEARCH}layers:\n${lines.map((line) => `  - { ${line} }\n`).join('')}`;
const POOL = 'name: pool, op: global-average-pool';
const logits = (units) => `name: logits, op: dense, units: ${units}`;

/** Each: name, definition, and what `udc search` gets beside it. */
export const PINS = [
  {
    name: 'plain',
    text:
      head({ ...TONES, target: 'npu: ethos-u55-128, weights: 2 KiB' }) +
      LAYERS(['name: a, op: conv, kernel: 3x3 | 5x5, stride: 2, filters: 8 | 16', POOL, logits(6)]),
  },
  {
    name: 'separable',
    text:
      head({ ...TONES, target: 'npu: ethos-u65-256, weights: 3 KiB, activations: 16 KiB' }) +
      LAYERS([
        'name: a, op: conv, kernel: 3, stride: 2, filters: 8 | 16',
        'name: b, op: dsconv | ibn | skip, kernel: 3 | 5, filters: 8 | 16, expand: 2 | 3',
        'name: c, op: dwconv, kernel: 3',
        'name: d, op: pwconv, filters: 8 | 24',
        POOL,
        logits(6),
      ]),
  },
  {
    name: 'residual',
    text:
      head({ ...SHAPES, target: 'npu: ethos-u85-256, weights: 4 KiB' }) +
      LAYERS([
        'name: a, op: conv, kernel: 3, stride: 2, filters: 8',
        'name: b, op: residual | conv, kernel: 3, filters: 8',
        'name: c, op: fused-ibn, kernel: 3, stride: 2, filters: 8 | 16, expand: 2',
        POOL,
        logits(6),
      ]),
  },
  {
    name: 'pools',
    text:
      head({ ...SHAPES, target: 'npu: stm32n6, weights: 6 KiB' }) +
      LAYERS([
        'name: a, op: conv, kernel: 3, filters: 4 | 8',
        'name: m, op: max-pool, kernel: 2, stride: 2',
        'name: b, op: conv, kernel: 3, stride: 2, filters: 8',
        'name: v, op: average-pool, kernel: 2, stride: 2',
        'name: f, op: flatten',
        'name: h, op: dense, units: 8 | 16',
        logits(6),
      ]),
  },
  {
    name: 'added',
    text:
      head({ ...TONES, target: 'npu: max78000, weights: 8 KiB' }) +
      LAYERS([
        'name: a, op: conv, kernel: 3, filters: 8',
        'name: b, op: conv, kernel: 3, filters: 8',
        'name: s, op: add, from: a',
        'name: m, op: max-pool, kernel: 2, stride: 2',
        POOL,
        logits(6),
      ]),
  },
  {
    name: 'generic',
    text:
      head({ ...TONES, target: 'npu: generic-npu, weights: 1 KiB', training: ', exploration: 0.9' }) +
      LAYERS(['name: a, op: dsconv, kernel: 3, stride: 2, filters: 4 | 8 | 12', POOL, logits(6)]),
  },
  {
    name: 'fixed',
    text:
      head({ ...TONES, target: 'npu: ethos-u55-64, weights: 4 KiB' }) +
      'layers:\n  - { name: a, op: conv, kernel: 3, stride: 2, filters: 8, bits: 4, sparsity: 0.5 }\n' +
      `  - { ${POOL} }\n  - { ${logits(6)}, bits: 8 }\n`,
  },
  {
    name: 'no-settle',
    text:
      head({ ...TONES, target: 'npu: ethos-u55-128, weights: 2 KiB' }).replace('settle: 1', 'settle: 0') +
      LAYERS(['name: a, op: conv, kernel: 3, stride: 2, filters: 8 | 16', POOL, logits(6)]),
  },
  {
    name: 'no-training-after',
    text:
      head({ ...TONES, target: 'npu: ethos-u55-128, weights: 2 KiB' })
        .replace('settle: 1', 'settle: 0')
        .replace('sparsify: 1', 'sparsify: 0') +
      LAYERS(['name: a, op: conv, kernel: 3, stride: 2, filters: 8 | 16', POOL, logits(6)]),
  },
  {
    name: 'baselines',
    arguments: ['--seed', '5'],
    text:
      head({ ...TONES, target: 'npu: ethos-u55-32, weights: 2 KiB' }) +
      LAYERS(['name: a, op: conv, kernel: 3 | 5, stride: 2, filters: 8 | 16', POOL, logits(6)]),
  },
  {
    name: 'tight-memory',
    text:
      head({ ...SHAPES, target: 'npu: ethos-u55-256, weights: 3 KiB, activations: 12 KiB' }) +
      LAYERS([
        'name: a, op: conv | dsconv, kernel: 3, filters: 4 | 8 | 16',
        'name: b, op: conv | skip, kernel: 3, stride: 1, filters: 8 | 16',
        POOL,
        logits(6),
      ]),
  },
  {
    name: 'super-resolution',
    pairs: true,
    text:
      head({
        input: '8x8x1',
        task: 'super-resolution',
        dataset: 'npy, path: pairs',
        target: 'npu: ethos-u55-128, weights: 2 KiB',
      }) +
      LAYERS([
        'name: a, op: conv, kernel: 3 | 5, filters: 8 | 16',
        'name: b, op: conv, kernel: 3, filters: 4',
        'name: up, op: upsample, factor: 2',
      ]),
  },
];
