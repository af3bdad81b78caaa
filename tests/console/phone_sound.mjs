// Runs the sound of the browser phone outside a browser and prints what it makes of tones.
import fs from "fs";

const source = fs.readFileSync(process.argv[2], "utf8");
const load = new Function(
  "sampleRate", "AudioWorkletProcessor", "registerProcessor",
  `${source}; return { Resampler, Earpiece, encode, DECODED };`,
);
const db = (samples) => {
  const settled = samples.slice(1000);
  const power = settled.reduce((sum, sample) => sum + sample * sample, 0) / settled.length;
  return 10 * Math.log10(2 * power + 1e-12);
};
const tone = (hz, rate, count) => Float32Array.from({ length: count }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rate));

const found = { down: {}, up: {} };
for (const rate of [48000, 44100, 16000]) {
  const posted = [];
  class Processor { constructor() { this.port = { postMessage: (message) => posted.push(message) }; } }
  const { Resampler, Earpiece, encode, DECODED } = load(rate, Processor, () => {});
  for (const hz of [300, 1000, 3000, 4700, 7000]) {
    const out = [], down = new Resampler(rate, 8000), sound = tone(hz, rate, rate);
    for (let at = 0; at < rate; at += 128) down.push(sound.subarray(at, at + 128), (s) => out.push(s));
    found.down[`${rate} ${hz}`] = [db(out), out.length];
  }
  const ear = new Earpiece(), heard = [];
  const sound = Uint8Array.from(tone(1000, 8000, 8000), encode);
  ear.port.onmessage({ data: { sound: sound.subarray(0, 4000) } });
  ear.port.onmessage({ data: { mark: "half" } });
  ear.port.onmessage({ data: { sound: sound.subarray(4000) } });
  let at = null;
  while (heard.length < rate) {
    const block = new Float32Array(128);
    ear.process([], [[block]]);
    heard.push(...block);
    if (at === null && posted.some((message) => message.mark === "half")) at = heard.length / rate;
  }
  ear.port.onmessage({ data: { sound } });
  ear.port.onmessage({ data: { mark: "dropped" } });
  ear.port.onmessage({ data: { clear: true } });
  const quiet = new Float32Array(128);
  for (let n = 0; n < 6; n++) ear.process([], [[quiet]]); // what is in the filter fades
  found.up[rate] = {
    db: db(heard.slice(0, Math.floor(rate * 0.9))), at,
    marks: posted.filter((message) => message.mark).map((message) => message.mark),
    after: Math.max(...quiet.map(Math.abs)),
  };
  found.codes = Array.from({ length: 256 }, (_, code) => [code, encode(DECODED[code])]);
  found.values = Array.from(DECODED);
}
console.log(JSON.stringify(found));
