/** What a fake run is asked to do. */
import type { RunRequest } from '../../../src/runs/folder/run-folder.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import type { FakePlan } from './fake-engine.ts';

export function request(plan: FakePlan, seed = 1): RunRequest {
  return {
    name: 'Fake run!',
    definitionText: JSON.stringify(plan),
    definitionPath: '/models/fake.udc.yaml',
    strategy: 'fake',
    limits: limitsOf(1000),
    seed,
    backend: 'auto',
    baselines: [],
    version: '0.0.0',
  };
}
