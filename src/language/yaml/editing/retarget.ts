/** Names another chip in a definition's text, and changes nothing else. */
import { renamed } from '../../../wire/target-name.ts';
import { applyEdits, refuse, type Refusal } from '../../edit-plan.ts';
import { parseDefinition } from '../parse-definition.ts';
import { EditCollector, refuseBroken } from './collector.ts';
import { planTarget } from './plan-target.ts';
import { verifyEdits } from './verify-edits.ts';

/**
 * The definition with another target; why it cannot be written there otherwise.
 * @param name of the chip, with its presets: presets that it does not name are taken out
 */
export function retarget(text: string, name: string): { readonly text: string } | Refusal {
  const parsed = parseDefinition(text);
  const broken = refuseBroken(text, parsed);
  if (broken) return broken;
  const collector = new EditCollector(text, parsed.tree);
  const { target } = parsed.definition!;
  const refusal = planTarget(collector, target, renamed(target, name));
  if (refusal) return refusal;
  const plan = collector.finish();
  if (plan.edits.length === 0) return { text };
  const after = applyEdits(text, plan.edits);
  const unclean = verifyEdits(text, after, plan.paths, plan.removed);
  return unclean ? refuse(text, `The edit would change more than it should: ${unclean}`) : { text: after };
}
