// What is known of the sheet, and changes on their way: kept until the server has saved them.
import { post } from "./elements.js";

const PATH = location.pathname;
const QUEUE = `mlstrat-queue:${PATH}:`;
const LONGEST = 8000;
export const NONE = "none";

function random() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((x) => x.toString(16).padStart(2, "0")).join("");
}

function tabName() {
  try {
    const known = sessionStorage.getItem("mlstrat-tab");
    if (known) return known;
    const made = random();
    sessionStorage.setItem("mlstrat-tab", made);
    return made;
  } catch { return random(); }
}

export class Store extends EventTarget {
  rows = new Map();
  order = [];
  tags = [];
  about = { labels: [] };
  tally = { tags: [], said: "", why_not: "", ceilings: "", variants: [] };
  version = 0;
  boot = "";
  state = "saved";
  why = "";
  trouble = "";
  gone = false;
  undos = [];
  redos = [];
  queue = [];
  ended = false;
  #tab = tabName();
  #sending = false;
  #asking = null;
  #again = 0;
  #acked = 0; // the version by which all that was acknowledged is in what the server tells
  #timer = 0;

  constructor() {
    super();
    this.#load();
    addEventListener("beforeunload", (event) => {
      if (this.queue.length && !this.ended) event.preventDefault();
    });
    addEventListener("online", () => this.#pump());
  }

  // Of this tab, and of tabs that were closed before all was saved.
  #load() {
    try {
      for (const key of Object.keys(localStorage).filter((x) => x.startsWith(QUEUE))) {
        const { at, ops } = JSON.parse(localStorage.getItem(key));
        const mine = key === QUEUE + this.#tab;
        if (mine || Date.now() - at > 15000) {
          this.queue.push(...ops);
          localStorage.removeItem(key);
        }
      }
    } catch { /* storage is off, or holds what is not ours */ }
    this.#keep();
  }

  #keep() {
    try {
      if (this.queue.length) localStorage.setItem(QUEUE + this.#tab, JSON.stringify({ at: Date.now(), ops: this.queue }));
      else localStorage.removeItem(QUEUE + this.#tab);
    } catch { /* nothing to keep it in */ }
  }

  tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  row(id) { return this.rows.get(id); }

  // A change of this tab: shown at once, sent in its turn, and one step to undo.
  change(ops, undo = null) {
    for (const op of ops) { op.id = random(); this.#apply(op); this.queue.push(op); }
    const ids = ops.map((x) => x.id);
    const last = this.undos.at(-1);
    if (undo?.joins && last?.joins === undo.joins && !this.redos.length) {
      const first = last.inverse[0].value; // a note is typed in many changes, and undone as one
      last.inverse = [{ ...undo.inverse[0], value: first }];
      last.ops = [{ ...ops[0], was: first }];
      last.ids.push(...ids);
    } else if (undo) {
      this.undos.push({ ...undo, ids, ops });
      this.redos = [];
    }
    this.#keep();
    this.tell("rows");
    this.#pump();
  }

  undo() {
    const step = this.undos.pop();
    if (!step) return null;
    if (!step.inverse) { this.undos.push(step); return "saving"; }
    this.change(step.inverse.map((x) => ({ ...x })));
    this.redos.push(step);
    return step;
  }

  redo() {
    const step = this.redos.pop();
    if (!step) return null;
    const ids = [];
    const ops = step.ops.map((x) => ({ ...x }));
    this.change(ops);
    for (const op of ops) ids.push(op.id);
    this.undos.push({ ...step, ids });
    return step;
  }

  #apply(op) {
    const row = this.rows.get(op.row);
    if (op.op === "add" && row) {
      if (op.tag !== NONE && !this.tags.includes(op.tag)) this.tags = [...this.tags, op.tag];
      const at = op.at ?? row.tags.length;
      if (!row.tags.includes(op.tag)) row.tags = [...row.tags.slice(0, at), op.tag, ...row.tags.slice(at)];
    } else if (op.op === "take" && row) row.tags = row.tags.filter((x) => x !== op.tag);
    else if (op.op === "set" && row) row[op.field] = op.value;
    else if (op.op === "rename") {
      for (const one of this.rows.values()) one.tags = [...new Set(one.tags.map((x) => (x === op.tag ? op.to : x)))];
      this.tags = [...new Set(this.tags.map((x) => (x === op.tag ? op.to : x)))];
    } else if (op.op === "delete") {
      for (const one of this.rows.values()) one.tags = one.tags.filter((x) => x !== op.tag);
      this.tags = this.tags.filter((x) => x !== op.tag);
    }
    if (row) row.read = Boolean(row.tags.length || row.mislabeled || row.true_label || row.comment);
  }

  async #pump() {
    if (this.#sending || this.ended) return;
    this.#sending = true;
    let wait = 250;
    while (this.queue.length) {
      if (this.state === "saved") this.#say("saving");
      const op = this.queue[0];
      let why = "the server does not answer";
      try {
        const answer = await post("change", op, AbortSignal.timeout(30000));
        const body = await answer.json().catch(() => ({}));
        if (answer.ok || answer.status === 409 || answer.status === 422) {
          this.queue.shift();
          this.#keep();
          this.#acknowledged(op, answer.status, body);
          wait = 250;
          continue;
        }
        why = body.why || `the server says ${answer.status}`;
      } catch { /* it is gone, or the net is */ }
      this.#say("not saved", why);
      this.#keep();
      await new Promise((done) => { setTimeout(done, wait); });
      wait = Math.min(LONGEST, wait * 2);
    }
    this.#sending = false;
    this.#say("saved");
    this.refresh();
  }

  #say(state, why = "") {
    if (state === this.state && why === this.why) return;
    this.state = state;
    this.why = why;
    this.tell("saved");
  }

  #acknowledged(op, status, body) {
    this.#acked = Math.max(this.#acked, body.version ?? 0);
    const step = this.undos.find((x) => x.ids?.includes(op.id));
    if (status !== 200) {
      this.undos = this.undos.filter((x) => x !== step);
      this.version = 0; // what was shown did not come to be: ask for all of it
      this.tell(status === 409 ? "conflict" : "refused", { op, ...body });
    } else if (step && body.before) step.inverse = [body.before];
    else if (step && step.inverse === null) this.undos = this.undos.filter((x) => x !== step);
    if (body.rows > 1 || op.op === "rename" || op.op === "delete") this.tell("effect", { op, rows: body.rows ?? 0 });
  }

  // Ask what changed: one question at a time.
  refresh(soon = true) {
    clearTimeout(this.#timer);
    if (this.ended) return Promise.resolve();
    if (this.#asking) { this.#again += 1; return this.#asking; }
    this.#asking = this.#ask().finally(() => {
      this.#asking = null;
      const again = this.#again && soon;
      this.#again = 0;
      this.#timer = setTimeout(() => this.refresh(), again ? 50 : document.hidden ? 8000 : 2000);
    });
    return this.#asking;
  }

  async #ask() {
    try {
      const answer = await fetch(`state?boot=${this.boot}&since=${this.version}`, { signal: AbortSignal.timeout(20000) });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      if (found.boot === this.boot && found.version < this.#acked) { this.#again += 1; return; } // it was under way
      if (found.boot !== this.boot) this.#acked = 0;
      const fresh = found.boot !== this.boot || this.version === 0;
      const moved = found.version !== this.version || fresh;
      if (this.gone) { this.gone = false; this.tell("gone"); this.#pump(); }
      if (found.trouble !== this.trouble) { this.trouble = found.trouble; this.tell("saved"); }
      if (!moved) return;
      this.boot = found.boot;
      if (found.order) {
        this.order = found.order;
        this.about = found.about;
        const there = new Set(found.rows.map((x) => x.id));
        if (fresh) for (const id of this.rows.keys()) if (!there.has(id)) this.rows.delete(id);
      }
      for (const row of found.rows) this.rows.set(row.id, row);
      this.tags = found.tags;
      this.version = found.version;
      for (const op of this.queue) this.#apply(op);
      this.tell("rows");
      const tally = await fetch("tally", { signal: AbortSignal.timeout(20000) });
      if (tally.ok) { this.tally = await tally.json(); this.tell("tally"); }
    } catch {
      if (!this.gone) { this.gone = true; this.tell("gone"); }
    }
  }

  start() { return this.refresh().then(() => this.#pump()); }
}
