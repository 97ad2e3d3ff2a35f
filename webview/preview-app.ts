/** The running page of a data preview: takes messages, draws, and turns clicks into messages. */
import { PART_TITLES } from '../src/charts/preview/preview-view.ts';
import { PARTS, type PreviewRequest } from '../src/wire/data-preview.ts';
import {
  previewHostMessage,
  readPreviewState,
  type PreviewHostMessage,
  type PreviewPageMessage,
  type PreviewState,
} from '../src/wire/preview-messages.ts';
import { Announcer } from './ui/announce.ts';
import { chosenValue, isChecked, syncChoices } from './ui/components.ts';
import { patchChildren } from './ui/dom.ts';
import { crashed } from './views/notices.ts';
import { previewPage, type PreviewModel } from './views/preview-page.ts';

/** The part of `acquireVsCodeApi()` that is used. */
export interface PreviewHost {
  postMessage(message: PreviewPageMessage): void;
  getState(): unknown;
  setState(state: PreviewState): void;
}

export class PreviewApp {
  private model: PreviewModel = { changed: false };
  private readonly announcer = new Announcer();
  private readonly main = document.createElement('main');

  constructor(
    private readonly root: HTMLElement,
    private readonly host: PreviewHost,
  ) {}

  /** Shows itself and tells the host that it can receive. */
  start(): void {
    this.model = { changed: readPreviewState(this.host.getState())?.changed ?? false };
    this.root.replaceChildren(this.announcer.element, this.main);
    this.main.addEventListener('click', (event) => {
      this.onClick(event);
    });
    this.main.addEventListener('change', (event) => {
      this.onChange(event);
    });
    this.draw();
    this.host.postMessage({ type: 'previewReady' });
  }

  /** A message from the host, not yet checked. */
  receive(data: unknown): void {
    let message: PreviewHostMessage;
    try {
      message = previewHostMessage(data);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (message.type === 'preview') {
      const { preview } = message;
      this.model = { ...this.model, preview };
      this.announcer.say(`${PART_TITLES[preview.shown.part]} samples of ${preview.name} are shown.`, true);
    } else {
      this.model = { ...this.model, status: message };
      const [first] = message.problems;
      if (message.failed && first) this.announcer.say(first.message, true);
    }
    this.keep();
    this.draw();
  }

  /** An error in the page: shown in place of it, and sent to the log. */
  fail(error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.host.postMessage({ type: 'previewError', message, stack: stack ?? '' });
    patchChildren(this.main, [crashed(message)]);
  }

  private draw(): void {
    try {
      patchChildren(this.main, previewPage(this.model));
      syncChoices(this.main);
    } catch (error) {
      this.fail(error);
    }
  }

  private keep(): void {
    const { status, preview, changed } = this.model;
    if (!status) return;
    this.host.setState({ document: status.document, ...(preview && { request: preview.shown }), changed });
  }

  private ask(change: Partial<PreviewRequest>): void {
    const { preview } = this.model;
    if (preview) this.host.postMessage({ type: 'previewAsk', request: { ...preview.shown, ...change } });
  }

  private onClick(event: Event): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-do]') : null;
    const argument = element?.dataset['with'] ?? '';
    const commands: Readonly<Record<string, () => void>> = {
      others: () => {
        this.ask({ seed: (this.model.preview?.shown.seed ?? 0) + 1 });
      },
      page: () => {
        this.ask({ from: Number(argument) });
      },
      again: () => {
        this.host.postMessage({ type: 'previewAgain' });
      },
      reveal: () => {
        const [line = 1, column = 1] = argument.split(':').map(Number);
        this.host.postMessage({ type: 'previewReveal', line, column });
      },
    };
    commands[element?.dataset['do'] ?? '']?.();
  }

  private onChange(event: Event): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-change]') : null;
    const shown = this.model.preview?.shown;
    if (!element || !shown) return;
    const changes: Readonly<Record<string, () => void>> = {
      part: () => {
        const part = PARTS.find((one) => one === chosenValue(element));
        if (part && part !== shown.part) this.ask({ part });
      },
      samples: () => {
        const samples = Number(chosenValue(element));
        if (samples > 0 && samples !== shown.samples) this.ask({ samples });
      },
      changed: () => {
        if (isChecked(element) === this.model.changed) return;
        this.model = { ...this.model, changed: isChecked(element) };
        this.keep();
        this.draw();
      },
    };
    changes[element.dataset['change']!]?.();
  }
}
