// Runs listen.js without a browser: a visit is ended at each step of its opening. Prints what is left open.
import fs from "fs";

const source = fs.readFileSync(process.argv[2], "utf8");
const soon = () => new Promise((done) => setTimeout(done, 5));

const found = {};
for (const [how, steps] of [["take", ["microphone", "resume", "module", "ask"]], ["start", ["resume", "module", "ask"]]]) {
  for (const step of steps) {
    const left = { tracks: 0, sockets: 0, tokens: 0 }, elements = {}, waiting = {};
    const at = (name, value) => new Promise((done) => { if (name === step) waiting.go = () => done(value()); else done(value()); });
    const element = (id) => (elements[id] ??= {
      dataset: { call: "/c", worklet: "/w" }, listeners: {}, focus() {},
      addEventListener(_, act) { this.click = act; },
    });
    globalThis.document = { getElementById: element };
    globalThis.location = { href: "http://here.example/" };
    globalThis.window = { addEventListener() {} };
    const microphone = () => { left.tracks++; return { getTracks: () => [{ stop: () => left.tracks-- }] }; };
    Object.defineProperty(globalThis, "navigator", { configurable: true, value: { mediaDevices: { getUserMedia: () => at("microphone", microphone) } } });
    const node = { connect: () => node, port: { postMessage() {} }, gain: {} };
    globalThis.AudioContext = class {
      audioWorklet = { addModule: () => at("module", () => null) };
      resume() { return at("resume", () => null); }
      createGain() { return node; }
      createMediaStreamSource() { return node; }
      close() {}
    };
    globalThis.AudioWorkletNode = class { constructor() { return node; } };
    globalThis.fetch = () => at("ask", () => ({ ok: true, json: async () => ({ sound: "/s", token: "t" }) }));
    globalThis.WebSocket = class {
      static OPEN = 1;
      constructor() {
        left.sockets++;
        setTimeout(() => { this.readyState = 1; this.onopen(); this.onmessage({ data: '{"event": "speaking"}' }); });
      }
      send(text) { if (text.includes("token")) left.tokens++; }
      close() { left.sockets--; }
    };
    new Function(source)();
    element(`listen-${how}`).click();
    await soon();
    element(how === "take" ? "listen-back" : "listen-stop").click();
    waiting.go();
    await soon();
    found[`${how} ${step}`] = { ...left, said: element("listen-state").textContent };
  }
}
console.log(JSON.stringify(found));
