/**
 * Push for islands: one event stream a page, and requests that survive a link which drops packets.
 *
 * After a black hole (packets dropped, not refused) TCP waits for a retransmission that is half a minute and more away, and
 * so does the browser: an aborted fetch() leaves its connection attempt behind, six of them fill the host's pool, and
 * every later fetch() only joins them. So a page that hears no heartbeat gives its stream up, asks with `reachable()`
 * whether the server answers, and fetches only then. An island that loads much by itself (HLS) shall pause while the
 * state is "lost", or its attempts fill the pool.
 */

export type PushState = "connecting" | "open" | "lost" | "refused";

export interface PushEvent {
  readonly topic: string;
  readonly event: string;
  readonly data: unknown;
}

export interface PushOptions {
  /** Answers a POST with {"ticket": "..."}: checks the rights anew each time. */
  readonly ticketUrl: string;
  readonly eventsUrl?: string;
  readonly onEvent: (event: PushEvent) => void;
  /** Read the snapshot: at the start and whenever events were missed for good. Tried again until it resolves. */
  readonly onResync: () => Promise<void> | void;
  readonly onState?: (state: PushState) => void;
}

export interface RequestOptions {
  /** Milliseconds for one attempt. */
  readonly attempt?: number;
  /** Milliseconds after which the request is given up. */
  readonly total?: number;
  readonly signal?: AbortSignal;
}

export class RequestRefused extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`${status}`);
  }
}

interface Hello {
  readonly connection: string;
  readonly heartbeat: number;
  readonly renew: number;
  readonly topics: readonly string[];
}

const ATTEMPT_MS = 2500;
const TOTAL_MS = 120_000;
const DEPOSIT_MS = 5000;
const FIRST_WATCH_MS = 5000;
const REFUSED_MS = 10_000;
const EMPTY = new Set([204, 205, 304]);
const BUSY = new Set([429, 502, 503, 504]);

export interface CommandOptions extends RequestOptions {
  /** A UUID: the server carries the command out once, however many attempts arrive, and answers each of them. */
  readonly key?: string;
}

/** Send JSON (or form data) in as many attempts as it takes; what is not idempotent by itself needs a key. */
export async function post<T = unknown>(url: string, body?: unknown, options: CommandOptions = {}): Promise<T> {
  const form = body instanceof FormData || body instanceof URLSearchParams;
  const headers: Record<string, string> = { "X-CSRFToken": csrfToken() };
  if (options.key) headers["Idempotency-Key"] = options.key;
  if (!form) headers["Content-Type"] = "application/json";
  const text = form ? body : JSON.stringify(body ?? {});
  return parse<T>(await request(url, { method: "POST", headers, body: text }, options));
}

export async function getJson<T = unknown>(url: string, options: RequestOptions = {}): Promise<T> {
  return parse<T>(await request(url, { method: "GET", headers: { Accept: "application/json" } }, options));
}

export interface Connection {
  close(): void;
  /** Leave with push (ASCII) what the server shall do if this page dies without a goodbye, in place of what it left before. */
  deposit(will: string): void;
}

/** Open the page's stream; it comes back by itself until close(). */
export function connect(options: PushOptions): Connection {
  const page = new Page(options);
  void page.live();
  return { close: () => page.close(), deposit: (will) => void page.deposit(will) };
}

class Page {
  private readonly name = randomName();
  private readonly closing = new AbortController();
  private lastId = "";
  private topics = "";
  private state: PushState | "" = "";
  private connection = "";
  private depositing = false;
  private deliveries: Promise<void> = Promise.resolve();

  constructor(private readonly options: PushOptions) {}

  close(): void {
    this.closing.abort();
  }

  /** One at a time: a link that drops packets gets no more to hold; "" need not wait. Without a stream nobody keeps it. */
  async deposit(will: string): Promise<void> {
    if (!this.connection || (will && this.depositing)) return;
    this.depositing = true;
    const url = `${this.options.eventsUrl ?? "/events"}/will`;
    const headers = { "X-Connection": this.connection, "X-Will": will };
    try {
      await attempt(url, { method: "POST", headers, keepalive: true }, { attempt: DEPOSIT_MS, signal: this.closing.signal });
    } catch (error) {
      // The next second brings the next will.
      console.info("will:", error);
    } finally {
      this.depositing = false;
    }
  }

  async live(): Promise<void> {
    this.show("connecting");
    for (let failures = 0; !this.closing.signal.aborted; ) {
      failures = (await this.once()) ? 0 : failures + 1;
      if (this.closing.signal.aborted) return;
      if (this.state !== "refused") this.show("lost");
      await pause(this.state === "refused" ? REFUSED_MS : delay(failures), this.closing.signal);
      await reachable(this.closing.signal);
    }
  }

  /** One connection from ticket to end; true if it was ever open. */
  private async once(): Promise<boolean> {
    const stream = new AbortController();
    const stop = (): void => stream.abort();
    this.closing.signal.addEventListener("abort", stop, { once: true });
    const watch = new Watchdog(stop);
    const reader = new EventReader();
    let opened = false;
    try {
      const response = await this.request(await this.ticket(stream.signal), stream.signal);
      const chunks = response.body?.getReader();
      for (let part = await chunks?.read(); part && !part.done; part = await chunks?.read()) {
        watch.fed();
        for (const message of reader.feed(part.value)) {
          opened = true;
          this.take(message, watch, stream.signal);
        }
      }
    } catch (error) {
      this.note(error);
    } finally {
      this.connection = "";
      watch.stop();
      stream.abort();
      this.closing.signal.removeEventListener("abort", stop);
    }
    return opened;
  }

  private async request(ticket: string, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `Bearer ${ticket}`, Accept: "text/event-stream" };
    if (this.lastId) headers["Last-Event-ID"] = this.lastId;
    const url = `${this.options.eventsUrl ?? "/events"}?page=${this.name}`;
    const response = await fetch(url, { headers, signal, cache: "no-store" });
    if (!response.ok) throw new RequestRefused(response.status, await response.text());
    return response;
  }

  private async ticket(signal: AbortSignal): Promise<string> {
    return (await post<{ ticket: string }>(this.options.ticketUrl, undefined, { signal })).ticket;
  }

  private take(message: Message, watch: Watchdog, signal: AbortSignal): void {
    if (message.id) this.lastId = message.id;
    if (message.event === "hello") this.greet(JSON.parse(message.data) as Hello, watch, signal);
    else if (message.event === "resync") this.resync();
    else if (message.event === "end") return;
    else this.deliver(message);
  }

  private greet(hello: Hello, watch: Watchdog, signal: AbortSignal): void {
    watch.expect(hello.heartbeat * 2500);
    this.connection = hello.connection;
    const topics = hello.topics.join(" ");
    if (this.topics && this.topics !== topics) this.resync();
    this.topics = topics;
    this.show("open");
    void this.renewals(hello, signal);
  }

  private async renewals(hello: Hello, signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(hello.renew * (500 + 150 * Math.random()), signal);
      if (signal.aborted) return;
      try {
        await this.renew(hello.connection, signal);
      } catch (error) {
        // The server ends the stream when nothing renews it, and the page then asks for its rights anew.
        this.note(error);
      }
    }
  }

  private async renew(connection: string, signal: AbortSignal): Promise<void> {
    const headers = { Authorization: `Bearer ${await this.ticket(signal)}`, "Content-Type": "application/json" };
    const url = `${this.options.eventsUrl ?? "/events"}/renew`;
    await request(url, { method: "POST", headers, body: JSON.stringify({ connection }) }, { signal });
  }

  private deliver(message: Message): void {
    const { topic, data } = JSON.parse(message.data) as { topic: string; data: unknown };
    this.deliveries = this.deliveries.then(() => this.options.onEvent({ topic, event: message.event, data })).catch(report);
  }

  /** Events that come meanwhile wait for the snapshot. */
  private resync(): void {
    this.deliveries = this.deliveries.then(async () => {
      while (!this.closing.signal.aborted) {
        try {
          return await this.options.onResync();
        } catch (error) {
          this.note(error);
          await pause(1000, this.closing.signal);
        }
      }
    });
  }

  private note(error: unknown): void {
    if (!(error instanceof RequestRefused) || this.state === "open") return;
    // 401 comes from push: the ticket is older than the push process or was withdrawn, and the next one decides.
    const final = error.status > 401 && error.status < 500 && !BUSY.has(error.status);
    if (final) this.show("refused");
  }

  private show(state: PushState): void {
    if (state === this.state) return;
    this.state = state;
    this.options.onState?.(state);
  }
}

/** Calls `bark` when nothing was heard for too long, also after the computer slept. */
class Watchdog {
  private fedAt = performance.now();
  private patience = FIRST_WATCH_MS;
  private readonly timer: number;

  constructor(bark: () => void) {
    this.timer = window.setInterval(() => {
      if (performance.now() - this.fedAt > this.patience) bark();
    }, 250);
  }

  fed(): void {
    this.fedAt = performance.now();
  }

  expect(patience: number): void {
    this.patience = patience;
  }

  stop(): void {
    window.clearInterval(this.timer);
  }
}

interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Splits the bytes of a stream into messages: id, event and one data line each, as push writes them. */
export class EventReader {
  private readonly decoder = new TextDecoder();
  private rest = "";

  feed(bytes: Uint8Array): Message[] {
    const blocks = (this.rest + this.decoder.decode(bytes, { stream: true })).split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.filter((block) => !block.startsWith(":")).map(readBlock);
  }
}

function readBlock(block: string): Message {
  const field = (name: string): string =>
    block
      .split("\n")
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join("\n");
  return { id: field("id"), event: field("event"), data: field("data") };
}

let search: Promise<void> | undefined;

/** Resolves as soon as the server answers anything at all; all who wait share one search. */
export function reachable(signal?: AbortSignal): Promise<void> {
  search ??= seek().finally(() => (search = undefined));
  return Promise.race([search, aborted(signal)]);
}

/**
 * A synchronous request is the only one that a browser starts with a fresh connection whatever its pool holds, and in a
 * worker it may have a time-out. The worker comes from a data: URL: its origin is opaque, it sends no cookies, and so
 * what it leaves behind stands in another pool than the page's own. Each fifth try waits for slow links.
 */
const PROBE = `onmessage = ({ data }) => {
  for (let count = 1; ; count += 1) {
    const request = new XMLHttpRequest();
    try {
      request.open("GET", data + "?" + Math.random(), false);
      request.timeout = count % 5 ? 700 : 2500;
      request.send();
      break;
    } catch (error) {
      if (error.name !== "TimeoutError") break;
    }
  }
  postMessage("answered");
};`;

function seek(): Promise<void> {
  return new Promise((resolve) => {
    const worker = new Worker(`data:text/javascript,${encodeURIComponent(PROBE)}`);
    const found = (): void => {
      worker.terminate();
      resolve();
    };
    worker.onmessage = found;
    // No worker: the caller's own short attempts must do.
    worker.onerror = (): number => window.setTimeout(found, 1000);
    worker.postMessage(new URL("/events/probe", location.href).href);
  });
}

/** A request in short attempts. Answers of the server end it, silence and busy answers do not. */
async function request(url: string, init: RequestInit, options: RequestOptions): Promise<Response> {
  const until = performance.now() + (options.total ?? TOTAL_MS);
  for (let failures = 1; ; failures += 1) {
    const response = options.signal?.aborted ? undefined : await attempt(url, init, options).catch(() => undefined);
    if (options.signal?.aborted) throw new DOMException("the page no longer wants it", "AbortError");
    if (response?.ok) return response;
    const busy = !response || BUSY.has(response.status);
    if (!busy || performance.now() > until) throw await refusal(response);
    await pause(delay(failures), options.signal);
    await reachable(options.signal);
  }
}

async function attempt(url: string, init: RequestInit, options: RequestOptions): Promise<Response> {
  const limit = new AbortController();
  const stop = (): void => limit.abort();
  const timer = window.setTimeout(stop, options.attempt ?? ATTEMPT_MS);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const response = await fetch(url, { credentials: "same-origin", cache: "no-store", ...init, signal: limit.signal });
    // The body counts too: it may hang as well as the head.
    return new Response(EMPTY.has(response.status) ? null : await response.blob(), response);
  } finally {
    window.clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
  }
}

async function refusal(response: Response | undefined): Promise<Error> {
  return new RequestRefused(response?.status ?? 0, (await response?.text()) ?? "");
}

async function parse<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** An island's mistake shows in the console and stops no later event. */
function report(error: unknown): void {
  window.setTimeout(() => {
    throw error;
  });
}

function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

/** crypto.randomUUID() exists on secure pages only; a classroom may open http:// on its own network. */
function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Milliseconds before the next try: at once the first time, then up to 3 s, scattered. */
function delay(failures: number): number {
  return failures <= 1 ? 50 * Math.random() : Math.min(3000, 250 * 2 ** (failures - 2)) * (0.5 + 0.5 * Math.random());
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return Promise.race([new Promise<void>((resolve) => window.setTimeout(resolve, milliseconds)), aborted(signal)]);
}

function aborted(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
