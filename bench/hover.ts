/** What the editor computes for a definition of many layers: after a change of the text, and again for the same text. */
import { Analysis } from '../src/editor/language/analysis.ts';
import { layerText } from '../src/editor/language/layerText.ts';
import { layerValueText } from '../src/editor/language/valueText.ts';
import { manyLayers } from './lib/definitions.ts';
import { columns, timings } from './lib/measure.ts';
import type { Benchmark, Row } from './run.ts';

const ROUNDS = 40;
const LAYERS = 200;
/** Lines of a tall window. */
const VISIBLE = 60;

export const benchmark: Benchmark = {
  name: 'hover',
  describe: `Diagnostics, inlay hints of ${VISIBLE} visible layers and hovers on a definition of ${LAYERS} layers, every value a choice, in milliseconds: "first" begins with a new text, "again" has met it before.`,
  async run() {
    const text = manyLayers(LAYERS);
    let change = 0;
    // Another text each time, so that nothing is remembered; the length stays.
    const fresh = (): Analysis => new Analysis(`${text}# ${String(++change).padStart(6, '0')}\n`);
    const works: Readonly<Record<string, (analysis: Analysis) => unknown>> = {
      'text understood': ({ parsed }) => parsed,
      'inlay hints of the visible lines': ({ sizes }) => Array.from({ length: VISIBLE }, (_, i) => sizes!.layerRange(LAYERS / 2 - VISIBLE / 2 + i)),
      'hover of a layer': ({ sizes }) => layerText(sizes!, LAYERS / 2),
      'hover of a value': ({ sizes }) => layerValueText(sizes!, LAYERS / 2, 'filters'),
      'smallest and largest size (CodeLens)': ({ sizes }) => [sizes!.smallest, sizes!.largest],
      diagnostics: ({ diagnostics }) => diagnostics,
    };
    const rows: Row[] = [];
    for (const [what, work] of Object.entries(works)) {
      const known = fresh();
      const first = columns(await timings(() => work(fresh()), ROUNDS));
      const again = columns(await timings(() => work(known), ROUNDS));
      rows.push({ what, 'first, ms': first['median ms'], 'first, cpu ms': first['cpu ms'], 'again, ms': again['median ms'] });
    }
    return rows;
  },
};
