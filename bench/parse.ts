/** What `udc check` costs: parsing a definition, sizing all of its layers, and the range of its cycles. */
import { buildNetwork } from '../src/network/build-network.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import { checkReport } from '../src/costs/check/check-report.ts';
import { findTarget } from '../src/targets/find-target.ts';
import { manyLayers } from './lib/definitions.ts';
import { columns, timings } from './lib/measure.ts';
import type { Benchmark, Row } from './run.ts';

const ROUNDS = 20;

export const benchmark: Benchmark = {
  name: 'parse',
  describe: 'Parsing and checking a definition of 20 and of 200 layers, every value a choice, in milliseconds.',
  async run() {
    const rows: Row[] = [];
    for (const layers of [20, 200]) {
      const text = manyLayers(layers);
      const { definition } = parseDefinition(text);
      const network = buildNetwork(definition!);
      const target = findTarget(definition!.target.npu);
      rows.push(
        { what: `${layers} layers: parse and check`, ...columns(await timings(() => parseDefinition(text), ROUNDS)) },
        {
          what: `${layers} layers: lower to operators`,
          ...columns(await timings(() => buildNetwork(definition!), ROUNDS)),
        },
        {
          what: `${layers} layers: sizes of every layer, cycles of both ends`,
          ...columns(
            await timings(() => checkReport(network, target, { weights: definition!.target.weights }), ROUNDS),
          ),
        },
      );
    }
    return rows;
  },
};
