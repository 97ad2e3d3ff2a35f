/**
 * Published results of MLPerf Tiny v1.3 as data: medians of throughput and energy of its four networks on boards.
 * Facts: https://github.com/mlcommons/tiny_results_v1.3, commit cd605ea, closed/SUBMITTER/results/SYSTEM/NETWORK, the
 * medians that performance/results.txt and energy/results.txt end with; boards as systems/SYSTEM.json describes them.
 */

/** SHA-256 of the architectures (`networkHash`) that the benchmark has, by its names for them. */
export const MLPERF_TINY: Readonly<Record<string, string>> = {
  ic: '46e0ba7cb312c0f635199e69d8057734d41c4db0cd15d6f9aff270961665a857',
  kws: 'c46941836387deced88db8c6f5bee73ea1c29fe2bb2547d977f7342aa9ee4756',
  vww: '26a344b3fe3bf1875856fa13b2fcf2df17d7cdf263ec85f1ce43bde65f3fd4de',
  ad: '727970134b59dd20f996a41f201533ef2df6e4741ecb1f0efa6a31a741c2e640',
};

/** Inferences a second, and microjoules of one; absent: not submitted. */
interface Result {
  readonly perSecond: number;
  readonly microjoules?: number;
}

export interface PublishedBoard {
  readonly id: string;
  readonly title: string;
  readonly submitter: string;
  readonly system: string;
  readonly software: string;
  /** What is to be known of the submission. */
  readonly note?: string;
  /** By the benchmark's name of the network. */
  readonly results: Readonly<Record<string, Result>>;
}

export const MLPERF_SOURCE = 'MLPerf Tiny v1.3';

const ST = { submitter: 'STMicroelectronics', software: 'X-CUBE-AI 10.2' };
const SYNTIANT = { submitter: 'Syntiant', software: 'Syntiant SDK' };

export const PUBLISHED_BOARDS: readonly PublishedBoard[] = [
  {
    ...{ id: 'stm32l4r5', title: 'STM32L4R5, Cortex-M4 at 120 MHz', system: 'NUCLEO_L4R5ZI-P', ...ST },
    results: {
      ic: { perSecond: 6.036, microjoules: 5495.915 },
      kws: { perSecond: 23.032, microjoules: 1430.6681 },
      vww: { perSecond: 11.181, microjoules: 3029.7521 },
      ad: { perSecond: 208.608, microjoules: 160.4232 },
    },
  },
  {
    ...{ id: 'stm32u575', title: 'STM32U575, Cortex-M33 at 160 MHz', system: 'NUCLEO_U575ZI_Q', ...ST },
    results: {
      ic: { perSecond: 9.133, microjoules: 2565.2442 },
      kws: { perSecond: 34.489, microjoules: 664.4239 },
      vww: { perSecond: 16.873, microjoules: 1372.1684 },
      ad: { perSecond: 311.579, microjoules: 77.2364 },
    },
  },
  {
    ...{ id: 'stm32u385', title: 'STM32U385, Cortex-M33 at 96 MHz', system: 'NUCLEO_U385RG_Q', ...ST },
    results: {
      ic: { perSecond: 5.481, microjoules: 965.5817 },
      kws: { perSecond: 20.703, microjoules: 245.3412 },
      vww: { perSecond: 10.128, microjoules: 518.9761 },
      ad: { perSecond: 184.851, microjoules: 31.8347 },
    },
  },
  {
    ...{ id: 'stm32u3c5', title: 'STM32U3C5 with DSP coprocessor at 96 MHz', system: 'NUCLEO_U3C5ZIT6_Q' },
    ...{ submitter: ST.submitter, software: 'an internal version of STEDGE-AI', note: 'status Preview' },
    results: { ic: { perSecond: 19.967 }, kws: { perSecond: 60.492 }, vww: { perSecond: 26.898 } },
  },
  {
    ...{ id: 'ndp9120-98', title: 'NDP9120, Core 2 at 98.7 MHz', system: 'syntiant_9120_1v1_98mhz', ...SYNTIANT },
    results: {
      ic: { perSecond: 195.238, microjoules: 139.367 },
      kws: { perSecond: 675.024, microjoules: 43.802 },
      vww: { perSecond: 243.883, microjoules: 97.164 },
    },
  },
  {
    ...{ id: 'ndp9120-30', title: 'NDP9120, Core 2 at 30.7 MHz', system: 'syntiant_9120_0v9_30mhz', ...SYNTIANT },
    results: {
      ic: { perSecond: 62.598, microjoules: 101.833 },
      kws: { perSecond: 228.982, microjoules: 31.537 },
      vww: { perSecond: 78.6, microjoules: 71.711 },
    },
  },
];
