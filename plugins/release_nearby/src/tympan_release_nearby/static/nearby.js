// Fills the form with what the app wrote behind the "#": a form of its own, which no server on the way ever sees.
"use strict";
(() => {
  const brought = new URLSearchParams(location.hash.slice(1));
  const grants = brought.getAll("grant").filter(Boolean);
  history.replaceState(null, "", location.pathname);
  if (!grants.length) return;
  const place = document.getElementById("grants");
  place.replaceChildren(...grants.map((grant) => {
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = "grant";
    kept.value = grant;
    return kept;
  }));
  const point = document.getElementById("point");
  if ([...point.options].some((option) => option.value === brought.get("point"))) point.value = brought.get("point");
  document.getElementById("count").value = grants.length;
  document.getElementById("ready").hidden = false;
  document.getElementById("how").hidden = true;
})();
