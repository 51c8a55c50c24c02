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
  // Where a browser has no worker, nothing could show them when the hub is away, nor empty the storage at signing out.
  const asks = navigator.serviceWorker && document.querySelector("[data-grants]");
  const fetchGrants = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch("/app/grants", { method: "POST", headers: { "x-csrf-token": asks.dataset.grants } });
      if (answer.ok && !answer.redirected) localStorage.setItem(KEPT, await answer.text());
      else if (answer.redirected || answer.status === 403) localStorage.removeItem(KEPT); // signed out elsewhere
    } catch { /* the hub is away: what is kept is for that */ }
  };
  if (asks) {
    fetchGrants();
    setInterval(fetchGrants, GRANTS_MS);
    document.addEventListener("visibilitychange", fetchGrants);
  }

  // Ticks every job, or none; without this file there is nothing that would.
  document.querySelectorAll(".pick-all").forEach((all) => { all.hidden = false; });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-all]")) return;
    document.querySelectorAll("input[data-pick]:not(:disabled)").forEach((box) => { box.checked = event.target.checked; });
  });

  // Who goes to change a job comes back to what they had ticked.
  document.addEventListener("click", (event) => {
    const way = event.target.closest("a[data-keeps]");
    if (!way) return;
    const on = [...document.querySelectorAll("[data-pick]:checked")].map((box) => box.name.slice("job-".length).split("-")[0]);
    const address = new URL(way.href);
    const back = new URL(address.searchParams.get("back"), location.origin);
    back.searchParams.set("on", on.join(".") || "-");
    address.searchParams.set("back", back.pathname + back.search);
    way.href = address.href;
  });
})();
