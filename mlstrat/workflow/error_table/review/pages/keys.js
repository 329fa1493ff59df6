// Single keys: letters are commands and digits are tags, so no tag can take a command's key.
import { $ } from "./words.js";

export const KEYS = [
  ["1 – 9", "the first nine tags"], ["t", "type a tag, then Enter"], ["n", "nothing to tag"],
  ["m", "label is wrong"], ["d", "drop: no label is right, or it cannot be used"], ["c", "note"],
  ["j →", "next"], ["k ←", "back"], ["s", "skip: it comes again at the end"],
  ["u Ctrl-Z", "undo"], ["Ctrl-Shift-Z", "redo"], ["b", "reveal label and prediction"],
  ["z", "picture 1:1"], ["Space", "play"], ["/", "go to an id or a tag"], ["?", "these keys"],
  ["Esc", "leave a field"],
];

const FIELD = "input:not([type=checkbox]), textarea, select, [contenteditable]";

export function listen(page) {
  const does = {
    t: () => $("tag").focus(), n: () => page.judgement.nothing(), m: () => page.judgement.label("x"),
    d: () => page.judgement.label("drop"), c: () => $("comment").focus(),
    j: () => page.next(), ArrowRight: () => page.next(), k: () => page.back(), ArrowLeft: () => page.back(),
    s: () => page.skip(), u: () => page.undo(), b: () => page.reveal(), z: () => page.stage.toggle?.(),
    "/": () => page.find(), "?": () => page.help(), " ": () => page.stage.play?.(),
  };
  document.addEventListener("keydown", (event) => {
    if (page.store.ended || event.isComposing || event.keyCode === 229) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const field = target.closest(FIELD);
    if (field && event.key === "Escape" && !target.closest("dialog")) {
      if (field.id === "tag") field.value = "";
      field.dispatchEvent(new Event("input"));
      field.blur();
      page.focus();
      event.preventDefault();
      return;
    }
    if (field || document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "z") {
      if (event.shiftKey) page.redo(); else page.undo();
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || !page.settings.single) return;
    if (event.key === " " && target.closest("button, summary, a, audio, video, label")) return;
    if (event.key.startsWith("Arrow") && target.closest("audio, video, .frame.whole, pre")) return;
    if (/^[1-9]$/.test(event.key)) page.judgement.byKey(Number(event.key));
    else if (event.repeat && !["j", "k", "ArrowRight", "ArrowLeft"].includes(event.key)) return;
    else if (Object.hasOwn(does, event.key)) does[event.key]();
    else return;
    event.preventDefault();
  });
}
