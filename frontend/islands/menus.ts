/** Menus are `<details class="menu">`: they work without script; this closes them as people expect.
 *
 * A `.backdrop` keeps the pointer off the page under a menu that lies over it. */

function openMenus(): NodeListOf<HTMLDetailsElement> {
  return document.querySelectorAll<HTMLDetailsElement>("details.menu[open]");
}

export function wireMenus(): void {
  document.addEventListener("click", (event) => {
    const at = event.target as Element;
    for (const menu of openMenus()) if (!menu.contains(at) || at.matches(".backdrop")) menu.open = false;
  });
  document.addEventListener("focusout", ({ relatedTarget }) => {
    for (const menu of openMenus()) if (relatedTarget && !menu.contains(relatedTarget as Node)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector<HTMLElement>("summary")?.focus();
    }
  });
}
