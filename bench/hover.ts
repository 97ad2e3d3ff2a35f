/**
 * What the editor computes for a definition of many layers: after changes of its text, for a file that it has never
 * seen, and again for the same text.
 */
import { Analysis } from '../src/editor/language/sizes/analysis.ts';
import { layerText } from '../src/editor/language/texts/layer-text.ts';
import { layerValueText } from '../src/editor/language/texts/value-text.ts';
import { manyLayers } from './lib/definitions.ts';
import { columns, timings } from './lib/measure.ts';
import type { Benchmark, Row } from './run.ts';

const ROUNDS = 40;
/**
 * Texts before those that are measured, of each kind and work: about as many as the engine needs to compile what it
 * runs.
 */
const WARMUP = 20;
const LAYERS = 200;
/** Lines of a tall window. */
const VISIBLE = 60;
/** The layer that is edited, and hovered over. */
const EDITED = LAYERS / 2;

let changes = 0;
const text = manyLayers(LAYERS);

/** Texts of which none has been met before; what is remembered of others stays. */
const TEXTS: Readonly<Record<string, () => string>> = {
  'a comment changed': () => `${text}# ${String(++changes).padStart(6, '0')}\n`,
  // Widths that no layer had before, so that the layer's and its neighbour's sizes are new as well.
  'a value changed': () =>
    manyLayers(LAYERS, (block) => (block === EDITED ? `16 | 32 | 48 | ${64 + ++changes}` : '16 | 32 | 48 | 64')),
  // Widths of its own in the whole file. Kernels, bits and sparsities are the usual ones.
  'file never seen': () => {
    const width = 64 + 4 * ++changes;
    return manyLayers(
      LAYERS,
      (block) =>
        [
          `${width} | ${width + 1} | ${width + 2} | ${width + 3}`,
          `${width} | ${width + 2}`,
          `${width + 1} | ${width + 3} | ${2 * width}`,
        ][block % 3]!,
    );
  },
};

const WORKS: Readonly<Record<string, (analysis: Analysis) => unknown>> = {
  'text understood': ({ parsed }) => parsed,
  'inlay hints of the visible lines': ({ sizes }) =>
    Array.from({ length: VISIBLE }, (_, i) => sizes!.layerRange(EDITED - VISIBLE / 2 + i)),
  'hover of a layer': ({ sizes }) => layerText(sizes!, EDITED),
  'hover of a value': ({ sizes }) => layerValueText(sizes!, EDITED, 'filters'),
  'smallest and largest size (CodeLens)': ({ sizes }) => [sizes!.smallest, sizes!.largest],
  diagnostics: ({ diagnostics }) => diagnostics,
};

export const benchmark: Benchmark = {
  name: 'hover',
  describe: `Diagnostics, inlay hints of ${VISIBLE} visible layers and hovers on a definition of ${LAYERS} layers, every value a choice, in milliseconds. Each begins with a text that was never met before, but for "the same text", in a process that has read others.`,
  async run() {
    const rows: Row[] = [];
    const first = await timings(() => layerText(new Analysis(text).sizes!, EDITED), 1, 0);
    rows.push({ what: 'hover of a layer', text: 'first of the process', ...columns(first) });
    for (const work of Object.values(WORKS))
      for (const fresh of Object.values(TEXTS)) for (let i = 0; i < WARMUP; ++i) work(new Analysis(fresh()));
    for (const [what, work] of Object.entries(WORKS)) {
      for (const [when, fresh] of Object.entries(TEXTS)) {
        // Making the texts is not measured.
        const waiting = Array.from({ length: ROUNDS }, fresh);
        rows.push({ what, text: when, ...columns(await timings(() => work(new Analysis(waiting.pop()!)), ROUNDS, 0)) });
      }
      const known = new Analysis(text);
      rows.push({ what, text: 'the same text', ...columns(await timings(() => work(known), ROUNDS)) });
    }
    return rows;
  },
};
