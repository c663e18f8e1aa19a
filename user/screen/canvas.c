/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

#define LINE_BYTES 4096

int canvas__resize(struct canvas *canvas, int rows, int columns)
{
	struct cell *cells =
		calloc((size_t)(rows > 0 ? rows : 1) * (size_t)(columns > 0 ? columns : 1),
		       sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	free(canvas->cells);
	canvas->cells = cells;
	canvas->rows = rows;
	canvas->columns = columns;
	canvas__clear(canvas);
	return 0;
}

void canvas__clear(struct canvas *canvas)
{
	int i;

	for (i = 0; i < canvas->rows * canvas->columns; i++)
		canvas->cells[i] = (struct cell){ .text = " ", .ink = INK_PLAIN };
}

void canvas__free(struct canvas *canvas)
{
	free(canvas->cells);
	canvas->cells = NULL;
}

/* One character, `columns` wide, of so many bytes. */
static void put(struct canvas *canvas, int y, int x, int columns, enum ink ink, const char *bytes,
		size_t size)
{
	struct cell *cell = &canvas->cells[y * canvas->columns + x];

	if (size >= sizeof(cell->text)) /* more accents than anybody writes: the letter alone */
		size = utf8__decode(bytes, size, &(__u32){ 0 });
	memset(cell->text, 0, sizeof(cell->text));
	if (canvas->ascii && (*bytes & 0x80))
		memset(cell->text, '?', 1);
	else
		memcpy(cell->text, bytes, size);
	cell->ink = (unsigned char)ink;
	if (columns == 2) {
		cell[1].ink = (unsigned char)ink;
		memset(cell[1].text, 0, sizeof(cell[1].text));
		if (canvas->ascii)
			cell[1].text[0] = '?';
	}
}

int canvas__text(struct canvas *canvas, int y, int x, int width, enum ink ink, const char *text)
{
	char line[LINE_BYTES], *at = line;
	int used = 0;

	if (y < 0 || y >= canvas->rows || x < 0)
		return 0;
	if (x + width > canvas->columns)
		width = canvas->columns - x;
	utf8__from_bytes(line, sizeof(line), text, strlen(text));
	utf8__printable(line);
	while (*at && used < width) {
		int columns = 1;
		size_t size = utf8__fitting(at, 1);

		if (!size) {
			columns = 2;
			size = utf8__fitting(at, 2);
		}
		if (!size || used + columns > width)
			break;
		put(canvas, y, x + used, columns, ink, at, size);
		used += columns;
		at += size;
	}
	return used;
}

int canvas__print(struct canvas *canvas, int y, int x, int width, enum ink ink, const char *format,
		  ...)
{
	char line[LINE_BYTES];
	va_list arguments;
	int columns;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (width >= 0)
		return canvas__text(canvas, y, x, width, ink, line);
	columns = (int)utf8__columns(line);
	if (columns < -width)
		x += -width - columns;
	return canvas__text(canvas, y, x, columns < -width ? columns : -width, ink, line);
}

void canvas__bar(struct canvas *canvas, int y, int x, enum ink ink, int eighths)
{
	static const char *const bars[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { " ", ".", ".", ":", ":", "+", "+", "#", "#" };

	canvas__text(canvas, y, x, 1, ink, canvas->ascii ? plain[eighths] : bars[eighths]);
}

void canvas__paint(struct canvas *canvas, int y, enum ink ink)
{
	int x;

	for (x = 0; y >= 0 && y < canvas->rows && x < canvas->columns; x++)
		canvas->cells[y * canvas->columns + x].ink = (unsigned char)ink;
}

void canvas__write(const struct canvas *canvas, FILE *out)
{
	int y, x, end;

	for (y = 0; y < canvas->rows; y++) {
		const struct cell *row = &canvas->cells[y * canvas->columns];

		for (end = canvas->columns; end && !strcmp(row[end - 1].text, " "); end--)
			;
		for (x = 0; x < end; x++)
			fputs(row[x].text, out);
		fputc('\n', out);
	}
}
