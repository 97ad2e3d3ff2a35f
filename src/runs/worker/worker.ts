/**
 * The worker process: forked by the local launcher, runs the real search. In a thread beside it, trains a network; in
 * one of the editor, combines finished runs or fits bits by what they do to the loss.
 */
import { isCombineThread } from '../ensembles/combine-thread.ts';
import { isFitThread } from '../fit-thread.ts';
import { searchEngine } from '../search-engine.ts';
import { isSideThread } from '../side/side-thread.ts';
import { serveWorker } from './serve.ts';

// A thread serves as soon as its module is there.
if (!isSideThread() && !isCombineThread() && !isFitThread()) serveWorker(searchEngine);
