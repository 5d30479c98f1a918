// What is to be told to the server: kept in this browser until the server has it, in order.
//
// Each entry may be sent more than once, when a reply was lost; the server changes nothing then. An
// entry that has never been sent can still be changed or taken back without the server.

const TIMEOUT_MS = 15_000;
const LONGEST_PAUSE_MS = 30_000;
const NO_FRAME_MS = 200;
const TOO_BUSY = new Set([408, 425, 429]);

// What comes next is painted first: sending would compete with it, and nothing is lost by then.
function afterPainting(then) {
  let isDue = true;
  const once = () => {
    if (isDue) then();
    isDue = false;
  };
  requestAnimationFrame(() => setTimeout(once));
  setTimeout(once, NO_FRAME_MS); // A page in the background is not painted.
}

export class Outbox extends EventTarget {
  #key;
  #urls;
  #isSending = false;
  #failures = 0;
  #timer = null;

  /** `person`: whose answers these are; `urls` by kind of entry. */
  constructor(person, urls) {
    super();
    this.#key = `judge-outbox ${person}`;
    this.#urls = urls;
    addEventListener("online", () => this.send());
    addEventListener("storage", ({ key }) => key === this.#key && this.#tell("changed"));
  }

  get entries() {
    return JSON.parse(localStorage.getItem(this.#key) ?? "[]");
  }

  get isTroubled() {
    return this.#failures > 0;
  }

  #store(entries) {
    localStorage.setItem(this.#key, JSON.stringify(entries));
    this.#tell("changed");
  }

  #tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  push(kind, fields) {
    this.#store([...this.entries, { id: crypto.randomUUID?.() ?? String(Math.random()), kind, fields }]);
    afterPainting(() => this.send());
  }

  #unsent(lease, axis) {
    return (entry) => !entry.isSent && entry.kind === "answer" && entry.fields.lease === lease && entry.fields.axis === axis;
  }

  /** Change an answer that has not been sent; false when it is too late for that. */
  amend(lease, axis, changes) {
    const entries = this.entries;
    const entry = entries.find(this.#unsent(lease, axis));
    if (!entry) return false;
    Object.assign(entry.fields, changes);
    this.#store(entries);
    return true;
  }

  /** Take back an answer that has not been sent; false when it is too late for that. */
  withdraw(lease, axis) {
    const entries = this.entries;
    const entry = entries.find(this.#unsent(lease, axis));
    if (!entry) return false;
    this.#store(entries.filter((other) => other !== entry));
    return true;
  }

  /** Send what waits, one after the other, until all is sent or something stands in the way. */
  async send() {
    if (this.#isSending) return;
    this.#isSending = true;
    clearTimeout(this.#timer);
    try {
      // Of several windows one sends at a time. (Without TLS there are no locks; it works too.)
      await (navigator.locks?.request(this.#key, () => this.#sendAll()) ?? this.#sendAll());
    } finally {
      this.#isSending = false;
    }
  }

  async #sendAll() {
    for (let entry = this.entries[0]; entry; entry = this.entries[0]) {
      this.#store(this.entries.map((other) => (other.id === entry.id ? { ...other, isSent: true } : other)));
      const outcome = await this.#sendOne(this.entries[0]);
      if (outcome.waitMs !== undefined) {
        this.#timer = setTimeout(() => this.send(), outcome.waitMs);
        this.#tell("changed");
        return;
      }
      const wasTroubled = this.isTroubled;
      this.#failures = 0;
      if (outcome.signedOut) return this.#tell("signed-out");
      const { lease } = entry.fields;
      // What builds on a refused answer would be refused as well.
      const isOver = (other) => other.id === entry.id || (outcome.refusal && other.fields.lease === lease);
      this.#store(this.entries.filter((other) => !isOver(other)));
      this.#tell(outcome.refusal ? "refused" : "sent", { entry, wasTroubled, ...outcome });
    }
  }

  async #sendOne({ kind, fields }) {
    let response;
    try {
      response = await fetch(this.#urls[kind], {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.type === "opaqueredirect") return { signedOut: true };
      if (response.ok) return { told: await response.json() };
    } catch {
      return this.#later();
    }
    if (response.status >= 500 || TOO_BUSY.has(response.status)) return this.#later();
    return this.#refusal(response);
  }

  async #refusal(response) {
    const told = response.status === 409 ? await response.json() : {};
    // Too early by the server's clock, as after a time without a connection: it only has to wait.
    if (told.retry_s) return { waitMs: 1000 * told.retry_s + 50 };
    return { refusal: told.error || `${response.status} ${response.statusText}` };
  }

  #later() {
    this.#failures += 1;
    return { waitMs: Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#failures) };
  }
}

// Signing in anew, perhaps in another window, changes it.
function csrfToken() {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  return cookie ? cookie[1] : document.querySelector("[name=csrfmiddlewaretoken]").value;
}
