// The screen beside a device: it stays on, and shows no code once it cannot learn the next.
(() => {
  "use strict";
  const STALE_MS = 10_000;
  let looked = Date.now();

  // How long the code is good changes with each answer, and with nothing else.
  const seen = new MutationObserver(() => { looked = Date.now(); });
  seen.observe(document.getElementById("main"), { attributeFilter: ["value"], childList: true, subtree: true });
  setInterval(() => document.body.classList.toggle("stale", Date.now() - looked > STALE_MS), 1000);

  // Tablets that cannot be asked to stay on have a setting for it.
  const stayOn = () => navigator.wakeLock?.request("screen").catch(() => undefined);
  document.addEventListener("visibilitychange", stayOn);
  stayOn();
})();
