/**
 * The worker process: forked by the local launcher, runs the real search. In a thread beside it, trains a network; in
 * one of the editor, combines finished runs.
 */
import { isCombineThread } from '../ensembles/combine-thread.ts';
import { searchEngine } from '../search-engine.ts';
import { isSideThread } from '../side/side-thread.ts';
import { serveWorker } from './serve.ts';

// A thread serves as soon as its module is there.
if (!isSideThread() && !isCombineThread()) serveWorker(searchEngine);
