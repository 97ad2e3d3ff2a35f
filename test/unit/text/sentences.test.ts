/** Sentences put together. */
import assert from 'node:assert/strict';
import { failureText, sentences } from '../../../src/text/sentences.ts';

describe('sentences', () => {
  it('are closed, unless they close themselves', () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [
        ['The data set cannot be used.', 'a: no such folder', 'Correct it.'],
        'The data set cannot be used. a: no such folder. Correct it.',
      ],
      [['What?', 'So (see `a.b`.)', ''], 'What? So (see `a.b`.)'],
      [['  a ', '', 'b:'], 'a. b:'],
      [[], ''],
    ];
    for (const [parts, text] of cases) assert.equal(sentences(...parts), text);
    assert.equal(failureText({ what: 'a', why: 'b', next: '' }), 'a. b.');
  });
});
