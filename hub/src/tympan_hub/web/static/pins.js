// Which keys of agents this browser has seen: a changed one is used only after somebody said so.
// Kept in this browser alone; whoever serves the page could still serve another one (docs/adr/0036-sealing-in-the-browser.md).

const STORE = "pins";

function opened() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open("tympan-pins", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "agent" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function within(mode, act) {
  const store = await opened();
  try {
    return await new Promise((done, failed) => {
      const deed = store.transaction(STORE, mode);
      const asked = act(deed.objectStore(STORE));
      deed.oncomplete = () => done(asked.result);
      deed.onabort = () => failed(deed.error);
    });
  } finally {
    store.close();
  }
}

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// The SHA-256 of a public key, and how people read it: in groups, as the page of keys shows it.
export const fingerprint = async (sealing, reader) => hex(await sealing.sha256(sealing.fromBase64(reader.recipient)));
export const shown = (digits) => digits.match(/.{4}/g).join(" ");

export const pin = (agent, name, digits) => within("readwrite", (store) => store.put({ agent, name, digits }));

// Readers whose key is the one this browser knows, and those whose key is another; a new agent is pinned when it is used.
export async function sorted(sealing, readers) {
  const told = { known: [], changed: [] };
  for (const reader of readers) {
    const digits = await fingerprint(sealing, reader);
    const before = await within("readonly", (store) => store.get(reader.agent));
    const entry = { ...reader, digits, before: before?.digits };
    (before && before.digits !== digits ? told.changed : told.known).push(entry);
  }
  return told;
}
