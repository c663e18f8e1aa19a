/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/screen.h"

#define PANE(id) extern const struct pane pane_##id;
#include "screen/panes.def"
#undef PANE

const struct pane *const panes[PANES] = {
#define PANE(id) [PANE_##id] = &pane_##id,
#include "screen/panes.def"
#undef PANE
};
