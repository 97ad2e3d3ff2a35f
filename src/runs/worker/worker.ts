/** The worker process: forked by the supervisor, runs the real search. */
import { searchEngine } from '../search-engine.ts';
import { serveWorker } from './serve.ts';

serveWorker(searchEngine);
