// Opened from a folder, a page may not start a worker of a file, and search runs in one. Its script
// is loaded into a hidden frame instead, and messages go to and fro as they would to a worker:
// later, and as copies.
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(address) {
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      this.inside = this.frame.contentWindow;
      this.inside.postMessage = (data) => {
        const message = { data: structuredClone(data) };
        setTimeout(() => this.onmessage?.(message));
      };
      const script = this.inside.document.createElement("script");
      script.src = new URL(address, document.baseURI).href;
      script.onload = () => {
        const waiting = this.waiting;
        this.waiting = null;
        waiting.forEach((data) => this.deliver(data));
      };
      script.onerror = (event) => this.onerror?.(event);
      this.inside.document.body.append(script);
    }
    deliver(data) {
      setTimeout(() => this.inside?.onmessage?.({ data }));
    }
    postMessage(data) {
      const copy = this.inside.structuredClone(data);
      if (this.waiting) this.waiting.push(copy);
      else this.deliver(copy);
    }
    terminate() {
      this.frame.remove();
      this.inside = null;
    }
  };
}
