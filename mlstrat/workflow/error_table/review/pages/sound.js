// Sound and video, with the controls of the browser.
import { el, visible } from "./words.js";

export function show(element, example) {
  const video = example.media.kind === "video";
  const player = el(video ? "video" : "audio", { controls: true, preload: "metadata", src: example.address, "aria-label": `${video ? "Video" : "Sound"} of ${visible(example.id)}` });
  player.addEventListener("error", () => {
    element.replaceChildren(el("p", { class: "missing" }, `${example.media.name}: cannot be played; is the file broken, or of a kind this browser does not play?`));
  });
  element.replaceChildren(player);
  return { play() { if (player.paused) player.play().catch(() => {}); else player.pause(); } };
}
