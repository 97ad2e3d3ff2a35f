/** Values by key, of which those that were asked for longest ago are forgotten. */
export class Recent<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** Keeps between `count` and twice as many. */
  constructor(private readonly count: number) {}

  get(key: string): T | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= this.count) [this.#old, this.#young] = [this.#young, new Map()];
    this.#young.set(key, value);
  }
}
