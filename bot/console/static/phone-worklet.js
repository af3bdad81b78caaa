// The two ends of the line in a browser, at whatever rate its sound card runs: what the microphone
// hears becomes 8 kHz μ-law, and 8 kHz μ-law becomes sound. Both pass a low-pass of windowed sinc.
"use strict";

const LINE_HZ = 8000;
const CUTOFF_HZ = 3600; // telephone speech ends below; above it 8 kHz would fold back
const CHUNK = 160; // samples of the line in one message: 20 ms
const LEVEL_EVERY = 800; // samples of the line between two levels
const ZEROS = 16; // zero crossings of the sinc to each side

const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

// Samples of a signal of one rate at the times of another, filtered. A kernel is tabled.
class Resampler {
  constructor(fromHz, toHz) {
    this.step = fromHz / toHz;
    const cutoff = Math.min(CUTOFF_HZ, fromHz / 2, toHz / 2) / fromHz; // cycles a sample
    this.half = Math.ceil(ZEROS / (2 * cutoff));
    this.fine = 64; // places between two samples
    this.kernel = new Float32Array((this.half * 2 + 1) * this.fine + 1);
    for (let n = 0; n < this.kernel.length; n++) {
      const x = n / this.fine - this.half;
      const window = Math.abs(x) >= this.half ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * x) / this.half);
      this.kernel[n] = 2 * cutoff * sinc(2 * cutoff * x) * window;
    }
    this.kept = new Float32Array(this.half * 2);
    this.at = this.half; // the time of the next sample out, in samples in
  }

  push(input, output) {
    const all = new Float32Array(this.kept.length + input.length);
    all.set(this.kept);
    all.set(input, this.kept.length);
    while (this.at + this.half < all.length) {
      const first = Math.ceil(this.at - this.half);
      let sum = 0;
      for (let n = Math.max(0, first); n <= this.at + this.half && n < all.length; n++) {
        sum += all[n] * this.kernel[Math.round((n - this.at + this.half) * this.fine)];
      }
      output(sum);
      this.at += this.step;
    }
    const gone = Math.max(0, Math.min(all.length, Math.floor(this.at) - this.half));
    this.kept = all.slice(gone);
    this.at -= gone;
  }
}

// G.711 μ-law.
const encode = (sample) => {
  let value = Math.max(-32635, Math.min(32635, Math.round(sample * 32767)));
  const sign = value < 0 ? 0x80 : 0;
  value = Math.abs(value) + 132;
  let exponent = 7;
  for (let mask = 0x4000; (value & mask) === 0 && exponent > 0; mask >>= 1) exponent--;
  return ~(sign | (exponent << 4) | ((value >> (exponent + 3)) & 0x0f)) & 0xff;
};
const DECODED = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff, exponent = (bits >> 4) & 7;
  const value = (((bits & 0x0f) << 3) + 132) * 2 ** exponent - 132;
  return (bits & 0x80 ? -value : value) / 32768;
});

class Level {
  constructor(port, who) { this.port = port; this.who = who; this.sum = 0; this.count = 0; }
  add(sample) {
    this.sum += sample * sample;
    if (++this.count === LEVEL_EVERY) {
      this.port.postMessage({ level: Math.sqrt(this.sum / this.count), who: this.who });
      this.sum = this.count = 0;
    }
  }
}

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, LINE_HZ);
    this.chunk = new Uint8Array(CHUNK);
    this.filled = 0;
    this.level = new Level(this.port, "you");
  }

  process(inputs) {
    const channel = inputs[0][0] ?? new Float32Array(128);
    this.resampler.push(channel, (sample) => {
      this.level.add(sample);
      this.chunk[this.filled++] = encode(sample);
      if (this.filled === CHUNK) {
        this.port.postMessage({ sound: this.chunk });
        this.chunk = new Uint8Array(CHUNK);
        this.filled = 0;
      }
    });
    return true;
  }
}

// Plays in order what it is given: {sound}, {mark}; {clear} drops it, and gives all marks back.
class Earpiece extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(LINE_HZ, sampleRate);
    this.level = new Level(this.port, "agent");
    this.waiting = []; // Uint8Array or the name of a mark
    this.read = 0; // of the first
    this.out = []; // at the card's rate
    this.port.onmessage = ({ data }) => {
      if (data.sound) this.waiting.push(data.sound);
      else if (data.mark !== undefined) this.waiting.push(data.mark);
      else if (data.clear) this.clear();
    };
  }

  clear() {
    for (const each of this.waiting) if (typeof each === "string") this.port.postMessage({ mark: each });
    this.waiting = [];
    this.read = 0;
    this.out = [];
  }

  next() {
    while (this.waiting.length) {
      const first = this.waiting[0];
      if (typeof first === "string") {
        this.port.postMessage({ mark: first });
      } else if (this.read < first.length) {
        return DECODED[first[this.read++]];
      }
      this.waiting.shift();
      this.read = 0;
    }
    return 0;
  }

  process(_, outputs) {
    const channel = outputs[0][0];
    const one = new Float32Array(1);
    while (this.out.length < channel.length) {
      one[0] = this.next();
      this.level.add(one[0]);
      this.resampler.push(one, (sample) => this.out.push(sample));
    }
    channel.set(this.out.splice(0, channel.length));
    for (const other of outputs[0].slice(1)) other.set(channel);
    return true;
  }
}

registerProcessor("microphone", Microphone);
registerProcessor("earpiece", Earpiece);
