/** Icons of the one sprite. Name them with literals, `icon("hand-stop")`: the build collects the names. */

const SVG = "http://www.w3.org/2000/svg";

function spriteAddress(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="sprite"]')?.content ?? "";
}

export function icon(name: string, extraClass = ""): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", extraClass ? `i ${extraClass}` : "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${spriteAddress()}#i-${name}`);
  svg.append(use);
  return svg;
}
