/** The sixteen pictures: beside the names, and two of them in their order as a secret. `access/pupils/secrets.py` names them. */
import { icon } from "./icon";
import { t } from "./text";

const DRAWN: Readonly<Record<string, { readonly icon: string; readonly word: string }>> = {
  cat: { icon: "cat", word: t("Cat") },
  dog: { icon: "dog", word: t("Dog") },
  fish: { icon: "fish", word: t("Fish") },
  pig: { icon: "pig", word: t("Pig") },
  horse: { icon: "horse", word: t("Horse") },
  butterfly: { icon: "butterfly", word: t("Butterfly") },
  leaf: { icon: "leaf", word: t("Leaf") },
  tree: { icon: "tree", word: t("Tree") },
  flower: { icon: "flower", word: t("Flower") },
  apple: { icon: "apple", word: t("Apple") },
  carrot: { icon: "carrot", word: t("Carrot") },
  car: { icon: "car", word: t("Car") },
  plane: { icon: "plane", word: t("Plane") },
  star: { icon: "star", word: t("Star") },
  sun: { icon: "sun", word: t("Sun") },
  umbrella: { icon: "umbrella", word: t("Umbrella") },
};

export function drawing(name: string): SVGSVGElement {
  return icon(DRAWN[name]?.icon ?? "star");
}

export function word(name: string): string {
  return DRAWN[name]?.word ?? name;
}
