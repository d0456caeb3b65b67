/** The local teacher's phone: four tabs over one state; everything done here goes through the queue. */
import { defineIsland } from "./element";
import { newer, type PhoneSnapshot, type Room, type Session, type WallSnapshot } from "./lesson";
import { InLesson } from "./phone-class";
import { Desk } from "./phone-desk";
import { HelpDesk } from "./phone-help";
import { PollCounts } from "./phone-poll";
import { PhoneQueue } from "./phone-queue";
import { RollCall } from "./phone-roll";
import { connect, getJson, type PushEvent, type PushState } from "./push";
import { handOverLeftovers } from "./received";
import { t } from "./text";
import { toast } from "./toast";
import { startWorker } from "./worker";

const REFRESH_EVERY = 30_000;
const RUNGS = { 3: 0, 2: 1, 1: 2, 0: 3 } as const;

function run(root: HTMLElement, snapshot: PhoneSnapshot, signal: AbortSignal): void {
  let render = (): void => undefined;
  const queue = new PhoneQueue(root.dataset["holder"] ?? "", () => render());
  const desk = new Desk(root, snapshot, queue, signal);
  const lesson = new InLesson(desk);
  const help = new HelpDesk(desk);
  const parts = [lesson, help, new RollCall(desk), new PollCounts(desk)];
  render = () => {
    parts.forEach((one) => one.render());
    ladder(desk);
  };
  const take = (session: Session, room?: Room): void => {
    desk.session = newer(desk.session, session);
    if (room) desk.room = room;
    render();
  };
  follow(desk, take, () => render());
  const ticking = window.setInterval(() => [lesson, help].forEach((one) => one.tick()), 1000);
  signal.addEventListener("abort", () => window.clearInterval(ticking));
  wireTabs(root, signal);
  queue.run(signal);
  render();
  const others = [...root.querySelectorAll<HTMLAnchorElement>("a[data-other]")].map((link) => link.href);
  void startWorker(root.dataset["worker"] ?? "", [location.pathname, ...others]);
  void handOverLeftovers();
}

/** Push for what changes, and a look every half minute at the screen, whose silent end nobody announces. */
function follow(desk: Desk, take: (session: Session, room?: Room) => void, render: () => void): void {
  const { root, signal } = desk;
  const read = async (): Promise<void> => {
    const fresh = await getJson<WallSnapshot>(root.dataset["screen"] ?? "", { total: 10_000 });
    Object.assign(desk.snapshot, { steps: fresh.steps, slides: fresh.slides });
    take(fresh.session, fresh.room);
  };
  const onEvent = ({ event, data }: PushEvent): void => {
    if (event === "session") take(data as Session);
    if (event === "room") take(desk.session, data as Room);
    if (event === "camera" && !(data as { working: boolean }).working) toast(t("The classroom's camera does not work. The lesson goes on."));
  };
  const onState = (state: PushState): void => {
    desk.show("offline", state === "lost" || state === "refused");
    if (state === "open") void desk.queue.handOver();
    render();
  };
  const stream = connect({ ticketUrl: root.dataset["pushTicket"] ?? "", onEvent, onResync: read, onState });
  const looking = window.setInterval(() => {
    if (document.visibilityState === "visible") read().catch((error: unknown) => console.info("phone:", error));
  }, REFRESH_EVERY);
  signal.addEventListener("abort", () => {
    stream.close();
    window.clearInterval(looking);
  });
}

/** How the classroom's screen is linked: the rung it stands on, the ones it lost above. */
function ladder(desk: Desk): void {
  const { screen } = desk.room;
  const rung = screen ? RUNGS[screen.quality] : -1;
  [...desk.part("ladder").children].forEach((item, index) => {
    item.classList.toggle("now", index === rung);
    item.classList.toggle("lost", index < rung);
    if (index === rung) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  });
  const words = screen ? (desk.part("ladder").children[rung]?.textContent ?? "") : t("the screen has not entered the lesson");
  desk.part("ladder").setAttribute("aria-label", t("Classroom screen: {words}", { words }));
}

/** Tabs are links to parts of this page: they work by keyboard, and the address remembers them. */
function wireTabs(root: HTMLElement, signal: AbortSignal): void {
  const views = [...root.querySelectorAll<HTMLElement>(".view")];
  const go = (): void => {
    const chosen = views.find((view) => `#${view.id}` === location.hash) ?? views[0];
    for (const view of views) view.classList.toggle("on", view === chosen);
    for (const link of root.querySelectorAll(".tabs a")) {
      if (link.getAttribute("href") === `#${chosen?.id}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    root.querySelector("main")?.scrollTo(0, 0);
  };
  window.addEventListener("hashchange", go, { signal });
  go();
}

export function wirePhone(): void {
  defineIsland<PhoneSnapshot>("tong-phone", (root, { signal, config }) => run(root, { ...config }, signal));
}
