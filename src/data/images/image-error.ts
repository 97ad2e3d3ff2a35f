/** Why an image cannot be used, as the end of a sentence about its file. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}
