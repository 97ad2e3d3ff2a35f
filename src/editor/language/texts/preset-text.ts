/** Hovers of the presets that a definition gives its target: which there are. */
import { memoryModesFor, systemsFor } from '../../../targets/configured.ts';
import { findTarget, type Target } from '../../../targets/find-target.ts';
import { formatNumber } from '../../../text/format.ts';
import { splitTargetName } from '../../../wire/target-name.ts';
import type { NetworkSizes } from '../sizes/analysis.ts';

/** The chip without the presets that a definition states. */
const chipOf = ({ target }: NetworkSizes): Target => findTarget(splitTargetName(target.name).npu);

/** The system configurations that the chip can be given; the one that holds first of all. */
export function systemsText(sizes: NetworkSizes): string {
  const [holds] = sizes.target.systems;
  return [
    '| system | clock | SRAM | weights from |',
    '|:--|--:|--:|--:|',
    ...systemsFor(chipOf(sizes)).map(({ name, clockHz, sramBytesPerSecond, weightBytesPerSecond }) => {
      const mark = name === holds?.name ? '**' : '';
      const rate = ({ value }: { readonly value: number }): string => `${formatNumber(value / 1e9)} GB/s`;
      return `| ${mark}\`${name}\`${mark} | ${formatNumber(clockHz.value / 1e6)} MHz | ${rate(sramBytesPerSecond)} | ${rate(weightBytesPerSecond)} |`;
    }),
  ].join('\n');
}

/** The memory modes that the chip can have with its system. */
export function modesText(sizes: NetworkSizes): string {
  const names = memoryModesFor(chipOf(sizes), sizes.definition.target.system).map(({ name }) => `\`${name}\``);
  return names.length === 0 ? '' : `Possible with this chip and system: ${names.join(', ')}.`;
}
