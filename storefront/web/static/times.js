// Times on a page are the shop's. Here they become the reader's: of the zone that the browser is in.

const DAY = { day: "numeric", month: "long", year: "numeric" };

function show(time) {
  const at = new Date(time.dateTime);
  const today = at.toDateString() === new Date().toDateString();
  const form = { hour: "numeric", minute: "2-digit", ...(today ? {} : DAY) };
  time.title = time.textContent; // the shop's own
  time.textContent = new Intl.DateTimeFormat(time.lang, form).format(at);
}

function showAll(within) {
  within.querySelectorAll("time[datetime]:not([title])").forEach(show);
}

showAll(document);
new MutationObserver(() => showAll(document)).observe(document.body, { childList: true, subtree: true });
