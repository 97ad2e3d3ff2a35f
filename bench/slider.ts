/**
 * The slider over a run's offers in the results panel, in Chromium: how long it takes from a move until what it shows
 * is drawn: exact bytes, predicted metric and the picture of the architecture.
 */
import { Harness } from '../webview/dev/harness.ts';
import type { HostMessage } from '../src/wire/panel-messages.ts';
import { withOffers } from '../test/fixtures/offers.ts';
import { fixtureRun, fixtureSnapshot } from '../test/fixtures/runs.ts';
import { decimals, median } from './lib/statistics.ts';
import type { Benchmark, Row } from './run.ts';

/** As many as a run offers at most. */
const OFFERS = 32;
const SIZES = [8, 40] as const;

/** Moves to every place and back, in ms: each on the clock, and of the page's processor time in the mean. */
interface Moves {
  readonly times: readonly number[];
  readonly processor: number;
}

async function moves(harness: Harness, blocks: number): Promise<Moves> {
  const run = withOffers(fixtureRun({ id: 'offers', seed: 2, blocks }), OFFERS);
  const snapshot = fixtureSnapshot(run);
  const message: HostMessage = { type: 'snapshot', runs: [snapshot.summary], shown: [snapshot] };
  const panel = await harness.panel({ theme: 'dark', width: 1000, height: 900 });
  try {
    await panel.send(message);
    const slider = panel.page.getByRole('slider', { name: 'Weight memory of the offered network' });
    await slider.waitFor();
    const tools = await panel.page.context().newCDPSession(panel.page);
    await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const worked = async (): Promise<number> =>
      (await tools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000;
    const before = await worked();
    const times: number[] = [];
    for (const index of [...Array(OFFERS).keys(), ...[...Array(OFFERS).keys()].reverse()]) {
      const said = run.result!.offers!.list[index]!.exactBytes.toLocaleString('en-US');
      times.push(
        await slider.evaluate(
          (element, [place, bytes]) =>
            new Promise<number>((resolve) => {
              const card = element.closest('section')!;
              const shows = (): boolean => (card.textContent ?? '').includes(`${bytes} bytes, exact`);
              const began = performance.now();
              (element as HTMLInputElement).value = place;
              element.dispatchEvent(new Event('input', { bubbles: true }));
              const look = (): void => {
                // A frame after the one in which it is there: then it has been drawn.
                if (shows()) requestAnimationFrame(() => resolve(performance.now() - began));
                else requestAnimationFrame(look);
              };
              look();
            }),
          [String(index), said] as const,
        ),
      );
    }
    return { times, processor: ((await worked()) - before) / times.length };
  } finally {
    await panel.close();
  }
}

async function measure(): Promise<Row[]> {
  const harness = await Harness.open(process.cwd());
  try {
    const rows: Row[] = [];
    for (const blocks of SIZES) {
      const { times, processor } = await moves(harness, blocks);
      rows.push({
        blocks,
        moves: times.length,
        'median, ms': decimals(median(times), 1),
        'longest, ms': decimals(Math.max(...times), 1),
        'processor, ms': decimals(processor, 1),
      });
    }
    return rows;
  } finally {
    await harness.close();
  }
}

export const benchmark: Benchmark = {
  name: 'slider',
  describe:
    'The slider over offers in the results panel: milliseconds from a move until bytes, prediction and picture are drawn, on the clock, and of processor time in the mean.',
  run: measure,
};
