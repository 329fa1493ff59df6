// Elements made of text alone: nothing that a sheet holds is ever read as HTML.

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

// Characters that steer text without being seen are shown by their numbers.
export function visible(text) {
  return String(text ?? "").replace(HIDDEN, (c) =>
    c === "\r" ? "" : `⟨U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

export function el(name, attributes = {}, ...children) {
  const out = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) out.addEventListener(key.slice(2), value);
    else if (value === true) out.setAttribute(key, "");
    else if (value !== false && value != null) out.setAttribute(key, value);
  }
  for (const child of children.flat()) {
    if (child != null && child !== false) out.append(child instanceof Node ? child : visible(child));
  }
  return out;
}

export const $ = (id) => document.getElementById(id);
export const on = (id, does, kind = "click") => $(id).addEventListener(kind, does);
export const options = (values) => values.map((value) => el("option", { value }));
export const button = (words, onclick, more = {}) => el("button", { type: "button", onclick, ...more }, words);
export const quiet = (words, onclick, more = {}) => button(words, onclick, { class: "quiet", ...more });
export const number = (n) => n.toLocaleString("en");
export const plural = (n, one, many) => `${number(n)} ${n === 1 ? one : many}`;

// What the server answers; null where it does not.
export const get = (path) => fetch(path).then((x) => (x.ok ? x.json() : null)).catch(() => null);
export const post = (path, body, signal) =>
  fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });

// How an example is shown: its picture, sound, texts and columns.
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
