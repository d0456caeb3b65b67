/**
 * Pupils sign in on a classroom device: the names of the class, one touch, a secret, the next pupil.
 *
 * The device checks by itself with today's pack, with or without a link, and hands each sign-in over with a proof. Where
 * a page has no cryptography (plain HTTP in a classroom's network) it sends the secret, and the server alone decides.
 */
import { defineIsland, make, part } from "./element";
import { icon } from "./icon";
import { newUuid } from "./identity";
import { Ask, type AskConfig } from "./pupil-ask";
import { isQuietHour, nextAsking } from "./pupil-hours";
import { type Days, NotBound, type Pack, type PackClass, PackKeeper, type PackPupil } from "./pupil-pack";
import { drawing } from "./pupil-pictures";
import { canProve, digestOf, type Means, proofOf, verifierOf } from "./pupil-proof";
import { type Outcome, type SignIn, SignInQueue } from "./pupil-queue";
import { keep, kept } from "./pupil-store";
import { Tries } from "./pupil-tries";
import { t, tn } from "./text";
import { wallClock } from "./time";
import { startWorker } from "./worker";

interface Config extends AskConfig {
  readonly key: JsonWebKey;
  readonly device: string;
  readonly rounds: number;
}
interface Somebody {
  readonly pupil: PackPupil;
  readonly of: PackClass;
}
type Proof = { readonly digest: Uint8Array<ArrayBuffer> } & Somebody;

const AGAIN_EVERY = 15_000;
const HELLO_FOR = 20_000;
const WRONG = (): string => t("That does not fit. Try again.");

class Desk {
  private pack: Pack | undefined;
  private days: Days = {};
  private shown = "";
  private here: Readonly<Record<string, number>> = {};
  private current: { readonly uuid: string; readonly who: Somebody } | undefined;
  private hello = 0;
  private linked = true;
  private busy = false;
  /** When the names are read anew, by the server's clock. */
  private askAt = 0;
  private readonly ask: Ask;
  private readonly tries = new Tries();
  private readonly queue: SignInQueue;
  private readonly keeper: PackKeeper;

  constructor(
    private readonly root: HTMLElement,
    private readonly config: Config,
    private readonly signal: AbortSignal,
  ) {
    const address = (name: string): string => root.dataset[name] ?? "";
    this.ask = new Ask(this.part("ask"), config);
    this.keeper = new PackKeeper(address("pack"), address("day"), config.key, config.device);
    this.queue = new SignInQueue(address("handOver"), signal, (...given) => this.settled(...given), (linked) => this.link(linked));
  }

  async start(): Promise<void> {
    this.part("scan").addEventListener("click", () => this.scanAnybody(), { signal: this.signal });
    await this.tries.load();
    if (canProve) this.here = (await kept<Record<string, number>>("here")) ?? {};
    await this.begin();
    const timer = window.setInterval(() => void this.tick(), AGAIN_EVERY);
    this.signal.addEventListener("abort", () => window.clearInterval(timer));
    window.addEventListener("online", () => void this.fresh(), { signal: this.signal });
    void startWorker(this.root.dataset["worker"] ?? "", [location.pathname]);
    await this.queue.run();
    this.count();
  }

  private part(name: string): HTMLElement {
    return part(this.root, `[data-part="${name}"]`);
  }

  /** With today's names on the device a page that opens just before the first lesson asks for nothing more. */
  private async begin(): Promise<void> {
    this.take(await this.keeper.fromDevice());
    const now = this.keeper.now();
    if (!this.pack || !navigator.onLine || !isQuietHour(now)) return this.fresh();
    this.days = await this.keeper.daysFromDevice();
    this.askAt = nextAsking(now, Math.random());
  }

  private async tick(): Promise<void> {
    if (this.pack && this.keeper.isOver(this.pack)) await this.end();
    if (this.keeper.now() >= this.askAt) await this.fresh();
  }

  private async end(): Promise<void> {
    await this.keeper.wipe();
    this.pack = undefined;
    this.here = {};
    this.draw();
  }

  private async fresh(): Promise<void> {
    this.askAt = nextAsking(this.keeper.now(), Math.random());
    try {
      const pack = await this.keeper.fromServer();
      this.link(pack !== undefined);
      if (pack) this.take(pack);
      this.days = await this.keeper.days();
    } catch (error) {
      if (!(error instanceof NotBound)) throw error;
      this.pack = undefined;
    }
    if (this.pack && this.keeper.isOver(this.pack)) await this.end();
    if (!this.pack) this.askAt = 0;
    this.draw();
  }

  private take(pack: Pack | undefined): void {
    if (!pack) return;
    if (this.pack && this.pack.day !== pack.day) this.here = {};
    this.pack = pack;
    this.draw();
  }

  private link(linked: boolean): void {
    this.linked = linked;
    this.part("offline").hidden = linked;
  }

  private draw(): void {
    const classes = this.pack?.classes ?? [];
    this.part("loading").hidden = true;
    this.part("nothing").hidden = classes.length > 0;
    if (classes.length === 0) this.nothing();
    const of = classes.find((one) => one.id === this.shown) ?? classes[0];
    this.shown = of?.id ?? "";
    this.tabs(classes);
    this.part("tiles").replaceChildren(...(of ? of.pupils.map((pupil) => this.tile({ pupil, of })) : []));
    this.count();
  }

  private nothing(): void {
    const why = this.pack
      ? t("No class signs in in this room yet. The teacher chooses the room on the page Pupil cards.")
      : t("The names of today are not on this device. Connect it to the network once, then sign in here with or without a link.");
    this.part("nothing").replaceChildren(icon("users"), make("h2", {}, t("No names here")), make("p", {}, why));
  }

  private tabs(classes: readonly PackClass[]): void {
    const bar = this.part("classes");
    bar.hidden = classes.length < 2;
    bar.replaceChildren(
      ...classes.map((one) => {
        const button = make("button", { type: "button", "aria-pressed": String(one.id === this.shown) }, one.name);
        button.addEventListener("click", () => {
          this.shown = one.id;
          this.draw();
        });
        return button;
      }),
    );
  }

  private tile(who: Somebody): HTMLElement {
    const [picture, colour] = who.pupil.mark;
    const signed = this.here[who.pupil.id] !== undefined;
    const button = make("button", { type: "button", class: `tile-p c${colour}`, "data-pupil": who.pupil.id }, drawing(picture), make("b", {}, who.pupil.name));
    if (signed) button.append(make("span", { class: "done" }, icon("check"), t("Has signed in")));
    button.addEventListener("click", () => this.askFor(who));
    return make("li", {}, button);
  }

  private count(): void {
    const pupils = this.pack?.classes.find((one) => one.id === this.shown)?.pupils ?? [];
    const signed = pupils.filter((one) => this.here[one.id] !== undefined).length;
    const waiting = this.queue.length;
    const words = t("{signed} of {all} signed in", { signed, all: pupils.length });
    this.part("count").textContent = waiting ? `${words} · ${tn("{n} waits to be handed over", "{n} wait to be handed over", waiting)}` : words;
    this.root.dataset["signed"] = String(signed);
    this.root.dataset["waiting"] = String(waiting);
  }

  private view(name: "roster" | "ask" | "hello"): void {
    for (const one of ["roster", "hello"]) this.part(one).hidden = one !== name;
    this.part("scan").hidden = name !== "roster";
    if (name !== "ask") this.ask.close();
    window.clearTimeout(this.hello);
  }

  private askFor(who: Somebody): void {
    this.view("ask");
    this.part("heading").textContent = who.pupil.name;
    const give = (means: Means, secret: string): void => void this.given(who, means, secret);
    this.ask.open({ pupil: who.pupil, linked: this.linked, give, back: () => this.roster() });
  }

  private scanAnybody(): void {
    this.view("ask");
    this.part("heading").textContent = t("Show a card");
    this.ask.open({ pupil: undefined, linked: this.linked, give: (means, secret) => void this.given(undefined, means, secret), back: () => this.roster() });
  }

  private roster(): void {
    this.view("roster");
    this.part("heading").textContent = t("Who are you?");
    this.current = undefined;
    this.draw();
    this.part("tiles").querySelector<HTMLElement>("button")?.focus();
  }

  private async given(who: Somebody | undefined, means: Means, secret: string): Promise<void> {
    if (this.busy || !this.pack) return;
    this.busy = true;
    try {
      if (canProve && means !== "class_code") await this.proved(this.pack, who, means, secret);
      else if (who) await this.handed(who, means, { secret });
      else this.ask.say(t("Touch your name first, then show the card."));
    } finally {
      this.busy = false;
    }
  }

  /** Checked here: a wrong secret never leaves the device. */
  private async proved(pack: Pack, who: Somebody | undefined, means: Means, secret: string): Promise<void> {
    if (this.keeper.isOver(pack)) return void (await this.fresh());
    const now = this.keeper.now();
    if (who && this.tries.closed(who.pupil.id, means, now)) return this.ask.say(t("Too many tries. Wait 15 minutes, or use your card."));
    if (who && means !== "card") await this.tries.count(who.pupil.id, now);
    const found = await this.fitting(pack, who, means, secret);
    if (!found) return this.ask.say(WRONG());
    await this.tries.clear(found.pupil.id);
    const uuid = newUuid();
    const at = Math.round(now);
    const proof = await proofOf(found.digest, uuid, pack.device, found.pupil.id, means, at);
    this.welcome({ pupil: found.pupil, of: found.of }, uuid);
    await this.queued(pack, { uuid, pupil: found.pupil.id, means, at, proof });
  }

  private async fitting(pack: Pack, who: Somebody | undefined, means: Means, secret: string): Promise<Proof | undefined> {
    for (const of of who ? [who.of] : pack.classes) {
      const digest = await digestOf(of.key, means, who?.pupil.id ?? "", secret, this.config.rounds);
      const verifier = await verifierOf(pack.salt, digest);
      const pupil = (who ? [who.pupil] : of.pupils).find((one) => one[means as "card" | "pin" | "pictures"] === verifier);
      if (pupil) return { digest, pupil, of };
    }
    return undefined;
  }

  /** The server decides: the welcome waits for its answer. */
  private async handed(who: Somebody, means: Means, given: { readonly secret: string }): Promise<void> {
    if (!this.pack) return;
    const uuid = newUuid();
    this.current = { uuid, who };
    if (this.linked) await this.queued(this.pack, { uuid, pupil: who.pupil.id, means, at: Math.round(this.keeper.now()), ...given });
    if (this.linked) return;
    await this.queue.drop(uuid);
    this.ask.say(t("No link. Nothing was kept: use your card, digits or pictures."));
  }

  private async queued(pack: Pack, signIn: SignIn): Promise<void> {
    await this.queue.add(pack.seal, signIn, true);
    this.count();
  }

  private settled(uuid: string, outcome: Outcome, opened: boolean): void {
    const mine = this.current?.uuid === uuid ? this.current : undefined;
    const good = outcome === "recorded" || outcome === "known";
    if (good && mine) {
      if (this.part("hello").hidden) this.welcome(mine.who, uuid);
      this.part("hello").querySelector<HTMLElement>("[data-part=own]")?.toggleAttribute("hidden", !opened);
    }
    if (!good && mine) {
      if (!this.part("hello").hidden) this.askFor(mine.who);
      this.ask.say(outcome === "wait" ? t("Too many tries. Wait 15 minutes, or use your card.") : WRONG());
      this.forgetHere(mine.who.pupil.id);
    }
    this.count();
  }

  private forgetHere(pupil: string): void {
    const { [pupil]: _gone, ...rest } = this.here;
    this.here = rest;
    if (canProve) void keep("here", this.here);
  }

  private welcome(who: Somebody, uuid: string): void {
    this.current = { uuid, who };
    this.here = { ...this.here, [who.pupil.id]: this.keeper.now() };
    if (canProve) void keep("here", this.here);
    this.view("hello");
    this.part("heading").textContent = t("Hello, {name}", { name: who.pupil.name });
    const next = make("button", { type: "button", class: "btn primary big", "data-part": "next" }, t("Next pupil"));
    next.addEventListener("click", () => this.roster());
    const own = make("a", { class: "btn big", href: this.root.dataset["ownPage"] ?? "", "data-part": "own", hidden: "" }, t("My page"));
    const [picture, colour] = who.pupil.mark;
    this.part("hello").replaceChildren(make("div", { class: `face c${colour}` }, drawing(picture)), make("div", { class: "row" }, next, own), make("h2", {}, t("Lessons of today")), this.lessons(who.of));
    next.focus();
    this.hello = window.setTimeout(() => this.roster(), HELLO_FOR);
    this.count();
  }

  private lessons(of: PackClass): HTMLElement {
    const hours = this.days[of.id] ?? [];
    if (hours.length === 0) return make("p", {}, t("No shared lesson today."));
    const now = this.keeper.now() / 1000;
    const line = ([title, from, to]: readonly [string, number, number]): HTMLElement =>
      make("li", { class: from <= now && now < to ? "now" : to <= now ? "over" : "" }, make("time", {}, wallClock(from)), make("b", {}, title));
    return make("ol", { class: "hours" }, ...hours.map(line));
  }
}

export function wirePupilSignIn(): void {
  defineIsland<Config>("pupil-sign-in", (root, { config, signal }) => void new Desk(root, config, signal).start());
}

/** The pupil's own page goes back to the names when nobody uses it. */
export function wirePupilLeaves(): void {
  const idle = 10 * 60_000;
  defineIsland("pupil-leaves", (root, { signal }) => {
    const leave = (): void => location.assign(root.dataset["to"] ?? "/");
    let timer = window.setTimeout(leave, idle);
    const stay = (): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(leave, idle);
    };
    for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, stay, { signal });
    signal.addEventListener("abort", () => window.clearTimeout(timer));
  });
}
