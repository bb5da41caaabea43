// A stand-in for the live stream, replaced at the merge: of one job by the stream that there is, of
// topics by asking now and then. It offers the same `connect`.

const base = document.querySelector('meta[name="base"]')?.content ?? "";

/**
 * @param {{topics?: string[], job?: string|null,
 *          onMessage: (message: {event: string, data: object}) => void,
 *          onState?: (state: "connecting"|"live"|"lost", reason: string) => void}} options
 */
export function connect({ topics = [], job = null, onMessage, onState = () => {} }) {
  onState("connecting", "");
  return job ? follow(job, onMessage, onState) : ask(topics, onMessage, onState);
}

function follow(job, onMessage, onState) {
  const source = new EventSource(`${base}/api/jobs/${encodeURIComponent(job)}/events`);
  const tell = (event) => onMessage({ event: "job", data: JSON.parse(event.data) });
  source.addEventListener("open", () => onState("live", ""));
  source.addEventListener("error", () => onState("lost", "error"));
  source.addEventListener("snapshot", tell);
  source.addEventListener("progress", tell);
  source.addEventListener("done", (event) => {
    tell(event);
    source.close();
  });
  return { close: () => source.close() };
}

function ask(topics, onMessage, onState) {
  const look = async () => {
    try {
      const answer = await fetch(`${base}/health/live`, { cache: "no-store" });
      onState(answer.ok ? "live" : "lost", "error");
      if (answer.ok) for (const topic of topics) onMessage({ event: topic, data: {} });
    } catch {
      onState("lost", "error");
    }
  };
  look();
  const timer = setInterval(look, 5000);
  return { close: () => clearInterval(timer) };
}
