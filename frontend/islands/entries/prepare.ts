/** The page on which a lesson is prepared. */
import htmx from "htmx.org";
import "../upload";

document.addEventListener("slides-replaced", () => {
  const slides = document.getElementById("slides");
  if (slides) htmx.process(slides);
});
