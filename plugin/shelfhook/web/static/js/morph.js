// Makes a part of the page like a newer one, and touches only what differs: focus, open details,
// typed text and the place that was scrolled to stay.

const KEPT = { DETAILS: ["open"], INPUT: ["value", "checked"], SELECT: [], DIALOG: ["open"] };

/** Make `old` like `fresh`; they are elements of the same kind. */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh) || old.hasAttribute("data-keep")) return;
  attributes(old, fresh);
  if (old.tagName === "SELECT" || old.tagName === "TEXTAREA") return; // the reader's choice
  children(old, fresh);
}

function attributes(old, fresh) {
  const kept = KEPT[old.tagName] ?? [];
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !kept.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!kept.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function children(old, fresh) {
  const keyed = new Map();
  const stay = new Set([...fresh.children].map((child) => child.dataset?.key).filter(Boolean));
  for (const child of [...old.children]) {
    if (child.dataset?.key && !stay.has(child.dataset.key)) child.remove(); // so that the rest need not move
  }
  for (const child of old.children) if (child.dataset?.key) keyed.set(child.dataset.key, child);
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const known = wanted.dataset?.key ? keyed.get(wanted.dataset.key) : null;
    const found = known && same(known, wanted) ? known : same(place, wanted) ? place : null;
    if (!found) {
      old.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else old.insertBefore(found, place);
    if (found.nodeType === Node.ELEMENT_NODE) morph(found, wanted);
    else if (found.data !== wanted.data) found.data = wanted.data;
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function same(one, other) {
  return Boolean(one) && one.nodeType === other.nodeType && one.nodeName === other.nodeName
    && (one.dataset?.key ?? "") === (other.dataset?.key ?? "");
}
