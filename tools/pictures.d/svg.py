# SPDX-License-Identifier: GPL-2.0-or-later
"""What a terminal shows, as tmux prints it with escape codes, becomes an SVG."""
import re
import unicodedata
from html import escape

CELL_X, CELL_Y, EDGE = 8.4, 17, 12
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
BACKGROUND, FOREGROUND, DIM = "#16181d", "#d4d7dd", "#8a919e"
COLORS = ["#3b4048", "#e5626a", "#8fc46b", "#e3b55b", "#6aa9f0", "#c688dd", "#58b8c4", "#d4d7dd"]
BLOCKS = "▁▂▃▄▅▆▇█"


class Look:
    """How a cell looks: what SGR codes have asked for so far."""

    def __init__(self):
        self.set([0])

    def set(self, codes):
        for code in codes:
            if code == 0:
                self.bold = self.dim = self.under = self.reverse = False
                self.color = None
            elif code == 1:
                self.bold = True
            elif code == 2:
                self.dim = True
            elif code == 4:
                self.under = True
            elif code == 7:
                self.reverse = True
            elif code == 22:
                self.bold = self.dim = False
            elif code == 24:
                self.under = False
            elif code == 27:
                self.reverse = False
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.color = COLORS[code % 10]
            elif code == 39:
                self.color = None

    def key(self):
        color = self.color or (DIM if self.dim else FOREGROUND)
        return color, self.bold, self.under, self.reverse


def columns_of(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def runs_of(line, look):
    """(column, columns, text, look) of what stands side by side and looks the same."""
    runs, column = [], 0
    for part in re.split(r"(\x1b\[[0-9;]*m|\x1b\(.|\x0e|\x0f)", line):
        if part.startswith("\x1b[") and part.endswith("m"):
            look.set([int(code or 0) for code in part[2:-1].split(";")])
            continue
        if part[:1] in ("\x1b", "\x0e", "\x0f"):
            continue
        for char in part:
            width = columns_of(char)
            block = char in BLOCKS
            last = runs[-1] if runs else None
            if last and last[3] == look.key() and not block and last[2] not in BLOCKS:
                last[1] += width
                last[2] += char
            else:
                runs.append([column, width, char, look.key()])
            column += width
    return runs


def draw_run(row, column, columns, text, look):
    color, bold, under, reverse = look
    x, y = EDGE + column * CELL_X, EDGE + row * CELL_Y
    width = columns * CELL_X
    if text in BLOCKS:
        height = CELL_Y * (BLOCKS.index(text) + 1) / 8
        yield f'<rect x="{x:.1f}" y="{y + CELL_Y - height:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{color}"/>'
        return
    if reverse:
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{CELL_Y}" fill="{color}"/>'
        color = BACKGROUND
    looks = f' fill="{color}"' if color != FOREGROUND else ""
    looks += ' font-weight="bold"' if bold else ""
    looks += ' text-decoration="underline"' if under else ""
    # blanks side by side become one in a browser: each word group has a place of its own
    for part in re.finditer(r"[^ ]+(?: [^ ]+)*", text):
        at = x + CELL_X * sum(map(columns_of, text[:part.start()]))
        length = CELL_X * sum(map(columns_of, part.group()))
        yield (f'<text x="{at:.1f}" y="{y + 13}" textLength="{length:.1f}"{looks}>'
               f"{escape(part.group(), quote=False)}</text>")


def draw(screen, columns, rows, title):
    """The whole picture; screen is what `tmux capture-pane -e -p` printed."""
    look, width, height = Look(), 2 * EDGE + columns * CELL_X, 2 * EDGE + rows * CELL_Y
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
             f'font-family="{FONT}" font-size="14" fill="{FOREGROUND}">',
             f"<title>{escape(title)}</title>",
             f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>']
    for row, line in enumerate(screen.split("\n")[:rows]):
        for run in runs_of(line, look):
            lines.extend(draw_run(row, *run))
    return "\n".join(lines + ["</svg>", ""])
