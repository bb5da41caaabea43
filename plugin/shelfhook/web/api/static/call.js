// Sends a request as this page's reader, and reads the answer as it comes.

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const SAFE = ["GET", "HEAD", "OPTIONS"];

export const root = meta("api-root");
// Where the service lies behind a proxy; the description's paths begin after it.
export const base = root.slice(0, -"/api/v1".length);

// A pasted token speaks for itself; without one the browser's session does, with its CSRF token.
function proof(method, token) {
  if (token) return { Authorization: `Bearer ${token}` };
  const csrf = meta("csrf-token");
  return csrf && !SAFE.includes(method) ? { "X-CSRF-Token": csrf } : {};
}

export function send({ method, path, headers = {}, body, token, signal }) {
  return fetch(base + path, {
    method,
    headers: { ...headers, ...proof(method, token) },
    body,
    signal,
    credentials: token ? "omit" : "same-origin",
    redirect: "manual",
  });
}

// Calls `show` with all text so far, again and again: a stream has no end.
export async function read(response, show) {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    text += done ? decoder.decode() : decoder.decode(value, { stream: true });
    if (text.length > 200_000) text = `…${text.slice(-200_000)}`;
    show(text);
    if (done) return;
  }
}
