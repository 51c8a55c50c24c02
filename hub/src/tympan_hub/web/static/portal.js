// What the portal does when scripts run. Every page and every form works without this file.
(() => {
  "use strict";
  const LOOK_MS = 1000;
  const CALM_LOOKS = 4;

  // The server writes times in the reader's own zone from the next page on.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    document.cookie = `zone=${encodeURIComponent(zone)};path=/;max-age=31536000;SameSite=Lax`;
  }

  // What the app keeps for while the hub is away goes once it has ended, with its titles, whoever looks next.
  try {
    const ends = JSON.parse(localStorage.getItem("grants"))?.grants.map((grant) => grant.expires_at * 1000) ?? [];
    if (!ends.some((end) => end > Date.now())) localStorage.removeItem("grants");
  } catch { /* no storage here, or nothing of ours in it */ }

  // Live parts of a page look again while somebody looks at them, and not while text is being selected in them.
  let looks = 0;
  setInterval(() => {
    looks += 1;
    if (document.visibilityState !== "visible" || !getSelection().isCollapsed) return;
    const due = looks % CALM_LOOKS ? "[data-live=quick]" : "[data-live]"; // quick: somebody waits for a result
    document.querySelectorAll(due).forEach((part) => part.dispatchEvent(new Event("look")));
  }, LOOK_MS);

  // Copy buttons exist only where the browser can copy.
  const offerCopy = () => {
    if (!navigator.clipboard) return;
    document.querySelectorAll("button[data-copy]").forEach((button) => { button.hidden = false; });
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.querySelector("[role=status]").textContent = button.dataset.copied;
  });

  // A filter applies as soon as it is chosen; the button stays for those without scripts.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-at-once]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });

  // Escape, or a press elsewhere, closes an open menu and gives the focus back.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  offerCopy();
})();
