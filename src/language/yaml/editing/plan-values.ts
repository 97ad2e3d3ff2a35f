/** Sets single values of a definition's text, and nothing else. */
import { applyEdits, refuse, type EditPlan } from '../../edit-plan.ts';
import type { PlacedValue } from '../../language.ts';
import { nodeAt } from '../../tree.ts';
import { parseDefinition } from '../parse-definition.ts';
import { EditCollector, refuseBroken } from './collector.ts';
import { verifyEdits } from './verify-edits.ts';

/**
 * The edits after which each place holds its value; keys that are not there are added to their mapping. What holds its
 * value already is not among the paths. Refused where an edit would not be safe, or its result no definition.
 */
export function planValues(text: string, values: readonly PlacedValue[]): EditPlan {
  const parsed = parseDefinition(text);
  const broken = refuseBroken(text, parsed);
  if (broken) return broken;
  const collector = new EditCollector(text, parsed.tree);
  for (const { place, value } of values) {
    const { node, depth } = nodeAt(parsed.tree, place);
    if (depth === place.length && node?.kind === 'scalar' && node.text === value) continue;
    const refusal = collector.set(place, value);
    if (refusal) return refusal;
  }
  const plan = collector.finish();
  const after = applyEdits(text, plan.edits);
  const unclean = verifyEdits(text, after, plan.paths);
  if (unclean) return refuse(text, `The edit would change more than it should: ${unclean}`);
  const error = parseDefinition(after).diagnostics.find(({ severity }) => severity === 'error');
  return error ? refuse(text, `The edited definition would be wrong: ${error.message}`) : plan;
}
