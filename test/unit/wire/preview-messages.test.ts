/** Messages of a data preview: what is right passes unchanged, what is wrong is refused with its place. */
import assert from 'node:assert/strict';
import { ValidationError } from '../../../src/base/validate.ts';
import {
  previewHostMessage,
  previewPageMessage,
  readPreviewState,
  type PreviewHostMessage,
  type PreviewPageMessage,
} from '../../../src/wire/preview-messages.ts';
import { imagePreview, pairPreview, soundPreview, windowPreview } from '../../fixtures/previews.ts';

const HOST: readonly PreviewHostMessage[] = [
  ...[imagePreview(), pairPreview(), soundPreview(), windowPreview()].map(
    (preview) => ({ type: 'preview', preview }) as const,
  ),
  {
    type: 'previewStatus',
    document: 'file:///a',
    file: 'a',
    busy: true,
    checking: false,
    failed: false,
    problems: [{ severity: 'error', message: 'm', line: 1, column: 2 }],
  },
];
const PAGE: readonly PreviewPageMessage[] = [
  { type: 'previewReady' },
  { type: 'previewAgain' },
  { type: 'previewAsk', request: { part: 'test', samples: 4, seed: 1, from: 0 } },
  { type: 'previewReveal', line: 1, column: 1 },
  { type: 'previewError', message: 'm', stack: '' },
];

describe('messages of a data preview', () => {
  it('pass as they are', () => {
    for (const message of HOST) assert.deepEqual(previewHostMessage(JSON.parse(JSON.stringify(message))), message);
    for (const message of PAGE) assert.deepEqual(previewPageMessage(message), message);
  });

  it('leave a state that is read back, or none', () => {
    const request = { part: 'test', samples: 4, seed: 1, from: 0 } as const;
    for (const state of [
      { document: 'file:///a', changed: true },
      { document: 'file:///a', changed: false, request },
    ])
      assert.deepEqual(readPreviewState(JSON.parse(JSON.stringify(state))), state);
    for (const other of [
      undefined,
      null,
      {},
      { document: 1, changed: true },
      { document: 'a', changed: true, request: {} },
    ])
      assert.equal(readPreviewState(other), undefined);
  });

  it('are refused where anything is of another kind', () => {
    const broken: readonly (readonly [unknown, RegExp])[] = [
      [{ type: 'preview', preview: { ...imagePreview(), task: 'toString' } }, /^preview\.task: a task was expected/],
      [{ type: 'preview', preview: { ...imagePreview(), stored: [] } }, /^preview\.stored: an array of 2/],
      [
        JSON.parse(
          JSON.stringify({ type: 'preview', preview: imagePreview() })
            .replace('iVBORw0KGgo', '"><script>')
            .replace('"><', '\\"><'),
        ),
        /png: a PNG in base64 was expected/,
      ],
      [
        JSON.parse(JSON.stringify({ type: 'preview', preview: windowPreview() }).replace('"low":[', '"low":[1,')),
        /as many low as high values/,
      ],
    ];
    for (const [message, why] of broken)
      assert.throws(
        () => previewHostMessage(message),
        (error: unknown) => {
          assert.ok(error instanceof ValidationError);
          assert.match(error.message, why);
          return true;
        },
      );
    const asks: readonly unknown[] = [
      { type: 'previewAsk', request: { part: 'all', samples: 4, seed: 1, from: 0 } },
      { type: 'previewAsk', request: { part: 'test', samples: -4, seed: 1, from: 0 } },
      { type: 'previewReveal', line: 'x', column: 1 },
      { type: 'delete' },
      null,
    ];
    for (const ask of asks) assert.throws(() => previewPageMessage(ask), ValidationError);
  });
});
