/** `udc measure` with the real runtimes: outputs that agree, numbers that their own programs say, and refusals. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { activationMemory } from '../../src/costs/activations/activation-memory.ts';
import { parseDefinition } from '../../src/language/yaml/parse-definition.ts';
import { chooseColumns } from '../../src/measure/choose-columns.ts';
import { measureNetworks } from '../../src/measure/measure-networks.ts';
import { RUNTIMES_PYTHON } from '../../src/measure/python-program.ts';
import { RUNTIMES } from '../../src/measure/runtime-table.ts';
import { finishOf } from '../../src/measure/subject/file-form.ts';
import { randomSubject } from '../../src/measure/subject/random-subject.ts';
import { subjectOf, type Subject } from '../../src/measure/subject/subject.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { readTflite } from '../../src/formats/tflite/read-tflite.ts';
import type { Measurement } from '../../src/wire/measurements.ts';
import { hasCompiler } from '../unit/formats/c/c-compiler.ts';
import { scratchFolder } from '../scratch.ts';
import { PUBLISHED_MODELS } from './networks.ts';
import { writeBytes } from './tools.ts';

const EXAMPLES = ['quickstart/udc-quickstart', 'kws-dscnn/kws-dscnn', 'resnet8/resnet8'];

const example = (file: string): Subject => {
  const { definition, network } = parseDefinition(readFileSync(`examples/${file}.udc.yaml`, 'utf8'));
  return randomSubject(definition!.name, network!);
};

const published = (): readonly Subject[] =>
  PUBLISHED_MODELS.map(({ name, file }) => {
    const bytes = readFileSync(file);
    const model = readTflite(bytes);
    return subjectOf({ name, network: model.network, weights: 'file', file: { bytes, finish: finishOf(model)! } });
  });

const OPTIONS = {
  environment: { ...process.env, [RUNTIMES_PYTHON]: process.env['UDC_INTEROP_PYTHON'] },
  seconds: 0.05,
};

/** Of each network the cells by column, `runtime device`. */
async function measured(
  subjects: readonly Subject[],
  runtimes: readonly string[],
  devices?: readonly string[],
): Promise<readonly Readonly<Record<string, Measurement>>[]> {
  const { networks } = await measureNetworks(subjects, chooseColumns(RUNTIMES, runtimes, devices), OPTIONS);
  return networks.map(({ cells }) =>
    Object.fromEntries(cells.map((cell) => [`${cell.runtime} ${cell.device}`, cell] as const)),
  );
}

/** TFLite Micro is there for Linux on x86-64. */
const COMPUTING = [
  ...['litert', 'onnxruntime', 'openvino'],
  ...(process.platform === 'linux' && process.arch === 'x64' ? ['tflite-micro'] : []),
];

const reasons = (cells: Readonly<Record<string, Measurement>>): readonly (string | undefined)[] =>
  Object.values(cells).map(({ reason }) => reason);

describe('runtimes that compute', () => {
  it('agree with the integer evaluation and have a time', async function () {
    const subjects = [...EXAMPLES.map(example), ...published()];
    const rows = await measured(subjects, [...COMPUTING, ...(hasCompiler('cc') ? ['c'] : [])]);
    rows.forEach((cells, i) => {
      assert.deepEqual(
        reasons(cells).filter((reason) => reason !== undefined),
        [],
        subjects[i]!.name,
      );
      for (const { mark, seconds, agreement, version } of Object.values(cells)) {
        assert.equal(mark, 'measured');
        assert.ok(version && seconds && seconds.median > 0 && seconds.p90! >= seconds.median && seconds.runs! >= 10);
        assert.equal(agreement!.samples, 4);
      }
      // Without the pointers of a 64-bit computer it would be less; less than the maps alone it is not.
      const arena = cells['tflite-micro reference']?.memory?.arenaBytes;
      const { peakBytes } = activationMemory(subjects[i]!.network.architecture, findTarget('mcu-512k-2m'));
      if (COMPUTING.includes('tflite-micro')) assert.ok(arena! >= peakBytes, `${arena} B of ${peakBytes} B`);
      assert.deepEqual(cells['litert reference']!.agreement, { samples: 4, equal: 1, most: 0 }, subjects[i]!.name);
    });
  });

  it('are not believed where they run another network', async () => {
    const [first, second] = [example(EXAMPLES[0]!), example(EXAMPLES[0]!)];
    // The samples' answers of a network whose biases were changed.
    const changed = first.network.operations.map((one, i) =>
      i === first.network.operations.findLastIndex(({ weights }) => weights)
        ? { ...one, weights: { ...one.weights!, biases: one.weights!.biases.map((bias, o) => bias + 4000 * (o % 3)) } }
        : one,
    );
    const other = subjectOf({ name: 'other', network: { ...first.network, operations: changed }, weights: 'random' });
    const mixed: Subject = { ...second, tflite: other.tflite, onnx: other.onnx };
    const [cells] = await measured([mixed], ['litert', 'onnxruntime']);
    for (const { mark, seconds, reason } of Object.values(cells!)) {
      assert.equal(mark, 'unknown');
      assert.equal(seconds, undefined);
      assert.match(reason!, /its outputs are not those of the network/);
    }
  });

  it('say what is missing in another Python', async () => {
    const columns = chooseColumns(RUNTIMES, ['openvino']);
    const environment = { ...process.env, [RUNTIMES_PYTHON]: '/nowhere/python' };
    const { networks } = await measureNetworks([example(EXAMPLES[0]!)], columns, { ...OPTIONS, environment });
    assert.match(networks[0]!.cells[0]!.reason!, /nowhere.python has no package openvino .*npm run setup:runtimes/);
  });
});

/** What `vela` writes into its summary of a network. @param device accelerator, or accelerator+system+mode */
async function velaSummary(
  file: Uint8Array,
  device: string,
): Promise<{ readonly cycles: number; readonly seconds: number; readonly sramBytes: number }> {
  const folder = scratchFolder('vela-summary');
  writeBytes(join(folder, 'network.tflite'), file);
  const [accelerator, system, mode] = device.split('+');
  const preset = system === undefined ? [] : ['--config', 'Arm/vela.ini', '--system-config', system];
  const args = ['--accelerator-config', accelerator!, '--output-dir', folder, ...preset];
  await promisify(execFile)(
    process.env['UDC_INTEROP_PYTHON']!,
    ['-m', 'ethosu.vela', 'network.tflite', ...args, ...(mode === undefined ? [] : ['--memory-mode', mode])],
    { cwd: folder },
  );
  const summary = readdirSync(folder).find((name) => /_summary_.*\.csv$/.test(name))!;
  const [titles, row] = readFileSync(join(folder, summary), 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  const value = (title: string): number => Number(row![titles!.indexOf(title)]);
  return {
    cycles: value('cycles_total'),
    seconds: value('inference_time'),
    sramBytes: Math.round(1024 * value('sram_memory_used')),
  };
}

describe('Vela in a process', () => {
  it('says the cycles that its command line writes, for each family and preset', async () => {
    const devices = ['ethos-u55-128', 'ethos-u55-64+Ethos_U55_Deep_Embedded+Shared_Sram', 'ethos-u65-512'];
    const more = [
      'ethos-u85-256',
      'ethos-u85-1024+Ethos_U85_SYS_Flash_Low+Shared_Sram',
      'ethos-u65-256+Ethos_U65_High_End+Dedicated_Sram',
    ];
    const subjects = EXAMPLES.map(example);
    const rows = await measured(subjects, ['vela'], [...devices, ...more]);
    for (const [i, cells] of rows.entries())
      for (const { device, work, seconds, memory, layers, reason } of Object.values(cells)) {
        assert.equal(reason, undefined);
        const said = await velaSummary(subjects[i]!.tflite(), device);
        assert.equal(work!.count, said.cycles, device);
        assert.ok(Math.abs(seconds!.median - said.seconds) < 1e-9 + 1e-6 * said.seconds, device);
        assert.equal(memory!.arenaBytes, said.sramBytes, device);
        assert.ok(layers!.length > 0 && layers!.every(({ share }) => share > 0 && share <= 1));
      }
  });
});

describe('Cortex-M, emulated', () => {
  it('counts the same instructions twice', async function () {
    if (!hasCompiler('arm-none-eabi-gcc') || !hasCompiler('qemu-system-arm')) this.skip();
    const twice = await measured([example(EXAMPLES[0]!), example(EXAMPLES[0]!)], ['cortex-m']);
    assert.deepEqual(
      twice.map((cells) => reasons(cells)),
      [
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
    assert.deepEqual(twice[0], twice[1]);
    for (const { work, seconds, mark } of Object.values(twice[0]!)) {
      assert.deepEqual([work!.unit, mark, seconds], ['instructions', 'simulated', undefined]);
      assert.ok(work!.count > 1e5);
    }
  });
});
