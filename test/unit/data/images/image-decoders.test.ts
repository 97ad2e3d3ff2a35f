/** Images are decoded to the pixels that Pillow reads; what is unsound is named, and harms no image after it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeImage } from '../../../../src/data/images/image-decoders.ts';
import { ImageError } from '../../../../src/data/images/image-error.ts';
import { orientationOf } from '../../../../src/data/images/exif-orientation.ts';
import { imageKind, isImageName, isOtherImage } from '../../../../src/data/images/image-kinds.ts';

/** `make-images.py` makes it. */
const { images } = JSON.parse(readFileSync(new URL('images.json', import.meta.url), 'utf8')) as {
  readonly images: readonly {
    readonly name: string;
    readonly file: string;
    readonly sha256: string;
    readonly first: readonly number[];
  }[];
};

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(base64, 'base64'));
const named = (name: string): Uint8Array<ArrayBuffer> => bytesOf(images.find((one) => one.name === name)!.file);

describe('decoders of images', () => {
  for (const { name, file, sha256, first } of images)
    it(`read a ${name} as Pillow does`, async () => {
      const { shape, values } = await decodeImage(bytesOf(file));
      assert.deepEqual(shape, { height: 13, width: 10, channels: 3 });
      assert.deepEqual([...values.subarray(0, 6)], first);
      assert.equal(
        createHash('sha256')
          .update(values as Uint8Array)
          .digest('hex'),
        sha256,
      );
    });

  for (const { name, file } of images)
    it(`say that a ${name} that ends too early is unsound, and read the next`, async () => {
      const bytes = bytesOf(file);
      for (const share of [0.3, 0.6, 0.9]) {
        const cut = bytes.slice(0, Math.floor(bytes.length * share));
        await assert.rejects(decodeImage(cut), ImageError, String(share));
      }
      assert.equal((await decodeImage(bytes)).shape.width, 10);
    });

  const CASES: readonly (readonly [string, Uint8Array<ArrayBuffer>, RegExp])[] = [
    ['nothing', new Uint8Array(0), /the file is empty/],
    ['a text', Uint8Array.from(Buffer.from('hello there, this is a text')), /no JPEG, PNG, WebP or BMP/],
    ['zeros', new Uint8Array(500), /no JPEG, PNG, WebP or BMP/],
    ['a PNG with a flipped bit', flipped(named('PNG')), /checksum is wrong/],
  ];
  for (const [what, bytes, said] of CASES)
    it(`name what is wrong with ${what}`, async () => {
      await assert.rejects(decodeImage(bytes), (error) => error instanceof ImageError && said.test(error.message));
    });

  it('take a JPEG as it lies where its note of the orientation is nonsense', async () => {
    const [whole, plain] = [named('JPEG of orientation 6'), await decodeImage(named('JPEG of orientation 1'))];
    const at = Buffer.from(whole).indexOf('Exif') + 6;
    for (let byte = at; byte < at + 26; byte++)
      for (const value of [0, 255]) {
        const bytes = whole.slice();
        bytes[byte] = value;
        const { shape } = await decodeImage(bytes);
        assert.equal(shape.height * shape.width, plain.shape.height * plain.shape.width);
      }
    assert.equal(orientationOf(Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0, 40, 0x45, 0x78)), 1);
    assert.equal(orientationOf(named('PNG')), 1);
  });

  it('read or refuse print colours with a byte changed, in little time and memory', async () => {
    for (const name of ['CMYK', 'YCCK of half the rows and columns, progressive']) {
      const whole = named(`JPEG in print colours, ${name}`);
      let read = 0;
      for (let at = 2; at < whole.length; at += 2)
        for (const value of [0xff, whole[at]! ^ 0x10]) {
          const bytes = whole.slice();
          bytes[at] = value;
          const found = await decodeImage(bytes).catch((error: unknown) => error);
          if (found instanceof Error) assert.ok(found instanceof ImageError, `byte ${at}: ${String(found)}`);
          else read += 1;
        }
      assert.ok(read > 0, 'changed tables and pixels are still an image');
    }
  });

  it('tell kinds by content and images by names in any case', () => {
    assert.deepEqual(
      ['baseline JPEG', 'PNG', 'WebP', 'BMP'].map((name) => imageKind(named(name))),
      ['JPEG', 'PNG', 'WebP', 'BMP'],
    );
    for (const name of ['a.JPEG', 'b.Jpg', 'c.png', 'd.WEBP', 'e.bmp']) assert.ok(isImageName(name), name);
    for (const name of ['a.txt', 'jpg', 'b.jpg.txt', 'c.gif']) assert.ok(!isImageName(name), name);
    assert.ok(isOtherImage('c.GIF') && isOtherImage('d.heic') && !isOtherImage('e.png'));
  });
});

function flipped(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 4 : byte));
}
