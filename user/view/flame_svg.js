// SPDX-License-Identifier: GPL-2.0-or-later
// What moves in a flame graph: zoom, search, the keyboard, what is put aside, threads
// of a task.  The picture itself needs none of it.  Frames are in depth-first order,
// so that all that is below one follows it; the threads of a task follow its stacks.
(function () {
  "use strict";
  var XHTML = "http://www.w3.org/1999/xhtml", SVG = "http://www.w3.org/2000/svg";
  var top = document.getElementById("top"), head = document.getElementById("head"), rows = document.getElementById("rows");
  var info = document.getElementById("info"), foot = document.getElementById("foot"), apart = document.getElementById("apart");
  var HELP = "Click or Enter: zoom in; again: its threads.  Esc: out.  Ctrl-F or /: search.  Arrow keys: move.";
  var CHARACTER = 7.25, PADDING = 5, LABELLED = PADDING + 3 * CHARACTER, OUTLINED = 3, ROW = 18, MARGIN = 12;
  var zoomed = 0, aside = !!apart, whole = 100, pattern = null, search, found, threads, bring, reset, controls, box, told = null;

  var frames = [], open = [];
  document.querySelectorAll("svg.f").forEach(function (element, i) {
    var lines = element.querySelector("title").textContent.split("\n");
    var y = +element.getAttribute("y"), frame;
    while (open.length && open[open.length - 1].y >= y)
      open.pop().end = i;
    frame = {
      element: element, index: i, y: y, name: lines[0], figures: lines[1],
      x: parseFloat(element.getAttribute("x")), width: parseFloat(element.getAttribute("width")),
      weight: +element.dataset.w, text: element.querySelector("text"), shown: true,
      part: element.dataset.part, members: +element.dataset.members || 0, opened: false,
      parent: open.length ? open[open.length - 1].index : -1, task: open.length > 1 ? open[1].index : i,
      end: 0, hit: false
    };
    if (frame.part === "apart")
      whole = Math.max(whole, frame.x + frame.width);
    element.frame = frame;
    frames.push(frame);
    open.push(frame);
  });
  open.forEach(function (frame) { frame.end = frames.length; });

  // Not put aside; and of a task either its stacks or its threads.
  function isThere(frame) {
    var task = frames[frame.task];
    if (frame.part === "apart" && aside)
      return false;
    return frame === task || !task.members || task.opened === (frame.part === "members");
  }

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
      frame.text.setAttribute("x", PADDING - 2);
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

  // What is zoomed takes the whole width; those that it is called from, too.
  function layout() {
    var base = frames[zoomed], over = {}, deepest = 0, i;
    if (!base)
      return flow(0);
    frames[0].width = aside ? 100 : whole;
    for (i = base.parent; i >= 0; i = frames[i].parent)
      over[i] = true;
    frames.forEach(function (frame) {
      frame.shown = !!over[frame.index] || (frame.index >= zoomed && frame.index < base.end && isThere(frame));
      frame.element.setAttribute("display", frame.shown ? "inline" : "none");
      frame.element.classList.toggle("up", !!over[frame.index]);
      if (over[frame.index])
        place(frame, 0, 100);
      else if (frame.shown)
        place(frame, (frame.x - base.x) / base.width * 100, frame.width / base.width * 100);
      if (frame.shown)
        deepest = Math.max(deepest, frame.y);
    });
    reset.disabled = zoomed === 0;
    threads.disabled = !frames[base.task].members;
    threads.setAttribute("aria-pressed", frames[base.task].opened);
    flow(deepest + ROW);
    tally();
  }

  // ---- the head, in as many lines as the width takes ----

  // As much of a text as fits, at least one character; a word is broken only if it is alone.
  function fitting(element, text, width) {
    var low = 1, high = text.length, middle, space;
    element.textContent = text;
    if (element.getComputedTextLength() <= width)
      return text.length;
    while (low < high) {
      middle = (low + high + 1) >> 1;
      if (element.getSubStringLength(0, middle) <= width)
        low = middle;
      else
        high = middle - 1;
    }
    space = text.lastIndexOf(" ", low);
    return space > 0 ? space + 1 : low;
  }

  function wrap(element, y, height, width) {
    var rest = element.whole = element.whole || element.textContent, parts = [], size;
    while (rest) {
      size = fitting(element, rest, width);
      parts.push(rest.slice(0, size));
      rest = rest.slice(size);
    }
    element.textContent = "";
    parts.forEach(function (part, i) {
      var line = document.createElementNS(SVG, "tspan");
      line.setAttribute("x", MARGIN);
      line.setAttribute("y", y + i * height);
      line.textContent = part;
      element.appendChild(line);
    });
    return y + parts.length * height;
  }

  // Where things are: the head one below the other, then the rows down to `bottom`.
  function flow(bottom) {
    var width = top.clientWidth - 2 * MARGIN, y = 28, x = MARGIN, first = frames.length ? frames[0].y : +foot.getAttribute("y"), shift;
    document.querySelectorAll("#head text.title, #head text.soft, #head text.line").forEach(function (element) {
      var height = element.classList.contains("title") ? 26 : 20;
      y = wrap(element, y, height, width);
    });
    document.querySelectorAll("#head .key").forEach(function (key) {
      var size = key.getBBox().width;
      if (x > MARGIN && x + size > width + MARGIN) {
        x = MARGIN;
        y += 20;
      }
      key.setAttribute("transform", "translate(" + x + " " + (y + 2) + ")");
      x += size + 18;
    });
    controls.setAttribute("y", y + 10);
    controls.setAttribute("width", top.clientWidth - MARGIN);
    y += 10 + box.offsetHeight;
    controls.setAttribute("height", box.offsetHeight);
    info.setAttribute("y", y + 18);
    y += 28;
    head.querySelector(".ground").setAttribute("height", y);
    head.querySelector("line").setAttribute("y1", y);
    head.querySelector("line").setAttribute("y2", y);
    shift = y + 6 - (apart ? +apart.getAttribute("y") : first);
    rows.setAttribute("transform", "translate(0 " + shift + ")");
    foot.setAttribute("y", Math.max(bottom, first) + 20);
    wrap(foot, Math.max(bottom, first) + 20, 20, width);
    top.setAttribute("height", Math.max(bottom, first) + shift + 20 + 20 * foot.childNodes.length);
  }

  function zoom(index) {
    zoomed = index;
    layout();
    if (frames[index])
      focusOn(frames[index]);
  }

  // A click on what is zoomed already opens a task into its threads, and closes it.
  function choose(frame) {
    if (frame.index === zoomed && frame.members)
      frame.opened = !frame.opened;
    zoom(frame.index);
  }

  function toggleThreads() {
    var task = frames[frames[zoomed].task];
    task.opened = !task.opened;
    zoom(task.index);
  }

  function putAside(yes) {
    aside = yes;
    bring.textContent = yes ? "Show idle" : "Put idle aside";
    apart.classList.toggle("up", !yes);
    zoom(0);
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
      if (!isThere(frames[i]))
        continue;
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
    told = frame;
    var text = frame ? frame.figures + "  \u2014  " + frame.name : HELP, size = fitting(info, text, top.clientWidth - 2 * MARGIN);
    if (size < text.length)
      info.textContent = text.slice(0, size - 2) + "\u2026";
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

  // The widest frame below this one.
  function below(frame) {
    var best = null, i;
    for (i = frame.index + 1; i < frame.end; i = frames[i].end)
      if (isThere(frames[i]) && (!best || frames[i].weight > best.weight))
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
    var to = key === "ArrowDown" ? below(frame) : key === "ArrowUp" ? frames[frame.parent] :
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
      choose(frame);
    else if (apart && apart.contains(event.target))
      putAside(!aside);
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
    } else if (event.key === "Escape" && zoomed && !typing) {
      zoom(0);
    } else if (event.key === "Escape") {
      search.value = "";
      search.blur();
      find("");
    } else if (event.key === "Backspace" && !typing) {
      zoom(Math.max(frames[zoomed].parent, 0));
    } else if (frame && (event.key === "Enter" || event.key === " ")) {
      choose(frame);
    } else if (event.target === apart && (event.key === "Enter" || event.key === " ")) {
      putAside(!aside);
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

  function button(text, act) {
    var element = html("button", { type: "button" });
    element.textContent = text;
    element.addEventListener("click", act);
    box.appendChild(element);
    return element;
  }

  function addControls() {
    controls = document.createElementNS(SVG, "foreignObject");
    controls.setAttribute("x", MARGIN - 4);
    controls.setAttribute("width", top.clientWidth - MARGIN);
    controls.setAttribute("height", 80);
    head.appendChild(controls);
    box = html("div", { "class": "box" });
    controls.appendChild(box);
    search = html("input", { type: "text", placeholder: "search (regular expression)", "aria-label": "search frames", spellcheck: "false" });
    search.addEventListener("input", function () { find(search.value); });
    box.appendChild(search);
    reset = button("Reset zoom", function () { zoom(0); });
    threads = button("Threads", toggleThreads);
    threads.hidden = !frames.some(function (frame) { return frame.members; });
    if (apart)
      bring = button("Show idle", function () { putAside(!aside); });
    found = html("span", { id: "found" });
    box.appendChild(found);
  }

  // The task to open on: the largest one that has a name, if it is a quarter of all at least.
  function opening() {
    var best = 0, i;
    for (i = 1; i < frames.length; i = frames[i].end)
      if (isThere(frames[i]) && /\bt\d/.test(frames[i].element.getAttribute("class")) && (!best || frames[i].weight > frames[best].weight))
        best = i;
    return best && frames[best].width >= 25 ? best : 0;
  }

  // The head stays visible.
  function pin() {
    head.setAttribute("transform", "translate(0 " + Math.max(scrollY, 0) + ")");
  }

  addControls();
  tell(null);
  addEventListener("resize", function () {
    layout();
    tell(told);
  });
  addEventListener("scroll", pin);
  zoomed = opening();
  layout();
  pin();
})();
