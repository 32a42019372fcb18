// What pages can do better with script. Every one of them works without.
(() => {
  "use strict";

  // Suggestions fill a field instead of loading the page anew.
  document.addEventListener("click", (e) => {
    const chip = e.target.closest("[data-fill]");
    if (!chip) return;
    e.preventDefault();
    const field = document.getElementById(chip.dataset.fill);
    const text = field.value.trim();
    field.value = field.tagName === "TEXTAREA" && text ? text + " " + chip.dataset.value : chip.dataset.value;
    field.focus();
  });

  const say = (root, text) => {
    const said = root.querySelector("[data-said]");
    if (said) {
      said.className = "note good";
      said.textContent = text ?? said.dataset.copied;
    }
  };

  document.addEventListener("click", async (e) => {
    const button = e.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    say(button.parentElement);
  });

  // A second press while the first one is on its way would say everything twice.
  const pressed = new WeakSet();
  document.addEventListener("submit", (e) => {
    if (pressed.has(e.target)) e.preventDefault();
    else if (!e.defaultPrevented) {
      pressed.add(e.target);
      setTimeout(() => pressed.delete(e.target), 4000);
    }
  });

  // Tapping a channel notes that it was sent and opens the app at once; the page goes on behind it.
  const channels = document.querySelector("[data-channels]");
  channels?.addEventListener("submit", (e) => {
    const way = e.submitter?.value;
    const text = channels.dataset.message;
    if (!text || !["share", "copy", "whatsapp", "sms", "mail"].includes(way)) return;
    e.preventDefault();
    const post = (channel) => {
      const body = new URLSearchParams(new FormData(channels));
      body.set("channel", channel);
      return fetch(channels.action, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true })
        .then((r) => (r.ok ? r : Promise.reject(r)));
    };
    const sent = post(way).then((r) => r.json());
    // The sheet and the clipboard open only within the tap itself, so they do not wait for the answer.
    const local = way === "share" ? navigator.share({ text }) : way === "copy" ? navigator.clipboard.writeText(text) : Promise.resolve();
    // A sheet that was closed sent nothing.
    const closed = (why) => (why.name === "AbortError" ? sent.then(() => post("undo")).then(() => Promise.reject(why)) : null);
    Promise.all([sent, local.catch(closed)]).then(
      ([answer]) => {
        if (way === "copy") say(channels);
        if (answer.open) {
          addEventListener("pageshow", () => location.assign(answer.next), { once: true });
          location.href = answer.open;
        }
        setTimeout(() => location.assign(answer.next), answer.open ? 1500 : 700);
      },
      // Closed, or refused: the page says how it stands.
      () => location.reload(),
    );
  });
})();
