/** `shapes`: outlines and discs on a noisy ground, tilted, moved and scaled at random. */
import type { Generator } from './generator.ts';

const SIDE = 16;

/** How far a point (x, y), in units of the shape's radius, lies outside the shape (negative: inside). */
const DISTANCES: Readonly<Record<string, (x: number, y: number) => number>> = {
  disc: (x, y) => Math.hypot(x, y) - 0.85,
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 0.75) - 0.22,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) - 0.75,
  frame: (x, y) => Math.abs(Math.max(Math.abs(x), Math.abs(y)) - 0.68) - 0.2,
  triangle: (x, y) => Math.max(-y, 0.5 * y + 0.866 * Math.abs(x)) - 0.5,
  cross: (x, y) => Math.max(Math.min(Math.abs(x), Math.abs(y)) - 0.26, Math.max(Math.abs(x), Math.abs(y)) - 0.95),
};

export const shapes: Generator = {
  shape: { height: SIDE, width: SIDE, channels: 1 },
  classes: Object.keys(DISTANCES),
  draw(label, random, out) {
    const distance = Object.values(DISTANCES)[label]!;
    const radius = 4.5 + 2 * random.next();
    const centreX = SIDE / 2 + (SIDE / 2 - radius) * (2 * random.next() - 1);
    const centreY = SIDE / 2 + (SIDE / 2 - radius) * (2 * random.next() - 1);
    const angle = 0.8 * (random.next() - 0.5);
    const ground = 0.2 + 0.3 * random.next();
    const contrast = 0.25 + 0.35 * random.next();
    const noise = 0.04 + 0.12 * random.next();
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const x = (column + 0.5 - centreX) / radius;
        const y = (row + 0.5 - centreY) / radius;
        // The edge is one pixel soft, so that small moves change the image.
        const inside = Math.min(1, Math.max(0, 0.5 - radius * distance(cos * x + sin * y, cos * y - sin * x)));
        out[row * SIDE + column] = ground + contrast * inside + noise * random.normal();
      }
    }
  },
};
