// Lists the operations of the description; each opens into a form, and shows its answer.

import { read, root, send } from "./call.js";
import { element, form } from "./form.js";

const state = document.querySelector("#state");
const operations = document.querySelector("#operations");
const filter = document.querySelector("#filter");
const token = document.querySelector("#token");
const METHODS = ["get", "post", "put", "patch", "delete"];

function pretty(text, type) {
  if (!type.includes("json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // not whole yet
  }
}

function meanings(operation, description) {
  const list = element("ul");
  for (const [status, given] of Object.entries(operation.responses)) {
    const name = given.$ref?.split("/").pop();
    const about = name ? description.components.responses[name].description : given.description;
    list.append(element("li", {}, element("code", {}, status), ` ${about}`));
  }
  return element("details", { class: "answers" }, element("summary", {}, "Answers"), list);
}

// Words between backticks are code.
function prose(text) {
  const parts = text.split("`").map((part, place) => (place % 2 ? element("code", {}, part) : part));
  return element("p", {}, ...parts);
}

async function ask(request, shown) {
  const { status, headers, body, stop, button } = shown;
  const control = new AbortController();
  const end = () => control.abort();
  stop.addEventListener("click", end);
  button.disabled = true;
  stop.hidden = false;
  status.textContent = "Sent…";
  body.textContent = headers.textContent = "";
  try {
    const response = await send({ ...request, token: token.value.trim(), signal: control.signal });
    const type = response.headers.get("Content-Type") ?? "";
    status.textContent = `${response.status} ${response.statusText}`;
    status.dataset.well = String(response.ok);
    headers.textContent = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    let text = "";
    await read(response, (so_far) => {
      text = so_far;
      if (!type.includes("json")) body.textContent = text;
    });
    body.textContent = pretty(text, type);
  } catch (error) {
    status.dataset.well = "false";
    status.textContent = error.name === "AbortError" ? `${status.textContent} (stopped)` : `No answer: ${error.message}`;
  } finally {
    stop.removeEventListener("click", end);
    stop.hidden = true;
    button.disabled = false;
  }
}

function build(box, method, path, operation, description) {
  const { parts, request } = form(method, path, operation, description);
  const id = operation.operationId;
  const button = element("button", { type: "submit" }, "Send");
  const stop = element("button", { type: "button", hidden: true }, "Stop");
  const status = element("p", { class: "status", role: "status" });
  const headers = element("pre", { tabindex: "0", "aria-label": "Headers of the answer" });
  const body = element("pre", { tabindex: "0", id: `${id}-answer`, "aria-label": "Body of the answer" });
  const asked = element("form", { autocomplete: "off", "aria-label": operation.summary }, ...parts, button, " ", stop);
  asked.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(request(), { status, headers, body, stop, button });
  });
  const more = element("details", { class: "answers" }, element("summary", {}, "Headers"), headers);
  box.append(prose(operation.description), asked, status, body, more, meanings(operation, description));
}

function show(method, path, operation, description) {
  const line = element(
    "summary", {},
    element("span", { class: `method ${method}` }, method.toUpperCase()), " ",
    element("code", {}, path), " ", element("span", {}, operation.summary),
  );
  const box = element("details", { id: operation.operationId, class: "operation" }, line);
  box.dataset.words = `${method} ${path} ${operation.summary} ${operation.tags}`.toLowerCase();
  const fill = () => build(box, method.toUpperCase(), path, operation, description);
  box.addEventListener("toggle", fill, { once: true });
  return box;
}

function list(description) {
  for (const { name } of description.tags) {
    const section = element("section", { "aria-label": name }, element("h2", {}, name));
    for (const [path, item] of Object.entries(description.paths)) {
      for (const method of METHODS) {
        if (item[method]?.tags.includes(name)) section.append(show(method, path, item[method], description));
      }
    }
    operations.append(section);
  }
}

function choose() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of operations.children) {
    let some = false;
    for (const box of section.querySelectorAll(".operation")) {
      box.hidden = !words.every((word) => box.dataset.words.includes(word));
      some ||= !box.hidden;
    }
    section.hidden = !some;
  }
}

// A link to #createJob opens that operation.
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.matches(".operation")) {
    named.open = true;
    named.querySelector("summary").focus();
  }
}

async function load() {
  const response = await fetch(`${root}/openapi.json`, {
    headers: token.value ? { Authorization: `Bearer ${token.value.trim()}` } : {},
  });
  if (!response.ok) throw new Error(`${response.status}; sign in, or give a token`);
  list(await response.json());
  state.textContent = "";
  choose();
  openNamed();
}

function begin() {
  load().catch((error) => { state.textContent = `The description cannot be read: ${error.message}`; });
}

document.querySelector("#settings").addEventListener("submit", (event) => event.preventDefault());
token.addEventListener("change", () => { if (!operations.children.length) begin(); });
filter.addEventListener("input", choose);
window.addEventListener("hashchange", openNamed);
begin();
