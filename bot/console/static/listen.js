// Listening to a live call, and speaking in its agent's place, with the ends of phone-worklet.js.
"use strict";

(() => {
  const card = document.getElementById("listen");
  if (!card) return;
  const said = document.getElementById("listen-state");
  const button = (name) => document.getElementById(`listen-${name}`);
  const [listenButton, takeButton, backButton, stopButton] = ["start", "take", "back", "stop"].map(button);
  const meters = { caller: button("level-caller"), agent: button("level-agent") };
  let now = null; // the visit

  class Visit {
    constructor(speaks) {
      this.speaks = speaks;
      this.over = false;
      this.timers = new Set();
    }

    async open() {
      if (this.speaks) {
        this.microphone = await navigator.mediaDevices.getUserMedia({
          audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
        });
        if (this.over) return this.release(); // it came late
      }
      this.context = new AudioContext({ latencyHint: "interactive" });
      await this.context.resume();
      if (this.over) return;
      await this.context.audioWorklet.addModule(card.dataset.worklet);
      if (this.over) return;
      this.ears = [this.ear(meters.caller), this.ear(meters.agent)];
      if (this.speaks) this.ears[1].mute(); // one's own voice, late
      const told = await this.ask(this.speaks ? "take-over" : "listen");
      if (this.over) return;
      const url = new URL(told.sound, location.href);
      url.protocol = url.protocol.replace("http", "ws");
      this.socket = new WebSocket(url);
      this.socket.binaryType = "arraybuffer";
      this.socket.onopen = () => this.socket.send(JSON.stringify({ token: told.token }));
      await new Promise((resolve, reject) => {
        this.there = resolve;
        this.refused = reject;
        this.socket.onmessage = ({ data }) => (typeof data === "string" ? this.told(JSON.parse(data)) : this.hear(new Uint8Array(data)));
        this.socket.onclose = () => { reject(new Error("The line was refused.")); this.end("The line was lost."); };
      });
      if (this.speaks && !this.over) this.speak();
    }

    async ask(how) {
      const answer = await fetch(`${card.dataset.call}/${how}`, { method: "POST" });
      const told = await answer.json().catch(() => ({ detail: "The service does not answer." }));
      if (!answer.ok) throw new Error(told.detail);
      return told;
    }

    ear(meter) {
      const node = new AudioWorkletNode(this.context, "earpiece", { numberOfInputs: 0, outputChannelCount: [1] });
      const volume = this.context.createGain();
      node.connect(volume).connect(this.context.destination);
      node.port.onmessage = ({ data }) => { if (data.level !== undefined) meter.value = Math.min(1, data.level * 4); };
      return { post: (message) => node.port.postMessage(message), mute: () => { volume.gain.value = 0; } };
    }

    speak() {
      const mouth = new AudioWorkletNode(this.context, "microphone", { numberOfOutputs: 0 });
      this.context.createMediaStreamSource(this.microphone).connect(mouth);
      mouth.port.onmessage = ({ data }) => {
        if (data.sound && this.socket.readyState === WebSocket.OPEN) this.socket.send(data.sound);
      };
    }

    // A byte for the side, two for the milliseconds until it is heard on the line, then the sound.
    hear(message) {
      const ear = this.ears[message[0]], sound = message.slice(3);
      if (!sound.length) return this.clear(ear);
      const timer = setTimeout(() => { this.timers.delete(timer); ear.post({ sound }); }, message[1] * 256 + message[2]);
      if (message[0] === 1) this.timers.add(timer);
    }

    clear(ear) {
      for (const timer of this.timers) clearTimeout(timer);
      this.timers.clear();
      ear.post({ clear: true });
    }

    told(message) {
      if (message.event === "listening") { show("You hear the call."); this.there(); }
      else if (message.event === "speaking") { show("You speak in the agent’s place."); this.there(); }
      else if (message.event === "refused") this.refused(new Error(message.why));
      else if (message.event === "lost") this.ears.forEach((ear) => this.clear(ear)); // what waits is old
      else if (message.event === "given_back") this.end("The agent speaks again.");
      else if (message.event === "signed_out") this.end("You are signed out, and no longer at this call.");
      else if (message.event === "over") this.end("The call is over.");
    }

    giveBack() {
      if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ event: "give_back" }));
      else this.end("The call was not taken over.");
    }

    release() {
      this.socket?.close();
      for (const track of this.microphone?.getTracks() ?? []) track.stop();
    }

    end(text) {
      if (this.over) return;
      this.over = true;
      this.release();
      for (const timer of this.timers) clearTimeout(timer);
      this.context?.close();
      for (const meter of Object.values(meters)) meter.value = 0;
      if (now === this) now = null;
      show(text);
    }
  }

  const show = (text) => {
    said.textContent = text;
    listenButton.disabled = now !== null;
    takeButton.disabled = now !== null && now.speaks;
    backButton.disabled = !now?.speaks;
    stopButton.disabled = now === null || now.speaks;
  };

  const begin = async (speaks) => {
    now?.end("");
    const visit = now = new Visit(speaks);
    show(speaks ? "Taking over …" : "Connecting …");
    try {
      await visit.open();
      if (!visit.over) (speaks ? backButton : stopButton).focus();
    } catch (error) {
      visit.end(error.name === "NotAllowedError" ? "The browser may not use the microphone." : error.message);
    }
  };
  listenButton.addEventListener("click", () => begin(false));
  takeButton.addEventListener("click", () => begin(true));
  backButton.addEventListener("click", () => now?.giveBack());
  stopButton.addEventListener("click", () => now?.end("You do not listen any more."));
  window.addEventListener("pagehide", () => now?.end(""));
  show("");
})();
