// Hands documents to the hub: sealed, in parts, each repeated until it is there; and asks it to convert what cannot be sealed.

const HOME = "/app/print/door";
const PART_BYTES = 1 << 20;
const TRIES = 6;
const PAUSE_MS = 500; // before the second try; doubles with each
const AWAY = new Set([408, 429, 502, 503, 504]); // the hub, or what stands before it: try again

// What went wrong, by a word the page has a sentence for; `detail` is the hub's own sentence.
export class Trouble extends Error {
  constructor(word, detail = "") {
    super(detail || word);
    this.word = word;
    this.detail = detail;
  }
}

const pause = (ms) => new Promise((due) => {
  const end = () => {
    clearTimeout(timer);
    removeEventListener("online", end); // who comes back into the network waits no longer
    due();
  };
  const timer = setTimeout(end, ms);
  addEventListener("online", end);
});

async function troubleOf(answer) {
  if (answer.status === 401) return new Trouble("signed-out");
  const told = await answer.json().catch(() => ({}));
  return new Trouble(told.reason ?? (answer.status === 413 ? "too-large" : "refused"), sentences(told.detail, told.next_step));
}

// A cause is a part of a sentence, a next step a sentence.
const sentences = (cause = "", then = "") => cause && `${cause[0].toUpperCase()}${cause.slice(1)}. ${then}`.trim();

export class Door {
  constructor(secret) {
    this.headers = { "x-csrf-token": secret };
  }

  async #once(path, how) {
    const answer = await fetch(HOME + path, { ...how, headers: { ...this.headers, ...how.headers }, redirect: "error" });
    if (answer.ok) return answer;
    const trouble = await troubleOf(answer);
    trouble.again = AWAY.has(answer.status);
    throw trouble;
  }

  // Every request may be repeated: the hub answers the same.
  async #ask(path, how = {}) {
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.#once(path, how);
      } catch (error) {
        const away = !(error instanceof Trouble);
        if (!(away || error.again) || tried === TRIES) throw away ? new Trouble("away") : error;
        await pause(PAUSE_MS * 2 ** (tried - 1));
      }
    }
  }

  #post(path, told) {
    return this.#ask(path, { method: "POST", body: JSON.stringify(told), headers: { "content-type": "application/json" } });
  }

  async printers() {
    const told = await (await this.#ask("/printers")).json();
    return Array.isArray(told) ? told : told.items;
  }

  async ticket(wishes) {
    return (await (await this.#post("/tickets", wishes)).json()).ticket;
  }

  // The PDF of a document that only the hub can convert. It is sent once: it may be large, and nothing of it is kept.
  async converted(blob, name, kind, sheet) {
    const headers = { "content-type": kind || "application/octet-stream", "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}` };
    const answer = await this.#once(`/conversions?sheet=${sheet}`, { method: "POST", body: blob, headers }).catch((error) => {
      throw error instanceof Trouble ? error : new Trouble("away");
    });
    return new Blob([await answer.arrayBuffer()], { type: "application/pdf" });
  }

  // Uploads a sealed document. `state.upload` is kept by the caller: who tries again goes on where it was cut.
  async upload(sealing, sealed, name, state, progress) {
    const asked = { name, size: sealed.size, part_bytes: PART_BYTES };
    state.upload = await (await this.#post("/uploads", asked)).json();
    const there = new Set(state.upload.parts);
    const parts = Math.ceil(sealed.size / PART_BYTES);
    for (let number = 0; number < parts; number += 1) {
      if (!there.has(number)) await this.#part(sealing, sealed, state.upload.id, number);
      progress((number + 1) / parts);
    }
    await this.#post(`/uploads/${state.upload.id}/finish`, {});
    return state.upload.id;
  }

  async #part(sealing, sealed, upload, number) {
    const bytes = await sealed.slice(number * PART_BYTES, Math.min(sealed.size, (number + 1) * PART_BYTES));
    const digest = sealing.toBase64(await sealing.sha256(bytes));
    await this.#ask(`/uploads/${upload}/parts/${number}`, { method: "PUT", body: bytes, headers: { "content-digest": `sha-256=:${digest}:` } });
  }

  async take(told) {
    return (await this.#post("", told)).json();
  }
}
