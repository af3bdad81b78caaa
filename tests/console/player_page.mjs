// Runs player.js without a browser over turns at given times, and prints which of them can be played, and from where.
import fs from "fs";

const source = fs.readFileSync(process.argv[2], "utf8");
const element = () => ({ classList: { add() {}, toggle() {} }, setAttribute() {}, removeAttribute() {}, addEventListener() {} });

const found = {};
for (const secs of ["30", ""]) {
  const jumps = [];
  const turns = process.argv.slice(3).map((dateTime) => ({
    ...element(),
    querySelector: () => ({ ...element(), dateTime, append: (button) => jumps.push([dateTime, button.textContent]) }),
  }));
  const card = { dataset: { began: "2026-11-30T12:00:10+00:00", secs, peaks: "/p" }, querySelector: () => element() };
  globalThis.document = {
    getElementById: (id) => (id === "player" ? card : {}), querySelectorAll: () => turns, createElement: element,
  };
  globalThis.fetch = async () => ({ ok: false });
  new Function(source)();
  found[secs] = Object.fromEntries(jumps);
}
console.log(JSON.stringify(found));
