// Pages of a PDF as pictures, by pdf.js: fetched when the first document is chosen, and only the parts of it that a page needs.

const DENSITY_MOST = 2; // sharper than that nobody sees, and phones run out of memory

export class Preview {
  static async of(blob, addresses) {
    const pdfjs = await import(addresses.pdf);
    pdfjs.GlobalWorkerOptions.workerSrc = addresses.worker;
    pdfjs.setVerbosityLevel?.(pdfjs.VerbosityLevel.ERRORS);
    const range = new pdfjs.PDFDataRangeTransport(blob.size, null);
    range.requestDataRange = async (begin, end) => range.onDataRange(begin, new Uint8Array(await blob.slice(begin, end).arrayBuffer()));
    const how = { range, disableAutoFetch: true, disableStream: true, wasmUrl: addresses.wasm, isEvalSupported: false, useSystemFonts: true, verbosity: 0 };
    const made = new Preview();
    made.task = pdfjs.getDocument(how);
    made.document = await made.task.promise;
    made.pages = made.document.numPages;
    return made;
  }

  // Draws a page as wide as the canvas stands on the screen; a page that is asked for later wins.
  async draw(number, canvas, width) {
    this.drawing?.cancel();
    const page = await this.document.getPage(number);
    const plain = page.getViewport({ scale: 1 });
    const density = Math.min(DENSITY_MOST, devicePixelRatio);
    const viewport = page.getViewport({ scale: (width * density) / plain.width });
    canvas.width = Math.round(viewport.width);
    canvas.height = Math.round(viewport.height);
    this.drawing = page.render({ canvas, canvasContext: canvas.getContext("2d"), viewport });
    await this.drawing.promise.catch((error) => {
      if (error.name !== "RenderingCancelledException") throw error;
    });
  }

  close() {
    return this.task.destroy();
  }
}

// What is wrong with a document, by the word the page has a sentence for.
export const wordFor = (error) => (error.name === "PasswordException" ? "password" : "broken");
