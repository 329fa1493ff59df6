// The page: one example a screen, your judgement of it, and what is not read yet.
import { $, columns, el, get, number, on, options, picture, player, plural, post, quiet, text, visible } from "./elements.js";
import { Store } from "./store.js";
import { Judgement } from "./judge.js";

// Single keys: letters are commands and digits are tags, so no tag can take a command's key.
const KEYS = [
  ["1 – 9", "the first nine tags"], ["t", "type a tag, then Enter"], ["n", "nothing to tag"],
  ["m", "label is wrong"], ["d", "drop: no label is right, or it cannot be used"], ["c", "note"],
  ["j →", "next"], ["k ←", "back"], ["s", "skip: it comes again at the end"],
  ["u Ctrl-Z", "undo"], ["Ctrl-Shift-Z", "redo"], ["b", "reveal label and prediction"],
  ["z", "picture 1:1"], ["Space", "play"], ["/", "go to an id or a tag"], ["?", "these keys"],
  ["Esc", "leave a field"],
];

const FIELD = "input:not([type=checkbox]), textarea, select, [contenteditable]";

function listen(page) {
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

const STAGES = { picture, sound: player, video: player };
const wait = (time) => new Promise((done) => { setTimeout(done, time); });

class Page {
  store = new Store();
  settings = { judge: true, single: true };
  at = null; // the id of the example in sight
  list = null; // ids of those that are alike, or all
  why = "";
  looking = null;
  skipped = new Set();
  revealed = new Set();
  stage = {};
  #seen = new Map();
  #ticket = 0;

  constructor() {
    this.judgement = new Judgement(this.store, this);
    this.#settings();
    for (const name of ["next", "back", "undo", "redo", "skip", "reveal", "help", "finish"]) on(name, () => this[name]());
    on("unread", () => this.unread());
    on("goto", () => this.find());
    on("keys", (event) => { if (event.key === "Enter" && event.target === $("keys_title")) $("keys").close(); }, "keydown");
    on("nofind", () => $("find").close());
    on("findform", (event) => { event.preventDefault(); this.#found($("where").value); }, "submit");
    const { store } = this;
    store.addEventListener("rows", () => this.#rows());
    store.addEventListener("tally", () => { if (!store.ended) { this.judgement.draw(); this.#progress(); } });
    store.addEventListener("saved", () => this.#saved());
    store.addEventListener("gone", () => this.#saved());
    store.addEventListener("conflict", ({ detail }) => this.judgement.conflict(detail));
    store.addEventListener("refused", ({ detail }) => this.alert(`Not done: ${detail.why}.`));
    store.addEventListener("effect", ({ detail }) => this.say(`changed ${plural(detail.rows, "row", "rows")}`));
    listen(this);
    this.#saved();
    store.start();
  }

  get row() { return this.store.row(this.at); }
  get ids() { return this.list ?? this.store.order; }

  // What changes on the sheet -----------------------------------------------------------------

  #rows() {
    const { store } = this;
    if (store.ended) return;
    $("sheet").textContent = visible(store.about.sheet ?? "");
    $("labels").replaceChildren(...options(store.about.labels));
    if (this.at === null || !store.row(this.at)) {
      if (!store.order.length) { $("title").textContent = "No rows"; return; }
      this.#go(store.order.find((id) => !store.row(id)?.read) ?? store.order[0]);
      if (!this.#remembered("seen")) { this.#remember("seen", true); this.help(); }
      return;
    }
    this.judgement.draw();
    this.#progress();
    if (!$("reveal").hidden && this.row.kind !== undefined && !this.revealed.has(this.at)) this.#go(this.at, false); // no longer hidden
  }

  async #go(id, focus = true) {
    this.at = id;
    const ticket = ++this.#ticket;
    this.judgement.draw(true);
    this.#progress();
    const example = await this.#example(id);
    if (ticket !== this.#ticket) return;
    if (example) this.#show(example, focus);
    this.#ahead();
  }

  async #example(id) {
    const row = this.store.row(id);
    if (!row) return null;
    const key = `${this.store.boot}:${row.n}:${row.kind}:${this.revealed.has(id)}`;
    if (!this.#seen.has(key)) {
      const found = get(`rows/${row.n}${this.revealed.has(id) ? "?revealed" : ""}`);
      this.#seen.set(key, found);
      found.then((x) => x === null && this.#seen.delete(key));
      if (this.#seen.size > 60) this.#seen.delete(this.#seen.keys().next().value);
    }
    const example = await this.#seen.get(key);
    return example && { ...example, n: row.n, address: `media/${row.n}` };
  }

  async #ahead() {
    const id = this.ids[this.ids.indexOf(this.at) + 1];
    const example = id !== undefined && (await this.#example(id));
    if (example?.media?.kind === "picture") new Image().src = example.address;
  }

  #show(example, focus) {
    const place = this.ids.indexOf(this.at) + 1;
    const title = $("title");
    title.replaceChildren(el("bdi", {}, example.id), el("small", {}, ` ${number(place)} of ${number(this.ids.length)}`, el("span", { id: "state" })));
    this.#state();
    document.title = `${visible(example.id)} · ${visible(this.store.about.sheet)}`;
    $("filter").hidden = !this.list;
    if (this.list) $("filter").replaceChildren(`Only ${this.why}. `, quiet(this.looking === null ? "Show all" : "Done looking", () => this.all()));
    this.#claim(example);
    const stage = $("stage");
    const { large, media } = example;
    stage.replaceChildren();
    this.stage = {};
    if (media?.kind === "missing") stage.append(el("p", { class: "missing" }, `No file: ${media.why}.`));
    else if (media?.kind === "text") stage.append(...text(example, media));
    else if (media) { const box = el("div"); stage.append(box); this.stage = STAGES[media.kind](box, example); }
    for (const part of large) stage.append(...text(example, part));
    const bare = !media && !large.length;
    const cells = columns(example, (name, value) => this.alike(name, value));
    if (bare) stage.append(el("dl", {}, cells));
    $("columns").hidden = bare || !cells.length;
    $("cells").replaceChildren(...(bare ? [] : cells));
    $("others").replaceChildren(...(example.others ?? []).map((x) => el("div", { class: "other" }, el("p", { class: "named" }, x.reader), el("p", {}, x.tags.join(" · ") || "no tag"),
      x.mislabeled ? el("p", {}, `mislabeled: ${x.mislabeled} ${x.true_label}`) : null, x.comment ? el("p", { dir: "auto" }, x.comment) : null)));
    $("reveal").hidden = !example.hidden;
    if (focus && !document.querySelector("dialog[open]")) this.focus();
  }

  #claim(example) {
    const out = [];
    if (example.hidden) out.push(el("p", { class: "hint" }, "Label and prediction are hidden until you judge this row."));
    else if (example.label !== null || example.prediction !== null) {
      const same = example.label === example.prediction;
      out.push(el("p", { class: "claim" },
        el("span", {}, el("small", {}, "label "), el("bdi", {}, example.label ?? "–")),
        el("span", {}, same ? "= " : "→ ", el("small", {}, "prediction "), el("bdi", {}, example.prediction ?? "–")),
        example.score ? el("span", { class: "score" }, `score ${example.score}`) : null));
      if (example.pair) out.push(el("p", { class: "hint" }, `${example.label} → ${example.prediction}: ${example.pair} `,
        quiet("More like this", () => this.pair())));
      if (example.category) {
        const [name, value, share] = example.category;
        out.push(el("p", { class: "hint" }, el("bdi", {}, value), `: ${share} on this sheet `,
          quiet("More like this", () => this.alike(name, value))));
      }
      if (example.bars?.length) {
        out.push(el("ul", { class: "bars", "aria-label": "Likeliest classes" }, example.bars.map(([name, said, share]) => {
          const bar = el("span", { class: "fill" });
          bar.style.setProperty("inline-size", `${100 * share}%`);
          return el("li", {}, el("bdi", { class: "name" }, name), el("span", { class: "track" }, bar), el("span", { class: "number" }, said));
        })));
      }
    }
    $("claim").replaceChildren(...out);
  }

  #state() {
    const here = $("state");
    if (here && this.row) here.textContent = this.row.read ? " · read" : this.skipped.has(this.at) ? " · skipped" : " · not read";
  }

  #progress() {
    const { store } = this;
    this.#state();
    const ids = store.order;
    const read = ids.filter((id) => store.row(id)?.read).length;
    const skipped = [...this.skipped].filter((id) => store.row(id) && !store.row(id).read).length;
    const left = ids.length - read;
    $("bar").max = Math.max(1, ids.length);
    $("bar").value = read;
    $("counts").textContent = `${number(read)} of ${plural(ids.length, "row", "rows")} read${skipped ? `, ${skipped} skipped` : ""}.${left ? "" : " All are read: Finish, or look through them again."}`;
    $("stop").textContent = store.tally.said || store.tally.why_not;
    $("stop").classList.toggle("may", store.tally.said.startsWith("You can stop"));
    $("undo").disabled = !store.undos.length;
    $("redo").disabled = !store.redos.length;
    $("back").disabled = this.ids.indexOf(this.at) <= 0;
  }

  // Moving ------------------------------------------------------------------------------------

  next() {
    this.judgement.leave();
    this.#forth(() => { if (this.looking === null) this.unread(true); else this.all(); });
  }

  #forth(ended) {
    const id = this.ids[this.ids.indexOf(this.at) + 1];
    if (id === undefined) ended(); else this.#go(id);
  }

  back() {
    this.judgement.keep();
    const place = this.ids.indexOf(this.at) - 1;
    if (place >= 0) this.#go(this.ids[place]);
  }

  unread(ended = false) {
    if (!ended) this.judgement.leave();
    const { ids, store } = this;
    const place = ids.indexOf(this.at);
    const turned = [...ids.slice(place + 1), ...ids.slice(0, Math.max(0, place))];
    const open = turned.filter((id) => !store.row(id).read);
    const found = open.find((id) => !this.skipped.has(id)) ?? open.sort((a, b) => ids.indexOf(a) - ids.indexOf(b))[0];
    if (found !== undefined) this.#go(found);
    else this.say(this.row?.read ? "All rows are read." : "This is the last row that is not read.", true);
  }

  skip() {
    if (this.row && !this.row.read) this.skipped.add(this.at);
    this.#forth(() => this.unread(true));
  }

  narrow(why, keeps, looking = null) {
    this.judgement.leave();
    const found = this.store.order.filter((id) => keeps(this.store.row(id), id));
    if (!found.length) { this.say("There are no such rows.", true); return; }
    this.list = found;
    this.why = `${why}: ${plural(found.length, "row", "rows")}`;
    this.looking = looking;
    this.#go(found.includes(this.at) && looking === null ? this.at : found[0]);
  }

  all() {
    if (this.looking !== null) this.store.change([{ op: "looked", tag: this.looking }]);
    this.judgement.leave();
    this.list = null;
    this.looking = null;
    this.#go(this.store.order.find((id) => !this.store.row(id).read) ?? this.at);
  }

  pair() {
    const { label, prediction } = this.row;
    this.narrow(`${label} → ${prediction}`, (row) => row.kind === "error" && row.label === label && row.prediction === prediction);
  }

  async alike(name, value) {
    const answer = await get(`alike?name=${encodeURIComponent(name)}&value=${encodeURIComponent(value)}`);
    if (!answer) return;
    const found = new Set(answer.ids);
    this.narrow(`${name} = ${value}`, (_, id) => found.has(id));
  }

  lookAgain(tag) {
    const since = this.store.tally.tags.find((x) => x.tag === tag)?.since ?? 1;
    const before = this.store.order.filter((id) => this.store.row(id).read).slice(0, since);
    this.narrow(`rows read before “${tag}” came up`, (row, id) => before.includes(id) && !row.tags.includes(tag), tag);
  }

  find() {
    $("places").replaceChildren(...options([...this.store.tags, ...this.store.order.slice(0, 2000)]));
    $("notfound").textContent = "";
    $("where").value = "";
    $("find").showModal();
    $("where").focus();
  }

  #found(typed) {
    const asked = typed.trim();
    const { order, tags } = this.store;
    const id = order.find((x) => x === asked) ?? order.find((x) => x.startsWith(`${asked} · `)) ?? order.find((x) => x.toLowerCase().endsWith(asked.toLowerCase()));
    const tag = tags.find((x) => x.toLowerCase() === asked.toLowerCase());
    if (!asked || (id === undefined && tag === undefined)) { $("notfound").textContent = asked ? `There is no id and no tag “${visible(asked)}”.` : ""; return; }
    $("find").close();
    if (tag !== undefined) this.narrow(`tag “${tag}”`, (row) => row.tags.includes(tag));
    else { this.judgement.leave(); this.list = null; this.looking = null; this.#go(id); }
  }

  // The rest ----------------------------------------------------------------------------------

  undo() {
    this.judgement.keep();
    const step = this.store.undo();
    if (step === null) this.say("Nothing to undo in this tab.", true);
    else if (step === "saving") this.say("Wait: this is being saved.", true);
    else { this.say("undone"); this.#back(step); }
  }

  redo() {
    const step = this.store.redo();
    if (step === null) this.say("Nothing to redo.", true);
    else { this.say("done again"); this.#back(step); }
  }

  #back(step) {
    if (step.row && step.row !== this.at && this.store.row(step.row)) {
      if (this.list && !this.list.includes(step.row)) { this.list = null; this.looking = null; }
      this.#go(step.row);
    }
  }

  reveal() {
    if ($("reveal").hidden) return;
    this.revealed.add(this.at);
    this.#go(this.at);
  }

  help() {
    $("keylist").replaceChildren(...KEYS.flatMap(([keys, does]) => [el("dt", {}, keys.split(" ").map((x) => el("kbd", {}, x))), el("dd", {}, does)]));
    if (!$("keys").open) $("keys").showModal();
  }

  async finish() {
    this.judgement.leave();
    await wait(30);
    for (let i = 0; this.store.queue.length && i < 40; i += 1) await wait(50);
    if (this.store.queue.length) { this.alert(`Not finished: ${plural(this.store.queue.length, "change is", "changes are")} not saved: ${this.store.why}.`); return; }
    const answer = await post("finish", {}).catch(() => null);
    if (!answer?.ok) { this.alert("Not finished: the server does not answer."); return; }
    this.store.ended = true;
    const rows = [...this.store.rows.values()];
    document.querySelector("nav").remove();
    $("finish").remove();
    $("help").remove();
    $("alert").hidden = true;
    const title = el("h1", { tabindex: "-1" }, "Finished: you can close this tab");
    $("main").className = "done";
    $("main").replaceChildren(title, el("p", {}, `Read ${rows.filter((x) => x.read).length} of ${plural(rows.length, "row", "rows")}, with ${plural(this.store.tags.length, "tag", "tags")}. All is saved in ${this.store.about.sheet}.`),
      el("p", {}, "Next:"), el("pre", { class: "text" }, this.store.about.next ?? ""));
    title.focus();
  }

  focus() { $("title").focus({ preventScroll: window.innerWidth >= 700 }); }

  say(words, shown = false) {
    $("live").textContent = "";
    setTimeout(() => { $("live").textContent = visible(words); }, 20);
    $("live").classList.toggle("shown", shown);
  }

  alert(words) {
    $("alert").textContent = visible(words);
    $("alert").hidden = !words;
  }

  #saved() {
    const { store } = this;
    if (store.ended) return;
    const box = $("saved");
    const said = store.gone && !store.queue.length ? "server gone" : store.state === "not saved" || (store.gone && store.queue.length) ? `not saved: ${store.why || "the server does not answer"}` : store.state;
    box.textContent = said;
    box.className = `saved ${said.split(":")[0].replace(" ", "-")}`;
    if (store.gone) this.alert("The server is gone: start mlstrat review again. What you do meanwhile is kept in this tab.");
    else if (store.state === "not saved") this.alert(`Not saved: ${store.why}. It is kept here, and tried again.`);
    else if (store.trouble) this.alert(`The sheet was changed elsewhere and cannot be read: ${store.trouble}`);
    else if (/^(The server is gone|Not saved|The sheet was)/.test($("alert").textContent)) this.alert("");
  }

  #settings() {
    for (const name of ["judge", "single"]) {
      const box = $(name);
      this.settings[name] = this.#remembered(name) ?? true;
      box.checked = this.settings[name];
      on(name, () => { this.settings[name] = box.checked; this.#remember(name, box.checked); }, "change");
    }
  }

  #remembered(name) { try { return JSON.parse(localStorage.getItem(`mlstrat-${name}`)); } catch { return null; } }
  #remember(name, value) { try { localStorage.setItem(`mlstrat-${name}`, JSON.stringify(value)); } catch { /* not kept */ } }
}

new Page();
