// Times on a page are the shop's. Here they become the reader's: of the zone that the browser is in.

const DAY = { day: "numeric", month: "long", year: "numeric" };
const MINUTE = 60_000; // ms

function show(time) {
  const at = new Date(time.dateTime);
  const today = at.toDateString() === new Date().toDateString();
  const form = { hour: "numeric", minute: "2-digit", ...(today ? {} : DAY) };
  const words = new Intl.DateTimeFormat(time.lang, form).format(at);
  time.title ||= time.textContent; // the shop's own
  if (time.textContent !== words) time.textContent = words; // the observer below sees each
}

function showAll() {
  document.querySelectorAll("time[datetime]").forEach(show);
}

showAll();
new MutationObserver(showAll).observe(document.body, { childList: true, subtree: true });
// Past midnight, what was today's needs its day.
document.addEventListener("visibilitychange", showAll);
setInterval(showAll, MINUTE);
