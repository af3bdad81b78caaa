// The recording of a call: its picture, and the line that is being played.
"use strict";

(() => {
  const card = document.getElementById("player");
  if (!card) return;
  const audio = card.querySelector("audio");
  const picture = document.getElementById("picture");
  const began = Date.parse(card.dataset.began);
  const clock = (secs) => `${Math.floor(secs / 60)}:${String(Math.floor(secs % 60)).padStart(2, "0")}`;

  // Each turn that is in this recording, with the second at which it begins there. The clocks may differ a little; what
  // was said before or after is in another recording, or in none.
  const early = 2, longest = Number(card.dataset.secs) || Infinity;
  const turns = [...document.querySelectorAll("#turns .turn")].map((line) => {
    const at = (Date.parse(line.querySelector("time").dateTime) - began) / 1000;
    return { line, at };
  }).filter(({ at }) => at >= -early && at < longest).map(({ line, at }) => ({ line, at: Math.max(0, at) })).sort((one, other) => one.at - other.at);
  const jump = (at) => { audio.currentTime = at; audio.play(); };
  for (const { line, at } of turns) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "jump";
    button.textContent = `▶ ${clock(at)}`;
    button.setAttribute("aria-label", `Play from ${clock(at)}`);
    button.addEventListener("click", () => jump(at));
    line.querySelector(".by").append(button);
    line.querySelector("p").addEventListener("click", () => { if (!getSelection().toString()) jump(at); });
    line.classList.add("plays");
  }
  const mark = () => {
    const now = turns.filter(({ at }) => at <= audio.currentTime + 0.05).at(-1);
    for (const { line } of turns) {
      const here = line === now?.line && (audio.currentTime > 0 || !audio.paused);
      line.classList.toggle("playing", here);
      if (here) line.setAttribute("aria-current", "true"); else line.removeAttribute("aria-current");
    }
  };
  audio.addEventListener("timeupdate", mark);
  audio.addEventListener("seeked", mark);

  // The picture is made by the service; where it cannot be, the player alone is there.
  const draw = async () => {
    const answer = await fetch(card.dataset.peaks);
    if (!answer.ok) { picture.hidden = true; return; }
    const { duration, peaks } = await answer.json();
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const side = (wave) => ({ waveColor: colour("--soft"), progressColor: colour(wave), height: 48 });
    const wave = WaveSurfer.create({
      container: picture, media: audio, peaks, duration, cspNonce: card.dataset.nonce, interact: true, barWidth: 2, barGap: 1, cursorColor: colour("--focus"),
      splitChannels: peaks.map((_, n) => side(n ? "--main" : "--focus")), height: 48, normalize: false, hideScrollbar: true,
    });
    wave.on("ready", () => card.setAttribute("data-drawn", ""));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      wave.setOptions({ cursorColor: colour("--focus"), splitChannels: peaks.map((_, n) => side(n ? "--main" : "--focus")) });
    });
  };
  draw();
})();
