/** Prints the most bytes of buffers that a process holds while it reads a data set: folder, and bytes it may keep. */
import process from 'node:process';
import { Batches } from '../../../src/data/batches.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { definitionOf } from './fixtures.ts';

const [folder, memory] = process.argv.slice(2);
let most = 0;
/** What is not collected yet is no need of the program. */
function look(): void {
  globalThis.gc!();
  most = Math.max(most, process.memoryUsage().arrayBuffers);
}

const definition = definitionOf({ format: 'npy' }, { height: 64, width: 64, channels: 3 });
const watch = setInterval(look, 20);
const set = await loadDataset(definition, folder!, Number(memory));
look();
const batches = new Batches(set.train, { batch: 64, seed: 1, augment: { crop: 2, flip: true } });
for (let i = 0; i < 40; i++) {
  await batches.next();
  look();
}
for (let from = 0; from < 512; from += 128) {
  await set.train.slice(from, 128);
  look();
}
clearInterval(watch);
await set.close();
process.stdout.write(String(most));
