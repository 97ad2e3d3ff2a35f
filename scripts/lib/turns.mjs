// The output of things that run side by side, one after another: the first of them writes as it goes, each of the
// others once all before it have ended.
export class Turns {
  #open = [];

  /** @param {(text: string | Uint8Array) => void} write where all of it goes */
  constructor(write) {
    this.write = write;
  }

  /** Takes the next turn. Returns where to write, and what to call at the end. */
  take() {
    const turn = { kept: [], ended: false };
    this.#open.push(turn);
    return {
      write: (text) => {
        if (this.#open[0] === turn) this.write(text);
        else turn.kept.push(text);
      },
      end: () => {
        turn.ended = true;
        this.#advance();
      },
    };
  }

  #advance() {
    while (this.#open[0]?.ended) {
      this.#open.shift();
      const [next] = this.#open;
      next?.kept.splice(0).forEach((text) => this.write(text));
    }
  }
}
