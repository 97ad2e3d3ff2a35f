/** A polite live region that says the newest thing, and not too often. */

/** Between two texts at least, in milliseconds: a screen reader needs that long to finish one. */
const PAUSE = 10_000;

export class Announcer {
  readonly element: HTMLElement;
  private last = '';
  private pending: string | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.element = document.createElement('div');
    this.element.className = 'visually-hidden';
    this.element.setAttribute('role', 'status');
    this.element.setAttribute('aria-live', 'polite');
  }

  /**
   * Says it now, or after the pause unless something newer comes. `urgent` does not wait: a run has ended, or a person
   * asked.
   */
  say(text: string, urgent = false): void {
    if (text === (this.pending ?? this.last)) return;
    if (urgent) clearTimeout(this.timer);
    else if (this.timer !== undefined) {
      this.pending = text;
      return;
    }
    this.speak(text);
  }

  private speak(text: string): void {
    this.last = text;
    this.pending = undefined;
    this.element.textContent = text;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.pending !== undefined) this.speak(this.pending);
    }, PAUSE);
  }
}
