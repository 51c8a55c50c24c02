// Keeps the page up to date: the agent answers as soon as something is another than what is shown.
"use strict";
(async () => {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const busy = (view) => view.contains(document.activeElement) && ["SELECT", "INPUT"].includes(document.activeElement.tagName);
  const chosen = (view) => new Map([...view.querySelectorAll("select, input.proof")].map((one) => [one.id, one.value]));
  const show = (view, html) => {
    const focused = document.activeElement && document.activeElement.id, picked = chosen(view);
    const made = new DOMParser().parseFromString(html, "text/html").getElementById("view");
    if (!made) return;
    view.replaceWith(made);
    for (const [id, value] of picked) { const one = document.getElementById(id); if (one) one.value = value; }
    if (focused) { const one = document.getElementById(focused); if (one) one.focus(); }
  };
  while (document.getElementById("waiting")) {
    await pause(3000);
    try {
      const answer = await fetch("/me/login", { credentials: "same-origin" });
      if (!answer.ok || !(await answer.text()).includes("id=waiting")) { location.reload(); return; }
    } catch (error) { /* the agent starts again */ }
  }
  while (document.getElementById("view")) {
    const view = document.getElementById("view");
    try {
      const answer = await fetch("/me/view?seen=" + encodeURIComponent(view.dataset.seen), { credentials: "same-origin" });
      if (answer.status === 403) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const html = await answer.text();
      while (busy(view)) await pause(500);
      if (!html.includes('data-seen="' + view.dataset.seen + '"')) show(view, html);
      else await pause(2000);
    } catch (error) {
      await pause(3000);
    }
  }
})();
