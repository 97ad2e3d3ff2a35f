/** The text editor: what it shows beside the text, and editing it. */
import type { Locator, Page } from 'playwright-core';
import { eventually } from './eventually.ts';

/** After which a word without a hover is pointed at again. */
const HOVER_LIMIT = 5_000;

/** After which a list of quick fixes that is not there is asked for again. */
const LIST_LIMIT = 5_000;

export class EditorPage {
  private readonly root: Locator;

  constructor(private readonly page: Page) {
    this.root = page.locator('.editor-instance .monaco-editor[role="code"]').first();
  }

  async waitForText(text: string): Promise<void> {
    await this.line(text).first().waitFor();
  }

  /** Lines that contain this text, with what inlay hints add to them. Monaco writes spaces as no-break spaces. */
  line(text: string): Locator {
    const pattern = text
      .split(' ')
      .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('\\s');
    return this.root.locator('.view-line', { hasText: new RegExp(pattern) });
  }

  /** The text of a line as shown, with plain spaces. */
  async shown(text: string): Promise<string> {
    return ((await this.line(text).first().textContent()) ?? '').replaceAll('\u00a0', ' ');
  }

  /** The lenses above the text, in order, once the sizes are among them. */
  async lenses(): Promise<string[]> {
    const links = this.root.locator('.codelens-decoration > :is(a, span)');
    await links
      .filter({ hasText: /architecture/ })
      .first()
      .waitFor();
    return (await links.allTextContents())
      .map((text) => text.replaceAll('\u00a0', ' ').trim())
      .filter((text) => text !== '' && text !== '|');
  }

  /**
   * Points at a word on the line that contains `line` and returns what the hover says once all of it is there. Hints
   * that arrive meanwhile move the word, so it is pointed at again until it has a hover.
   */
  async hover(line: string, word: string): Promise<string> {
    const hover = this.page.locator('.monaco-hover:visible').first();
    const loading = this.page.locator('.monaco-hover:visible', { hasText: 'Loading...' });
    return eventually(async () => {
      await this.page.mouse.move(0, 0);
      await hover.waitFor({ state: 'hidden' });
      await this.pointAt(line, word, (x, y) => this.page.mouse.move(x, y, { steps: 3 }));
      await hover.waitFor({ timeout: HOVER_LIMIT });
      await loading.waitFor({ state: 'detached' });
      return (await hover.innerText()).replaceAll('\u00a0', ' ');
    });
  }

  /** Puts the caret into a word, which no hover of another one covers. */
  async clickOn(line: string, word: string): Promise<void> {
    await this.page.mouse.move(0, 0);
    await this.page.locator('.monaco-hover:visible').first().waitFor({ state: 'hidden' });
    await this.pointAt(line, word, (x, y) => this.page.mouse.click(x, y));
  }

  squiggles(severity: 'error' | 'warning'): Locator {
    return this.root.locator(`.squiggly-${severity}`);
  }

  /**
   * Opens the quick fixes of a word. Sizes and hints that arrive meanwhile move the word or close the list, so it is
   * asked for again until it stands there.
   */
  async quickFixes(line: string, word: string): Promise<Locator> {
    const rows = this.page.locator('.action-widget .monaco-list-row.action');
    await eventually(async () => {
      await this.page.keyboard.press('Escape');
      await this.clickOn(line, word);
      await this.page.keyboard.press('Control+.');
      await rows.first().waitFor({ timeout: LIST_LIMIT });
    });
    return rows;
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
  }

  /**
   * Finds where a word is drawn and acts in its middle; the text is split over many elements, so a DOM range measures
   * it.
   */
  private async pointAt(line: string, word: string, act: (x: number, y: number) => Promise<void>): Promise<void> {
    const box = await this.line(line)
      .first()
      .evaluate((element, searched) => {
        const nodes: Text[] = [];
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) nodes.push(walker.currentNode as Text);
        const start = nodes
          .map((node) => node.data)
          .join('')
          .replaceAll('\u00a0', ' ')
          .indexOf(searched);
        if (start < 0) return undefined;
        const middle = start + Math.floor(searched.length / 2);
        let before = 0;
        for (const node of nodes) {
          if (middle < before + node.length) {
            const range = document.createRange();
            range.setStart(node, middle - before);
            range.setEnd(node, middle - before + 1);
            const { x, y, width, height } = range.getBoundingClientRect();
            return { x: x + width / 2, y: y + height / 2 };
          }
          before += node.length;
        }
        return undefined;
      }, word);
    if (!box) throw new Error(`the line with "${line}" does not show "${word}"`);
    await act(box.x, box.y);
  }
}
