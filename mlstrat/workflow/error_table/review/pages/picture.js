// A picture: fitted to the window; 1:1 with scroll; a small one enlarged without smoothing.
import { el, visible } from "./words.js";

const SMALL = 64;

export function show(element, example) {
  const image = el("img", { class: "picture", alt: `Picture of ${visible(example.id)}`, src: example.address, decoding: "async" });
  const frame = el("div", { class: "frame", tabindex: "0", role: "group", "aria-label": "Picture; z shows it 1:1" }, image);
  image.addEventListener("load", () => {
    frame.classList.toggle("small", image.naturalWidth > 0 && image.naturalWidth < SMALL);
  });
  image.addEventListener("error", () => {
    element.replaceChildren(el("p", { class: "missing" }, `${example.media.name}: cannot be shown; is the file broken?`));
  });
  element.replaceChildren(frame);
  return { toggle() { return frame.classList.toggle("whole"); } };
}
