/** Entry of what the editor runs beside itself on networks: a thread reads one, a process measures some. */
import { isMainThread } from 'node:worker_threads';
import '../formats/import-thread.ts';
import { measureForEditor } from './measure-program.ts';

if (isMainThread) void measureForEditor();
