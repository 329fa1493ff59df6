// Text with its lines, in its own direction; JSON is indented by the server.
import { el, visible } from "./words.js";

export function show(element, example, choose, part) {
  const text = el("pre", { class: "text", dir: "auto", tabindex: "0" }, part.text);
  const out = [text];
  if (example.large.length + (example.media ? 1 : 0) > 1) out.unshift(el("p", { class: "named" }, part.name.replace(/^run\./, "")));
  if (part.more) {
    const more = el("button", { type: "button", class: "quiet" }, `Show ${part.more.toLocaleString("en")} more characters`);
    more.addEventListener("click", async () => {
      more.disabled = true;
      const answer = await fetch(`texts/${example.n}?name=${encodeURIComponent(part.name)}`).catch(() => null);
      if (answer?.ok) { text.textContent = visible((await answer.json()).text); more.remove(); text.focus(); } else more.disabled = false;
    });
    out.push(more);
  }
  element.append(...out);
  return {};
}
