/** A program that takes a place in the queue, says so, and holds it until it is ended. */
import { CoreQueue } from '../../../../src/runs/queue/core-queue.ts';

const [folder, cores, wished] = process.argv.slice(2);
const queue = new CoreQueue(folder!, Number(cores), { lookMs: 20, patienceMs: 5000 });
const held = await queue.enter({ lane: 'hand', cores: Number(wished), title: 'other' }, new AbortController().signal);
process.stdout.write(`held ${held.cores}\n`);
setInterval(() => undefined, 1000);
