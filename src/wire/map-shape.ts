/** The shape of a map: of a sample, an input, an output. */

/** Height, width and channels of a map. */
export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** '32x32'. */
export const pixelsText = ({ height, width }: Pick<MapShape, 'height' | 'width'>): string => `${height}x${width}`;

/** '32x32x3'. */
export const mapText = (shape: MapShape): string => `${pixelsText(shape)}x${shape.channels}`;
