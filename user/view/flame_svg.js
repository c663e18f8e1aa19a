// SPDX-License-Identifier: GPL-2.0-or-later
// What moves in a flame graph: zoom, search, the keyboard.  The picture itself
// needs none of it.  Frames are in depth-first order, so that all that is above
// one follows it.
(function () {
  "use strict";
  var XHTML = "http://www.w3.org/1999/xhtml", SVG = "http://www.w3.org/2000/svg";
  var top = document.getElementById("top"), head = document.getElementById("head");
  var info = document.getElementById("info"), found = document.getElementById("found");
  var idle = info.textContent, zoomed = 0, pattern = null, search, reset;
  var CHARACTER = 7.25, PADDING = 8, LABELLED = 24, OUTLINED = 3;

  var frames = [], open = [];
  document.querySelectorAll("svg.f").forEach(function (element, i) {
    var lines = element.querySelector("title").textContent.split("\n");
    var y = +element.getAttribute("y"), frame;
    while (open.length && open[open.length - 1].y <= y)
      open.pop().end = i;
    frame = {
      element: element, index: i, y: y, name: lines[0], figures: lines[1],
      x: parseFloat(element.getAttribute("x")), width: parseFloat(element.getAttribute("width")),
      weight: +element.dataset.w, text: element.querySelector("text"), shown: true,
      parent: open.length ? open[open.length - 1].index : -1, end: 0, hit: false
    };
    element.frame = frame;
    frames.push(frame);
    open.push(frame);
  });
  open.forEach(function (frame) { frame.end = frames.length; });

  function label(frame, percent) {
    var pixels = percent / 100 * top.clientWidth, room = Math.floor((pixels - PADDING) / CHARACTER);
    frame.element.classList.toggle("l", pixels >= OUTLINED);
    if (pixels < LABELLED) {
      if (frame.text)
        frame.text.style.display = "none";
      return;
    }
    if (!frame.text) {
      frame.text = document.createElementNS(SVG, "text");
      frame.text.setAttribute("x", 4);
      frame.text.setAttribute("y", 13);
      frame.element.appendChild(frame.text);
    }
    frame.text.style.display = "";
    frame.text.textContent = cut(frame.name, room);
  }

  // Characters that take the place of two, roughly: those of East Asia, and emoji.
  var wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

  // So much of a name as fits, in whole characters with their accents.
  function cut(name, room) {
    var parts, taken = 0, fits = "", i, size;
    if (name.length * 2 <= room)
      return name;
    if (/^[ -~]*$/.test(name))
      return name.length <= room ? name : name.slice(0, Math.max(room - 1, 1)) + "\u2026";
    parts = name.match(/\P{M}\p{M}*|\p{M}+/gu) || [];
    for (i = 0; i < parts.length; i++) {
      size = wide.test(parts[i]) ? 2 : 1;
      if (taken + size <= room - 1)
        fits += parts[i];
      taken += size;
    }
    return taken <= room ? name : fits + "\u2026";
  }

  function place(frame, x, width) {
    frame.element.setAttribute("x", x + "%");
    frame.element.setAttribute("width", width + "%");
    label(frame, width);
  }

  // What is zoomed takes the whole width; those that it stands on, too.
  function layout() {
    var base = frames[zoomed], below = {}, i;
    for (i = base.parent; i >= 0; i = frames[i].parent)
      below[i] = true;
    frames.forEach(function (frame) {
      frame.shown = !!below[frame.index] || (frame.index >= zoomed && frame.index < base.end);
      frame.element.style.display = frame.shown ? "" : "none";
      frame.element.classList.toggle("up", !!below[frame.index]);
      if (below[frame.index])
        place(frame, 0, 100);
      else if (frame.shown)
        place(frame, (frame.x - base.x) / base.width * 100, frame.width / base.width * 100);
    });
    reset.disabled = zoomed === 0;
    tally();
  }

  function zoom(index) {
    zoomed = index;
    layout();
    focusOn(frames[index]);
  }

  // The part of what is zoomed that is below a hit: none is counted twice.
  function tally() {
    var base = frames[zoomed], sum = 0, hits = 0, i, skip = 0;
    if (!pattern) {
      found.textContent = "";
      return;
    }
    for (i = base.parent; i >= 0; i = frames[i].parent)
      if (frames[i].hit)
        sum = base.weight;
    skip = sum ? base.end : 0;
    for (i = zoomed; i < base.end; i++) {
      hits += frames[i].hit;
      if (frames[i].hit && i >= skip) {
        sum += frames[i].weight;
        skip = frames[i].end;
      }
    }
    found.textContent = "matched " + (base.weight ? 100 * sum / base.weight : 0).toFixed(1) + "%" +
      (zoomed ? " of the zoomed frame" : "") + ", " + hits + (hits === 1 ? " frame" : " frames");
  }

  function find(text) {
    var bad = false;
    pattern = null;
    try {
      pattern = text ? new RegExp(text, "i") : null;
    } catch (error) {
      bad = true;
    }
    search.setAttribute("aria-invalid", bad);
    frames.forEach(function (frame) {
      frame.hit = !!pattern && pattern.test(frame.name);
      frame.element.classList.toggle("hit", frame.hit);
    });
    tally();
    if (bad)
      found.textContent = "not a regular expression";
  }

  function tell(frame) {
    info.textContent = frame ? frame.figures + "  \u2014  " + frame.name : idle;
  }

  function focusOn(frame) {
    var before = top.querySelector('svg.f[tabindex="0"]');
    if (before)
      before.setAttribute("tabindex", -1);
    frame.element.setAttribute("tabindex", 0);
    frame.element.focus({ preventScroll: true });
    reveal(frame);
  }

  // The head covers what scrolls below it.
  function reveal(frame) {
    var box = frame.element.getBoundingClientRect(), covered = head.getBoundingClientRect().height;
    if (box.top < covered)
      scrollBy(0, box.top - covered - 20);
    else if (box.bottom > innerHeight)
      scrollBy(0, box.bottom - innerHeight + 20);
  }

  // The widest frame on this one.
  function above(frame) {
    var best = null, i;
    for (i = frame.index + 1; i < frame.end; i = frames[i].end)
      if (!best || frames[i].weight > best.weight)
        best = frames[i];
    return best;
  }

  function beside(frame, step) {
    var i;
    for (i = frame.index + step; frames[i]; i += step)
      if (frames[i].shown && frames[i].y === frame.y)
        return frames[i];
    return null;
  }

  function move(frame, key) {
    var to = key === "ArrowUp" ? above(frame) : key === "ArrowDown" ? frames[frame.parent] :
      key === "ArrowLeft" ? beside(frame, -1) : beside(frame, 1);
    if (to)
      focusOn(to);
  }

  function frameOf(event) {
    var element = event.target.closest && event.target.closest("svg.f");
    return element && element.frame;
  }

  top.addEventListener("click", function (event) {
    var frame = frameOf(event);
    if (frame)
      zoom(frame.index);
  });
  top.addEventListener("mouseover", function (event) { tell(frameOf(event)); });
  top.addEventListener("focusin", function (event) { tell(frameOf(event)); });

  addEventListener("keydown", function (event) {
    var frame = frameOf(event), typing = event.target === search;
    if ((event.ctrlKey || event.metaKey) && event.key === "f" ? typing : event.key !== "f" && (event.ctrlKey || event.metaKey))
      return;
    if (event.key === "f" && (event.ctrlKey || event.metaKey) || (event.key === "/" && !typing)) {
      search.focus();
      search.select();
    } else if (event.key === "Escape" && search.value) {
      search.value = "";
      find("");
    } else if (event.key === "Escape") {
      zoom(Math.max(frames[zoomed].parent, 0));
    } else if (frame && (event.key === "Enter" || event.key === " ")) {
      zoom(frame.index);
    } else if (frame && event.key.slice(0, 5) === "Arrow") {
      move(frame, event.key);
    } else {
      return;
    }
    event.preventDefault();
  });

  function html(name, attributes) {
    var element = document.createElementNS(XHTML, name), key;
    for (key in attributes)
      element.setAttribute(key, attributes[key]);
    return element;
  }

  function addControls() {
    var place = document.createElementNS(SVG, "foreignObject"), box = html("div", { "class": "box" });
    place.setAttribute("x", "100%");
    place.setAttribute("y", 6);
    place.setAttribute("width", 380);
    place.setAttribute("height", 40);
    place.setAttribute("transform", "translate(-388 0)");
    search = html("input", { type: "text", placeholder: "search (regular expression)", "aria-label": "search frames", spellcheck: "false" });
    reset = html("button", { type: "button" });
    reset.textContent = "Reset zoom";
    search.addEventListener("input", function () { find(search.value); });
    reset.addEventListener("click", function () { zoom(0); });
    box.appendChild(search);
    box.appendChild(reset);
    place.appendChild(box);
    head.appendChild(place);
  }

  // The head stays visible; the tasks, from which all grows, are at the bottom.
  function pin() {
    head.setAttribute("transform", "translate(0 " + Math.max(scrollY, 0) + ")");
  }

  addControls();
  addEventListener("resize", layout);
  addEventListener("scroll", pin);
  layout();
  scrollTo(0, document.documentElement.scrollHeight);
  pin();
})();
