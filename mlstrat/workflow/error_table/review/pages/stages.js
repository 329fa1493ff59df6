// How an example is shown: its picture, sound, texts and columns.
import { el, get, number, quiet, visible } from "./words.js";

const SMALL = 64;

function missing(element, words) { element.replaceChildren(el("p", { class: "missing" }, words)); }

// Fitted to the window; 1:1 with scroll; a small one enlarged without smoothing.
export function picture(element, example) {
  const image = el("img", { class: "picture", alt: `Picture of ${visible(example.id)}`, src: example.address, decoding: "async" });
  const frame = el("div", { class: "frame", tabindex: "0", role: "group", "aria-label": "Picture; z shows it 1:1" }, image);
  image.addEventListener("load", () => {
    frame.classList.toggle("small", image.naturalWidth > 0 && image.naturalWidth < SMALL);
  });
  image.addEventListener("error", () => missing(element, `${example.media.name}: cannot be shown; is the file broken?`));
  element.replaceChildren(frame);
  return { toggle() { return frame.classList.toggle("whole"); } };
}

// Sound and video, with the controls of the browser.
export function player(element, example) {
  const video = example.media.kind === "video";
  const out = el(video ? "video" : "audio", { controls: true, preload: "metadata", src: example.address, "aria-label": `${video ? "Video" : "Sound"} of ${visible(example.id)}` });
  out.addEventListener("error", () => missing(element, `${example.media.name}: cannot be played; is the file broken, or of a kind this browser does not play?`));
  element.replaceChildren(out);
  return { play() { if (out.paused) out.play().catch(() => {}); else out.pause(); } };
}

// Text with its lines, in its own direction; JSON is indented by the server.
export function text(example, part) {
  const shown = el("pre", { class: "text", dir: "auto", tabindex: "0" }, part.text);
  const several = example.large.length + (example.media ? 1 : 0) > 1;
  const more = part.more ? quiet(`Show ${number(part.more)} more characters`, async () => {
    more.disabled = true;
    const whole = await get(`texts/${example.n}?name=${encodeURIComponent(part.name)}`);
    if (whole) { shown.textContent = visible(whole.text); more.remove(); shown.focus(); } else more.disabled = false;
  }) : null;
  return [several ? el("p", { class: "named" }, part.name.replace(/^run\./, "")) : null, shown, more].filter(Boolean);
}

// The columns of a row, each with more of its kind.
export function columns(example, choose) {
  return example.columns.flatMap(([name, value]) =>
    [el("dt", {}, name), el("dd", {}, quiet(value, () => choose(name, value), { title: "More with this value" }))]);
}
