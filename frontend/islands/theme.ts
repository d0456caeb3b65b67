/** Buttons `[data-theme-choice]`: the choice is kept on this device for a year and sent with each page. */

const YEAR_SECONDS = 31_536_000;

function mark(theme: string): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset["themeChoice"] === theme));
  }
}

export function wireTheme(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-theme-choice]");
    const theme = button?.dataset["themeChoice"];
    if (!theme) return;
    document.documentElement.dataset["theme"] = theme;
    document.cookie = `theme=${theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
    mark(theme);
  });
}
