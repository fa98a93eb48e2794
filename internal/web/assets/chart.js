// The chart of a seller's page: counts by order date as bars, the rate as a line, the target as another. Its data is in the page.
(() => {
  "use strict";
  const colour = (name) => { // light-dark() is resolved by the browser alone.
    const probe = document.createElement("i");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };
  const seconds = (date) => Date.parse(date + "T00:00:00Z") / 1000;
  const day = 86400;
  const dateOf = (second) => new Date(second * 1000).toISOString().slice(0, 10);
  const percent = (_, value) => (value == null ? "–" : value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) + " %");
  const whole = (_, value) => (value == null ? "–" : value.toLocaleString(document.documentElement.lang));

  const seriesOf = (chart, words) => {
    const bars = (paint) => ({ fill: paint, stroke: paint, width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.8, 40] }), value: whole });
    const line = (paint, width, dash) => ({ scale: "%", stroke: paint, width, dash, points: { show: false }, value: percent });
    const series = [
      { label: words.date, value: (_, at) => (at == null ? "–" : dateOf(at)) },
      { label: words.units, ...bars(colour("--bar")) },
      { label: words.misses, ...bars(colour("--bad")) },
      { label: words.rate, ...line(colour("--accent"), 2) },
    ];
    if (chart.target !== null) series.push({ label: words.target, ...line(colour("--text"), 1, [6, 4]) });
    return series;
  };
  const dataOf = (chart) => {
    const data = [chart.dates.map((date) => seconds(date) + day / 2), chart.units, chart.misses, chart.rates];
    if (chart.target !== null) data.push(chart.dates.map(() => chart.target));
    return data;
  };
  // Rates of a day with one order of which one is missed say little: the scale is that of the target, unless they are beyond it.
  const rateRange = (shown) => (_, low, high) => {
    const { chart } = shown, target = chart.target ?? (chart.high ? 100 : 0);
    return chart.high ? [Math.max(0, Math.min(low ?? 100, target - 5) - 1), 100] : [0, Math.max((high ?? 0) * 1.05, target * 1.5, 1)];
  };
  // The period that is looked at is shaded.
  const shade = (shown) => (u) => {
    const { chart } = shown, { ctx } = u, { left, top, width, height } = u.bbox;
    const from = Math.max(left, u.valToPos(seconds(chart.from), "x", true)), to = Math.min(left + width, u.valToPos(seconds(chart.to) + day, "x", true));
    if (to <= from) return;
    ctx.save();
    ctx.fillStyle = colour("--accent");
    ctx.globalAlpha = 0.08;
    ctx.fillRect(from, top, to - from, height);
    ctx.restore();
  };
  // Dragging over dates asks for them.
  const select = (period) => (u) => {
    if (u.select.width < 8) return;
    const to = new URL(period, location.href);
    to.searchParams.set("from", dateOf(u.posToVal(u.select.left, "x")));
    to.searchParams.set("to", dateOf(u.posToVal(u.select.left + u.select.width, "x")));
    to.hash = "detail";
    location.assign(to);
  };
  const height = 280;
  const draw = (box, shown) => {
    const { chart } = shown, line = colour("--line"), axis = { stroke: colour("--quiet"), grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    return new uPlot({
      width: box.clientWidth, height, series: seriesOf(chart, box.dataset), cursor: { drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true }, "%": { range: rateRange(shown) }, y: { range: (_, low, high) => [0, Math.max(1, (high || 1) * 1.1)] } },
      axes: [
        { ...axis, values: (_, at) => at.map((second) => dateOf(second).slice(5)), space: 60 },
        { ...axis, size: 46, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000, 1000000] },
        { ...axis, scale: "%", side: 1, size: 60, grid: { show: false }, values: (_, v) => v.map((n) => n + " %") },
      ],
      hooks: { drawClear: [shade(shown)], setSelect: [select(box.dataset.period)] },
    }, dataOf(chart), box);
  };
  const boxes = new WeakMap(); // what is shown in each
  const show = (box) => {
    const text = box.querySelector("script").textContent, shown = { text, chart: JSON.parse(text) };
    const redraw = () => {
      shown.plot?.destroy();
      shown.plot = draw(box, shown);
    };
    redraw();
    boxes.set(box, shown);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    new ResizeObserver(() => shown.plot.setSize({ width: box.clientWidth, height })).observe(box);
  };
  // Who drags over a chart goes on over the new one.
  const renew = (box, shown) => {
    const text = box.querySelector("script").textContent;
    if (text === shown.text) return;
    Object.assign(shown, { text, chart: JSON.parse(text) });
    shown.plot.setData(dataOf(shown.chart));
  };
  // Where there is no chart the table tells, and is opened.
  const showAll = () => document.querySelectorAll(".chart:not([hidden])").forEach((box) => {
    try {
      if (boxes.has(box)) renew(box, boxes.get(box));
      else show(box);
    } catch {
      document.querySelector("details.days").open = true;
      box.hidden = true;
    }
  });
  showAll();
  document.addEventListener("renewed", showAll);
})();
