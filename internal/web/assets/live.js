// Open pages renew themselves: a stream of the server tells when there may be something new, the page asks for itself again, and takes over what differs, so
// that whoever reads or types stays where they are. A page that nobody sees has no stream, for browsers have few connections; it catches up when it is seen.
(() => {
  "use strict";
  const main = document.getElementById("main");

  // The bar says as of when the lists are, and when nothing can be told.
  const bar = () => document.getElementById("fresh");
  const say = (why) => {
    const text = bar().dataset[why];
    bar().classList.add("stale");
    bar().setAttribute("aria-live", "polite");
    bar().title = text;
    bar().querySelector(".whole").textContent = text;
  };

  // Taking over. Forms that somebody has begun to fill in stay as they are; so do sliders, and what was opened.
  const touched = (field) => {
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.type !== "range" && "defaultValue" in field && field.value !== field.defaultValue;
  };
  const begun = (form) => form.contains(document.activeElement) || [...form.elements].some(touched);
  const keepsAttribute = (name, element) =>
    (name === "open" && element.matches("details")) || (name === "class" && element.matches("[data-row]")) || (name === "value" && element.matches("[type=range]"));
  const callbacks = {
    beforeNodeMorphed: (old, fresh) => {
      if (old.nodeType !== Node.ELEMENT_NODE) return true;
      if (old.matches(".chart")) { // What is drawn is the script's.
        old.querySelector("script").textContent = fresh.querySelector("script").textContent;
        old.setAttribute("aria-label", fresh.getAttribute("aria-label"));
        return false;
      }
      return !(old.matches("form:not([data-rule])") && begun(old));
    },
    beforeAttributeUpdated: (name, element) => !keepsAttribute(name, element),
  };
  // What has the focus stays where it is, or else what is seen first, whatever grows or shrinks above it.
  const inPlace = (change) => {
    const top = (element) => element.getBoundingClientRect().top, inner = [document.activeElement, ...main.querySelectorAll("[id], section")];
    const seen = scrollY > 0 && inner.find((element) => element !== main && main.contains(element) && top(element) >= 0 && top(element) < innerHeight);
    const before = seen && top(seen);
    change();
    if (seen && seen.isConnected) scrollBy(0, top(seen) - before);
  };
  const rows = () => [...main.querySelectorAll("[data-row]")];
  const take = (page) => {
    const focused = main.contains(document.activeElement) ? document.activeElement : null, row = focused?.closest("[data-row]"), at = rows().indexOf(row);
    inPlace(() => Idiomorph.morph(main, page.getElementById("main"), { callbacks }));
    document.title = page.title;
    if (focused?.isConnected) focused.focus({ preventScroll: true }); // Where it was moved it may have lost it.
    else if (row) { // It is gone: the one in its place has the focus, and the mark.
      const next = rows()[at] ?? rows().at(-1);
      next?.classList.toggle("current", row.classList.contains("current"));
      next?.querySelector("a")?.focus({ preventScroll: true });
    }
    document.dispatchEvent(new Event("renewed"));
  };

  // Asking.
  let newer = null; // a page that waits until its reader wants it
  const offer = (page) => {
    newer = page;
    main.querySelector(".newer").hidden = false;
  };
  const address = () => main.dataset.address ?? location.pathname + location.search;
  const ask = async () => {
    const asked = address(), answer = await fetch(asked, { headers: { "If-None-Match": newer?.getElementById("main").dataset.tag ?? main.dataset.tag } });
    if (answer.status === 401) say("refused");
    if (answer.status !== 200) return true;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (asked !== address()) return false; // The reader asks for something else by now.
    if (main.querySelector(".newer")) offer(page);
    else take(page);
    return true;
  };
  let asking = false, more = false, again = 0;
  const renew = async () => {
    more = true;
    if (asking || !main.dataset.tag) return;
    asking = true;
    try {
      while (more) {
        more = false;
        if (!(await ask())) more = true;
      }
    } catch {
      more = false; // The stream tells that the server is away, and when it is back.
    }
    asking = false;
    soon(main.dataset.again);
  };
  const soon = (seconds) => {
    clearTimeout(again);
    if (seconds && !document.hidden) again = setTimeout(renew, seconds * 1000);
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-take]")) return;
    take(newer);
    newer = null;
  });

  // Listening. What another process of the group answers may be a moment behind what this one knows: a second look is taken a little later.
  const secondLook = 3, refused = 15; // seconds
  let stream = null, failures = 0, second = 0;
  const changed = () => {
    renew();
    clearTimeout(second);
    second = setTimeout(renew, secondLook * 1000);
  };
  const listen = () => {
    if (stream || document.hidden) return;
    stream = new EventSource(main.dataset.live);
    stream.addEventListener("fresh", (event) => {
      failures = 0;
      Idiomorph.morph(bar(), event.data);
    });
    stream.addEventListener("changed", changed);
    stream.addEventListener("full", () => {
      failures = 0;
      say("full");
    });
    stream.addEventListener("error", () => {
      failures++;
      if (stream.readyState === EventSource.CLOSED) {
        say("refused");
        leave();
        setTimeout(listen, refused * 1000);
      } else if (failures > 1) say("away"); // Streams end and begin again now and then.
    });
  };
  const leave = () => {
    stream?.close();
    stream = null;
    clearTimeout(again);
    clearTimeout(second);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return leave();
    listen();
    if (main.dataset.again) renew();
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", listen);
  document.addEventListener("htmx:responseError", () => say("refused"));
  soon(main.dataset.again);
})();
