"use strict";
(function () {
  var root = document.documentElement;
  var words = JSON.parse(document.body.dataset.words || "{}");

  function button(label, className, action) {
    var made = document.createElement("button");
    made.type = "button";
    made.className = className;
    made.textContent = label;
    made.addEventListener("click", action);
    return made;
  }

  function theme() {
    var dark = matchMedia("(prefers-color-scheme: dark)").matches;
    var now = root.dataset.theme || (dark ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  }
  var facts = document.querySelector(".masthead");
  if (facts) {
    var toggle = button("\u25d0", "theme", theme);
    toggle.title = words.theme;
    toggle.setAttribute("aria-label", words.theme);
    facts.appendChild(toggle);
  }

  document.querySelectorAll(".query").forEach(function (query) {
    var text = query.querySelector("pre").textContent;
    var copy = button(words.copy, "copy", function () {
      if (!navigator.clipboard) { return; }
      navigator.clipboard.writeText(text).then(function () {
        copy.textContent = words.copied;
        setTimeout(function () { copy.textContent = words.copy; }, 1500);
      });
    });
    if (navigator.clipboard) { query.querySelector("p").appendChild(copy); }
  });

  function value(row, index) {
    var cell = row.cells[index];
    return cell.dataset.v === undefined ? cell.textContent.trim() : Number(cell.dataset.v);
  }
  function sort(table, index, head) {
    var up = head.getAttribute("aria-sort") === "descending";
    var body = table.tBodies[0];
    var rows = Array.from(body.rows).sort(function (a, b) {
      var x = value(a, index), y = value(b, index);
      if (x === "–" || y === "–") { return (x === "–") - (y === "–"); }
      var order = typeof x === "number" && typeof y === "number"
        ? x - y : String(x).localeCompare(String(y), root.lang);
      return up ? order : -order;
    });
    Array.from(table.tHead.rows[0].cells).forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    rows.forEach(function (row) { body.appendChild(row); });
  }
  document.querySelectorAll("table.sortable").forEach(function (table) {
    if (table.tBodies[0].rows.length < 3) { return; }
    Array.from(table.tHead.rows[0].cells).forEach(function (head, index) {
      var label = head.textContent;
      head.textContent = "";
      head.appendChild(button(label, "sort", function () { sort(table, index, head); }));
    });
  });

  var opened = [];
  addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details.printed:not([open])"));
    opened.forEach(function (details) { details.open = true; });
  });
  addEventListener("afterprint", function () {
    opened.forEach(function (details) { details.open = false; });
  });

  var links = new Map();
  document.querySelectorAll(".contents.wide a").forEach(function (link) {
    links.set(link.hash.slice(1), link);
  });
  if ("IntersectionObserver" in window) {
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) { return; }
        links.forEach(function (link) { link.removeAttribute("aria-current"); });
        var link = links.get(entry.target.id);
        if (link) { link.setAttribute("aria-current", "true"); }
      });
    }, { rootMargin: "-10% 0px -80% 0px" });
    links.forEach(function (link, id) {
      var part = document.getElementById(id);
      if (part) { seen.observe(part); }
    });
  }
})();
