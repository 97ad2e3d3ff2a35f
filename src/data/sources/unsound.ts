/** Files of a data set that cannot be read: counted, named, and allowed up to a stated share. */
import { DataError } from '../data-error.ts';

/** Of a set, so much may be unsound unless the definition says otherwise. */
const ALLOWED = 0.01;

/** Files that a sentence names. */
const NAMED = 3;

/** What is unsound of a set, over both of its parts. */
export class Unsound {
  private readonly found = new Map<string, string>();
  private unprepared = 0;

  /**
   * @param count files in the set
   * @param what these are, in the plural
   * @param share of a set that may be unsound: what the definition says
   */
  constructor(
    private readonly folder: string,
    private readonly count: number,
    private readonly what: string,
    private readonly share = ALLOWED,
  ) {}

  /** @param unprepared is it sound, but nothing that `prepare` could make a sample of? */
  add(file: string, why: string, unprepared = false): void {
    if (unprepared && !this.found.has(file)) this.unprepared += 1;
    this.found.set(file, why);
  }

  /** Call it when a batch is done, so that the error counts all of it. @throws DataError where more is unsound */
  expectFew(): void {
    if (this.found.size <= this.share * this.count) return;
    if (this.unprepared === this.found.size)
      throw new DataError(
        this.folder,
        `at least ${this.amount} cannot be prepared as the definition says: ${this.first}`,
        {},
        ['prepare'],
      );
    throw new DataError(
      this.folder,
      `at least ${this.amount} cannot be read, more than \`damaged: ${percent(this.share)}\` allows: ${this.first}. Mend or delete ${this.found.size === 1 ? 'it' : 'them'}, or allow more`,
      {},
      ['dataset'],
    );
  }

  private get amount(): string {
    return `${this.found.size} of ${this.count} ${this.what}`;
  }

  /** The first of them with what is wrong, and how many more there are. */
  private get first(): string {
    const first = [...this.found].slice(0, NAMED).map(([name, reason]) => `${name}: ${reason}`);
    const more = this.found.size - first.length;
    return `${first.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  }

  /** A sentence; none where all is sound. */
  notes(): readonly string[] {
    if (this.found.size === 0) return [];
    return [
      `${this.amount} cannot be ${this.unprepared === this.found.size ? 'prepared' : 'read'} and ${this.found.size === 1 ? 'is' : 'are'} left out: ${this.first}`,
    ];
  }
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
