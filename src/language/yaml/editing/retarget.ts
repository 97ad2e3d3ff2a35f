/** Names another chip in a definition's text, and changes nothing else. */
import { applyEdits, refuse, type Refusal } from '../../edit-plan.ts';
import { parseDefinition } from '../parse-definition.ts';
import { EditCollector, refuseBroken } from './collector.ts';
import { verifyEdits } from './verify-edits.ts';

/** The definition with `target.npu` as given; why it cannot be written there otherwise. */
export function retarget(text: string, npu: string): { readonly text: string } | Refusal {
  const parsed = parseDefinition(text);
  const broken = refuseBroken(text, parsed);
  if (broken) return broken;
  if (parsed.definition!.target.npu === npu) return { text };
  const collector = new EditCollector(text, parsed.tree);
  const refusal = collector.set(['target', 'npu'], npu);
  if (refusal) return refusal;
  const plan = collector.finish();
  const after = applyEdits(text, plan.edits);
  const unclean = verifyEdits(text, after, plan.paths, plan.removed);
  return unclean ? refuse(text, `The edit would change more than it should: ${unclean}`) : { text: after };
}
