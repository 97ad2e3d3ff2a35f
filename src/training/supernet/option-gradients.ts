/** What a step's gradients say of the options of every decision. */
import type { Network } from '../../network/types.ts';
import type { Sample } from './decisions.ts';
import { withinReach, type Course } from './reach.ts';
import type { StepResult } from './shared-tensors.ts';
import type { SharedWeights } from './shared-weights.ts';
import { addMaskGradient } from './width-masks.ts';

/**
 * Gradients of the loss to the options of each decision, and which options they are known of.
 * @param found gradients of the leaves that this step's network has, by name
 * @param ofInputs losses with both sizes of the input that were drawn
 */
export function optionGradients(
  network: Network,
  { weighted, masks, pathLeaves }: Pick<SharedWeights, 'weighted' | 'masks' | 'pathLeaves'>,
  found: ReadonlyMap<string, Float32Array>,
  sample: Sample,
  course: Course,
  ofInputs: readonly number[],
): Pick<StepResult, 'gradients' | 'known'> {
  const { decisions, layers } = network;
  const gradients = decisions.map((decision) => new Float64Array(decision.labels.length));
  const known = decisions.map((_, d) => withinReach(network, course, d));
  const addVector = (decision: number, values: Float32Array | undefined): void => {
    if (decision >= 0 && values)
      values.forEach((value, k) => {
        gradients[decision]![k]! += value;
      });
  };
  for (const { primitive, leaves } of weighted.values()) {
    addVector(primitive.kernel.decision, found.get(leaves.kernel.name));
    addVector(primitive.bits.decision, found.get(leaves.bits.name));
    addVector(primitive.sparsity.decision, found.get(leaves.sparsity.name));
  }
  for (const mask of masks.values()) {
    const values = found.get(mask.variable.name);
    if (values) addMaskGradient(mask.width, sample.choice, values, gradients);
  }
  for (const layer of layers) {
    const values = found.get(pathLeaves.get(layer.spec.index)?.name ?? '');
    const decision = layer.op.decision;
    if (decision < 0) continue;
    const pair =
      sample.second[decision]! < 0 ? [sample.choice[decision]!] : [sample.choice[decision]!, sample.second[decision]!];
    known[decision] = pair;
    if (values)
      pair.forEach((k, i) => {
        gradients[decision]![k]! += values[i]!;
      });
  }
  const inputs = network.resolution?.decision;
  if (inputs !== undefined) {
    const pair = [sample.choice[inputs]!, sample.second[inputs]!].slice(0, Math.max(1, ofInputs.length));
    known[inputs] = pair;
    ofInputs.forEach((loss, i) => {
      gradients[inputs]![pair[i]!] = loss;
    });
  }
  return { gradients, known };
}
