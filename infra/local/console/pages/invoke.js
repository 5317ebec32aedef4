// Invokes a function by Lambda's own API and shows its answer and the end of its log.
"use strict";

const chosen = document.getElementById("function");
const event = document.getElementById("event");

function show(id, text) {
  const made = document.getElementById(id);
  made.textContent = text;
  made.hidden = document.getElementById(`${id}-title`).hidden = text === "";
}

function prepare() {
  event.value = chosen.selectedOptions[0].dataset.event;
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function decoded(base64) {
  const bytes = Uint8Array.from(atob(base64 || ""), (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

async function invoke() {
  const outcome = document.getElementById("outcome");
  outcome.textContent = "…";
  const started = performance.now();
  const answer = await fetch(`/2015-03-31/functions/${chosen.value}/invocations`, {
    method: "POST",
    headers: { "X-Amz-Log-Type": "Tail" },
    body: event.value,
  });
  const error = answer.headers.get("X-Amz-Function-Error");
  const took = Math.round(performance.now() - started);
  outcome.textContent = `${answer.status}${error ? `, ${error} error` : ""}, ${took} ms`;
  show("answer", readable(await answer.text()));
  show("log", decoded(answer.headers.get("X-Amz-Log-Result")));
}

chosen.addEventListener("change", prepare);
document.getElementById("invocation").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  invoke();
});
prepare();
