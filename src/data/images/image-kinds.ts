/** What a file of an image is by its first bytes, and which file names are images. */

export type ImageKind = 'JPEG' | 'PNG' | 'WebP' | 'BMP';

const ascii = (bytes: Uint8Array, from: number, text: string): boolean =>
  [...text].every((letter, i) => bytes[from + i] === letter.charCodeAt(0));

const STARTS: readonly (readonly [ImageKind, (bytes: Uint8Array) => boolean])[] = [
  ['JPEG', (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff],
  ['PNG', (bytes) => bytes[0] === 0x89 && ascii(bytes, 1, 'PNG')],
  ['WebP', (bytes) => ascii(bytes, 0, 'RIFF') && ascii(bytes, 8, 'WEBP')],
  ['BMP', (bytes) => ascii(bytes, 0, 'BM')],
];

/** By content: names lie. */
export const imageKind = (bytes: Uint8Array): ImageKind | undefined => STARTS.find(([, is]) => is(bytes))?.[0];

/** Endings of files that are decoded, in lower case. */
export const IMAGE_ENDINGS = ['jpg', 'jpeg', 'jpe', 'png', 'webp', 'bmp'] as const;

/** Endings of images that are not. */
const OTHER_IMAGES = /\.(gif|tiff?|heic|heif|avif|jxl|jp2|svg|ppm|pgm|tga)$/i;
const IMAGES = new RegExp(`\\.(${IMAGE_ENDINGS.join('|')})$`, 'i');

export const isImageName = (name: string): boolean => IMAGES.test(name);
/** An image that cannot be read here: to be converted. */
export const isOtherImage = (name: string): boolean => OTHER_IMAGES.test(name);
