/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/terminal.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* Macros of term.h, for its own fields. */
#undef columns
#undef lines

#include "screen/screen.h"

#define ESCAPE_MS 25

struct terminal {
	SCREEN *screen;
	bool ascii;
	chtype look[INKS];
};

/* ---- given back by a signal handler: what that may use is taken down before ---- */

static struct {
	struct termios modes;
	char leave[64]; /* shows the cursor, leaves the other page */
	size_t size;
	volatile sig_atomic_t held;
} before;

static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static void give_back(int signal_number)
{
	if (before.held) {
		before.held = 0;
		(void)!write(STDOUT_FILENO, before.leave, before.size);
		tcsetattr(STDIN_FILENO, TCSANOW, &before.modes);
	}
	raise(signal_number); /* its own way from here on: SA_RESETHAND */
}

static void take_down(void)
{
	const char *const strings[] = { tigetstr("cnorm"), tigetstr("sgr0"), tigetstr("rmcup") };
	struct sigaction action = { .sa_handler = give_back,
				    .sa_flags = (int)SA_RESETHAND | SA_NODEFER };
	size_t i, used = 0;

	for (i = 0; i < 3; i++) {
		size_t length = strings[i] && strings[i] != (char *)-1 ? strlen(strings[i]) : 0;

		if (used + length < sizeof(before.leave)) {
			memcpy(before.leave + used, strings[i] ? strings[i] : "", length);
			used += length;
		}
	}
	before.size = used;
	before.held = 1;
	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &action, NULL);
}

/* ---- looks ---- */

static void choose_looks(struct terminal *terminal, bool color)
{
	static const struct {
		enum ink ink;
		short foreground;
	} colors[] = { { INK_GOOD, COLOR_GREEN },
		       { INK_WARN, COLOR_YELLOW },
		       { INK_BAD, COLOR_RED },
		       { INK_KIND_THREAD, COLOR_GREEN },
		       { INK_KIND_PROCESS, COLOR_RED },
		       { INK_KIND_RESUME, COLOR_CYAN },
		       { INK_KIND_KERNEL, COLOR_MAGENTA },
		       { INK_KIND_IDLE, COLOR_BLUE } };
	size_t i;

	terminal->look[INK_STRONG] = A_BOLD;
	terminal->look[INK_DIM] = A_DIM;
	terminal->look[INK_SELECTED] = A_REVERSE;
	terminal->look[INK_PINNED] = A_UNDERLINE;
	terminal->look[INK_WARN] = terminal->look[INK_BAD] = A_BOLD;
	if (!color || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	for (i = 0; i < sizeof(colors) / sizeof(colors[0]); i++) {
		short pair = (short)(i + 1);

		if (init_pair(pair, colors[i].foreground, -1) != ERR)
			terminal->look[colors[i].ink] |= COLOR_PAIR(pair);
	}
}

int terminal__open(struct terminal **ret_terminal, bool color, struct failure *failure)
{
	struct terminal *terminal;
	const char *name = getenv("TERM");
	int problem = 0;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return failure__set(failure, -ENOTTY,
				    "standard input and output are not a terminal",
				    "use tasktoll stat -i 1 instead", "cannot show a screen");
	if (!name || !*name || !strcmp(name, "dumb") ||
	    setupterm(NULL, STDOUT_FILENO, &problem) == ERR || !tigetstr("cup") ||
	    tigetstr("cup") == (char *)-1)
		return failure__set(failure, -ENOTTY,
				    "TERM names no terminal that can place its cursor",
				    "set TERM, or use tasktoll stat -i 1 instead",
				    "cannot show a screen");
	del_curterm(cur_term); /* newterm() makes its own */
	terminal = calloc(1, sizeof(*terminal));
	if (!terminal || tcgetattr(STDIN_FILENO, &before.modes)) {
		free(terminal);
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot show a screen");
	}
	setlocale(LC_CTYPE, "");
	terminal->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	set_escdelay(ESCAPE_MS);
	terminal->screen = newterm(NULL, stdout, stdin);
	if (!terminal->screen) {
		free(terminal);
		return failure__set(failure, -ENOTTY, "ncurses does not know this terminal",
				    "set TERM", "cannot show a screen");
	}
	take_down();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	leaveok(stdscr, TRUE);
	curs_set(0);
	mousemask(BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	choose_looks(terminal, color);
	*ret_terminal = terminal;
	return 0;
}

void terminal__close(struct terminal *terminal)
{
	if (!terminal)
		return;
	endwin();
	before.held = 0;
	delscreen(terminal->screen);
	free(terminal);
}

int terminal__fit(struct terminal *terminal, struct canvas *canvas)
{
	struct winsize size = { 0 };

	canvas->ascii = terminal->ascii;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col &&
	    (size.ws_row != LINES || size.ws_col != COLS))
		resizeterm(size.ws_row, size.ws_col);
	if (canvas->cells && canvas->rows == LINES && canvas->columns == COLS)
		return 0;
	return canvas__resize(canvas, LINES, COLS);
}

void terminal__show(struct terminal *terminal, const struct canvas *canvas, bool anew)
{
	int y, x;

	if (anew)
		clearok(curscr, TRUE);
	for (y = 0; y < canvas->rows && y < LINES; y++)
		for (x = 0; x < canvas->columns && x < COLS; x++) {
			const struct cell *cell = &canvas->cells[y * canvas->columns + x];

			if (!*cell->text)
				continue;
			attrset((attr_t)terminal->look[cell->ink]);
			mvaddstr(y, x, cell->text);
		}
	refresh();
}

static int key_of_mouse(void)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return KEY_NONE;
	if (event.bstate & BUTTON4_PRESSED)
		return KEY_OF_UP;
	if (event.bstate & BUTTON5_PRESSED)
		return KEY_OF_DOWN;
	return KEY_OF_CLICK + event.y;
}

/* One that has hung up reads as empty; who it does not control gets no SIGHUP. */
static bool has_hung_up(void)
{
	struct pollfd input = { .fd = STDIN_FILENO };

	return poll(&input, 1, 0) > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL);
}

int terminal__key(struct terminal *terminal)
{
	static const struct {
		int curses;
		int key;
	} keys[] = {
		{ KEY_UP, KEY_OF_UP },	       { KEY_DOWN, KEY_OF_DOWN },
		{ KEY_LEFT, KEY_OF_LEFT },     { KEY_RIGHT, KEY_OF_RIGHT },
		{ KEY_PPAGE, KEY_OF_PAGE_UP }, { KEY_NPAGE, KEY_OF_PAGE_DOWN },
		{ KEY_HOME, KEY_OF_HOME },     { KEY_END, KEY_OF_END },
		{ KEY_ENTER, KEY_OF_ENTER },   { '\r', KEY_OF_ENTER },
		{ '\n', KEY_OF_ENTER },	       { KEY_BACKSPACE, KEY_OF_BACKSPACE },
		{ 0x7f, KEY_OF_BACKSPACE },    { '\b', KEY_OF_BACKSPACE },
		{ 0x1b, KEY_OF_ESCAPE },       { KEY_F(1), KEY_OF_F1 },
	};
	size_t i;
	int key;

	(void)terminal;
	errno = 0;
	key = getch();
	if (key == ERR)
		return errno == EIO || has_hung_up() ? -1 : KEY_NONE;
	if (key == KEY_MOUSE)
		return key_of_mouse();
	if (key == KEY_RESIZE)
		return 'L' - 0x40;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].curses == key)
			return keys[i].key;
	return key < 0x100 ? key : KEYS_FROM + 1;
}
