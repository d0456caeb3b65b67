/** Short good news for five seconds, with a way back where there is one. Never for errors. */
import { icon } from "./icon";
import { make } from "./element";
import { t } from "./text";

const SHOWN_MS = 5000;

export function toast(text: string, undo?: () => void): void {
  const region = document.getElementById("toasts");
  if (!region) return;
  const box = make("div", { class: "toast" }, icon("check"), make("span", {}, text));
  if (undo) {
    const button = make("button", { type: "button" }, t("Undo"));
    button.addEventListener("click", () => {
      undo();
      box.remove();
    });
    box.append(button);
  }
  region.append(box);
  setTimeout(() => box.remove(), SHOWN_MS);
}
