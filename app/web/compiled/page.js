import { sentence } from "./client.js";
export function part(id) {
    const found = document.getElementById(id);
    if (!found)
        throw new Error(`this page has no #${id}`);
    return found;
}
export function tell(scope, message, plain = false) {
    const notice = scope.querySelector(".notice");
    if (!notice)
        throw new Error("there is no place for a notice");
    notice.classList.toggle("plain", plain);
    notice.textContent = message;
    notice.hidden = message === "";
}
export async function doing(work) {
    const main = document.querySelector("main");
    if (!main)
        throw new Error("this page has no main part");
    try {
        tell(main, "");
        await work();
    }
    catch (error) {
        tell(main, sentence(error));
    }
}
export function fill(scope, attribute, answer) {
    const values = new Map(Object.entries(answer));
    for (const element of scope.querySelectorAll(`[data-${attribute}]`)) {
        const value = values.get(element.dataset[attribute] ?? "");
        if (value === undefined || value === null)
            continue;
        if (element instanceof HTMLAnchorElement)
            element.href = String(value);
        else if (element instanceof HTMLImageElement)
            element.src = String(value);
        else
            element.textContent = Array.isArray(value) ? value.join("\n") : String(value);
    }
}
export function showCases(page, ...cases) {
    for (const element of page.querySelectorAll("[data-case]")) {
        element.hidden = !cases.includes(element.dataset["case"] ?? "");
    }
}
