// What static/live.js does in a browser, with a browser made of the few things it uses.
// Run by test_live_js.py: `node --test live_js.mjs`.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

const { connect } = await import(process.env.LIVE_JS);

class FakeSource extends EventTarget {
  static all = [];
  constructor(address) {
    super();
    this.address = address;
    this.open = true;
    FakeSource.all.push(this);
  }
  close() {
    this.open = false;
  }
  say(name, data = {}) {
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data) }));
  }
}

const open = () => FakeSource.all.filter((source) => source.open);
const settle = () => new Promise((done) => setImmediate(done));
let page, states, messages, live, answer;

function start(options = { topics: ["overview"] }) {
  live = connect({
    ...options,
    onMessage: (message) => messages.push(message),
    onState: (...state) => states.push(state),
  });
}

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settle();
}

function show(visible) {
  page.hidden = !visible;
  page.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  FakeSource.all = [];
  page = Object.assign(new EventTarget(), { hidden: false });
  const whole = new EventTarget();
  globalThis.document = page;
  globalThis.EventSource = FakeSource;
  globalThis.location = { href: "http://shelf.test/jobs" };
  globalThis.addEventListener = whole.addEventListener.bind(whole);
  globalThis.removeEventListener = whole.removeEventListener.bind(whole);
  answer = { status: 200, type: "basic" };
  globalThis.fetch = async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  [states, messages] = [[], []];
});

afterEach(() => {
  live.close();
  mock.timers.reset();
});

test("it is live when the server has greeted, and not before", () => {
  start();
  assert.deepEqual(states, [["connecting", ""]]);
  open()[0].say("hello", { now: 1 });
  assert.deepEqual(states.at(-1), ["live", ""]);
  open()[0].say("job", { id: "a" });
  assert.deepEqual(messages, [
    { event: "hello", data: { now: 1 } },
    { event: "job", data: { id: "a" } },
  ]);
});

test("the address lies beside the module and names what is wanted", () => {
  start({ topics: ["jobs", "inbox"], job: "abc" });
  const address = new URL(open()[0].address);
  assert.ok(address.pathname.endsWith("/web/api/v1/live"));
  assert.equal(address.search, "?topics=jobs%2Cinbox&job=abc");
});

test("a break is said at once, and it comes back with growing pauses", async () => {
  start();
  open()[0].say("hello");
  open()[0].onerror();
  assert.deepEqual(states.at(-1), ["lost", "error"]);
  assert.equal(open().length, 0);
  await pass(500);
  assert.equal(open().length, 1);
  open()[0].onerror();
  await pass(499);
  assert.equal(open().length, 0);
  await pass(501);
  assert.equal(open().length, 1);
  assert.equal(states.at(-1)[0], "lost"); // not live before the greeting
  open()[0].say("hello");
  assert.equal(states.at(-1)[0], "live");
});

test("however often it fails, the pause has a limit", async () => {
  start();
  for (let turn = 0; turn < 20; turn += 1) {
    open()[0].onerror();
    await pass(30_000);
    assert.equal(open().length, 1);
  }
});

test("a silent connection is lost, one with heartbeats is not", async () => {
  start();
  open()[0].say("hello");
  for (let beat = 0; beat < 5; beat += 1) {
    await pass(30_000);
    open()[0].say("beat");
  }
  assert.equal(states.at(-1)[0], "live");
  await pass(40_000);
  assert.deepEqual(states.at(-1), ["lost", "silence"]);
});

for (const refused of [
  { status: 401, type: "basic" },
  { status: 403, type: "basic" },
  { status: 0, type: "opaqueredirect" },
]) {
  test(`who is signed out (${refused.status}) is told so, and it does not try again`, async () => {
    start();
    answer = refused;
    open()[0].onerror();
    await pass(1_000);
    assert.deepEqual(states.at(-1), ["lost", "sign-in"]);
    await pass(100_000);
    assert.equal(open().length, 0);
  });
}

test("a server that is away is tried again", async () => {
  start();
  answer = new TypeError("unreachable");
  open()[0].onerror();
  await pass(1_000);
  assert.equal(open().length, 1);
});

test("a hidden tab gives its connection up after a while, and has it again when it is seen", async () => {
  start();
  open()[0].say("hello");
  show(false);
  await pass(4_000);
  assert.equal(open().length, 1);
  await pass(2_000);
  assert.equal(open().length, 0);
  assert.equal(states.at(-1)[0], "connecting"); // nothing old is shown as live
  show(true);
  assert.equal(open().length, 1);
});

test("a tab that is hidden for a moment keeps its connection", async () => {
  start();
  show(false);
  await pass(1_000);
  show(true);
  await pass(10_000);
  assert.equal(FakeSource.all.length, 1);
});

test("a tab that is opened hidden waits until it is seen", () => {
  page.hidden = true;
  start();
  assert.equal(FakeSource.all.length, 0);
  show(true);
  assert.equal(open().length, 1);
});

test("a hidden tab does not come back from a break before it is seen", async () => {
  start();
  open()[0].onerror();
  page.hidden = true;
  await pass(60_000);
  assert.equal(open().length, 0);
  show(true);
  assert.equal(open().length, 1);
});

test("the network's return is tried at once", async () => {
  start();
  for (let turn = 0; turn < 8; turn += 1) {
    open()[0].onerror();
    await pass(30_000);
  }
  open()[0].onerror();
  live.retry();
  assert.equal(open().length, 1);
});

test("it can be asked whether a sign-in is wanted", async () => {
  start();
  open()[0].say("hello");
  live.check();
  await settle();
  assert.equal(open().length, 1);
  answer = { status: 0, type: "opaqueredirect" };
  live.check();
  await settle();
  assert.deepEqual(states.at(-1), ["lost", "sign-in"]);
  assert.equal(open().length, 0);
});

test("after close nothing happens any more", async () => {
  start();
  live.close();
  show(false);
  show(true);
  await pass(100_000);
  assert.equal(open().length, 0);
});
