/** Made by scripts/make-cycles.ts: Vela's cycles over those of the model, by family and kind of operator (medians over random networks). */
export const CYCLE_FACTORS: Readonly<Record<'u55' | 'u65' | 'u85', Readonly<Record<string, number>>>> = {
  u55: {"add": 1, "average-pool": 1, "conv": 1, "dense": 1, "depthwise": 1, "global-average-pool": 1, "max-pool": 1},
  u65: {"average-pool": 1, "conv": 1, "dense": 0.959, "depthwise": 1, "global-average-pool": 1, "max-pool": 1},
  u85: {"average-pool": 1.104, "conv": 1, "dense": 1, "depthwise": 1.018, "global-average-pool": 1, "max-pool": 1.068},
};

/** Bytes of the command stream: of a network, a pass with weights, a rearrangement, any other pass (least squares over the same networks). */
export const COMMAND_BYTES: Readonly<Record<'u55' | 'u65' | 'u85', readonly [number, number, number, number]>> = {
  u55: [367, 128, 4218, 109],
  u65: [290, 185, 4080, 116],
  u85: [200, 190, 319, 124],
};
