// What plain HTML and htmx do not do: durations that tick, and a transcript that stays at its end.
"use strict";

(() => {
  const clock = (secs) => {
    const pad = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(secs / 3600), minutes = Math.floor(secs / 60) % 60;
    return hours ? `${hours}:${pad(minutes)}:${pad(secs % 60)}` : `${minutes}:${pad(secs % 60)}`;
  };

  // <time data-since="ISO"> counts up, by this machine's clock set to the server's.
  let ahead = null; // ms that this machine's clock is ahead of the server's
  const tick = () => {
    const stamp = document.querySelector("[data-now]");
    if (stamp && ahead === null) ahead = Date.now() - Date.parse(stamp.dataset.now);
    for (const each of document.querySelectorAll("time[data-since]")) {
      const secs = (Date.now() - (ahead ?? 0) - Date.parse(each.dataset.since)) / 1000;
      each.textContent = clock(Math.max(0, Math.floor(secs)));
    }
  };
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:after:swap", tick);

  // A log follows its end until somebody scrolls up.
  const follow = (log) => {
    let follows = true;
    log.dataset.follow = "on";
    log.addEventListener("scroll", () => {
      follows = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    });
    const toEnd = () => { if (follows) log.scrollTop = log.scrollHeight; };
    new MutationObserver(toEnd).observe(log, { childList: true, subtree: true, characterData: true });
    toEnd();
  };
  const followAll = () => document.querySelectorAll('[data-follow=""]').forEach(follow);
  followAll();
  document.addEventListener("htmx:after:swap", followAll);

  // A form that asks before it acts.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // Whether the page is still told what happens.
  const line = document.querySelector("[data-line]");
  const tell = (text, state) => {
    if (line) { line.textContent = text; line.dataset.line = state; }
  };
  document.addEventListener("htmx:sse:after:connection", () => tell("live", "on"));
  document.addEventListener("htmx:sse:error", () => tell("connection lost, trying again", "off"));
  document.addEventListener("htmx:sse:close", (event) => {
    if (event.detail.reason === "message") tell("the call is over", "over");
  });
})();
