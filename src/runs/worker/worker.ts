/** The worker process: forked by the local launcher, runs the real search. In a thread beside it, trains a network. */
import { searchEngine } from '../search-engine.ts';
import { isSideThread } from '../side/side-thread.ts';
import { serveWorker } from './serve.ts';

// A thread serves as soon as its module is there.
if (!isSideThread()) serveWorker(searchEngine);
