// The page itself: its parts, its notices, and the places for what the API answered.
import { sentence } from "./client.js";

/** The element with this id. Throws if the page has none. */
export function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`this page has no #${id}`);
  return found;
}

/** Says something in the notice of a form or of the page, or with nothing to say takes it away. */
export function tell(scope: HTMLElement, message: string, plain = false): void {
  const notice = scope.querySelector<HTMLElement>(".notice");
  if (!notice) throw new Error("there is no place for a notice");
  notice.classList.toggle("plain", plain);
  notice.textContent = message;
  notice.hidden = message === "";
}

/** Does something for the page as a whole; what goes wrong is said at its top. */
export async function doing(work: () => Promise<void>): Promise<void> {
  const main = document.querySelector("main");
  if (!main) throw new Error("this page has no main part");
  try {
    tell(main, "");
    await work();
  } catch (error) {
    tell(main, sentence(error));
  }
}

/**
 * Puts members of an answer where `data-show` or `data-answer` names them: as a text, a list as lines, or as the address of
 * a link or picture.
 */
export function fill(scope: HTMLElement, attribute: "show" | "answer", answer: object): void {
  const values = new Map<string, unknown>(Object.entries(answer));
  for (const element of scope.querySelectorAll<HTMLElement>(`[data-${attribute}]`)) {
    const value = values.get(element.dataset[attribute] ?? "");
    if (value === undefined || value === null) continue;
    if (element instanceof HTMLAnchorElement) element.href = String(value);
    else if (element instanceof HTMLImageElement) element.src = String(value);
    else element.textContent = Array.isArray(value) ? value.join("\n") : String(value);
  }
}

/** Shows those parts of a page that are for one of these cases, and hides those for others. */
export function showCases(page: HTMLElement, ...cases: string[]): void {
  for (const element of page.querySelectorAll<HTMLElement>("[data-case]")) {
    element.hidden = !cases.includes(element.dataset["case"] ?? "");
  }
}
