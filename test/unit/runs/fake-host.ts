/**
 * A host to be killed: starts a fake run and prints its folder and the worker's number. Arguments: folder for runs,
 * worker program.
 */
import { LAUNCHERS } from '../../../src/runs/launchers/launcher-table.ts';
import { startRun } from '../../../src/runs/supervisor.ts';
import { request } from './request.ts';

const [, , runs, worker] = process.argv;
const handle = await startRun(runs!, request({ epochs: 1000, stepMs: 5 }), {}, LAUNCHERS.local({ path: worker! }));
handle.ended.then(
  () => process.exit(0),
  () => process.exit(1),
);
process.stdout.write(`${JSON.stringify({ folder: handle.folder.path, pid: Number(handle.job.id) })}\n`);
