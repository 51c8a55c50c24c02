// Makes one-page PDFs of pictures, in the browser: agents print PDF, and the hub never sees the picture.
// A JPEG goes in as it came, also one that lies on its side: a PDF turns it without a new loss.

const MARGIN_PT = 18; // a quarter of an inch: no printer here prints nearer to the edge without cutting
const A4_PT = [595.276, 841.89];
const LETTER_PT = [612, 792];
const LETTER_LANDS = new Set(["US", "CA", "MX", "PH", "CL", "CO", "VE"]);
const PIXELS_MOST = 40_000_000; // of what is drawn: phones have no room for more
const STRIP_ROWS = 256; // read back at a time
const JPEG_QUALITY = 0.92;

const ascii = (bytes, at, size) => String.fromCharCode(...bytes.subarray(at, at + size));

// What a file is, by its first bytes; "" for what is neither PDF nor picture.
export async function kindOf(blob) {
  const head = new Uint8Array(await blob.slice(0, 1024).arrayBuffer());
  if (ascii(head, 0, 1024).includes("%PDF-")) return "application/pdf";
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "image/jpeg";
  if (ascii(head, 1, 3) === "PNG") return "image/png";
  if (ascii(head, 0, 4) === "RIFF" && ascii(head, 8, 4) === "WEBP") return "image/webp";
  if (ascii(head, 0, 4) === "GIF8") return "image/gif";
  if (ascii(head, 4, 4) === "ftyp") return { avif: "image/avif" }[ascii(head, 8, 4)] ?? "image/heic";
  return "";
}

// What a JPEG says of itself; null for one that a PDF cannot hold as it is.
export function jpegFacts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const facts = { orientation: 1, adobe: false };
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    while (bytes[at + 1] === 0xff) at += 1; // fill bytes
    const marker = bytes[at + 1];
    if (marker === 0xe1 && ascii(bytes, at + 4, 4) === "Exif") facts.orientation = orientation(view, at + 10);
    if (marker === 0xee && ascii(bytes, at + 4, 5) === "Adobe") facts.adobe = true;
    if (marker >= 0xc0 && marker <= 0xc2) {
      return { ...facts, bits: bytes[at + 4], height: view.getUint16(at + 5), width: view.getUint16(at + 7), colors: bytes[at + 9] };
    }
    if (marker === 0xda) return null;
  }
  return null;
}

function orientation(view, tiff) {
  try {
    const little = view.getUint16(tiff) === 0x4949;
    const list = tiff + view.getUint32(tiff + 4, little);
    for (let entry = 0; entry < view.getUint16(list, little); entry += 1) {
      const at = list + 2 + 12 * entry;
      const turned = view.getUint16(at + 8, little);
      if (view.getUint16(at, little) === 0x0112) return turned >= 1 && turned <= 8 ? turned : 1;
    }
  } catch { /* cut short: then it says nothing */ }
  return 1;
}

// How the unit square of a picture lies for each EXIF orientation, as a PDF matrix.
const TURNS = [, [1, 0, 0, 1, 0, 0], [-1, 0, 0, 1, 1, 0], [-1, 0, 0, -1, 1, 1], [1, 0, 0, -1, 0, 1],
  [0, -1, -1, 0, 1, 1], [0, -1, 1, 0, 0, 1], [0, 1, 1, 0, 0, 0], [0, 1, -1, 0, 1, 0]];

const printsOnLetter = () => LETTER_LANDS.has(new Intl.Locale(navigator.language).maximize().region);
const paper = () => (printsOnLetter() ? LETTER_PT : A4_PT);

// The sheet for what names none, as the hub calls it: by where the person is.
export const sheet = () => (printsOnLetter() ? "letter" : "a4");

const number = (value) => String(Math.round(value * 1000) / 1000);

// A PDF with one picture, as large as the paper lets it be, its long side along the paper's.
function pdfOf(picture) {
  const [width, height] = picture.turned > 4 ? [picture.height, picture.width] : [picture.width, picture.height];
  const sheet = width > height ? paper().toReversed() : paper();
  const scale = Math.min((sheet[0] - 2 * MARGIN_PT) / width, (sheet[1] - 2 * MARGIN_PT) / height);
  const [wide, high] = [width * scale, height * scale];
  const place = [wide, 0, 0, high, (sheet[0] - wide) / 2, (sheet[1] - high) / 2].map(number).join(" ");
  const drawn = `q ${place} cm ${TURNS[picture.turned].join(" ")} cm /P Do Q`;
  const space = { 1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK" }[picture.colors];
  const decode = picture.inverted ? " /Decode [1 0 1 0 1 0 1 0]" : "";
  return assembled([
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${sheet.map(number).join(" ")}] /Resources << /XObject << /P 5 0 R >> >> /Contents 4 0 R >>`,
    [`<< /Length ${drawn.length} >>`, new Blob([drawn])],
    [`<< /Type /XObject /Subtype /Image /Width ${picture.width} /Height ${picture.height} /ColorSpace /${space} /BitsPerComponent 8${decode} /Filter /${picture.filter} /Length ${picture.data.size} >>`, picture.data],
  ]);
}

function assembled(objects) {
  const parts = ["%PDF-1.4\n"];
  const places = [];
  let at = parts[0].length;
  const add = (part) => {
    parts.push(part);
    at += part.size ?? part.length;
  };
  objects.forEach((object, index) => {
    places.push(at);
    const [said, stream] = Array.isArray(object) ? object : [object, null];
    add(`${index + 1} 0 obj\n${said}\n`);
    if (stream) [`stream\n`, stream, "\nendstream\n"].forEach(add);
    add("endobj\n");
  });
  const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  parts.push(`xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`);
  return new Blob(parts, { type: "application/pdf" });
}

function canvasOf(bitmap) {
  const scale = Math.min(1, Math.sqrt(PIXELS_MOST / (bitmap.width * bitmap.height)));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.fillStyle = "#fff"; // paper: what is transparent is not printed
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

// Every pixel as it is, strip by strip through the packer.
async function packed(canvas) {
  const context = canvas.getContext("2d");
  let row = 0;
  const strips = new ReadableStream({
    pull(stream) {
      if (row >= canvas.height) return stream.close();
      const rows = Math.min(STRIP_ROWS, canvas.height - row);
      const { data } = context.getImageData(0, row, canvas.width, rows);
      const plain = new Uint8Array(canvas.width * rows * 3);
      for (let from = 0, to = 0; from < data.length; from += 4) {
        plain[to++] = data[from];
        plain[to++] = data[from + 1];
        plain[to++] = data[from + 2];
      }
      row += rows;
      return stream.enqueue(plain);
    },
  });
  return new Response(strips.pipeThrough(new CompressionStream("deflate"))).blob();
}

async function drawn(blob, lossless) {
  const canvas = canvasOf(await createImageBitmap(blob, { imageOrientation: "from-image" }));
  const facts = { width: canvas.width, height: canvas.height, colors: 3, turned: 1 };
  if (lossless) return { ...facts, filter: "FlateDecode", data: await packed(canvas) };
  return { ...facts, filter: "DCTDecode", data: await canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY }) };
}

// The PDF of a picture; rejects where this browser cannot read it.
export async function pictureToPdf(blob, kind) {
  if (kind === "image/jpeg") {
    const facts = jpegFacts(new Uint8Array(await blob.arrayBuffer()));
    if (facts?.bits === 8 && facts.width && facts.height && [1, 3, 4].includes(facts.colors)) {
      (await createImageBitmap(blob)).close(); // one that is broken is told here, and not by the printer
      const inverted = facts.colors === 4 && facts.adobe;
      return pdfOf({ ...facts, turned: facts.orientation, filter: "DCTDecode", data: blob, inverted });
    }
  }
  return pdfOf(await drawn(blob, kind === "image/png"));
}
