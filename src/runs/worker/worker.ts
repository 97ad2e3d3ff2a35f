/** The worker process: forked by the local launcher, runs the real search. */
import { searchEngine } from '../search-engine.ts';
import { serveWorker } from './serve.ts';

serveWorker(searchEngine);
