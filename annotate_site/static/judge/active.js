// How long somebody has been there: a gap without any sign of them counts for half a minute at most.
//
// Whoever reads the pictures with their eyes alone gives no sign either; music that plays is one.

const IDLE_MS = 30_000;
const SIGNS = ["pointermove", "pointerdown", "keydown", "scroll", "touchstart", "timeupdate"];

/** Its times are milliseconds of one clock, none earlier than the one before. */
export class ActiveTime {
  #counted = 0;
  #last;

  constructor(now) {
    this.#last = now;
  }

  /** There was a sign of somebody. */
  note(now) {
    this.#counted = this.upTo(now);
    this.#last = now;
  }

  /** Milliseconds in which somebody was there, from the beginning to now. */
  upTo(now) {
    return this.#counted + Math.min(now - this.#last, IDLE_MS);
  }
}

/** The active time of this page from now on. */
export function watchActivity() {
  const time = new ActiveTime(performance.now());
  const note = () => time.note(performance.now());
  // While it is caught: what media tell does not rise to the document.
  for (const sign of SIGNS) document.addEventListener(sign, note, { capture: true, passive: true });
  return time;
}
