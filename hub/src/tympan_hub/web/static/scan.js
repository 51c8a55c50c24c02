// Reads the code of a device with the camera: by the browser's own BarcodeDetector, else by zxing. The typed code needs none.
(() => {
  "use strict";
  const LOOK_MS = 120; // about eight looks a second: quick enough to feel at once, and a phone stays cool
  const WIDTH_MOST = 1280; // of a picture that is searched; more only costs time
  const CODE = /^\/r\/[A-Za-z0-9-]{4,20}$/;
  const RIGHTS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "none", OverconstrainedError: "none" };

  const stage = document.getElementById("stage");
  const video = document.getElementById("camera");
  const start = document.getElementById("start");
  let stream = null;

  const tell = (word) => {
    document.querySelectorAll("[data-tells]").forEach((line) => { line.hidden = line.dataset.tells !== word; });
    stage.dataset.state = word;
    stage.hidden = ["none", "denied", "paused"].includes(word);
  };

  // Where a code leads, when it is one of ours; null for any other. Nothing a sticker says leads to another site.
  const leads = (text) => {
    let address;
    try { address = new URL(text); } catch { return null; }
    const ours = [location.origin, stage.dataset.hub].includes(address.origin);
    if (!ours || !CODE.test(address.pathname)) return null;
    const proof = address.searchParams.get("p");
    return address.pathname + (proof ? `?p=${encodeURIComponent(proof)}` : "");
  };

  const loaded = (src) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = src;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });

  const byBrowser = async () => {
    if (!("BarcodeDetector" in window)) return null;
    const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
    if (!formats.includes("qr_code")) return null;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (canvas) => (await detector.detect(canvas)).map((found) => found.rawValue);
  };

  const byZxing = async () => {
    await loaded(stage.dataset.reader);
    await ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => stage.dataset.wasm }, fireImmediately: true });
    return async (canvas) => {
      const picture = canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, canvas.width, canvas.height);
      const found = await ZXingWASM.readBarcodes(picture, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 4 });
      return found.filter((code) => code.isValid).map((code) => code.text);
    };
  };

  const watch = async (read) => {
    const canvas = document.createElement("canvas");
    while (stream) {
      if (video.videoWidth) {
        const scale = Math.min(1, WIDTH_MOST / video.videoWidth);
        canvas.width = Math.round(video.videoWidth * scale);
        canvas.height = Math.round(video.videoHeight * scale);
        canvas.getContext("2d", { willReadFrequently: true }).drawImage(video, 0, 0, canvas.width, canvas.height);
        const texts = await read(canvas).catch(() => []);
        const there = texts.map(leads).find(Boolean);
        if (there) {
          tell("found");
          stop();
          location.assign(there);
          return;
        }
        if (texts.length) tell("foreign");
      }
      await new Promise((due) => setTimeout(due, LOOK_MS));
    }
  };

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
  };

  const open = async () => {
    start.hidden = true;
    tell("opening");
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } });
    } catch (error) {
      tell(RIGHTS[error.name] ?? "none");
      start.hidden = false;
      return;
    }
    video.srcObject = stream;
    await video.play().catch(() => undefined);
    try {
      const read = (await byBrowser()) ?? (await byZxing());
      tell("looking");
      await watch(read);
    } catch {
      stop();
      tell("none");
    }
  };

  // The camera is nobody's while the page is not looked at.
  document.addEventListener("visibilitychange", () => { if (document.hidden && stream) { stop(); tell("paused"); start.hidden = false; } });
  addEventListener("pagehide", stop);

  if (!navigator.mediaDevices?.getUserMedia) {
    tell("none");
    return;
  }
  start.addEventListener("click", open);
  open();
})();
