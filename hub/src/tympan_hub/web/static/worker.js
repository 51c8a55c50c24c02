// Keeps the app's own pages for when the hub is away. What it keeps, and under which name, stands in the lines before.
// It never keeps a page that somebody was signed in for: what is kept shows nothing of anybody.
// What stands before a hub that is away says 502 or 504, and a hub without its storage 503.
const AWAY = [502, 503, 504];
const PATIENCE_MS = 4000; // somebody stands at a printer: in a network that swallows all, that is long enough to wait

function ours(request) {
  const late = new Promise((_, gone) => setTimeout(gone, PATIENCE_MS));
  return Promise.race([fetch(request), late]).then((answer) => (AWAY.includes(answer.status) ? caches.match(OFFLINE) : answer));
}

// What another app shares stays on this device until the page to print from takes it.
const SHARED = "tympan-shared";

async function keep(request) {
  const form = await request.formData();
  const said = form.get("text");
  const files = form.getAll("documents").filter((one) => one instanceof File);
  if (!files.length && said) files.push(new File([said], "text.txt", { type: "text/plain" }));
  await caches.delete(SHARED);
  const kept = await caches.open(SHARED);
  const told = (file) => ({ headers: { "content-type": file.type, "x-name": encodeURIComponent(file.name) } });
  await Promise.all(files.map((file, place) => kept.put(`/app/shared/${place}`, new Response(file, told(file)))));
  return Response.redirect("/app/print?shared", 303);
}

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((kept) => kept.addAll([OFFLINE, ...FILES])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => Promise.all(names.filter((name) => ![NAME, SHARED].includes(name)).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(old).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "POST" && pathname === "/app/share") event.respondWith(keep(request));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    const app = pathname === "/app" || pathname.startsWith("/app/") || pathname.startsWith("/r/");
    if (app) event.respondWith(ours(request).catch(() => caches.match(OFFLINE)));
  } else if (pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
