// The page to print from: documents are read, shown, sealed and handed in. What it says stands in its template.

const COPIES_MOST = 999;
const PAGES = /^\s*\d{1,5}\s*(-\s*\d{1,5}\s*)?(,\s*\d{1,5}\s*(-\s*\d{1,5}\s*)?)*$/;
const SHARED = "tympan-shared"; // the cache in which the worker leaves what was shared with the app
const LAST = "printer";

const at = (id) => document.getElementById(id);
const stage = at("stage");
const { sealing, pins, handing, pictures, preview } = Object.fromEntries(await Promise.all(
  ["sealing", "pins", "handing", "pictures", "preview"].map(async (name) => [name, await import(stage.dataset[name])]),
));
const door = new handing.Door(stage.dataset.csrf);
const documents = [];
let printers = [];
let looked = null; // the document that is shown, and its page
let page = 1;
let busy = false;

// Troubles

function quiet() {
  at("troubles").querySelectorAll("[data-tells]").forEach((line) => { line.hidden = true; });
}

function tell(word, { name = "", detail = "" } = {}) {
  const line = at("troubles").querySelector(`[data-tells="${CSS.escape(word)}"]`) ?? at("troubles").querySelector('[data-tells="refused"]');
  line.querySelector("[data-of]").textContent = name && `${name}:`;
  const said = line.querySelector("[data-detail]");
  said.textContent = detail;
  said.hidden = !detail;
  line.hidden = false;
  line.scrollIntoView({ block: "nearest" });
}

// Only what the hub says itself is shown as it says it; for the rest the page has words in the reader's language.
const tellError = (error, name) => tell(error.word ?? "broken", { name, detail: error.word === "refused" ? error.detail : "" });

// Documents

class Paper {
  constructor(file, name) {
    this.file = file;
    this.name = name || "document";
    this.pdf = null;
    this.sent = null; // what was sent of it: who tries again goes on there
    this.entry = at("document").content.cloneNode(true).firstElementChild;
    this.entry.querySelector("[data-name]").textContent = this.name;
    this.entry.querySelector(".drop span").append(` ${this.name}`);
    this.entry.querySelector(".look").addEventListener("click", () => look(this));
    this.entry.querySelector(".drop").addEventListener("click", () => drop(this));
    this.entry.querySelector(".agree").addEventListener("click", () => convert(this));
    at("documents").append(this.entry);
  }

  is(state) {
    this.state = state;
    this.entry.querySelectorAll("[data-state]").forEach((badge) => { badge.hidden = badge.dataset.state !== state; });
    this.entry.querySelector(".consent").hidden = state !== "convert";
    ready();
  }

  async takes(pdf, state) {
    const shown = await preview.Preview.of(pdf, stage.dataset).catch((error) => {
      throw new handing.Trouble(preview.wordFor(error));
    });
    Object.assign(this, { pdf, shown });
    this.is(state);
    if (!looked) await look(this);
  }

  fails(error) {
    this.is("bad");
    tellError(error, this.name);
  }
}

async function read(paper) {
  if (!paper.file.size) throw new handing.Trouble("empty");
  const kind = await pictures.kindOf(paper.file);
  if (kind === "application/pdf") return paper.takes(paper.file, "sealed");
  if (!kind) return paper.is("convert");
  let pdf;
  try {
    pdf = await pictures.pictureToPdf(paper.file, kind);
  } catch {
    if (kind === "image/jpeg" || kind === "image/png") throw new handing.Trouble("broken");
    return paper.is("convert"); // HEIC, in a browser that cannot show it
  }
  return paper.takes(pdf, "sealed");
}

async function add(files) {
  quiet();
  for (const file of files) {
    const paper = new Paper(file, file.name);
    documents.push(paper);
    paper.is("reading");
    await read(paper).catch((error) => paper.fails(error));
  }
}

async function convert(paper) {
  quiet();
  paper.is("converting");
  try {
    await paper.takes(await door.converted(paper.file, paper.name, paper.file.type, pictures.sheet()), "converted");
  } catch (error) {
    if (["away", "converter-away"].includes(error.word)) {
      paper.is("convert"); // it may go better next time
      tellError(error, paper.name);
    } else paper.fails(error);
  }
}

async function drop(paper) {
  documents.splice(documents.indexOf(paper), 1);
  paper.entry.remove();
  quiet();
  if (looked === paper) {
    looked = null;
    const next = documents.find((one) => one.shown);
    if (next) await look(next);
    else at("looking").hidden = true;
  }
  await paper.shown?.close();
  ready();
  (documents.at(-1)?.entry.querySelector(".drop") ?? at("files")).focus();
}

// Preview

async function look(paper) {
  if (!paper.shown) return;
  looked = paper;
  page = 1;
  at("looking").hidden = false;
  documents.forEach((one) => one.entry.querySelector(".look").setAttribute("aria-pressed", String(one === paper)));
  await draw();
}

async function draw() {
  const { shown } = looked;
  const words = at("page-of");
  words.textContent = words.dataset.words.replace("{page}", page).replace("{pages}", shown.pages);
  at("earlier").disabled = page === 1;
  at("later").disabled = page === shown.pages;
  await shown.draw(page, at("page"), at("page").clientWidth || 320).catch((error) => tellError(error, looked?.name));
  at("page").dataset.drawn = page;
}

function turn(by) {
  page += by;
  draw();
}

// Printers

const chosen = () => printers.find((one) => one.id === at("printer").value);
const serves = (printer) => Boolean(printer?.readers.length);

function offer() {
  const select = at("printer");
  for (const [holds, label] of [[false, select.dataset.atonce], [true, select.dataset.holds]]) {
    const group = document.createElement("optgroup");
    group.label = label;
    group.append(...printers.filter((one) => one.holds === holds).map((one) => {
      const place = [one.name, one.location].filter(Boolean).join(" · ");
      return new Option(serves(one) ? place : `${place} (${select.dataset.notnow})`, one.id);
    }));
    if (group.children.length) select.append(group);
  }
  const before = printers.find((one) => one.id === localStorage.getItem(LAST) && serves(one));
  select.value = (before ?? printers.find(serves) ?? printers[0])?.id ?? "";
  at("no-printers").hidden = printers.length > 0;
  choose();
}

function choose() {
  const printer = chosen();
  at("hindrance").hidden = !printer || serves(printer);
  at("hindrance").querySelector("span").textContent = printer?.hindrance ?? "";
  const can = (select, allowed) => {
    for (const option of select.options) option.disabled = !allowed(option.value);
    if (select.selectedOptions[0]?.disabled) select.value = [...select.options].find((option) => !option.disabled)?.value ?? "";
  };
  can(at("sides"), (value) => value === "one-sided" || !printer?.sides.length || printer.sides.includes(value));
  can(at("color"), (value) => value !== "color" || printer?.color !== false);
  const button = at("print");
  button.querySelector("span").textContent = printer?.holds ? button.dataset.hold : button.dataset.now;
  ready();
}

function ready() {
  const good = documents.filter((one) => one.pdf);
  const waits = documents.some((one) => ["reading", "convert", "converting"].includes(one.state));
  at("waits").hidden = !documents.some((one) => one.state === "convert");
  at("print").disabled = busy || waits || !good.length || !serves(chosen());
}

// Handing in

function wishes(paper) {
  const copies = Number(at("copies").value);
  if (!Number.isInteger(copies) || copies < 1 || copies > COPIES_MOST) throw new handing.Trouble("copies");
  const pages = at("pages").value.replaceAll(/\s/g, "");
  if (pages && !(PAGES.test(pages) && inside(pages, paper.shown.pages))) throw new handing.Trouble("pages");
  const told = { copies, sides: at("sides").value, color: at("color").value, job_name: paper.name };
  return pages ? { ...told, pages } : told;
}

function inside(pages, most) {
  return pages.split(",").every((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return first >= 1 && first <= last && last <= most;
  });
}

// Readers whose keys this browser knows, and those whose new keys the person says are right.
async function readers(printer) {
  const told = await pins.sorted(sealing, printer.readers);
  if (!told.changed.length) return told.known;
  return (await asked(told.changed)) ? [...told.known, ...told.changed] : told.known;
}

function asked(changed) {
  at("changed").replaceChildren(...changed.map((reader) => {
    const entry = at("changed-key").content.cloneNode(true);
    entry.querySelector("[data-name]").textContent = reader.name;
    entry.querySelector("[data-before]").textContent = pins.shown(reader.before);
    entry.querySelector("[data-now]").textContent = pins.shown(reader.digits);
    return entry;
  }));
  at("keys").hidden = false;
  at("keys").focus();
  return new Promise((answered) => {
    const end = (yes) => {
      at("keys").hidden = true;
      answered(yes);
    };
    at("keys-yes").onclick = () => end(true);
    at("keys-no").onclick = () => end(false);
  });
}

// The sealed form and its note are made once: a second try is the same job, and not a second one.
async function begun(paper, printer, told) {
  const kept = JSON.stringify([printer.id, told]);
  if (paper.sent?.kept === kept) return paper.sent;
  const [job, key] = [crypto.randomUUID(), sealing.newKey()];
  const note = { name: paper.name, user: stage.dataset.user, printer: printer.id, media_type: "application/pdf", ticket: await door.ticket(told), size_bytes: paper.pdf.size };
  paper.sent = {
    kept,
    job,
    key,
    sealed: await sealing.Sealed.of(paper.pdf, key, job),
    note: sealing.toBase64(await sealing.sealNote(key, new TextEncoder().encode(JSON.stringify(note)), job)),
  };
  return paper.sent;
}

async function handIn(paper, printer, told, may, progress) {
  const sent = await begun(paper, printer, told);
  const hpke = await import(stage.dataset.hpke);
  const context = sealing.fromBase64(printer.context);
  sent.envelopes ??= await Promise.all(may.map(async (reader) => ({
    agent: reader.agent,
    envelope: sealing.toBase64(await sealing.wrapFor(hpke, sent.key, sealing.fromBase64(reader.recipient), sent.job, context)),
  })));
  const upload = await door.upload(sealing, sent.sealed, sent.job, sent, progress);
  await door.take({
    job: sent.job, printer: printer.id, upload, note: sent.note, envelopes: sent.envelopes, title: paper.name,
    media_type: "application/pdf", pages: paper.shown.pages, copies: told.copies, sides: told.sides, color: told.color,
  });
  for (const reader of may) await pins.pin(reader.agent, reader.name, reader.digits);
  return sent.job;
}

function progressOf(paper) {
  const what = at("sending-what");
  what.textContent = what.dataset.words.replace("{name}", paper.name);
  at("sending").hidden = false;
  return (share) => { at("progress").value = share; };
}

async function print() {
  const printer = chosen();
  const papers = documents.filter((one) => one.pdf);
  const told = papers.map(wishes);
  const may = await readers(printer);
  if (!may.length) throw new handing.Trouble("keys");
  for (const [index, paper] of papers.entries()) {
    const progress = progressOf(paper);
    progress(0);
    handed(paper, await handIn(paper, printer, told[index], may, progress));
  }
  localStorage.setItem(LAST, printer.id);
  at("sending").hidden = true;
  if (papers.length === 1) location.assign(`/jobs/${papers[0].sent.job}`);
  else at("done").focus();
}

// Each that is there leaves the list: a second try sends the others alone.
function handed(paper, job) {
  const entry = at("handed").content.cloneNode(true);
  const link = entry.querySelector("a");
  link.href = `/jobs/${job}`;
  link.textContent = paper.name;
  at("jobs").append(entry);
  at("done").hidden = false;
  documents.splice(documents.indexOf(paper), 1);
  paper.entry.remove();
}

at("wishes").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy || at("print").disabled) return;
  busy = true;
  quiet();
  ready();
  try {
    await print();
  } catch (error) {
    at("sending").hidden = true;
    tellError(error.name === "NotReadableError" ? new handing.Trouble("changed") : error);
  }
  busy = false;
  ready();
});

for (const id of ["files", "camera"]) {
  at(id).addEventListener("change", async (event) => {
    const files = [...event.target.files];
    event.target.value = ""; // the same may be chosen again
    await add(files);
  });
}
at("printer").addEventListener("change", choose);
at("earlier").addEventListener("click", () => turn(-1));
at("later").addEventListener("click", () => turn(1));

// What was shared with the app is taken out of the worker's hands, and stays nowhere.
async function shared() {
  if (!new URL(location.href).searchParams.has("shared")) return;
  const kept = await caches.open(SHARED);
  const found = (await kept.keys()).sort((one, other) => one.url.localeCompare(other.url, "en", { numeric: true }));
  const files = await Promise.all(found.map(async (request) => {
    const answer = await kept.match(request);
    const name = decodeURIComponent(answer.headers.get("x-name") ?? "");
    return new File([await answer.blob()], name, { type: answer.headers.get("content-type") ?? "" });
  }));
  await caches.delete(SHARED);
  history.replaceState(null, "", location.pathname);
  if (files.length) await add(files);
  else tell("shared-lost");
}

stage.hidden = false;
if (!globalThis.isSecureContext || !crypto.subtle) {
  tell("insecure");
  at("wishes").hidden = true;
} else {
  await Promise.all([
    door.printers().then((told) => { printers = told; offer(); }).catch((error) => tellError(error)),
    shared(),
  ]);
}
