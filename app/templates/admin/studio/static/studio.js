// What Studio adds to starlette-admin's pages: times in the reader's zone, a JSON editor that keeps what is not JSON
// yet, and what inline handlers would do if the browser were allowed to run them.
"use strict";

(function () {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

    function local(time) {
        return time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
    }

    for (const element of document.querySelectorAll("[data-studio-time]")) {
        const given = element.dataset.studioTime;
        const seconds = Number(given);
        const time = new Date(seconds ? seconds * 1000 : given.replace(" UTC", "Z").replace(" ", "T"));
        if (Number.isNaN(time.getTime())) continue;
        element.title = `${local(time)} (${zone})`;
        if (seconds) element.textContent = time.toLocaleTimeString(undefined, { timeStyle: "short" });
    }

    for (const input of document.querySelectorAll("[data-studio-clock]")) {
        const said = input.parentElement.querySelector("[data-studio-local]");
        const tell = () => {
            const time = new Date(input.value);
            const whole = /(Z|[+-]\d\d:?\d\d)$/.test(input.value.trim()) && !Number.isNaN(time.getTime());
            said.textContent = whole ? `${local(time)} ${zone}` : input.value ? "needs a zone" : "";
            said.hidden = !said.textContent;
        };
        input.addEventListener("input", tell);
        input.parentElement.querySelector("[data-studio-now]").addEventListener("click", () => {
            input.value = new Date().toISOString();
            tell();
        });
        tell();
    }

    for (const area of document.querySelectorAll("textarea[data-studio-json]")) {
        if (!window.JSONEditor) break;
        const place = document.createElement("div");
        place.className = "studio-editor";
        area.after(place);
        area.hidden = true;
        const editor = new JSONEditor(place, {
            mode: "text",
            modes: ["text", "tree"],
            onChangeText: (text) => { area.value = text; },
        });
        editor.setText(area.value || "");
    }

    document.querySelector("form .is-invalid")?.scrollIntoView({ block: "center" });

    for (const select of document.querySelectorAll("[data-studio-go]")) {
        select.addEventListener("change", () => { window.location = select.value; });
    }
    for (const button of document.querySelectorAll("[data-studio-columns]")) {
        button.addEventListener("click", () => window.applyColumnVisibility());
    }
})();
