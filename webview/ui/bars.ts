/**
 * Bars made of plain elements: parts of a whole, probabilities of options, a value on a scale. Each says in text what
 * it shows.
 */
import { formatShare } from '../../src/text/format.ts';
import { h } from './dom.ts';

export interface Part {
  readonly name: string;
  readonly share: number;
  readonly look: 'weights' | 'side' | 'padding' | 'plain';
}
export interface Mark {
  readonly name: string;
  readonly share: number;
  readonly look: 'budget' | 'entropy';
}

const percent = (share: number): string => `${Math.max(0, Math.min(100, 100 * share)).toFixed(3)}%`;

/** Parts side by side on a scale of 1, with marks across. Only a picture: say the same in text beside it. */
export function stackedBar(parts: readonly Part[], marks: readonly Mark[] = [], extra = ''): HTMLElement {
  return h(
    'div',
    { class: `bar ${extra}`, 'aria-hidden': 'true' },
    parts.map((part) =>
      h('div', { class: `part part-${part.look}`, title: part.name, style: { width: percent(part.share) } }),
    ),
    marks.map((mark) =>
      h('div', { class: `mark mark-${mark.look}`, title: mark.name, style: { left: percent(mark.share) } }),
    ),
  );
}

export interface Option {
  readonly label: string;
  readonly probability: number;
}

/** Width of a character of a segment's label, and the room beside it, in pixels. */
const CHARACTER = 6.6;
const ROOM = 3;

/**
 * The probability of each option as its part of one bar, in the order of the definition, from light to strong; the
 * chosen one is framed. `width` (pixels) decides which segments have room for their label.
 */
export function probabilityBar(options: readonly Option[], chosen: number, width: number): HTMLElement {
  const text = options.map((option) => `${option.label} ${formatShare(option.probability)}`).join(', ');
  return h(
    'div',
    { class: 'probabilities', role: 'img', 'aria-label': `Probabilities: ${text}`, title: text },
    options.map((option, index) =>
      h(
        'div',
        {
          class: `option tint-${tint(index, options.length)}${index === chosen ? ' chosen' : ''}`,
          style: { 'flex-grow': option.probability.toFixed(4) },
        },
        option.probability * width >= CHARACTER * option.label.length + ROOM ? option.label : null,
      ),
    ),
  );
}

/** Tints 0 (light) to 4 (strong), spread over the options. */
function tint(index: number, count: number): number {
  return count < 2 ? 2 : Math.round((4 * index) / (count - 1));
}

/** A value from 0 to 1 as a filled part of a track; the text stands beside it. */
export function valueBar(share: number): HTMLElement {
  return h('div', { class: 'value-bar', 'aria-hidden': 'true' }, h('div', { style: { width: percent(share) } }));
}
