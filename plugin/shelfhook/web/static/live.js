/**
 * Keeps a page live: news from the server as it happens, and an honest word on whether it comes.
 *
 * A hidden tab holds no connection. A browser allows six per server under HTTP/1.1, so many open
 * tabs would otherwise starve the one that is looked at; sharing one among tabs would need
 * navigator.locks, which plain-http servers at home do not get. Nothing is lost by it: whoever
 * connects is told the present state first.
 */

const SILENCE = 40_000; // the server says something at least every 15 s
const HIDDEN = 5_000; // a tab that is hidden for less keeps its connection
const PAUSES = { first: 500, most: 30_000 };
const EVENTS = ["job", "inbox", "hosts", "findings", "schedules"];

/**
 * @param {object} options
 * @param {string[]} [options.topics] any of overview, jobs, inbox, hosts, findings, schedules
 * @param {string|null} [options.job] the id of a job to hear of
 * @param {(message: {event: string, data: object}) => void} options.onMessage
 * @param {(state: "connecting"|"live"|"lost", reason: ""|"sign-in"|"error"|"silence") => void}
 *   [options.onState] told at each change; what is shown is current only while it is "live"
 * @returns {{close: () => void, retry: () => void, check: () => void, state: () => string}} `retry`
 *   comes back at once, for instance after a sign-in; `check` asks first whether one is wanted
 */
export function connect({ topics = [], job = null, onMessage, onState = () => {} }) {
  const address = addressOf(topics, job);
  let source = null;
  let state = "";
  let failures = 0;
  let closed = false;
  const timers = { silence: 0, retry: 0, hidden: 0 };

  function tell(next, reason = "") {
    if (next === state) return;
    state = next;
    onState(next, reason);
  }

  function heard() {
    clearTimeout(timers.silence);
    timers.silence = setTimeout(() => lose("silence"), SILENCE);
  }

  function receive(event) {
    heard();
    onMessage({ event: event.type, data: JSON.parse(event.data) });
  }

  function greet(event) {
    failures = 0;
    tell("live");
    receive(event);
  }

  function open() {
    stop();
    if (closed || document.hidden) return;
    tell(failures ? "lost" : "connecting", "error");
    source = new EventSource(address);
    source.addEventListener("hello", greet);
    source.addEventListener("beat", heard);
    for (const name of EVENTS) source.addEventListener(name, receive);
    source.onerror = () => lose("error");
    heard(); // a server that does not even answer is silent, too
  }

  function stop() {
    for (const name of Object.keys(timers)) clearTimeout(timers[name]);
    if (source !== null) source.close();
    source = null;
  }

  /** The browser's own return knows neither backoff nor silence, so we come back ourselves. */
  function lose(reason) {
    stop();
    failures += 1;
    tell("lost", reason);
    timers.retry = setTimeout(comeBack, pause(failures));
  }

  async function comeBack() {
    if (await signedOut()) {
      if (closed) return;
      state = ""; // so that the reason is told even though it is lost already
      tell("lost", "sign-in");
      return; // trying again would not help; the page asks for a sign-in, or is shown again
    }
    open();
  }

  function onVisibility() {
    clearTimeout(timers.hidden);
    if (document.hidden) {
      timers.hidden = setTimeout(rest, HIDDEN);
    } else if (source === null) {
      retry();
    }
  }

  function retry() {
    failures = 0;
    open();
  }

  function check() {
    stop();
    comeBack();
  }

  /** Nobody looks: give the connection up, and show nothing as live until it is back. */
  function rest() {
    stop();
    tell("connecting");
  }

  function close() {
    closed = true;
    stop();
    document.removeEventListener("visibilitychange", onVisibility);
    removeEventListener("online", onVisibility);
    removeEventListener("pagehide", rest);
    removeEventListener("pageshow", onVisibility);
  }

  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("online", onVisibility);
  addEventListener("pagehide", rest); // a page kept for the way back must not hold a connection
  addEventListener("pageshow", onVisibility);
  tell("connecting");
  open();
  return { close, retry, check, state: () => state };
}

/** Beside this file, so that a path in front of everything is right by itself. */
function addressOf(topics, job) {
  const address = new URL("../api/v1/live", import.meta.url);
  if (topics.length) address.searchParams.set("topics", topics.join(","));
  if (job) address.searchParams.set("job", job);
  return address.href;
}

/** Doubles with each failure, and no two pages come back at the same moment. */
function pause(failures) {
  const whole = Math.min(PAUSES.most, PAUSES.first * 2 ** (failures - 1));
  return whole * (0.5 + Math.random() / 2);
}

/**
 * An EventSource does not say why it was refused. So this page is asked for: it leads to the
 * sign-in, which no browser notes as an error, as it would note a 401.
 */
async function signedOut() {
  const headers = { Accept: "text/html" };
  try {
    const answer = await fetch(location.href, {
      method: "HEAD", headers, redirect: "manual", cache: "no-store",
    });
    return answer.status === 401 || answer.status === 403 || answer.type === "opaqueredirect";
  } catch {
    return false; // not reachable at all
  }
}
