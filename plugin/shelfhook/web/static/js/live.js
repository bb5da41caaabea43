// A stand-in for the live stream: of one job by the stream that there is, of topics by asking now
// and then. The real one offers the same `connect`.

const base = document.querySelector('meta[name="base"]')?.content ?? "";

/**
 * @param {{topics?: string[], job?: string,
 *          onMessage: (kind: string, data: object) => void,
 *          onState: (state: "live" | "lost" | "ended") => void}} wanted
 */
export function connect({ topics = [], job = "", onMessage, onState }) {
  return job ? follow(job, onMessage, onState) : ask(topics, onMessage, onState);
}

function follow(job, onMessage, onState) {
  const source = new EventSource(`${base}/api/jobs/${encodeURIComponent(job)}/events`);
  const tell = (event) => onMessage("job", JSON.parse(event.data));
  source.addEventListener("open", () => onState("live"));
  source.addEventListener("error", () => onState("lost"));
  source.addEventListener("snapshot", tell);
  source.addEventListener("progress", tell);
  source.addEventListener("done", (event) => {
    tell(event);
    source.close();
    onState("ended");
  });
  return () => source.close();
}

function ask(topics, onMessage, onState) {
  const look = async () => {
    try {
      const answer = await fetch(`${base}/health/live`, { cache: "no-store" });
      onState(answer.ok ? "live" : "lost");
      if (answer.ok) for (const topic of topics) onMessage(topic, {});
    } catch {
      onState("lost");
    }
  };
  look();
  const timer = setInterval(look, 5000);
  return () => clearInterval(timer);
}
