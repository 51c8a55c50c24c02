// The page while the hub is away: jobs that may still be printed, by what the hub signed before it went.
(() => {
  "use strict";
  const KEPT = "grants";
  const MINUTE_MS = 60_000;
  const LOOK_MS = 3000; // for the hub: a few hundred octets, while somebody looks at this page and waits
  const DOOR = /^http:\/\/(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d{1,5}$/; // an agent's page in this network, and nothing else
  const list = document.getElementById("grants");
  const form = document.getElementById("group");

  const left = (grant) => grant.expires_at * 1000 - Date.now();
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
      return (kept.grants ?? []).filter((grant) => left(grant) > 0 && grant.addresses.some((door) => DOOR.test(door)));
    } catch { return []; }
  };

  // Jobs that the same computer prints at the same printers go there together.
  const grouped = (grants) => {
    const groups = new Map();
    for (const grant of grants) {
      const door = grant.addresses.find((address) => DOOR.test(address));
      const key = JSON.stringify([door, grant.points.map((point) => point.printer)]);
      groups.set(key, { door, points: grant.points, grants: [...(groups.get(key)?.grants ?? []), grant] });
    }
    return [...groups.values()];
  };

  // What stands behind # stays on the phone: no server, and nobody in between, sees it.
  const way = (group, point) => {
    const told = new URLSearchParams({ point: point.printer });
    group.grants.forEach((grant) => told.append("grant", grant.grant));
    return `${group.door}/#${told}`;
  };

  const entry = (group) => {
    const made = form.content.cloneNode(true);
    made.querySelector("[data-titles]").append(...group.grants.map((grant) => {
      const line = document.createElement("strong");
      line.textContent = grant.title || form.dataset.untitled;
      return line;
    }));
    const first = Math.min(...group.grants.map(left));
    made.querySelector("[data-left]").textContent = String(Math.max(1, Math.floor(first / MINUTE_MS)));
    made.querySelector("[data-points]").append(...group.points.map((point) => {
      const link = document.createElement("a");
      link.className = "button";
      link.href = way(group, point);
      link.textContent = point.name;
      return link;
    }));
    return made;
  };

  const show = () => {
    const grants = read();
    list.replaceChildren(...grouped(grants).map(entry));
    document.getElementById("some").hidden = grants.length === 0;
    document.getElementById("none").hidden = grants.length > 0;
    if (!grants.length) localStorage.removeItem(KEPT);
  };

  // This page stands in the place of the one that was asked for: that is where to go once the hub is back.
  const there = location.pathname === "/app/offline" ? "/app" : location.pathname + location.search;
  const look = async () => {
    if (document.visibilityState !== "visible") return;
    const asked = { cache: "no-store", signal: AbortSignal.timeout(LOOK_MS) };
    const back = await fetch("/app/manifest.webmanifest", asked).then((answer) => answer.ok, () => false);
    if (back) location.replace(there);
  };

  show();
  setInterval(show, MINUTE_MS);
  setInterval(look, LOOK_MS);
  addEventListener("online", look);
  document.getElementById("again").href = there;
})();
