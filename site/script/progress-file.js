// Progress as a file, to take it to another browser. It is JSON:
//
//	{
//	  "format": "slipway-progress",
//	  "version": 1,
//	  "course": "slipway",                                   the page's data-course
//	  "saved": "2026-08-03T10:00:00.000Z",                   when the file was written
//	  "read": {"versions": "2026-08-01T09:30:00.000Z"},      chapters marked as read, and since when
//	  "checked": {"x06": "2026-08-02T18:00:00Z"},            tasks that passed a check
//	  "marked": {"x07": "2026-08-02T18:20:00.000Z"}          tasks marked as passed by hand
//	}
//
// Times are RFC 3339 in UTC. A reader of the format ignores members that it does not know. A change
// that older readers would misread gets the next version, which they refuse.
import * as progress from "./progress.js";
import { fill } from "./dom.js";

const format = "slipway-progress";
const version = 1;
const course = document.documentElement.dataset.course;
const largest = 1 << 20; // bytes

export function write() {
  const saved = new Date().toISOString();
  return JSON.stringify({ format, version, course, saved, ...progress.all() }, null, 2) + "\n";
}

// read returns the facts of a file. What it throws has a message for the reader.
export async function read(file) {
  if (file.size > largest) throw new Error(WORDS.importForeign);
  let data;
  try {
    data = JSON.parse(await file.text());
  } catch {
    throw new Error(WORDS.importBroken);
  }
  if (data?.format !== format) throw new Error(WORDS.importForeign);
  if (!Number.isInteger(data.version) || data.version < 1) throw new Error(WORDS.importBroken);
  if (data.version > version) throw new Error(WORDS.importNewer);
  if (data.course !== course) throw new Error(fill(WORDS.importOther, { course: String(data.course) }));
  return Object.fromEntries(progress.facts.map((fact) => [fact, checked(data[fact] ?? {})]));
}

// checked holds that pages and times have their form, so that a file is taken whole or not at all.
function checked(pages) {
  const entries = pages.constructor === Object && Object.entries(pages);
  if (!entries || !entries.every(([page, time]) => progress.isPage(page) && progress.isTime(time))) {
    throw new Error(WORDS.importBroken);
  }
  return pages;
}
