/** A worker whose search is the fake one. */
import { serveWorker } from '../../../src/runs/worker/serve.ts';
import { fakeEngine } from './fake-engine.ts';

serveWorker(fakeEngine);
