/** The result's network as a picture of its own. */
import { networkSvg } from '../charts/network-svg.ts';
import type { ExportInput } from './export-input.ts';

/** SVG text, self-contained. */
export function reportSvg({ result, chosen }: Pick<ExportInput, 'result' | 'chosen'>): string {
  return `${networkSvg(chosen.layers, result.networks.length > 1 ? chosen.name : result.name)}\n`;
}
