/** The running page of measurements: takes the report, draws, and turns clicks into messages. */
import {
  MEASURE_FILES,
  measureHostMessage,
  readMeasureState,
  type MeasuredMessage,
  type MeasurePageMessage,
  type MeasureState,
} from '../src/wire/measure-messages.ts';
import { reportTitle } from '../src/wire/measured-text.ts';
import { Announcer } from './ui/announce.ts';
import { chosenValue, isChecked, syncChoices } from './ui/components.ts';
import { patchChildren } from './ui/dom.ts';
import { measuredPage, type MeasuredChoices } from './views/measured-page.ts';
import { crashed } from './views/notices.ts';

/** The part of `acquireVsCodeApi()` that is used. */
export interface MeasureHost {
  postMessage(message: MeasurePageMessage): void;
  getState(): unknown;
  setState(state: MeasureState): void;
}

export class MeasuredApp {
  private shown: MeasuredMessage | undefined;
  /** Of which report the choices are. */
  private of: string | undefined;
  private choices: MeasuredChoices = { oneScale: false, width: window.innerWidth };
  private readonly announcer = new Announcer();
  private readonly main = document.createElement('main');

  constructor(
    private readonly root: HTMLElement,
    private readonly host: MeasureHost,
  ) {}

  /** Shows itself and tells the host that it can receive. */
  start(): void {
    const kept = readMeasureState(this.host.getState());
    if (kept) {
      const { id, ...choices } = kept;
      this.of = id;
      this.choices = { ...this.choices, ...choices };
    }
    this.root.replaceChildren(this.announcer.element, this.main);
    this.main.addEventListener('click', (event) => {
      this.onClick(event);
    });
    this.main.addEventListener('change', (event) => {
      this.onChange(event);
    });
    window.addEventListener('resize', () => {
      this.choices = { ...this.choices, width: window.innerWidth };
      this.draw();
    });
    this.draw();
    this.host.postMessage({ type: 'measureReady' });
  }

  /** A message from the host, not yet checked. */
  receive(data: unknown): void {
    try {
      this.shown = measureHostMessage(data);
    } catch (error) {
      this.fail(error);
      return;
    }
    const { id, report } = this.shown;
    // Devices of another report stand elsewhere.
    if (this.of !== id) this.choices = { oneScale: this.choices.oneScale, width: this.choices.width };
    this.of = id;
    this.announcer.say(`Measurements of ${reportTitle(report)} are shown.`, true);
    this.keep();
    this.draw();
  }

  /** An error in the page: shown in place of it, and sent to the log. */
  fail(error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.host.postMessage({ type: 'measureError', message, stack: stack ?? '' });
    patchChildren(this.main, [crashed(message)]);
  }

  private draw(): void {
    try {
      patchChildren(this.main, measuredPage(this.shown?.report, this.choices));
      syncChoices(this.main);
    } catch (error) {
      this.fail(error);
    }
  }

  private keep(): void {
    if (!this.shown) return;
    const { device, oneScale } = this.choices;
    this.host.setState({ id: this.shown.id, oneScale, ...(device !== undefined && { device }) });
  }

  private choose(change: Partial<MeasuredChoices>): void {
    this.choices = { ...this.choices, ...change };
    this.keep();
    this.draw();
  }

  private onClick(event: Event): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-do]') : null;
    const commands: Readonly<Record<string, () => void>> = {
      save: () => {
        const format = MEASURE_FILES.find((one) => one === element?.dataset['with']);
        if (format) this.host.postMessage({ type: 'measureSave', format });
      },
      again: () => {
        this.host.postMessage({ type: 'measureAgain' });
      },
    };
    commands[element?.dataset['do'] ?? '']?.();
  }

  private onChange(event: Event): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-change]') : null;
    if (!element) return;
    const changes: Readonly<Record<string, () => void>> = {
      device: () => {
        const device = Number(chosenValue(element));
        if (Number.isInteger(device) && device !== this.choices.device) this.choose({ device });
      },
      oneScale: () => {
        if (isChecked(element) !== this.choices.oneScale) this.choose({ oneScale: isChecked(element) });
      },
    };
    changes[element.dataset['change']!]?.();
  }
}
