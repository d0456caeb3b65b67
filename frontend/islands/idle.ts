/**
 * `<tong-idle ends-at stay leave hidden>`: two minutes before a session without use ends, the page says so and offers to
 * stay; when it has ended, the page goes to sign-in. Other tabs' use counts: they write the new end into localStorage.
 */
import { defineIsland, make } from "./element";
import { countdown, serverNow } from "./time";
import { t } from "./text";

const TOLD_BEFORE_MS = 120_000;
const LOOKED_EVERY_MS = 5_000;
const KEY = "tongtang.idle-ends";

function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

export function wireIdle(): void {
  defineIsland("tong-idle", (root, { signal }) => {
    let shownFor = 0;
    const end = (): number => Number(localStorage.getItem(KEY) ?? root.getAttribute("ends-at")) * 1000;
    localStorage.setItem(KEY, root.getAttribute("ends-at") ?? "");

    const stay = async (): Promise<void> => {
      const answer = await fetch(root.getAttribute("stay") ?? "", { method: "POST", headers: { "X-CSRFToken": token() } });
      const ends = answer.headers.get("X-Idle-Ends");
      if (answer.ok && ends) localStorage.setItem(KEY, ends);
      root.hidden = true;
      root.replaceChildren();
      shownFor = 0;
    };

    const show = (endsAt: number): void => {
      shownFor = endsAt;
      const left = make("b");
      const button = make("button", { type: "button", class: "btn primary" }, t("Stay signed in"));
      button.addEventListener("click", () => void stay(), { signal });
      root.replaceChildren(make("span", { role: "alert" }, t("Nothing was done for a while. You are signed out in")), left, button);
      countdown(left, endsAt, signal, () => undefined);
      root.hidden = false;
    };

    const look = (): void => {
      const endsAt = end();
      const rest = endsAt - serverNow();
      if (rest <= 0) location.assign(root.getAttribute("leave") ?? "/");
      else if (rest <= TOLD_BEFORE_MS && shownFor !== endsAt) show(endsAt);
      else if (rest > TOLD_BEFORE_MS && !root.hidden) root.hidden = true;
    };
    const timer = setInterval(look, LOOKED_EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  });
}
