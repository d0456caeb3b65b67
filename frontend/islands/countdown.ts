/** `<tong-countdown ends-at="1776134000.5">` (seconds since 1970): ticks down, then says `tong-countdown:ended`. */
import { defineIsland } from "./element";
import { countdown } from "./time";

export function wireCountdowns(): void {
  defineIsland("tong-countdown", (root, { signal }) => {
    const endsAt = Number(root.getAttribute("ends-at")) * 1000;
    countdown(root, endsAt, signal, () => root.dispatchEvent(new CustomEvent("tong-countdown:ended", { bubbles: true })));
  });
}
