/** Where the names of points in a picture stand, so that none covers another. */

/** Of a character, in pixels. */
const CHARACTER = 6.4;

export interface LabelFrame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

/**
 * For each point the first of four places round it where its label neither leaves the frame nor covers another, nor, if
 * that can be had, a line of `lines` (their x). A point without such a place has no label: a table or legend names it.
 */
export function placeLabels(
  points: readonly { readonly x: number; readonly y: number; readonly text: string }[],
  frame: LabelFrame,
  lines: readonly number[],
): readonly (Label | undefined)[] {
  const taken: LabelFrame[] = points.map(({ x, y }) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
  const walls: readonly LabelFrame[] = lines.map((x) => ({
    left: x - 2,
    right: x + 2,
    top: frame.top,
    bottom: frame.bottom,
  }));
  return points.map(({ x, y, text: content }) => {
    const width = CHARACTER * content.length;
    const places: readonly Label[] = [
      { x: x + 10, y: y + 4, anchor: 'start' },
      { x: x - 10, y: y + 4, anchor: 'end' },
      { x, y: y - 10, anchor: 'middle' },
      { x, y: y + 18, anchor: 'middle' },
    ];
    const boxOf = (place: Label): LabelFrame => {
      const left = place.anchor === 'start' ? place.x : place.anchor === 'end' ? place.x - width : place.x - width / 2;
      return { left, right: left + width, top: place.y - 10, bottom: place.y + 3 };
    };
    const free = (obstacles: readonly LabelFrame[]): Label | undefined =>
      places.find((place) => {
        const box = boxOf(place);
        return (
          box.left >= frame.left &&
          box.right <= frame.right &&
          !obstacles.some(
            (other) =>
              box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top,
          )
        );
      });
    const chosen = free([...taken, ...walls]) ?? free(taken);
    if (chosen) taken.push(boxOf(chosen));
    return chosen;
  });
}
