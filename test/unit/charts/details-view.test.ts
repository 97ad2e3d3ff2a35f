/** What every surface shows of the test part: sentences, tables and the matrix, of whole numbers that add up. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { detailsView, type DetailsView } from '../../../src/charts/details/details-view.ts';
import { matrixInWords, matrixSvg } from '../../../src/charts/matrix-svg.ts';
import type { ClassDetails } from '../../../src/wire/tasks/test-report.ts';
import { classDetails, FASHION, reportOf, sampleReport } from '../../fixtures/test-parts.ts';

const plain = (text: string | undefined): string => (text ?? '').replaceAll('\u00a0', ' ');
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function viewOf(details: ClassDetails, names: readonly string[] | undefined = FASHION): DetailsView {
  const { accuracy, ...test } = reportOf(details);
  return detailsView('accuracy', { integerMetric: accuracy, floatMetric: accuracy, test }, names)!;
}

describe('what is shown of a classifier’s test part', () => {
  it('names the weakest class with its recall and its samples', () => {
    assert.equal(plain(viewOf(classDetails()).weakest), 'weakest class: shirt, 23 % recall of 57 samples');
    assert.equal(plain(viewOf(classDetails(), []).weakest), 'weakest class: class 6, 23 % recall of 57 samples');
    const right: ClassDetails = { ...classDetails(2), support: [3, 3], predicted: [3, 3], right: [3, 3], confused: [] };
    assert.equal(viewOf(right).weakest, 'no class is answered wrongly');
  });

  it('has a matrix whose cells are all samples, and pairs that are the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 80 }), (classes, samples) => {
        const details = classDetails(classes, samples);
        const { matrix, pairs } = viewOf(details);
        assert.equal(sum(matrix!.cells.flat()), sum(details.support));
        assert.deepEqual(matrix!.cells.map(sum), details.support);
        assert.equal(sum(pairs!.map(([, , n]) => n)), sum(details.support));
        for (const [a, b, n] of pairs!) assert.equal(matrix!.cells[a]![b], n);
      }),
    );
  });

  it('shows of many classes those that are taken for each other most, and says so', () => {
    const { matrix, pairs } = viewOf(classDetails(100, 100), []);
    assert.equal(matrix!.names.length, 20);
    assert.match(matrix!.note!, /^The 20 of 100 classes/);
    assert.ok(matrix!.names.includes('class 6'));
    assert.equal(sum(pairs!.map(([, , n]) => n)), sum(classDetails(100, 100).support));
  });

  it('says first where one answer to every sample would be right as often', () => {
    const of = (right: readonly number[], support: readonly number[]): ClassDetails => ({
      ...classDetails(2),
      support: [...support],
      predicted: [...support],
      right: [...right],
      confused: [],
    });
    const told = (details: ClassDetails): string => plain(viewOf(details, ['circle', 'square']).warnings[0]);
    assert.match(
      told(of([4, 14], [18, 17])),
      /^Answering circle to every sample would be right of 51\.4 % of the test part: this network, right of 51\.4 %, is of no use\./,
    );
    assert.match(told(of([0, 30], [40, 60])), /^Answering square .* right of 60 % .*, right of 30 %, is of no use/);
    for (const better of [of([5, 14], [18, 17]), of([18, 0], [18, 0]), of([9, 0], [18, 0])])
      assert.doesNotMatch(told(better), /of no use/);
  });

  it('warns of a small test part, of few samples of a class, and of a class without any', () => {
    assert.deepEqual(viewOf(classDetails(10, 400)).warnings, []);
    const small = viewOf(classDetails(4, 20), []).warnings;
    assert.equal(small.length, 1);
    assert.match(plain(small[0]), /^The test part is small \(83 samples\): .* between [\d.]+ % and [\d.]+ % \(95 %/);
    const { support, predicted, right, ...rest } = classDetails(4, 5);
    const missing = viewOf({ ...rest, support: [...support, 0], predicted: [...predicted, 0], right: [...right, 0] }, [
      'yes',
      'no',
      'on',
      'off',
      'silence',
    ]).warnings;
    assert.match(missing[0]!, /^The test part has no sample of silence: what the network does with it is not known/);
    assert.match(missing[1]!, /^The test part has fewer than 10 samples of yes, no, on, off: their recall/);
    const sure: ClassDetails = { ...classDetails(2), support: [9, 9], predicted: [9, 9], right: [9, 9], confused: [] };
    assert.ok(
      viewOf(sure).warnings.some((text) => text.includes('small')),
      'all right of few is not sure either',
    );
  });

  it('says over how many classes a mean is taken, where some have no samples', () => {
    const { support, predicted, right, ...rest } = classDetails(3, 50);
    const labels = viewOf({
      ...rest,
      support: [...support, 0],
      predicted: [...predicted, 0],
      right: [...right, 0],
    }).facts.map(([label]) => label);
    assert.ok(labels.includes('Mean F1 over the 3 of 4 classes with samples'), labels.join());
    assert.ok(viewOf(classDetails(3, 50)).facts.some(([label]) => label === 'Mean F1 over classes'));
  });

  it('says balanced accuracy where classes are uneven, and what integers changed', () => {
    const even = viewOf(classDetails(10, 400));
    assert.ok(!even.facts.some(([label]) => label.startsWith('Balanced')));
    const { support, predicted, right, confused, ...rest } = classDetails(3, 50);
    const uneven = viewOf({
      ...rest,
      support: [support[0]! + 100, ...support.slice(1)],
      predicted: [predicted[0]! + 100, ...predicted.slice(1)],
      right: [right[0]! + 100, ...right.slice(1)],
      confused,
    });
    assert.ok(uneven.facts.some(([label]) => label.startsWith('Balanced')));
    const changed = even.facts.find(([label]) => label.startsWith('Same answer'))!;
    assert.match(plain(changed[1]), /9 changed, 5 from right to wrong, 3 from wrong to right/);
  });

  it('is nothing of a network of an older version', () => {
    assert.equal(detailsView('accuracy', { integerMetric: 1, floatMetric: 1 }), undefined);
  });

  it('is a picture that says in words what it shows', () => {
    const { matrix } = viewOf(classDetails());
    assert.match(matrixInWords(matrix!), /Most often shirt is taken for T-shirt\/top: 44 times\./);
    const svg = matrixSvg({ ...matrix!, names: matrix!.names.map((name) => `<b>${name}"`) });
    assert.ok(!svg.includes('<b>') && svg.includes('&lt;b&gt;'));
  });
});

describe('what is shown of another task’s test part', () => {
  it('is the spread over samples and the worst of them', () => {
    const test = sampleReport();
    const view = detailsView('psnr', { integerMetric: 31.04, floatMetric: 31.1, test })!;
    assert.equal(plain(view.weakest), 'weakest sample: 28.00 dB of 40');
    assert.equal(plain(view.facts[0]![1]), '31.0 ± 0.2 dB');
    assert.deepEqual([view.matrix, view.pairs, view.warnings], [undefined, undefined, []]);
    assert.equal(view.table!.rows.length, 7);
    assert.equal(view.worst.length, 6);
    assert.equal(
      detailsView('psnr', { integerMetric: 31, floatMetric: 31, test: sampleReport(4) })!.warnings.length,
      1,
    );
  });
});
