/** The page of an ensemble on paper: whole, escaped, at the point that was chosen. */
import assert from 'node:assert/strict';
import { ensembleHtml } from '../../../src/reports/ensemble-html.ts';
import { atPoint, ENSEMBLE_RULES } from '../../../src/wire/ensemble.ts';
import { fixtureEnsemble } from '../../fixtures/ensembles.ts';

const rowsOf = (html: string, caption: string): number => {
  const table = html.slice(html.indexOf(caption));
  return (table.slice(table.indexOf('<tbody>'), table.indexOf('</tbody>')).match(/<tr>/g) ?? []).length;
};

describe('the HTML page of an ensemble', () => {
  it('has a row for each point, member and class, and loads nothing', () => {
    for (const rule of ENSEMBLE_RULES)
      for (const members of [2, 3]) {
        const report = fixtureEnsemble({ rule, members });
        const html = ensembleHtml(report);
        assert.equal(rowsOf(html, 'no thresholds do better'), report.points.length);
        assert.equal(rowsOf(html, 'Members, in the order'), members);
        assert.equal(rowsOf(html, 'by class'), report.classNames!.length);
        assert.doesNotMatch(html, /<script|<img|<link|https?:\/\/(?!www\.w3\.org)/);
        assert.match(html, /default-src &#39;none&#39;/);
        assert.equal(html.includes('threshold 1'), rule === 'per-class');
      }
  });

  it('is about the point that was chosen, and so is its certificate', () => {
    const report = fixtureEnsemble();
    const [first, last] = [atPoint(report, 0), atPoint(report, report.points.length - 1)];
    const cycles = (html: string): string => /<dt>Cycles<\/dt><dd>([^,<]+)/.exec(html)![1]!;
    assert.notEqual(cycles(ensembleHtml(first)), cycles(ensembleHtml(last)));
    assert.match(ensembleHtml(first), /<td>\*<\/td><td class="number">1<\/td>/);
  });

  it('escapes what comes from outside', () => {
    const evil = '<script>alert(1)</script>&"';
    const report = fixtureEnsemble({ classNames: [evil, 'b', 'c'] });
    const members = report.members.map((one) => ({ ...one, run: evil, network: evil }));
    const html = ensembleHtml({ ...report, members, rival: { ...report.rival, run: evil }, target: evil });
    assert.doesNotMatch(html, /<script/);
    assert.match(html, /&lt;script&gt;/);
  });

  it('calls early exits by their layers', () => {
    const html = ensembleHtml(fixtureEnsemble({ exits: true }));
    assert.match(html, /<h1>Early exits<\/h1>/);
    assert.match(html, /<td>early1<\/td>/);
    assert.match(html, /running the same network to its end/i);
    assert.equal(rowsOf(html, 'Exits, in the order'), 2);
  });
});
