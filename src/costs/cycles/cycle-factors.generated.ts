/** Made by scripts/make-cycles.ts: Vela's cycles over those of the model, by family and kind of operator (medians over random networks). */
export const CYCLE_FACTORS: Readonly<Record<'u55' | 'u65' | 'u85', Readonly<Record<string, number>>>> = {
  u55: {"add": 1, "average-pool": 1, "conv": 1, "dense": 1, "depthwise": 1, "global-average-pool": 1, "max-pool": 1},
  u65: {"add": 1, "average-pool": 1, "conv": 1, "dense": 1, "depthwise": 1, "global-average-pool": 1, "max-pool": 1},
  u85: {"average-pool": 1, "conv": 1, "dense": 1, "depthwise": 1, "global-average-pool": 1, "max-pool": 1},
};

/** Bytes of the command stream: of a network, a pass with weights, a rearrangement, any other pass (least squares of relative errors over the same networks). */
export const COMMAND_BYTES: Readonly<Record<'u55' | 'u65' | 'u85', readonly number[]>> = {
  u55: [295, 138, 1191, 101],
  u65: [298, 152, 1356, 114],
  u85: [266, 170, 438, 122],
};
