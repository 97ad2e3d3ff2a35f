/**
 * The targets, each number with where it comes from. Numbers that are remembered rather than looked up are `recalled`.
 */
import { MAX78000_ARRAY, MAX78002_ARRAY } from './array/array-limits.ts';
import { NO_LIMITS, type OperatorLimits } from './operator-limits.ts';
import type { EthosEngine, Target } from './find-target.ts';
import { known, recalled } from './sourced.ts';
import { U55_SYSTEMS, U65_SYSTEMS, U85_SYSTEMS, WITH_DRAM, WITH_FLASH } from './system-presets.ts';
import { U85_ENGINES } from './u85-engine.ts';

const KIB = 1024;
const MIB = 1024 * 1024;

const VELA = 'Arm Vela compiler, architecture features';

const ALL_BITS = [2, 3, 4, 5, 6, 7, 8] as const;

const ETHOS_LIMITS: OperatorLimits = {
  missing: {},
  onProcessor: [],
  convolutionStrides: [1, 3],
  dilation: true,
  depthwiseMultiplier: false,
  maxKernelHeight: 64,
  maxKernelArea: 4096,
  maxDimension: 65535,
  averagePool: { same: 8, validHeight: 256, validArea: 65536 },
  maxPoolHeight: 256,
  maxPoolArea: 65536,
  poolStrides: [1, 3],
};

const MAX78000_LIMITS: OperatorLimits = {
  missing: { depthwise: 'has no depthwise convolutions', 'depth-to-space': 'cannot rearrange channels into pixels' },
  onProcessor: [],
  kernels: ['1x1', '3x3'],
  convolutionStrides: [1, 1],
  dilation: false,
  depthwiseMultiplier: false,
};

const AI8X = 'Analog Devices ai8x-training README: limitations of networks';
const LAID_OUT =
  "Maps, weights and biases are laid out here in one way, without streaming and data folding; the last word is ai8xize's.";

const MAX78000_BITS = [2, 4, 8] as const;
const NO_BINARY =
  '1-bit weights are not offered: the chip stores −1 and 0, networks train with −1 and 1 and 0 where pruned, and neither can stand for the other.';

const U55: Readonly<Record<32 | 64 | 128 | 256, EthosEngine>> = {
  32: {
    accelerator: 'ethos-u55-32',
    source: VELA,
    macs: 32,
    cores: 1,
    microBlock: { height: 1, width: 1, depth: 4 },
    sharedBanks: 16,
    reservedBanks: 0,
    inputGranule: 2,
    accumulatorGranule: 4,
    axiBytesPerCycle: 8,
  },
  64: {
    accelerator: 'ethos-u55-64',
    source: VELA,
    macs: 64,
    cores: 1,
    microBlock: { height: 1, width: 1, depth: 8 },
    sharedBanks: 16,
    reservedBanks: 0,
    inputGranule: 2,
    accumulatorGranule: 4,
    axiBytesPerCycle: 8,
  },
  128: {
    accelerator: 'ethos-u55-128',
    source: VELA,
    macs: 128,
    cores: 1,
    microBlock: { height: 1, width: 2, depth: 8 },
    sharedBanks: 24,
    reservedBanks: 2,
    inputGranule: 4,
    accumulatorGranule: 8,
    axiBytesPerCycle: 8,
  },
  256: {
    accelerator: 'ethos-u55-256',
    source: VELA,
    macs: 256,
    cores: 1,
    microBlock: { height: 2, width: 2, depth: 8 },
    sharedBanks: 48,
    reservedBanks: 2,
    inputGranule: 8,
    accumulatorGranule: 16,
    axiBytesPerCycle: 8,
  },
};

const U65_256: EthosEngine = { ...U55[256], accelerator: 'ethos-u65-256', axiBytesPerCycle: 16, dedicated: true };

const MLW_SIDE = known(10, 'Arm Vela compiler: 40-bit bias, 32-bit scale, 6-bit shift');
const TFLITE_SIDE = known(8, 'TFLite file: int32 bias and float32 scale');

const U85_NOTES = [
  "Sizes hold for weights in flash or DRAM, and with `--optimise Size` wherever they are. Weights in SRAM (Vela's memory mode Sram_Only) may be stored unpacked for the fast decoder.",
  'Where two of every four neighbouring input channels are zero, the engine computes at twice the rate; the weights take no less.',
];

type EthosParts = Pick<Target, 'name' | 'title' | 'engine' | 'systems'> & Partial<Target>;

function ethos(parts: EthosParts): Target {
  return {
    format: 'mlw',
    encoder: 'regor',
    exactSizes: true,
    bits: ALL_BITS,
    sideBytesPerChannel: MLW_SIDE,
    inPlaceElementwise: true,
    limits: ETHOS_LIMITS,
    notes: [],
    ...parts,
  };
}

function microcontroller(parts: Pick<Target, 'name' | 'title'> & Partial<Target>): Target {
  return {
    format: 'raw',
    exactSizes: true,
    bits: ALL_BITS,
    sideBytesPerChannel: TFLITE_SIDE,
    inPlaceElementwise: false,
    limits: NO_LIMITS,
    systems: [],
    notes: ['No NPU. Pick a packed target for kernels that read 2- and 4-bit weights.'],
    ...parts,
  };
}

const PRESET = 'common flash and SRAM pair';

const ETHOS_TARGETS: readonly Target[] = [
  ...([32, 64, 128, 256] as const).map((macs) =>
    ethos({ name: `ethos-u55-${macs}`, title: `Ethos-U55-${macs}`, engine: U55[macs], systems: U55_SYSTEMS }),
  ),
  ethos({ name: 'ethos-u65-256', title: 'Ethos-U65-256', engine: U65_256, systems: U65_SYSTEMS }),
  ethos({
    name: 'ethos-u65-512',
    title: 'Ethos-U65-512',
    engine: { ...U65_256, accelerator: 'ethos-u65-512', cores: 2 },
    systems: U65_SYSTEMS,
    notes: ['Two cores share the output channels: two weight streams, each aligned on its own.'],
  }),
  ...([128, 256, 512, 1024, 2048] as const).map((macs) =>
    ethos({
      name: `ethos-u85-${macs}`,
      title: `Ethos-U85-${macs}`,
      u85: U85_ENGINES[macs],
      systems: U85_SYSTEMS,
      engine: {
        ...U65_256,
        accelerator: `ethos-u85-${macs}`,
        source: 'Ethos-U65-256 (Arm Vela compiler) as a stand-in',
        macs,
        transposesBricks: true,
        fusesAdditions: true,
      },
      notes: U85_NOTES,
    }),
  ),
  ethos({
    name: 'corstone-300',
    title: 'Corstone-300 (Ethos-U55-128)',
    engine: U55[128],
    systems: U55_SYSTEMS,
    weightMemory: known(2 * MIB, 'Arm Corstone SSE-300: data SRAM'),
    activationMemory: known(2 * MIB, 'Arm Corstone SSE-300: SRAM'),
  }),
  ethos({
    name: 'himax-we2',
    title: 'Himax WiseEye2 HX6538 (Ethos-U55-64)',
    engine: U55[64],
    systems: [
      {
        name: 'WiseEye2',
        clockHz: known(400e6, 'Himax WiseEye2 HX6538 product brief'),
        sramBytesPerSecond: recalled(3.2e9, '64-bit bus at 400 MHz'),
        weightBytesPerSecond: known(0.05e9, 'Himax WiseEye2 examples: external flash'),
        timing: WITH_FLASH,
      },
    ],
    weightMemory: known(16 * MIB, 'Himax WiseEye2 boards: external flash'),
    activationMemory: known(900_000, 'Himax WiseEye2 examples: keep below 0.9 to 1 MB'),
  }),
  ethos({
    name: 'alif-ensemble',
    title: 'Alif Ensemble E3/E7, high-performance core (Ethos-U55-256)',
    engine: U55[256],
    systems: [
      {
        name: 'Ensemble HP',
        clockHz: known(400e6, 'Alif Ensemble data sheet'),
        sramBytesPerSecond: recalled(3.2e9, '64-bit bus at 400 MHz'),
        weightBytesPerSecond: known(0.39e9, 'Alif Ensemble: MRAM'),
        timing: WITH_FLASH,
      },
    ],
    weightMemory: known(5.5 * MIB, 'Alif Ensemble data sheet: MRAM'),
    activationMemory: known(13.5 * MIB, 'Alif Ensemble data sheet: SRAM'),
  }),
  ethos({
    name: 'alif-ensemble-he',
    title: 'Alif Ensemble E3/E7, high-efficiency core (Ethos-U55-128)',
    engine: U55[128],
    systems: [
      {
        name: 'Ensemble HE',
        clockHz: known(160e6, 'Alif Ensemble data sheet'),
        sramBytesPerSecond: recalled(1.28e9, '64-bit bus at 160 MHz'),
        weightBytesPerSecond: known(0.39e9, 'Alif Ensemble: MRAM'),
        timing: WITH_FLASH,
      },
    ],
    weightMemory: known(5.5 * MIB, 'Alif Ensemble data sheet: MRAM'),
    activationMemory: known(13.5 * MIB, 'Alif Ensemble data sheet: SRAM'),
  }),
  ethos({
    name: 'nxp-imx93',
    title: 'NXP i.MX 93 (Ethos-U65-256)',
    engine: U65_256,
    encoder: 'classic',
    limits: { ...ETHOS_LIMITS, onProcessor: ['depth-to-space'] },
    systems: [
      {
        name: 'i.MX 93',
        clockHz: recalled(1e9, 'NXP i.MX 93 data sheet'),
        sramBytesPerSecond: recalled(16e9, 'as Ethos-U65 high-end'),
        weightBytesPerSecond: recalled(3.75e9, 'as Ethos-U65 high-end'),
        timing: WITH_DRAM,
      },
    ],
    activationMemory: recalled(640 * KIB, 'NXP i.MX 93: on-chip RAM'),
    notes: [
      'Weights are read from DRAM: no weight memory of its own.',
      "Streams are those of Vela's older encoder, which NXP's own version of Vela (lf-6.6.3) has.",
      "Activation memory and cycles are those of Vela 5.2's default core, not of NXP's version.",
    ],
  }),
];

const OTHER_TARGETS: readonly Target[] = [
  {
    name: 'max78000',
    title: 'MAX78000',
    format: 'packed',
    exactSizes: true,
    bits: MAX78000_BITS,
    sideBytesPerChannel: known(0, AI8X),
    weightMemory: known(442_368, 'Analog Devices MAX78000 data sheet'),
    activationMemory: known(512 * KIB, 'Analog Devices MAX78000 data sheet'),
    inPlaceElementwise: false,
    limits: MAX78000_LIMITS,
    array: MAX78000_ARRAY,
    systems: [],
    notes: [
      'Levels: 2 bits −2…1, 4 bits −8…7.',
      NO_BINARY,
      'Convolutions 1x1 and 3x3 with stride 1; pools without padding up to 16x16; up to 32 layers.',
      '64 processors, each with weight memory for 768 3x3 kernels of 8 bits; 1,024 channels and 512 biases a layer; 8,192 pixels of a channel in a data memory.',
      LAID_OUT,
    ],
  },
  {
    name: 'max78002',
    title: 'MAX78002',
    format: 'packed',
    exactSizes: true,
    bits: MAX78000_BITS,
    sideBytesPerChannel: known(0, AI8X),
    weightMemory: known(2_396_160, AI8X),
    activationMemory: known(1280 * KIB, AI8X),
    inPlaceElementwise: false,
    limits: { ...MAX78000_LIMITS, missing: { 'depth-to-space': 'cannot rearrange channels into pixels' } },
    array: MAX78002_ARRAY,
    systems: [],
    notes: [
      'Levels: 2 bits −2…1, 4 bits −8…7.',
      NO_BINARY,
      'Convolutions 1x1 and 3x3 with stride 1, depthwise ones too; pools without padding up to 16x16; up to 128 layers.',
      '64 processors, each with weight memory for 4,096 3x3 kernels of 8 bits (every 16th for 5,120); 1,024 channels a layer; 20,480 pixels of a channel in a data memory.',
      LAID_OUT,
    ],
  },
  {
    name: 'gap9',
    title: 'GAP9 (NE16)',
    format: 'packed',
    exactSizes: true,
    bits: ALL_BITS,
    sideBytesPerChannel: recalled(6, 'NE16: 32-bit bias, 8-bit scale, 8-bit shift'),
    weightMemory: known(2 * MIB, 'GreenWaves GAP9 product brief: non-volatile memory'),
    activationMemory: known(1.5 * MIB, 'GreenWaves GAP9 product brief: L2 memory'),
    inPlaceElementwise: false,
    limits: NO_LIMITS,
    systems: [],
    notes: ['128 KB of L1 memory: layers are tiled.'],
  },
  microcontroller({
    name: 'stm32n6',
    title: 'STM32N6 (Neural-ART)',
    exactSizes: false,
    activationMemory: known(4.2e6, 'STMicroelectronics STM32N6 product page'),
    macsPerCycle: known(300, 'STMicroelectronics STM32N6: 600 GOPS at 1 GHz'),
    notes: ['Weights come from external flash; how the compiler packs them is not public, so a byte each is counted.'],
  }),
  microcontroller({
    name: 'coral-edge-tpu',
    title: 'Coral Edge TPU',
    bits: [8],
    exactSizes: false,
    weightMemory: recalled(8 * MIB, 'Coral documentation: parameter cache, approximately 8 MB'),
    notes: ['8-bit weights only.', '4 TOPS at 2 W (Coral data sheet).'],
  }),
  microcontroller({
    name: 'stm32h743',
    title: 'STM32H743',
    weightMemory: known(2 * MIB, 'STMicroelectronics STM32H743 data sheet'),
    activationMemory: recalled(512 * KIB, 'STMicroelectronics STM32H743: contiguous part of 1 MB'),
  }),
  microcontroller({
    name: 'stm32f746',
    title: 'STM32F746',
    weightMemory: known(1 * MIB, 'STMicroelectronics STM32F746 data sheet'),
    activationMemory: recalled(320 * KIB, 'STMicroelectronics STM32F746: contiguous part of 340 KB'),
  }),
  ...(
    [
      [256, 1],
      [320, 1],
      [512, 2],
    ] as const
  ).map(([sram, flash]) =>
    microcontroller({
      name: `mcu-${sram}k-${flash}m`,
      title: `Microcontroller with ${sram} KB SRAM and ${flash} MB flash`,
      weightMemory: known(flash * MIB, PRESET),
      activationMemory: known(sram * KIB, PRESET),
    }),
  ),
  microcontroller({
    name: 'mcu-packed',
    title: 'Microcontroller with packed-weight kernels',
    format: 'packed',
    bits: [2, 4, 8],
    activationBits: [2, 4, 8],
    notes: ['Kernels that unpack 2- and 4-bit weights and activations, in the manner of CMix-NN.'],
  }),
  microcontroller({
    name: 'generic-bitmask',
    title: 'Generic NPU with zero bit masks',
    format: 'bitmask',
    notes: ['One bit for each weight, then the bits of those that are not zero.'],
  }),
  microcontroller({
    name: 'generic-npu',
    title: 'Generic NPU with ideal entropy coding',
    format: 'entropy',
    exactSizes: false,
    notes: ['The zero-order entropy of each layer: what no coder without context beats.'],
  }),
];

export const TARGET_TABLE: readonly Target[] = [...ETHOS_TARGETS, ...OTHER_TARGETS];
