/** Which files the worst samples of the test part stand in, where its data are files. */
import type { Split } from '../../data/dataset.ts';
import type { NetworkResult } from '../../wire/run.ts';
import { MOST_FILE, type TestSample } from '../../wire/tasks/test-report.ts';

/** The network with its worst samples named. Longer names than a result may have are left out. */
export function withFiles(network: NetworkResult, test: Split): NetworkResult {
  const { test: report } = network;
  if (!report || !test.fileOf) return network;
  const named = <T extends TestSample>(sample: T): T => {
    const file = test.fileOf!(sample.index);
    return file === undefined || file.length > MOST_FILE ? sample : { ...sample, file };
  };
  const { details } = report;
  return {
    ...network,
    test: {
      ...report,
      details:
        details.type === 'classes'
          ? { ...details, worst: details.worst.map(named) }
          : { ...details, worst: details.worst.map(named) },
    },
  };
}
