/** The page of a preview: every kind of sample, self-contained, and nothing of a file's names but text. */
import assert from 'node:assert/strict';
import { previewHtml } from '../../../src/reports/preview-html.ts';
import { HOSTILE } from '../../fixtures/hostile.ts';
import { imagePreview, pairPreview, soundPreview, windowPreview } from '../../fixtures/previews.ts';

describe('the page of a preview', () => {
  const previews = { images: imagePreview(), sounds: soundPreview(), windows: windowPreview(), pairs: pairPreview() };
  for (const [name, preview] of Object.entries(previews))
    it(`shows every sample: ${name}`, () => {
      const html = previewHtml(preview);
      const samples = preview.groups.flatMap((group) => group.samples);
      assert.equal([...html.matchAll(/<li>/g)].length, samples.length);
      const pictures = samples
        .flatMap(({ input, target, changed }) => [input, target, changed?.input, changed?.target])
        .flatMap((shown) => (shown?.type === 'image' || shown?.type === 'heat' ? [shown.png] : []));
      for (const png of pictures) assert.ok(html.includes(`src="data:image/png;base64,${png}"`));
      assert.equal([...html.matchAll(/<img /g)].length, pictures.length);
      assert.doesNotMatch(html, /<script|https?:(?!\/\/www\.w3\.org)/);
    });

  it('takes names as text', () => {
    for (const text of HOSTILE) {
      const preview = {
        ...imagePreview([text, `${text}2`, 'c']),
        name: text,
        source: text,
        notes: [text],
        warnings: [text],
      };
      const html = previewHtml(preview);
      assert.equal([...html.matchAll(/<img /g)].length, 24, JSON.stringify(text));
      assert.doesNotMatch(html, /<script|<svg onload|[\u0000\u001b\u202e]/, JSON.stringify(text));
    }
  });
});
