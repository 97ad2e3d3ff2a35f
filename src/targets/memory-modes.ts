/**
 * The memory modes of Arm's compiler as data: where weights and maps lie around an Ethos-U. Facts: Arm Vela 5.2
 * (vela.ini and what its command line refuses).
 */
import type { MemoryModeName } from '../wire/target-name.ts';

export interface MemoryMode {
  readonly name: MemoryModeName;
  /** Are weights read from SRAM, not from flash or DRAM? */
  readonly weightsInSram: boolean;
  /** Are maps kept beside the weights, with the SRAM as their cache? That memory must be one that can be written. */
  readonly dedicated: boolean;
  /** Bytes of SRAM that it takes as a cache; absent: as much as the compiler is told that there is, or no cache. */
  readonly cacheBytes?: number;
  /** A phrase for people. */
  readonly about: string;
}

const CACHE = 'maps in DRAM beside the weights, the SRAM their cache';
const KIB = 1024;

function cached(name: MemoryModeName, kib: number): MemoryMode {
  return { name, weightsInSram: false, dedicated: true, cacheBytes: kib * KIB, about: `${CACHE} of ${kib} KiB` };
}

export const MODES: Readonly<Record<MemoryModeName, MemoryMode>> = {
  Sram_Only: {
    name: 'Sram_Only',
    weightsInSram: true,
    dedicated: false,
    about: 'weights and maps in SRAM, or weights in a flash on the chip that is as fast',
  },
  Shared_Sram: {
    name: 'Shared_Sram',
    weightsInSram: false,
    dedicated: false,
    about: 'weights in flash or DRAM, maps in SRAM',
  },
  Dedicated_Sram: { name: 'Dedicated_Sram', weightsInSram: false, dedicated: true, about: CACHE },
  Dedicated_Sram_256KB: cached('Dedicated_Sram_256KB', 256),
  Dedicated_Sram_384KB: cached('Dedicated_Sram_384KB', 384),
  Dedicated_Sram_512KB: cached('Dedicated_Sram_512KB', 512),
};
