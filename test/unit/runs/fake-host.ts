/** A host to be killed: starts a fake run in the folder given and prints the run folder and the worker's number. */
import { startFake } from './support.ts';

const handle = await startFake(process.argv[2]!, { epochs: 1000, stepMs: 5 });
handle.ended.then(() => process.exit(0), () => process.exit(1));
process.stdout.write(`${JSON.stringify({ folder: handle.folder.path, pid: handle.pid })}\n`);
