// The browser phone: Media Streams over a websocket, with the two ends of phone-worklet.js.
"use strict";

(() => {
  const form = document.getElementById("phone");
  if (!form) return;
  const said = document.getElementById("phone-state");
  const keys = document.getElementById("keys");
  const [callButton, endButton] = [document.getElementById("call"), document.getElementById("end")];
  const meters = { you: document.getElementById("level-you"), agent: document.getElementById("level-agent") };
  let now = null; // the call

  const tell = (text) => { said.textContent = text; };
  const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

  class Call {
    constructor(sid) {
      this.sid = sid;
      this.stream = "MZ" + sid.slice(2);
      this.number = 0;
      this.chunk = 0;
      this.over = false;
    }

    async open(told) {
      this.microphone = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      });
      this.context = new AudioContext({ latencyHint: "interactive" });
      await this.context.resume();
      await this.context.audioWorklet.addModule(form.dataset.worklet);
      this.mouth = new AudioWorkletNode(this.context, "microphone", { numberOfOutputs: 0 });
      this.ear = new AudioWorkletNode(this.context, "earpiece", { numberOfInputs: 0, outputChannelCount: [1] });
      this.context.createMediaStreamSource(this.microphone).connect(this.mouth);
      this.ear.connect(this.context.destination);
      this.ear.port.onmessage = ({ data }) => {
        if (data.mark === undefined) return this.level(data);
        // It left the worklet; the card plays it a moment later.
        const lateSecs = this.context.outputLatency || this.context.baseLatency || 0;
        setTimeout(() => this.send({ event: "mark", mark: { name: data.mark } }), lateSecs * 1000);
      };
      await this.connect(told);
      this.mouth.port.onmessage = ({ data }) => {
        if (!data.sound) return this.level(data);
        this.send({
          event: "media",
          media: {
            track: "inbound", chunk: String(++this.chunk), timestamp: String(this.chunk * 20),
            payload: base64(data.sound),
          },
        });
      };
    }

    connect(told) {
      const url = new URL(told.stream, location.href);
      url.protocol = url.protocol.replace("http", "ws");
      this.socket = new WebSocket(url);
      this.socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
      return new Promise((resolve, reject) => {
        this.socket.onopen = () => {
          this.socket.send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
          this.send({
            event: "start",
            start: {
              accountSid: "console", callSid: this.sid, streamSid: this.stream, tracks: ["inbound"],
              mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
              customParameters: { call: told.call_id, token: told.token },
            },
          });
          resolve();
        };
        this.socket.onclose = () => { reject(new Error("The line was refused.")); this.end(); };
      });
    }

    hear(message) {
      if (message.event === "media") this.ear.port.postMessage({ sound: bytes(message.media.payload) });
      else if (message.event === "mark") this.ear.port.postMessage({ mark: message.mark.name });
      else if (message.event === "clear") this.ear.port.postMessage({ clear: true });
      else if (message.event === "notice") this.notice = message.text;
    }

    send(message) {
      if (this.socket?.readyState !== WebSocket.OPEN) return;
      this.socket.send(JSON.stringify({
        ...message, streamSid: this.stream, sequenceNumber: String(++this.number),
      }));
    }

    press(digit) { this.send({ event: "dtmf", dtmf: { track: "inbound_track", digit } }); }

    level({ level, who }) { meters[who].value = Math.min(1, level * 4); }

    end() {
      if (this.over) return;
      this.over = true;
      this.send({ event: "stop", stop: { accountSid: "console", callSid: this.sid } });
      this.socket?.close();
      for (const track of this.microphone?.getTracks() ?? []) track.stop();
      this.context?.close();
      for (const meter of Object.values(meters)) meter.value = 0;
      now = null;
      show(this.notice || "The call is over.");
    }
  }

  const show = (text) => {
    tell(text);
    callButton.disabled = now !== null;
    endButton.disabled = now === null;
    for (const key of keys.querySelectorAll("button")) key.disabled = now === null;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (now) return;
    callButton.disabled = true;
    tell("Calling …");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const told = await answer.json().catch(() => ({ detail: "The service does not answer." }));
      if (!answer.ok) throw new Error(told.detail);
      now = new Call(told.call_sid);
      await now.open(told);
      show("On the line.");
      endButton.focus();
      htmx.ajax("GET", `${form.dataset.panel}/${told.call_id}`, { target: "#panel", swap: "innerHTML" });
    } catch (error) {
      const call = now;
      call?.end();
      now = null;
      show(error.name === "NotAllowedError" ? "The browser may not use the microphone." : error.message);
    }
  });
  endButton.addEventListener("click", () => now?.end());
  keys.addEventListener("click", (event) => {
    const digit = event.target.closest("button")?.value;
    if (digit) now?.press(digit);
  });
  window.addEventListener("pagehide", () => now?.end());
  show("");
})();
