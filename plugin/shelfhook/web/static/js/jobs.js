// The figures of jobs at work, put into the page as news of them comes.

const count = new Intl.NumberFormat("en");
const UNITS = [[86_400, "day"], [3_600, "h"], [60, "min"], [1, "s"]];

/**
 * Put a job's figures into its places.
 * @returns {"news"|"figures"|"elsewhere"} whether more than figures has changed, so that the page
 *   must be asked anew; or that the job has no place in it yet.
 */
export function show(job, root = document) {
  let more = false;
  let found = false;
  for (const place of root.querySelectorAll(`[data-job="${CSS.escape(job.id)}"]`)) {
    if (Number(place.dataset.version) > job.version) return "figures"; // older than what is shown
    found = true;
    more ||= place.dataset.state !== job.state || (job.wish ?? "") !== (place.dataset.wish ?? "")
      || (job.percent === null) !== (place.dataset.counting === "yes");
    place.dataset.version = job.version;
    place.dataset.state = job.state;
    place.dataset.wish = job.wish ?? "";
    place.dataset.counting = job.percent === null ? "yes" : "no";
    figures(place, job);
  }
  for (const [name, value] of Object.entries(job.counts)) {
    const place = root.querySelector(`main[data-follow="${CSS.escape(job.id)}"] [data-count="${name}"]`);
    if (place) place.textContent = count.format(value);
    else if (value && root.querySelector("main[data-follow]")) more = true; // a first one of its kind
  }
  if (more) return "news";
  return found ? "figures" : "elsewhere";
}

function figures(place, job) {
  const part = (name) => place.querySelector(`[data-part="${name}"]`);
  const bar = part("bar");
  if (!bar) return;
  if (job.percent === null) bar.removeAttribute("value");
  else bar.value = job.percent;
  put(part("percent"), job.percent === null ? "counting the books" : `${Math.round(job.percent)} %`);
  put(part("processed"), count.format(job.processed));
  put(part("total"), count.format(job.total ?? job.listed));
  put(part("sofar"), job.total === null ? " so far" : "");
  put(part("rate"), rate(job.rate_per_second));
  put(part("left"), job.eta_seconds === null ? "" : `about ${span(job.eta_seconds)} left`);
}

function put(place, text) {
  if (place && place.textContent !== text) place.textContent = text;
}

function rate(perSecond) {
  if (!perSecond) return "";
  return perSecond < 1 ? `${decimal(perSecond * 60)} books/min` : `${decimal(perSecond)} books/s`;
}

function decimal(value) {
  return value < 10 ? value.toFixed(1) : count.format(Math.round(value));
}

/** A duration by its two largest units. */
export function span(seconds) {
  let rest = Math.max(0, Math.round(seconds));
  if (rest === 0) return "less than a second";
  const parts = [];
  for (const [size, unit] of UNITS) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole) parts.push(`${whole} ${unit}${unit === "day" && whole !== 1 ? "s" : ""}`);
    else if (parts.length) break;
  }
  return parts.slice(0, 2).join(" ");
}
