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
