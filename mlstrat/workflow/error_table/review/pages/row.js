// A row of a table: its columns, where there is nothing larger to show.
import { el } from "./words.js";

export function show(element, example, choose) {
  const list = el("dl", { class: "cells" });
  for (const [name, value] of example.columns) {
    list.append(el("dt", {}, name), el("dd", {}, el("button", { type: "button", class: "quiet", title: "More with this value", onclick: () => choose(name, value) }, value)));
  }
  element.replaceChildren(list);
  return {};
}
