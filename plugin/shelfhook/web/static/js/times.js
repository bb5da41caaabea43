// Times in the reader's zone. The server writes them in UTC, for readers without JavaScript.

const DAY = 86_400_000;
const near = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const exact = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const full = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
});
const whole = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
});
const named = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const STEPS = [[60_000, 1000, "second"], [3_600_000, 60_000, "minute"], [DAY, 3_600_000, "hour"]];

/** Every <time> in a part of the page; they keep the machine's form. */
export function localise(root, now = Date.now()) {
  for (const one of root.querySelectorAll("time[datetime]")) {
    const when = new Date(one.dateTime);
    if (Number.isNaN(when.getTime())) continue;
    one.textContent = text(when, one.dataset.show ?? "full", now);
    one.title = named.format(when);
  }
}

function text(when, show, now) {
  if (show === "clock") return exact.format(when);
  const distance = when.getTime() - now;
  if (show === "full") return Math.abs(distance) < 300 * DAY ? full.format(when) : whole.format(when);
  return relative(distance) ?? (Math.abs(distance) < 300 * DAY ? full.format(when) : whole.format(when));
}

function relative(distance) {
  if (Math.abs(distance) < 10_000) return "just now";
  for (const [below, unit, name] of STEPS) {
    if (Math.abs(distance) < below) return near.format(Math.trunc(distance / unit), name);
  }
  return null;
}

/** The time of day, for "last news". */
export const timeOfDay = (when) => exact.format(when);
