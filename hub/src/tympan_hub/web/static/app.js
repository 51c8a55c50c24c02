// What makes the held jobs an app on a phone: it can be installed, and it works when the hub is away.
(() => {
  "use strict";
  const GRANTS_MS = 60_000; // a grant is good for minutes: while the page is looked at, there is always a fresh one
  const KEPT = "grants";

  navigator.serviceWorker?.register("/app/worker.js", { scope: "/" }).catch(() => undefined);

  // Browsers that can install an app say so; the button is there for those alone.
  const button = document.getElementById("install");
  let offer = null;
  addEventListener("beforeinstallprompt", (event) => {
    if (!button) return;
    event.preventDefault();
    offer = event;
    button.hidden = false;
  });
  button?.addEventListener("click", async () => {
    await offer?.prompt();
    button.hidden = true;
  });

  // Signed permissions to print when the hub is away, for this person's own jobs, kept until they end.
  const asks = document.querySelector("[data-grants]");
  const fetchGrants = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch("/app/grants", { method: "POST", headers: { "x-csrf-token": asks.dataset.grants } });
      if (answer.ok && !answer.redirected) localStorage.setItem(KEPT, await answer.text());
    } catch { /* the hub is away: what is kept is for that */ }
  };
  if (asks) {
    fetchGrants();
    setInterval(fetchGrants, GRANTS_MS);
  }

  // Ticks every job, or none.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-all]")) return;
    document.querySelectorAll("input[data-pick]:not(:disabled)").forEach((box) => { box.checked = event.target.checked; });
  });
})();
