// Seals documents in the browser as docs/formats/sealed.md says: what leaves this page only agents can open.
// A sealed document is made piece by piece, from any place on: memory holds one piece, and a cut costs one.

export const CHUNK_BYTES = 65536;
const HEADER_BYTES = 80;
const FRAME_BYTES = 8;
const TAG_BYTES = 16;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + FRAME_BYTES + TAG_BYTES;
const KEY_ID_BYTES = 16;
const NOTE_BYTES = 65536;
const LAST = 0x80000000; // bit 31 of a frame's size
const X25519 = 0x10;
const MLKEM768_X25519 = 0x11;
const PUBLIC_BYTES = { [X25519]: 33, [MLKEM768_X25519]: 1217 };

const text = (words) => new TextEncoder().encode(words);
const CONTENT = text("tympan sealed document v1 content\0");
const COMMITMENT = text("tympan sealed document v1 commitment\0");
const NOTE = text("tympan sealed document v1 note\0");
const RECIPIENT = text("tympan envelope v1 recipient\0");

export const random = (size) => crypto.getRandomValues(new Uint8Array(size));
export const newKey = () => random(32);
export const fromBase64 = (words) => Uint8Array.from(atob(words), (letter) => letter.charCodeAt(0));

export function toBase64(bytes) {
  let letters = "";
  for (let at = 0; at < bytes.length; at += 0x2000) letters += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  return btoa(letters);
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function uuidBytes(uuid) {
  const digits = uuid.replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new TypeError(`not a UUID: ${uuid}`);
  return Uint8Array.from(digits.match(/../g), (pair) => Number.parseInt(pair, 16));
}

// HKDF-Expand (RFC 5869) of one block: WebCrypto's own HKDF would extract first.
async function expand(key, info) {
  if (key.length !== 32) throw new TypeError(`a document's key has 32 bytes, not ${key.length}`);
  const mac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", mac, joined(info, Uint8Array.of(1))));
}

async function cipher(key, info) {
  return crypto.subtle.importKey("raw", await expand(key, info), "AES-GCM", false, ["encrypt"]);
}

async function encrypt(aead, nonce, plain, bound) {
  const how = { name: "AES-GCM", iv: nonce, additionalData: bound, tagLength: 8 * TAG_BYTES };
  return new Uint8Array(await crypto.subtle.encrypt(how, aead, plain));
}

const chunksOf = (plainBytes) => Math.max(1, Math.ceil(plainBytes / CHUNK_BYTES));
export const sealedSize = (plainBytes) => HEADER_BYTES + plainBytes + chunksOf(plainBytes) * (FRAME_BYTES + TAG_BYTES);

// One document's sealed form; `blob` must not change, and browsers refuse to read a file that did.
export class Sealed {
  static async of(blob, key, document, salt = random(16)) {
    const made = new Sealed();
    const prefix = joined(text("TYMPSEAL"), Uint8Array.of(1, 0, 0, 0, 0, 1, 0, 0), uuidBytes(document), salt);
    made.header = joined(prefix, await expand(key, COMMITMENT));
    made.aead = await cipher(key, joined(CONTENT, prefix));
    made.blob = blob;
    made.chunks = chunksOf(blob.size);
    made.size = sealedSize(blob.size);
    return made;
  }

  // Sealed bytes from `start` on, before `end`. Sealing the same chunk again gives the same bytes.
  async slice(start, end) {
    const from = Math.max(0, Math.floor((start - HEADER_BYTES) / SEALED_CHUNK_BYTES));
    const to = Math.min(this.chunks, Math.max(0, Math.ceil((end - HEADER_BYTES) / SEALED_CHUNK_BYTES)));
    const plain = new Uint8Array(await this.blob.slice(from * CHUNK_BYTES, to * CHUNK_BYTES).arrayBuffer());
    const parts = [this.header];
    for (let index = from; index < to; index += 1) {
      const at = (index - from) * CHUNK_BYTES;
      parts.push(...(await this.#chunk(index, plain.subarray(at, at + CHUNK_BYTES))));
    }
    const first = from === 0 ? 0 : HEADER_BYTES + from * SEALED_CHUNK_BYTES;
    return joined(...(from === 0 ? parts : parts.slice(1))).subarray(start - first, end - first);
  }

  async #chunk(index, plain) {
    const last = index === this.chunks - 1;
    const frame = new DataView(new ArrayBuffer(FRAME_BYTES));
    frame.setUint32(0, index);
    frame.setUint32(4, (last ? LAST : 0) + plain.length);
    const nonce = new DataView(new ArrayBuffer(12)); // 11 bytes of counter, one that says whether it is the last
    nonce.setUint32(7, index);
    nonce.setUint8(11, last ? 1 : 0);
    return [new Uint8Array(frame.buffer), await encrypt(this.aead, nonce.buffer, plain, this.header)];
  }
}

export async function sealNote(key, note, document, nonce = random(12)) {
  if (note.length > NOTE_BYTES) throw new TypeError(`a note has at most ${NOTE_BYTES} bytes, not ${note.length}`);
  const version = Uint8Array.of(1);
  const id = uuidBytes(document);
  const locked = await encrypt(await cipher(key, joined(NOTE, id)), nonce, note, joined(version, id));
  return joined(version, nonce, locked);
}

// Locks a document's key for one agent. `hpke` is vendor/hpke.min.mjs.
export async function wrapFor(hpke, key, recipient, document, context) {
  const suite = recipient[0];
  if (recipient.length !== PUBLIC_BYTES[suite]) throw new TypeError(`no key of a suite known here: ${suite}`);
  const kem = suite === X25519 ? new hpke.DhkemX25519HkdfSha256() : new hpke.XWing();
  const how = new hpke.CipherSuite({ kem, kdf: new hpke.HkdfSha256(), aead: new hpke.Aes256Gcm() });
  const keyId = (await sha256(recipient)).subarray(0, KEY_ID_BYTES);
  const info = joined(RECIPIENT, Uint8Array.of(suite), keyId, uuidBytes(document), context);
  const recipientPublicKey = await how.kem.deserializePublicKey(recipient.slice(1).buffer);
  const sender = await how.createSenderContext({ recipientPublicKey, info: info.buffer });
  return joined(Uint8Array.of(suite), new Uint8Array(sender.enc), new Uint8Array(await sender.seal(key)));
}
