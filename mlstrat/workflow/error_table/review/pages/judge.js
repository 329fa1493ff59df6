// The judgement: one list of tags with what they are worth, the label, and a note.
import { $, button, el, on, options, plural, quiet, visible } from "./elements.js";
import { NONE } from "./store.js";

const ASKED = {
  error: "Why is it wrong?",
  correct: "This one is right. Anything to note?",
  suspect: "Is the label right?",
};
const MISLABELED = { x: "wrong", 1: "wrong", true: "wrong", yes: "wrong", drop: "drop" };
const WRONG = "mislabeled"; // the tag that a wrong label counts as
const REST = 700;
const TEXTS = ["comment", "true_label"];

const tagOf = (text) => text.normalize("NFC").split(/\s+/).filter(Boolean).join(" ");

export class Judgement {
  #store; #page; #note = 0; #editing = null; #told = null;

  constructor(store, page) {
    this.#store = store;
    this.#page = page;
    on("new", (event) => { event.preventDefault(); this.#typed(); }, "submit");
    on("tag", () => this.#filter(), "input");
    on("nothing", () => this.nothing());
    on("wrong", () => this.label("x"));
    on("drop", () => this.label("drop"));
    on("right", () => this.#set("mislabeled", ""));
    for (const field of TEXTS) {
      on(field, () => { clearTimeout(this.#note); this.#note = setTimeout(() => this.keep(), REST); }, "input");
      for (const kind of ["change", "blur"]) on(field, () => this.keep(), kind);
    }
    on("true_label", (event) => { if (event.key === "Enter" && !event.isComposing) { this.keep(); page.focus(); } }, "keydown");
    on("editform", (event) => { event.preventDefault(); this.#rename($("name").value); }, "submit");
    on("delete", () => this.#everywhere({ op: "delete", tag: this.#editing }));
    on("same", () => { $("edit").close(); page.narrow(`tag “${this.#editing}”`, (row) => row.tags.includes(this.#editing)); });
    on("look", () => { $("edit").close(); page.lookAgain(this.#editing); });
    on("noedit", () => $("edit").close());
    on("name", () => this.#effect(), "input");
  }

  get row() { return this.#page.row; }

  // Takes tags off the row and puts others on: one step to undo.
  #change(off, put) {
    const { id, tags } = this.row;
    const take = (tag) => ({ op: "take", row: id, tag });
    this.#store.change([...off.map(take), ...put.map((tag) => ({ op: "add", row: id, tag }))], {
      row: id, inverse: [...put.map(take), ...off.map((tag) => ({ op: "add", row: id, tag, at: tags.indexOf(tag) }))],
    });
  }

  // A tag by its key, its button or its name.
  toggle(tag) {
    const { row } = this;
    if (!row) return;
    const off = row.tags.includes(tag);
    if (off) this.#change([tag], []);
    else this.#change(row.tags.includes(NONE) ? [NONE] : [], [tag]);
    this.#page.say(`${tag} ${off ? "off" : "on"}`);
  }

  byKey(n) { if (this.#store.tags[n - 1] !== undefined) this.toggle(this.#store.tags[n - 1]); }

  nothing() {
    const { row } = this;
    if (!row) return;
    if (row.tags.includes(NONE)) { this.toggle(NONE); return; }
    this.#change(row.tags, [NONE]);
    this.#page.say("nothing to tag");
  }

  label(mark) {
    const row = this.row;
    if (!row) return;
    const same = row.mislabeled === mark || (mark === "x" && MISLABELED[row.mislabeled.toLowerCase()] === "wrong");
    this.#set("mislabeled", same ? "" : mark);
    this.#page.say(same ? "label: nothing said" : mark === "x" ? "label is wrong" : "dropped");
    if (!same && mark === "x") $("true_label").focus();
  }

  // Who moves on from a row that was read, its label in sight, takes the label for right.
  leave() {
    this.keep();
    const row = this.row;
    if (row?.read && row.kind !== undefined && !row.mislabeled && !row.true_label && this.#page.settings.judge) this.#set("mislabeled", "no");
  }

  keep() {
    clearTimeout(this.#note);
    if (!this.row || this.#store.ended) return;
    for (const field of TEXTS) {
      const box = $(field);
      const typed = box.value.replace(/\r\n?/g, "\n").trim();
      if (box.dataset.row === this.row.id && box.dataset.conflict === undefined && typed !== this.row[field]) this.#set(field, typed, true);
    }
  }

  #set(field, value, joins = false) {
    const row = this.row;
    const was = row[field];
    if (was === value) return;
    this.#store.change([{ op: "set", row: row.id, field, value, was }], {
      row: row.id, joins: joins ? `${field}:${row.id}` : null, inverse: [{ op: "set", row: row.id, field, value: was, was: value }],
    });
  }

  #typed() {
    const tag = tagOf($("tag").value);
    if (!tag) return;
    if (/[;,]/.test(tag)) { this.#page.alert("A tag holds neither ; nor , which stand between tags."); return; }
    if (tag.toLowerCase() === NONE) { this.nothing(); } else {
      const known = this.#store.tags.find((x) => x === tag) ?? this.#store.tags.find((x) => x.toLowerCase() === tag.toLowerCase()) ?? tag;
      if (this.row?.tags.includes(known)) this.#page.say(`${known} is on already`); else this.toggle(known);
    }
    $("tag").value = "";
    this.#filter();
    $("tag").blur();
    this.#page.focus();
  }

  #filter() {
    const part = $("tag").value.trim().toLowerCase();
    for (const item of $("tags").children) item.hidden = Boolean(part) && !item.dataset.tag.toLowerCase().includes(part);
  }

  // The other side was first: both texts, mine still in the box.
  conflict({ field, theirs, row, op }) {
    if (row !== this.row?.id || !TEXTS.includes(field)) {
      this.#page.alert(`Row ${row}: ${field} was changed elsewhere to “${theirs}”; yours, “${op.value ?? ""}”, was not saved.`);
      return;
    }
    const box = $(field);
    const place = $(`${field}_conflict`);
    box.value = op.value;
    box.dataset.conflict = theirs;
    const settle = (value) => {
      delete box.dataset.conflict;
      place.hidden = true;
      box.value = value;
      this.#store.row(row)[field] = theirs;
      this.#set(field, value);
    };
    place.replaceChildren(
      el("p", {}, "Changed elsewhere to:"), el("blockquote", { dir: "auto" }, theirs || "(blank)"),
      button("Keep mine", () => settle(box.value.trim())), button("Take theirs", () => settle(theirs)),
    );
    place.hidden = false;
    this.#page.alert(`Your ${field === "comment" ? "note" : "true label"} was changed elsewhere: see both below.`);
  }

  draw(arrived) {
    const { row } = this;
    if (!row) return;
    $("ask").textContent = row.kind ? ASKED[row.kind] : "What do you see?";
    const mark = MISLABELED[row.mislabeled.toLowerCase()] ?? "";
    $("nothing").setAttribute("aria-pressed", row.tags.includes(NONE));
    $("wrong").setAttribute("aria-pressed", mark === "wrong");
    $("drop").setAttribute("aria-pressed", mark === "drop");
    $("right").hidden = !row.mislabeled || Boolean(mark);
    $("truth").hidden = mark !== "wrong" && !row.true_label;
    for (const field of TEXTS) {
      const box = $(field);
      if (arrived || box.dataset.row !== row.id) { delete box.dataset.conflict; $(`${field}_conflict`).hidden = true; }
      if (box.dataset.conflict === undefined && (document.activeElement !== box || box.dataset.row !== row.id)) box.value = row[field];
      box.dataset.row = row.id;
    }
    this.#tags(row);
  }

  #tags(row) {
    const told = JSON.stringify([this.#store.tags, this.#store.tally.tags, this.#store.tally.ceilings]);
    if (told === this.#told) { // only what is pressed may have changed
      for (const item of $("tags").children) item.firstChild.setAttribute("aria-pressed", row.tags.includes(item.dataset.tag));
      return;
    }
    this.#told = told;
    const worth = new Map(this.#store.tally.tags.map((x) => [x.tag, x]));
    const focused = document.activeElement?.closest?.("#tags button");
    const again = focused && [focused.parentElement.dataset.tag, focused.className];
    const tags = this.#store.tags;
    $("tags").replaceChildren(...tags.map((tag, i) => {
      const known = worth.get(tag) ?? { count: 0 };
      const key = i < 9 ? String(i + 1) : "";
      const state = [known.words, known.since && `counted since row ${known.since}`].filter(Boolean).join(" · ");
      return el("li", { "data-tag": tag },
        button([el("kbd", {}, key), el("span", { class: "name" }, el("bdi", {}, tag)), el("span", { class: "number" }, known.count),
          el("span", { class: "number" }, known.ceiling ?? "–"), el("span", { class: known.state === "worth" ? "state worth" : "state" }, state)],
        () => this.toggle(tag), { class: "tag", "aria-pressed": row.tags.includes(tag) }),
        button("⋯", () => this.edit(tag), { class: "edit", "aria-label": `Edit tag ${visible(tag)}` }));
    }));
    if (again) {
      const item = [...$("tags").children].find((x) => x.dataset.tag === again[0]);
      [...(item?.children ?? [])].find((x) => x.className === again[1])?.focus();
    }
    $("known").replaceChildren(...options(tags));
    const wrong = tags.includes(WRONG) ? null : worth.get(WRONG);
    $("labels_wrong").textContent = wrong?.count ? `${plural(wrong.count, "error has", "errors have")} a wrong label${
      wrong.ceiling ? `: correcting gains at most ${wrong.ceiling}` : ""}${wrong.words ? ` (${wrong.words})` : ""}.` : "";
    const { ceilings, variants } = this.#store.tally;
    const alike = variants.find((group) => group.every((x) => tags.includes(x)));
    $("ceilings").replaceChildren(tags.length ? ceilings : `No tags yet: press t and type the first reason you see. ${ceilings}`,
      alike ? quiet(`“${alike[1]}” may be “${alike[0]}”: merge?`, () => this.edit(alike[1])) : "");
    this.#filter();
  }

  edit(tag) {
    this.#editing = tag;
    $("look").hidden = !this.#store.tally.tags.find((x) => x.tag === tag)?.since;
    $("edit_title").textContent = `Tag “${visible(tag)}”`;
    $("name").value = tag;
    const group = this.#store.tally.variants.find((x) => x.includes(tag)) ?? [];
    $("merges").replaceChildren(...group.filter((x) => x !== tag).map((other) => button(`Merge into “${other}”`, () => this.#rename(other))));
    this.#effect();
    $("edit").showModal();
    $("name").select();
  }

  #effect() {
    const rows = [...this.#store.rows.values()].filter((x) => x.tags.includes(this.#editing)).length;
    const to = $("name").value.trim();
    const merge = to !== this.#editing && this.#store.tags.includes(to);
    $("effect").textContent = `${merge ? "Merges the two. " : ""}Changes ${plural(rows, "row", "rows")}; one undo takes it back.`;
  }

  #rename(text) {
    const to = tagOf(text);
    if (!to || to === this.#editing) { $("edit").close(); return; }
    this.#everywhere({ op: "rename", tag: this.#editing, to });
  }

  #everywhere(op) {
    $("edit").close();
    this.#store.change([op], { row: this.row?.id, inverse: null });
    this.#page.focus();
  }
}
