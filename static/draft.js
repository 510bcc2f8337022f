// Keeps what is typed into a form on the server, every ten seconds while it changes and when the page is left, and says
// so. Without this the form's own button does it.
const form = document.querySelector("[data-keeps-draft]");
const said = form.querySelector("[data-draft-said]");
const leaving = new AbortController();

function typed() {
  const data = new FormData(form);
  data.delete("csrfmiddlewaretoken");
  return new URLSearchParams(data).toString();
}

let kept = typed();
let busy = false;

async function keep() {
  const now = typed();
  if (busy || leaving.signal.aborted || now === kept) return;
  busy = true;
  const body = new FormData(form);
  body.set("deed", "keep");
  try {
    // A redirect leads to the sign-in page: then nothing was kept.
    const answer = await fetch(location.pathname, {
      method: "POST", body, redirect: "error", keepalive: document.hidden, signal: leaving.signal,
    });
    if (!answer.ok) throw new Error(answer.statusText);
    said.textContent = await answer.text();
    kept = now;
  } catch {
    if (!leaving.signal.aborted) said.textContent = "Not saved yet. Leave this page open; it is tried again.";
  }
  busy = false;
}

setInterval(keep, Number(form.dataset.keepsDraft) * 1000);
document.addEventListener("visibilitychange", () => document.hidden && keep());
form.addEventListener("submit", () => leaving.abort());
