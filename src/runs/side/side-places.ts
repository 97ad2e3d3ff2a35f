/** How many networks a run's worker has trained at once: as many as cores, memory and settings allow. */
import { freemem, totalmem } from 'node:os';
import type { Dataset } from '../../data/dataset.ts';
import { threadsHere } from '../../devices/open-device.ts';
import { SettingError } from '../../devices/threads.ts';
import { instantiate } from '../../network/architecture.ts';
import { largestOption } from '../../network/largest-option.ts';
import { outputElements } from '../../network/operation-counts.ts';
import type { Architecture, Network } from '../../network/types.ts';
import { EVALUATION_BATCH } from '../../training/evaluate.ts';
import { SidePool } from './side-pool.ts';

/** What a thread takes before its first network, its program and backend. */
const BASE_BYTES = 120 * 2 ** 20;
/** Copies of all activations that a training step holds at its peak: values, what gradients need, gradients. */
const COPIES = 4;
/** Of the memory that is free, threads may take such a share. */
const SHARE = 0.5;
/** Networks at once, whatever the machine: a search has not many more to train. */
const MOST = 16;

/** Bytes that training this architecture takes in a thread, about. */
function bytesOfThread({ operations }: Architecture, batch: number): number {
  const elements = operations.reduce((sum, operation) => sum + outputElements(operation), 0);
  return BASE_BYTES + 4 * elements * Math.max(COPIES * batch, 2 * EVALUATION_BATCH);
}

/** Where the system gives memory back that it uses for files, much more is to be had than is called free. */
function freeBytes(): number {
  return process.platform === 'darwin' ? Math.max(freemem(), totalmem() / 4) : freemem();
}

/** The variable UDC_PARALLEL, where it is set. @throws SettingError where it is no number of networks */
export function wantedAtOnce(variable = process.env['UDC_PARALLEL']): number | undefined {
  if (variable === undefined || variable === '') return undefined;
  const wanted = Number(variable);
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= 64) return wanted;
  throw new SettingError(`UDC_PARALLEL must be a whole number from 1 to 64, not ${variable}.`);
}

/** @param wanted by a setting; undefined: as many as memory allows */
export function atOnce(threads: number, free: number, bytesEach: number, wanted?: number): number {
  return Math.min(threads, wanted ?? Math.min(MOST, Math.max(1, Math.floor((SHARE * free) / bytesEach))));
}

/** Threads for a run, which start when there is work for them; undefined where there is room for one network only. */
export function openSide(network: Network, dataset: Dataset): SidePool | undefined {
  const threads = threadsHere();
  const largest = instantiate(network, network.decisions.map(largestOption));
  const each = bytesOfThread(largest, network.definition.training.batch);
  const most = atOnce(threads, freeBytes(), each, wantedAtOnce());
  return most > 1 ? new SidePool({ dataset, most, threads }) : undefined;
}
