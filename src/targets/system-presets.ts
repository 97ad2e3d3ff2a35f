/**
 * The system configurations of Arm's compiler as data: a clock and the memories around an Ethos-U, by the names that
 * its configuration file `vela.ini` has for them.
 */
import type { MemoryTiming, SystemPreset } from './find-target.ts';
import { known } from './sourced.ts';

const VELA_CONFIG = 'Arm Vela compiler, vela.ini';

const timing = (burstBytes: number, readLatency: number, writeLatency: number): MemoryTiming => ({
  burstBytes,
  readLatency,
  writeLatency,
});

const SRAM = timing(32, 32, 32);
const FLASH = timing(128, 64, 0);
const DRAM = timing(128, 500, 250);
export const WITH_FLASH = { sram: SRAM, weights: FLASH };
export const WITH_DRAM = { sram: SRAM, weights: DRAM };

const system = (
  name: string,
  mhz: number,
  sram: number,
  weights: number,
  times: SystemPreset['timing'],
  source = VELA_CONFIG,
): SystemPreset => ({
  name,
  clockHz: known(mhz * 1e6, source),
  sramBytesPerSecond: known(sram * 1e9, source),
  weightBytesPerSecond: known(weights * 1e9, source),
  ...(times && { timing: times }),
});

/** The first of each is the compiler's own default. */
export const U55_SYSTEMS = [
  system('Ethos_U55_High_End_Embedded', 500, 4, 0.5, WITH_FLASH),
  system('Ethos_U55_Deep_Embedded', 200, 1.6, 0.1, WITH_FLASH),
];
export const U65_SYSTEMS = [
  system('Ethos_U65_Client_Server', 1000, 16, 12, WITH_DRAM),
  system('Ethos_U65_High_End', 1000, 16, 3.75, WITH_DRAM),
  system('Ethos_U65_Mid_End', 500, 8, 3.75, WITH_DRAM),
  system('Ethos_U65_Embedded', 500, 8, 0.5, WITH_FLASH),
];
/** An Ethos-U85 has several ports, each with a limit of reads and writes in flight. */
const inFlight = (times: MemoryTiming, ports: number, reads: number, writes: number): MemoryTiming => ({
  ...times,
  reads: ports * reads,
  writes: ports * writes,
});
const u85 = (latency: number, ports: number, weights: MemoryTiming): SystemPreset['timing'] => ({
  sram: inFlight(timing(64, latency, latency), ports, 8, 8),
  weights,
});
export const U85_SYSTEMS = [
  system('Ethos_U85_SYS_DRAM_Mid', 1000, 32, 12, u85(32, 2, inFlight(DRAM, 1, 64, 32))),
  system('Ethos_U85_SYS_DRAM_Low', 500, 16, 3.75, u85(16, 2, inFlight(DRAM, 1, 24, 12))),
  system('Ethos_U85_SYS_DRAM_High', 1000, 64, 24, u85(32, 4, inFlight(DRAM, 2, 64, 32))),
  system('Ethos_U85_SYS_Flash_High', 500, 16, 0.5, u85(32, 2, inFlight(FLASH, 1, 2, 1))),
  system('Ethos_U85_SYS_Flash_Low', 200, 6.4, 0.2, u85(8, 2, inFlight(timing(128, 32, 0), 1, 2, 1))),
];
