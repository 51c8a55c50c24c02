// Finds the agent on the computer this page is shown on, and has it install or remove a printer.
// - The browser's permission is asked for by a press of the person alone, never by loading the page.
// - It is one way of two: whatever goes wrong here, the hub can do the same without it.
(() => {
  "use strict";
  const FIND_MS = 4000; // a program on this machine answers in milliseconds, or does not run
  const PERSON_MS = 120000; // while the browser asks, the request waits for the person
  const DEED_MS = 345000; // a little longer than the agent gives the print system
  const part = document.querySelector("[data-bridge]");
  if (!part) return;
  const addresses = part.dataset.bridge.split(" ");

  const show = (state, said = {}) => {
    for (const [name, text] of Object.entries({ cause: "", next: "", ...said })) {
      part.querySelectorAll(`[data-say="${name}"]`).forEach((place) => { place.textContent = text; });
    }
    part.querySelectorAll("[data-when]").forEach((each) => { each.hidden = !each.dataset.when.split(" ").includes(state); });
    part.dataset.state = state;
    part.dispatchEvent(new CustomEvent("bridge", { bubbles: true, detail: state }));
  };

  // "granted", "prompt" or "denied"; "" where the browser does not say: it knows the permission by one of two names.
  const permission = async () => {
    for (const name of ["loopback-network", "local-network-access"]) {
      try { return (await navigator.permissions.query({ name })).state; } catch { /* the next name */ }
    }
    return "";
  };

  const reach = (address, path, options, wait) => fetch(address + path, {
    credentials: "omit", cache: "no-store", targetAddressSpace: "loopback", signal: AbortSignal.timeout(wait), ...options,
  });

  const ask = async (address, path, message, wait) => {
    const headers = { "Content-Type": "application/json", "Tympan-Bridge": "1" };
    const answer = await reach(address, path, { method: "POST", redirect: "error", headers, body: JSON.stringify(message) }, wait);
    return { ok: answer.ok, said: await answer.json() };
  };

  // The agent that answers this page, or why none does.
  const find = async (state) => {
    for (const address of addresses) {
      try {
        const { ok, said } = await ask(address, "/bridge/v1/greet", {}, state === "prompt" ? PERSON_MS : FIND_MS);
        return ok ? { address, ...said } : { trouble: "failed", said };
      } catch {
        if (await permission() === "denied") return { trouble: "denied" };
      }
    }
    // An answer nobody may read still says that somebody is there.
    for (const address of addresses) {
      try { await reach(address, "/bridge/v1", { mode: "no-cors" }, FIND_MS); return { trouble: "foreign" }; } catch { /* the next one */ }
    }
    return { trouble: "absent" };
  };

  const wrong = (agent) => {
    if (agent.trouble) return agent.trouble;
    if (agent.tenant !== part.dataset.tenant) return "other-tenant";
    return agent.needs_sign_in && !part.dataset.manages && !(agent.people || []).includes(part.dataset.person) ? "signin" : "";
  };

  const greet = async () => {
    const agent = await find(await permission());
    const trouble = wrong(agent);
    if (trouble) show(trouble, { release: agent.release || "", ...told(agent.said) });
    return trouble ? null : agent;
  };

  const told = (said) => said ? { cause: said.cause, next: said.next_step || "" } : {};

  const permit = async (agent, deed) => {
    const body = new URLSearchParams({
      csrf: part.dataset.csrf, agent: agent.agent, printer: part.dataset.printer, challenge: agent.challenge, deed,
    });
    const answer = await fetch("/bridge/permit", { method: "POST", body, signal: AbortSignal.timeout(30000) });
    const said = await answer.json();
    if (!answer.ok) throw { said: { cause: said.detail, next_step: said.next_step } };
    if (said.needs_sign_in) throw { signIn: true };
    return said.permit;
  };

  const run = async (deed) => {
    show("looking");
    const agent = await greet();
    if (!agent) return;
    show(deed === "install-queue" ? "installing" : "removing");
    try {
      const { ok, said } = await ask(agent.address, "/bridge/v1/run", { permit: await permit(agent, deed) }, DEED_MS);
      if (!ok) return show(said.code === "not-signed-in" ? "signin" : "failed", { release: agent.release, ...told(said) });
      const done = said.usable === false ? "unusable" : "done";
      show(deed === "install-queue" ? done : "removed", { release: agent.release });
      document.querySelectorAll("[data-live]").forEach((live) => live.dispatchEvent(new Event("look")));
    } catch (error) {
      show(error.signIn ? "signin" : "failed", { release: agent.release, ...told(error.said) });
    }
  };

  const begin = async () => {
    const state = await permission();
    part.querySelectorAll("[data-permission]").forEach((each) => { each.hidden = each.dataset.permission !== state; });
    part.hidden = false;
    if (state === "denied") return show("denied");
    if (state !== "granted") return show("ask");
    show("looking");
    const agent = await greet();
    if (agent) show((agent.installed || []).includes(part.dataset.printer) ? "done" : "ready", { release: agent.release });
  };

  part.addEventListener("click", (event) => {
    const button = event.target.closest("[data-deed]");
    if (button) run(button.dataset.deed);
  });
  begin();
})();
