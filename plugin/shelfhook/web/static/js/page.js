// What every page does beyond showing itself. Without it all works, by reloading.

import * as jobs from "./jobs.js";
import { connect } from "../live.js";
import { morph } from "./morph.js";
import { localise, timeOfDay } from "./times.js";

const SOON = 250; // news often comes in swarms
const APART = { news: 1_000, elsewhere: 2_500, figures: 5_000 }; // at least, between two renewals
const main = document.querySelector("main");
const sign = document.querySelector("#live");

let lastNews = new Date();
let timer = 0;
let renewedAt = 0;
let wanted = false; // something has come while the page was hidden or lost
let renewing = false;
let wasLost = false;
let stream = null;

localise(document);
setInterval(() => localise(document), 15_000);
theme();
forgetWhatWasDone();
if (document.querySelector("[data-live]")) begin();

function begin() {
  const job = main.dataset.follow ?? "";
  const topics = (main.dataset.topics ?? "").split(",").filter(Boolean);
  const ended = job && document.querySelector("[data-live=progress] .result") && !running();
  if (ended) return; // a job that has ended never changes again
  stream = connect({ topics, job, onMessage: heard, onState: stated });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && wanted) renew();
  });
}

function running() {
  return ["queued", "running", "paused"].includes(document.querySelector("[data-job]")?.dataset.state);
}

function heard({ event, data }) {
  lastNews = new Date();
  if (event === "hello") return;
  later(APART[event === "job" ? jobs.show(data) : "news"]);
}

function stated(state, reason = "") {
  const lost = state === "lost";
  if (state === "live") {
    if (wasLost) later(APART.news); // what was missed meanwhile
    lastNews = new Date();
  }
  wasLost ||= lost;
  if (state === "live") wasLost = false;
  document.body.classList.toggle("stale", state !== "live");
  sign.className = `live ${state}`;
  sign.hidden = false;
  sign.replaceChildren(...words(state, reason));
}

function words(state, reason) {
  if (state === "live") return ["Live"];
  if (state === "connecting") return ["Connecting"];
  const when = `last news ${timeOfDay(lastNews)}`;
  if (reason !== "sign-in") return [`Connection lost, trying again (${when})`];
  const link = document.createElement("a");
  link.href = location.href; // the server leads to the sign-in and back
  link.textContent = "Sign in again";
  return [`Signed out (${when}). `, link];
}

function later(apart) {
  wanted = true;
  const due = Math.max(Date.now() + SOON, renewedAt + apart);
  if (timer && timer.due <= due) return;
  if (timer) clearTimeout(timer.id);
  timer = { due, id: setTimeout(renew, due - Date.now()) };
}

/** Ask for this same page, and take over the parts that live. */
async function renew() {
  if (timer) clearTimeout(timer.id);
  timer = 0;
  if (document.hidden || renewing) return;
  renewing = true;
  wanted = false;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.redirected) stream.check(); // to the sign-in
    if (!answer.ok || answer.redirected) return;
    take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    renewedAt = Date.now();
  } catch {
    wanted = true; // the connection is away; when it is back, `stated` asks again
  } finally {
    renewing = false;
  }
}

function take(fresh) {
  const focused = document.activeElement;
  localise(fresh);
  for (const part of document.querySelectorAll("[data-live]")) {
    const name = CSS.escape(part.dataset.live);
    const newer = fresh.querySelector(`[data-live="${name}"]`);
    if (newer) morph(part, newer);
  }
  if (focused.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

/** Light, dark, or as the system says; kept in this browser. */
function theme() {
  const button = document.querySelector("#theme");
  const root = document.documentElement;
  const label = button.querySelector("span");
  const say = () => {
    const now = root.dataset.theme ?? "system";
    label.textContent = { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" }[now];
    button.setAttribute("aria-label", label.textContent);
  };
  button.addEventListener("click", () => {
    const next = { system: "light", light: "dark", dark: "system" }[root.dataset.theme ?? "system"];
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (next === "system") localStorage.removeItem("shelfhook.theme");
      else localStorage.setItem("shelfhook.theme", next);
    } catch {
      // No storage: it holds until the next page.
    }
    say();
  });
  say();
  button.hidden = false;
}

/** A reload shall not say again what was done. */
function forgetWhatWasDone() {
  const here = new URL(location.href);
  if (!here.searchParams.has("did")) return;
  here.searchParams.delete("did");
  history.replaceState(null, "", here);
}
