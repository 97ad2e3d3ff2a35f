import assert from 'node:assert/strict';
import { messageOf, traceOf } from '../../../src/base/error-text.ts';

describe('what was thrown', () => {
  it('has words, whatever it is', () => {
    for (const [thrown, text] of [
      [new RangeError('too far'), 'too far'],
      [new Error(''), ''],
      ['a text', 'a text'],
      [undefined, 'undefined'],
      [7n, '7'],
    ] as const)
      assert.equal(messageOf(thrown), text);
  });

  it('says where it was thrown, for logs', () => {
    const error = new Error('lost');
    assert.match(traceOf(error), /lost[\s\S]+error-text\.test/);
    delete error.stack;
    assert.equal(traceOf(error), 'lost');
    assert.equal(traceOf('a text'), 'a text');
  });
});
