// What the pages do beyond what they do without it: keys and sliders. Nothing here asks another server.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Keys. "/" searches, "j" and "k" move among rows, "Enter" opens one, "g" and a letter goes to a page, "?" tells.
  const help = document.getElementById("keys");
  const goWithin = 1500; // milliseconds between "g" and its letter
  let gone = -Infinity;
  const rows = () => all("[data-row]").filter((row) => row.offsetParent !== null);
  const mark = (row) => {
    all("[data-row].current").forEach((other) => other.classList.remove("current"));
    row.classList.add("current");
    row.querySelector("a")?.focus({ preventScroll: true });
  };
  const move = (by) => {
    const list = rows();
    if (list.length === 0) return;
    const at = list.findIndex((row) => row.classList.contains("current"));
    const next = list[Math.min(list.length - 1, Math.max(0, at + by))];
    mark(next);
    next.scrollIntoView({ block: "nearest" });
  };
  const search = (event) => {
    const field = document.getElementById("search");
    event.preventDefault();
    field.focus();
    field.select();
  };
  const keys = {
    "/": search,
    j: () => move(1),
    k: () => move(-1),
    g: (event) => { gone = event.timeStamp; },
    "?": () => { if (!help.open) help.showModal(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const going = event.timeStamp - gone < goWithin;
    gone = -Infinity;
    const link = going && document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
    if (link) link.click();
    else keys[event.key]?.(event);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-keys]")) help.showModal();
  });

  // Sliders: what would happen with more misses, or more clean orders. The arithmetic is the policy's, on integers.
  const verdict = (rule, numerator, denominator) => {
    if (denominator === 0) return "nodata";
    const limit = BigInt(rule.limit), scale = BigInt(rule.scale), n = BigInt(numerator), d = BigInt(denominator);
    const met = n * scale === limit * d ? rule.limitMeets : (n * scale < limit * d) === rule.less;
    return met ? "ok" : "breached";
  };
  const classes = { breached: "bad", ok: "good", nodata: "none" };
  const slide = (form) => {
    const rule = JSON.parse(form.dataset.rule), lang = document.documentElement.lang;
    const bad = form.elements.bad.valueAsNumber, clean = form.elements.clean.valueAsNumber;
    const denominator = rule.denominator + bad + clean, numerator = rule.numerator + (rule.less ? bad : clean);
    const percent = { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 };
    const rate = denominator === 0 ? "" : (numerator / denominator).toLocaleString(lang, percent);
    const state = verdict(rule, numerator, denominator), result = form.querySelector("[data-result]");
    form.querySelector("[data-bad]").textContent = bad.toLocaleString(lang);
    form.querySelector("[data-clean]").textContent = clean.toLocaleString(lang);
    result.textContent = `${numerator.toLocaleString(lang)} / ${denominator.toLocaleString(lang)}  ${rate}  ${form.dataset[state]}`;
    result.className = "reason " + classes[state];
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-rule]");
    if (form) slide(form);
  });
  document.addEventListener("renewed", () => { // It has other numbers, and its sliders are where they were.
    all("form[data-rule]").filter((form) => form.elements.bad.valueAsNumber + form.elements.clean.valueAsNumber > 0).forEach(slide);
  });
  all("form[data-rule]").forEach((form) => form.reset()); // Browsers keep sliders over a reload, and not what was said of them.
})();
