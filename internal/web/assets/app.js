// What the pages do beyond what they do without it: keys, charts, sliders. Nothing here asks another server.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Keys. "/" searches, "j" and "k" move among rows, "Enter" opens one, "g" and a letter goes to a page, "?" tells.
  const help = document.getElementById("keys");
  let gone = 0;
  const rows = () => all("[data-row]").filter((row) => row.offsetParent !== null);
  const move = (by) => {
    const list = rows();
    if (list.length === 0) return;
    const at = list.findIndex((row) => row.classList.contains("current"));
    list.forEach((row) => row.classList.remove("current"));
    const next = list[Math.min(list.length - 1, Math.max(0, at + by))];
    next.classList.add("current");
    const link = next.querySelector("a");
    if (link) link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, select, textarea, [contenteditable]");
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (gone && event.timeStamp - gone < 1500) {
      gone = 0;
      const link = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
      if (link) return link.click();
    }
    switch (event.key) {
      case "/": {
        const field = document.querySelector("form.search input");
        if (field) { event.preventDefault(); field.focus(); field.select(); }
        break;
      }
      case "j": move(1); break;
      case "k": move(-1); break;
      case "g": gone = event.timeStamp; break;
      case "?": if (help && !help.open) help.showModal(); break;
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-keys]") && help) help.showModal();
  });

  // Sliders: what would happen with k more defects, or clean orders. The arithmetic is the policy's, on integers.
  const verdict = (rule, numerator, denominator) => {
    const limit = BigInt(rule.limit), scale = BigInt(rule.scale), n = BigInt(numerator), d = BigInt(denominator);
    if (denominator < rule.least) return "NO_DATA";
    const met = rule.less ? n * scale < limit * d : n * scale > limit * d;
    return met ? "OK" : "BREACHED";
  };
  const slide = (form) => {
    const rule = JSON.parse(form.dataset.rule);
    const bad = form.elements.bad.valueAsNumber, clean = form.elements.clean.valueAsNumber;
    const denominator = rule.denominator + bad + clean;
    const numerator = rule.less ? rule.numerator + bad : rule.numerator + clean;
    const rate = denominator === 0 ? "" : (numerator / denominator).toLocaleString(document.documentElement.lang, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const state = verdict(rule, numerator, denominator);
    form.querySelector("[data-bad]").textContent = bad.toLocaleString(document.documentElement.lang);
    form.querySelector("[data-clean]").textContent = clean.toLocaleString(document.documentElement.lang);
    const result = form.querySelector("[data-result]");
    result.textContent = `${numerator} / ${denominator}  ${rate}  ${form.dataset[state.toLowerCase().replace("_", "")]}`;
    result.className = "reason " + { BREACHED: "bad", OK: "good", NO_DATA: "none" }[state];
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-rule]");
    if (form) slide(form);
  });

  // Charts: counts by order date as bars, the rate of the window as a line, the target as another.
  const resolve = (name) => { // light-dark() is resolved by the browser alone.
    const probe = document.createElement("i");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };
  const draw = async (box) => {
    const response = await fetch(box.dataset.chart, { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    const history = await response.json();
    const at = history.dates.map((day) => Date.parse(day.date + "T12:00:00Z") / 1000);
    const words = box.dataset, ink = resolve("--quiet"), line = resolve("--line");
    const rule = history.rules.find((r) => r.rule === words.ruleName);
    const percent = (n) => (n.rate === null ? null : n.rate * 100);
    const wanted = rule && rule.target.startsWith(">"); // a rate that is to be high
    const units = history.dates.map((day) => day.denominator);
    const misses = history.dates.map((day) => (wanted ? day.denominator - day.numerator : day.numerator));
    const rates = rule ? rule.windows.map(percent) : history.dates.map(percent);
    const limit = rule ? rule.windows.map(() => Number(rule.target.slice(1)) * 100) : null;
    const data = [at, units, misses, rates];
    const series = [
      { label: words.date, value: (_, v) => (v === null ? "" : new Date(v * 1000).toISOString().slice(0, 10)) },
      { label: words.all, fill: line, stroke: line, width: 0, points: { show: false }, paths: (u, s, a, b) => uPlot.paths.bars({ size: [0.8, 40] })(u, s, a, b) },
      { label: words.misses, fill: resolve("--bad"), stroke: resolve("--bad"), width: 0, points: { show: false }, paths: (u, s, a, b) => uPlot.paths.bars({ size: [0.8, 40] })(u, s, a, b) },
      { label: words.rate, scale: "%", stroke: resolve("--accent"), width: 2, points: { show: false }, value: (_, v) => (v === null ? "–" : v.toFixed(2) + " %") },
    ];
    if (limit) {
      data.push(limit);
      series.push({ label: words.target, scale: "%", stroke: resolve("--text"), width: 1, dash: [6, 4], points: { show: false }, value: (_, v) => (v === null ? "–" : v.toFixed(2) + " %") });
    }
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const size = () => ({ width: box.clientWidth, height: 300 });
    box.replaceChildren();
    const bands = (u) => { // The window that counts now, and what leaves it tomorrow.
      const from = Date.parse(words.from + "T00:00:00Z") / 1000, to = Date.parse(words.to + "T00:00:00Z") / 1000 + 86400;
      if (Number.isNaN(from)) return;
      const { ctx } = u, { top, height } = u.bbox;
      const x = (second) => u.valToPos(second, "x", true);
      ctx.save();
      ctx.fillStyle = resolve("--accent"); ctx.globalAlpha = 0.07;
      ctx.fillRect(x(from), top, x(to) - x(from), height);
      ctx.globalAlpha = 0.16;
      ctx.fillRect(x(from), top, x(from + 86400) - x(from), height);
      ctx.restore();
    };
    const plot = new uPlot({
      ...size(), series, cursor: { drag: { x: true, y: false } },
      scales: { x: { time: true }, "%": { range: (_, low, high) => (wanted ? [Math.min(low ?? 100, limit[0] - 5), 100] : [0, Math.max(high || 0, limit ? limit[0] * 1.5 : 1)]) }, y: { range: (_, low, high) => [0, Math.max(1, high || 1)] } },
      axes: [axis, { ...axis, size: 46 }, { ...axis, scale: "%", side: 1, size: 56, grid: { show: false }, values: (_, v) => v.map((n) => n.toFixed(n < 10 ? 1 : 0) + " %") }],
      hooks: {
        drawClear: [bands],
        setSelect: [(u) => {
          if (u.select.width < 8 || !words.period) return;
          const date = (pixel) => new Date(u.posToVal(pixel, "x") * 1000).toISOString().slice(0, 10);
          const to = new URL(words.period, location.href);
          to.searchParams.set("from", date(u.select.left));
          to.searchParams.set("to", date(u.select.left + u.select.width));
          location.assign(to);
        }],
      },
    }, data, box);
    new ResizeObserver(() => plot.setSize(size())).observe(box);
  };
  const drawAll = () => all("[data-chart]").forEach((box) => draw(box).catch(() => {}));
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  document.addEventListener("htmx:afterSettle", (event) => all("[data-chart]", event.target).forEach((box) => draw(box).catch(() => {})));
})();
