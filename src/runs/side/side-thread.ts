/**
 * A thread beside the run's worker, with a tensor backend of its own: it does one job at a time, as it is told, with
 * samples that it asks the worker for.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { outOfMemory } from '../../base/memory-limits.ts';
import type { Batch } from '../../data/dataset.ts';
import { openBackend } from '../../devices/open-device.ts';
import { remoteDataset } from './remote-dataset.ts';
import { failureOf } from './side-failure.ts';
import { SIDE_JOBS } from './side-jobs.ts';
import type { SideMessage, SideRequest, ThreadTask } from './side-messages.ts';

/** Is this such a thread, whose program may be that of the worker? */
export const isSideThread = (): boolean =>
  parentPort !== null && (workerData as Partial<ThreadTask> | null)?.purpose === 'udc-side';

/** Serves until the thread is ended. */
function serveSide(port: MessagePort, { data }: ThreadTask): void {
  const say = (message: SideMessage): void => {
    port.postMessage(message);
  };
  const waiting = new Map<number, (batch: Batch) => void>();
  let requests = 0;
  const dataset = remoteDataset(
    data,
    (place, wanted) =>
      new Promise((resolve) => {
        const request = ++requests;
        waiting.set(request, resolve);
        say({ type: 'want', request, ...place, wanted });
      }),
  );

  async function work({ name, order, threads }: Extract<SideRequest, { type: 'job' }>): Promise<void> {
    const job = SIDE_JOBS.find((one) => one.name === name);
    if (!job) throw new Error(`there is no job ${name}`);
    await openBackend('wasm', { threads });
    const answer = await job.run(order, {
      dataset,
      tell: (news) => {
        say({ type: 'news', news });
      },
      breathe: () => Promise.resolve(),
    });
    say({ type: 'done', answer });
  }

  port.on('message', (request: SideRequest) => {
    if (request.type === 'batch') {
      waiting.get(request.request)?.(request.batch);
      waiting.delete(request.request);
      return;
    }
    work(request).catch((thrown: unknown) => {
      say({ type: 'failed', error: failureOf(thrown), memory: outOfMemory(thrown) });
    });
  });
}

if (isSideThread()) serveSide(parentPort!, workerData as ThreadTask);
