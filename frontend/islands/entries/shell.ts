/** Loaded by every page: htmx, menus, tabs, the theme, print buttons, countdowns, toasts asked for by the server, the end of an idle session. */
import "htmx.org";
import { wireCountdowns } from "../countdown";
import { wireIdle } from "../idle";
import { wireMenus } from "../menus";
import { wirePatience } from "../patience";
import { wireTabs } from "../tabs";
import { wireTheme } from "../theme";
import { toast } from "../toast";

wireCountdowns();
wireIdle();
wireMenus();
wirePatience();
wireTabs();
wireTheme();

document.addEventListener("click", (event) => {
  if ((event.target as Element).closest("[data-print]")) window.print();
});

/** A view says `HX-Trigger: {"toast": {"value": "..."}}`. */
document.addEventListener("toast", (event) => {
  toast(String((event as CustomEvent<{ value: string }>).detail.value));
});

/** What a classroom's screen received and could not report is handed over by the next page on its device. */
if (Object.keys(localStorage).some((key) => key.startsWith("tongtang.received."))) {
  void import("../received").then(({ handOverLeftovers }) => handOverLeftovers());
}
