// Runs before the first paint, so that nobody who chose dark is flashed with light.
(() => {
  "use strict";
  let kept = null;
  try {
    kept = localStorage.getItem("shelfhook.theme");
  } catch {
    // No storage here (a private window): the system's choice holds.
  }
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
