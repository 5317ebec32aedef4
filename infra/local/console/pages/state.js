// Shows /_local/state on the home page and moves the functions' clock.
"use strict";

const SERVICES = { postgres: "PostgreSQL", valkey: "Valkey", aws: "SES and Secrets Manager", sqs: "SQS", cloudinary: "Cloudinary's stand-in" };
const COLOURS = { running: "good", idle: "good", given: "good", busy: "busy", starting: "busy", restarting: "bad" };

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function row(name, aside, detail, colour) {
  const made = element("div", "row", "");
  made.append(element("span", colour === undefined ? "" : `state ${colour}`, name));
  made.append(element("span", "end mono", aside));
  if (detail) made.append(element("span", "soft", detail));
  return made;
}

function fill(id, rows) {
  const card = document.getElementById(id);
  card.replaceChildren(...(rows.length ? rows : [row("none", "", "")]));
}

function service(name, server) {
  const restarts = server.restarts ? `, started again ${server.restarts} times` : "";
  const detail = server.pid ? `${server.state}, process ${server.pid}${restarts}` : server.state;
  return row(SERVICES[name], server.address || "", detail, COLOURS[server.state] || "");
}

function lambda([name, pool]) {
  const busy = pool.workers.filter((worker) => worker.state === "busy").length;
  const count = pool.workers.length;
  const words = count === 0 ? "asleep" : `${count} worker${count === 1 ? "" : "s"}${busy ? `, ${busy} busy` : ""}`;
  const made = row(name.replace(/Function$/, ""), words, "", pool.error ? "bad" : busy ? "busy" : count ? "good" : "");
  if (pool.error) made.append(element("span", "error mono", String(pool.error)));
  return made;
}

function queue([name, depth]) {
  const aside = depth.waiting === null ? "away" : `${depth.waiting} waiting`;
  return row(name, aside, depth.in_flight ? `${depth.in_flight} being worked on` : "");
}

function show(state) {
  document.getElementById("letters").textContent = state.letters;
  document.getElementById("now").textContent = state.clock.now.replace("T", " ").slice(0, 19) + " UTC";
  fill("services", Object.keys(SERVICES).map((name) => service(name, state[name])));
  fill("functions", Object.entries(state.functions).map(lambda));
  fill("queues", Object.entries(state.queues).map(queue));
  fill("schedules", state.schedules.map((each) => row(each.function.replace(/Function$/, ""), each.expression, "")));
}

function request(each) {
  const made = row(`${each.method} ${each.path}`, `${each.status}`, "", each.status < 400 ? "good" : each.status < 500 ? "busy" : "bad");
  made.append(element("span", "soft", `${each.at.slice(11, 19)}, ${each.milliseconds.toFixed(1)} ms, ${each.function} ${each.temperature}`));
  return made;
}

async function fetched(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

async function refresh() {
  const [state, requests] = await Promise.all([fetched("/_local/state"), fetched("/_local/requests")]);
  if (state) show(state);
  if (requests) fill("requests", requests.items.slice(0, 5).map(request));
}

async function move(instant) {
  const request = instant === null
    ? { method: "DELETE" }
    : { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ now: instant }) };
  await fetch("/_local/clock", request);
  await refresh();
}

async function aDayOn() {
  const now = new Date((await (await fetch("/_local/clock")).json()).now);
  await move(new Date(now.getTime() + 86_400_000).toISOString());
}

document.getElementById("day").addEventListener("click", aDayOn);
document.getElementById("back").addEventListener("click", () => move(null));
document.getElementById("move").addEventListener("click", () => {
  const when = document.getElementById("when").value;
  if (when) move(new Date(when + "Z").toISOString());
});

async function keepFresh() {
  if (!document.hidden) await refresh().catch(() => {});
  setTimeout(keepFresh, 2000);
}
keepFresh();
