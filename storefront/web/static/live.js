// Keeps the stock on an open page true: asks every two seconds what has changed of it, and shows what the server says.

const PAUSE = 1800; // ms; with the half second that an answer may be old, a change is shown within three
const PATIENCE = 4000; // ms until a server that doesn't answer is away
const LITTLE_PATIENCE = 1000; // ms, where what the page shows is old already: it was hidden, or the machine slept
const LONGEST_PAUSE = 15000; // ms between two looks for a server that is away
const AGE = 600; // ms: asked sooner, another process of the server's may answer with what was before
const LONGEST_QUERY = 6000; // characters of an address that every proxy takes
const MOST_NAMED = 3; // products in one announcement

const places = [...document.querySelectorAll(".place")];
const news = document.getElementById("news");
const away = document.getElementById("away");
let failures = 0;
let heard = Date.now();
let timer;
let asking;

// A thousand pages must not ask at the same moment: the pause is a tenth shorter or longer.
function pause() {
  if (!failures) return PAUSE * (0.9 + Math.random() / 5);
  return Math.min(LONGEST_PAUSE, 1000 * 2 ** failures) * (0.5 + Math.random());
}

/** What the page shows of each product; in several queries where codes are long. */
function queries() {
  const all = [""];
  for (const { dataset } of places) {
    const part = `&${dataset.code}=${dataset.shown}`;
    if (all.at(-1).length + part.length > LONGEST_QUERY) all.push("");
    all[all.length - 1] += part;
  }
  return all;
}

/** The places that the server would show otherwise. */
async function ask(query, signal) {
  const answer = await fetch(`${news.dataset.ask}?${query}`, { signal, cache: "no-store" });
  if (answer.status === 204) return [];
  const page = new DOMParser().parseFromString(answer.status === 200 ? await answer.text() : "", "text/html");
  const changed = [...page.querySelectorAll(".place")];
  if (!changed.length) throw new Error(`${answer.status} is no answer of the shop's`);
  return changed;
}

/** Show a place as the server does. */
function change(now) {
  const place = places.find(({ dataset }) => dataset.code === now.dataset.code);
  place.dataset.shown = now.dataset.shown;
  place.replaceChildren(...now.children);
  place.firstElementChild.classList.add("fresh");
  return place;
}

function sentence(place) {
  const name = place.parentElement.querySelector(".name").textContent;
  return `${name}: ${place.textContent.trim()}`;
}

async function show(changed) {
  if (failures) for (const place of places) place.replaceChildren(...place.kept);
  const fresh = changed.map(change);
  await null; // before it goes on, times.js has made the times the reader's: what is said is what is shown
  const said = fresh.map(sentence);
  if (failures) said.unshift("Connected again");
  if (said.length > MOST_NAMED) news.textContent = `The stock of ${said.length} products has changed`;
  else if (said.length) news.textContent = said.join(". ");
}

/** Claim nothing while nobody can be asked. */
function hide() {
  for (const place of places) {
    place.kept = [...place.children];
    place.replaceChildren(away.content.cloneNode(true));
  }
  news.textContent = away.content.textContent;
}

async function look() {
  clearTimeout(timer);
  asking?.abort();
  asking = document.hidden ? null : new AbortController();
  if (!asking) return; // comes back with the page
  const mine = asking;
  const isOld = !failures && Date.now() - heard > 2 * PATIENCE;
  const late = setTimeout(() => mine.abort(), isOld ? LITTLE_PATIENCE : PATIENCE);
  try {
    const answers = await Promise.all(queries().map((query) => ask(query, mine.signal)));
    await show(answers.flat());
    heard = Date.now();
    failures = 0;
  } catch {
    if (mine !== asking) return; // asked again since
    if (!failures) hide();
    failures += 1;
  } finally {
    clearTimeout(late);
  }
  timer = setTimeout(look, pause());
}

/** Look as soon as no answer can be older than what the page shows. */
function soon() {
  clearTimeout(timer);
  asking?.abort();
  asking = null; // its end is no failure
  timer = setTimeout(look, Math.min(AGE, Math.max(0, heard + AGE - Date.now()))); // a clock may be set back
}

// A browser may bring back a page as it was left: the form shall say what the list shows.
addEventListener("pageshow", ({ persisted }) => persisted && document.querySelector(".search")?.reset());

if (places.length) {
  const [{ type } = {}] = performance.getEntriesByType("navigation"); // some browsers have none
  document.addEventListener("visibilitychange", soon);
  if (type === "back_forward") soon(); // a browser may show a page that it kept
  else timer = setTimeout(look, pause());
}
