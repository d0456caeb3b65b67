/** `[role=tablist]` with `[role=tab][aria-controls]`: click, arrow keys, Home and End; `#panel-id` in the address opens one. */

function show(tabs: HTMLElement[], chosen: HTMLElement): void {
  for (const tab of tabs) {
    const on = tab === chosen;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
    if (panel) panel.hidden = !on;
  }
}

function target(tabs: HTMLElement[], from: number, key: string): HTMLElement | undefined {
  const steps: Record<string, number> = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: tabs.length - 1 };
  const index = steps[key];
  return index === undefined ? undefined : tabs[(index + tabs.length) % tabs.length];
}

function wire(list: HTMLElement): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
  list.addEventListener("click", (event) => {
    const tab = (event.target as Element).closest<HTMLElement>('[role="tab"]');
    if (tab) show(tabs, tab);
  });
  list.addEventListener("keydown", (event) => {
    const next = target(tabs, tabs.indexOf(document.activeElement as HTMLElement), event.key);
    if (!next) return;
    event.preventDefault();
    show(tabs, next);
    next.focus();
  });
  const asked = tabs.find((tab) => `#${tab.getAttribute("aria-controls")}` === location.hash);
  const marked = tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
  const first = asked ?? marked ?? tabs[0];
  if (first) show(tabs, first);
}

export function wireTabs(within: ParentNode = document): void {
  for (const list of within.querySelectorAll<HTMLElement>('[role="tablist"]')) wire(list);
}
