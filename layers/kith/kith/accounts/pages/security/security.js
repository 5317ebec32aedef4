// The script of /security. The access token lives in this memory only; text is only ever set as text.
"use strict";

const FACTORS = "/api/users/me/factors";
const find = (id) => document.getElementById(id);
const words = document.querySelector("main").dataset;
const hasPasskeys = Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON);
let accessToken = "";
let challenge = "";

class Refused extends Error {
  constructor(status, problem) {
    super(problem.code);
    this.status = status;
    this.problem = problem;
  }
}

async function call(method, path, body) {
  const headers = {};
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : {};
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

function show(id) {
  for (const each of ["sign-in", "second-factor", "factors"]) find(each).hidden = each !== id;
  find(id).querySelector("input")?.focus();
}

// Runs what a form or a button is for, and says so when it is refused.
function act(work) {
  return async (event) => {
    event.preventDefault();
    const button = event.submitter ?? event.currentTarget;
    find("message").textContent = "";
    button.disabled = true;
    try {
      await work();
    } catch (error) {
      explain(error);
    } finally {
      button.disabled = false;
    }
  };
}

function explain(error) {
  const code = error.problem?.code;
  if (code === "second_factor_needed" && error.problem.challenge) {
    askForFactor(error.problem);
    return;
  }
  const ended = ["fresh_proof_needed", "token_expired", "session_revoked", "challenge_invalid"];
  if (ended.includes(code)) {
    leave();
    find("message").textContent = words.again;
    return;
  }
  find("message").textContent = textFor(error);
}

function textFor(error) {
  if (error.status === 429 || error.status === 503) return words.wait;
  return error instanceof Refused ? words.refused : words.failed;
}

function askForFactor(problem) {
  challenge = problem.challenge;
  find("passkey-factor").hidden = !(hasPasskeys && problem.methods.includes("passkey"));
  find("code").value = "";
  show("second-factor");
}

async function enter(pair) {
  accessToken = pair.access_token;
  find("password").value = "";
  await list();
  show("factors");
}

function leave() {
  accessToken = challenge = "";
  for (const id of ["list", "codes", "secret"]) find(id).replaceChildren();
  for (const id of ["keep", "confirm-totp"]) find(id).hidden = true;
  for (const form of document.forms) form.reset();
  show("sign-in");
}

async function list() {
  const { items, recovery_codes_left: left } = await call("GET", FACTORS);
  find("list").replaceChildren(...items.map(row));
  find("left").textContent = items.length ? `${words.left} ${left}` : words.none;
  find("add-totp").hidden = items.some((each) => each.kind === "totp");
}

function row(factor) {
  const line = document.createElement("li");
  const label = document.createElement("span");
  label.textContent = factor.name ? `${words.passkey}: ${factor.name}` : words[factor.kind];
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.remove;
  button.addEventListener("click", act(async () => {
    await call("DELETE", `${FACTORS}/${factor.id}`);
    await list();
  }));
  line.append(label, button);
  return line;
}

async function askForPasskey() {
  const options = await call("POST", "/api/auth/passkeys/login/options");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}

find("sign-in").addEventListener("submit", act(async () => {
  const credentials = { email: find("email").value, password: find("password").value };
  await enter(await call("POST", "/api/auth/login", credentials));
}));

find("passkey-sign-in").addEventListener("click", act(async () => {
  const credential = await askForPasskey();
  await enter(await call("POST", "/api/auth/passkeys/login", { credential }));
}));

find("second-factor").addEventListener("submit", act(async () => {
  const code = find("code").value.trim();
  const method = /^[0-9 ]{6,7}$/.test(code) ? "totp" : "recovery";
  await enter(await call("POST", "/api/auth/login/second-factor", { challenge, method, code }));
}));

find("passkey-factor").addEventListener("click", act(async () => {
  const proof = { challenge, method: "passkey", credential: await askForPasskey() };
  await enter(await call("POST", "/api/auth/login/second-factor", proof));
}));

find("add-passkey").addEventListener("submit", act(async () => {
  const options = await call("POST", `${FACTORS}/passkeys/options`);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = (await navigator.credentials.create({ publicKey })).toJSON();
  await call("POST", `${FACTORS}/passkeys`, { name: find("name").value, credential });
  find("name").value = "";
  await list();
}));

find("add-totp").addEventListener("submit", act(async () => {
  const setup = await call("POST", `${FACTORS}/totp`);
  find("secret").textContent = setup.secret;
  find("app").href = setup.otpauth_uri;
  find("confirm-totp").hidden = false;
  find("totp-code").focus();
}));

find("confirm-totp").addEventListener("submit", act(async () => {
  await call("POST", `${FACTORS}/totp/confirm`, { code: find("totp-code").value.trim() });
  find("confirm-totp").hidden = true;
  find("confirm-totp").reset();
  find("secret").textContent = "";
  await list();
}));

find("recovery").addEventListener("submit", act(async () => {
  const { codes } = await call("POST", `${FACTORS}/recovery-codes`);
  find("keep").hidden = false;
  find("codes").replaceChildren(...codes.map((code) => {
    const line = document.createElement("li");
    line.textContent = code;
    return line;
  }));
  await list();
}));

find("sign-out").addEventListener("submit", act(async () => {
  await call("POST", "/api/auth/logout");
  leave();
}));

for (const id of ["passkey-sign-in", "add-passkey"]) find(id).hidden = !hasPasskeys;
show("sign-in");
