# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make help` lists the targets.  Everything that is made lies in build/ (or in
# build-sanitize/, build-fuzz/, build-coverage/ and build-arm64/, the same tree with other flags).
#
#   V=1              show commands             SANITIZE=1   build with ASan and UBSan
#   ARCH=x86|arm64   CPU of the BPF programs   COVERAGE=1   build for coverage
#   PREFIX, DESTDIR  where install puts things CC, CLANG, CFLAGS, LDFLAGS as usual

VERSION := 0.1.0
PREFIX  ?= /usr/local

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Root in a tree that belongs to somebody else (`sudo make`): do what was asked,
# then give back what was made.
ME    := $(shell id -u)
OWNER := $(shell stat -c %u .)
ifeq ($(if $(TASKTOLL_GIVES_BACK),,$(if $(filter 0,$(OWNER)),,$(ME))),0)

.PHONY: gives-back $(MAKECMDGOALS) all
$(or $(MAKECMDGOALS),all): gives-back ; @:
gives-back:
	+@trap 'for d in build build-*; do \
		[ ! -e "$$d" ] || chown -Rh --reference=. "$$d"; done' EXIT; \
	TASKTOLL_GIVES_BACK=1 $(MAKE) $(MAKECMDGOALS)

else

# ---- what with ----

ifeq ($(origin CC),default)
CC := gcc
endif
CLANG   ?= clang
BPFTOOL ?= $(shell tools/find-bpftool || echo bpftool)

HOST_ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))
ARCH ?= $(HOST_ARCH)

B := build
CFLAGS ?= -O2 -g
HARDEN := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2

ifeq ($(SANITIZE),1)
B := build-sanitize
HARDEN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	  -U_FORTIFY_SOURCE
endif
ifeq ($(COVERAGE),1)
B := build-coverage
HARDEN := --coverage
endif
ifeq ($(FUZZ),1)
B := build-fuzz
CC := $(CLANG)
HARDEN := -fsanitize=fuzzer-no-link,address -fno-omit-frame-pointer -U_FORTIFY_SOURCE
endif

WARN := -Wall -Wextra -Werror -Wshadow -Wundef -Wformat=2 -Wvla -Wpointer-arith -Wwrite-strings \
	-Wcast-align -Wcast-qual -Wredundant-decls -Wdate-time
# What the macros of the test framework cannot keep.
WARN_OURS := -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wnested-externs
ifeq ($(FUZZ),1)
# The warnings are those of the compiler that builds the program.
WARN :=
WARN_OURS :=
endif

# -MD and not -MMD: the skeleton and vmlinux.h count as system headers.
DEPS     = -MD -MP -MF $@.d -MT $@
INCLUDES := -Iinclude -Iuser -isystem $(B)/bpf -isystem $(B)/gen
COMPILE  := $(CC) -std=gnu17 -D_GNU_SOURCE $(CFLAGS) $(HARDEN) -fPIE $(WARN) $(INCLUDES) $(CPPFLAGS)
LINK     := $(CC) $(CFLAGS) $(HARDEN) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LIBS     := -lm -lbpf -ldw -lelf -lz -ljansson -lcap -lsqlite3 -lprotobuf-c -liberty -lutf8proc -lseccomp -lncursesw -ltinfo

# A hook declares arguments that it does not use, and the kernel's ids are signed.
BPF_COMPILE = $(CLANG) -g -O2 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
	      -target bpf -mcpu=v3 -fno-stack-protector -D__TARGET_ARCH_$* -isystem vmlinux/$* -Iinclude -Ibpf

# ---- what from ----

USER_SRC := $(wildcard user/*.c user/*/*.c user/*/*/*.c)
LIB_SRC  := $(filter-out user/main.c,$(USER_SRC))
LIB      := $(B)/libtasktoll.a
PROTOS    := pprof perfetto
GENERATED := $(addprefix $(B)/gen/view/,$(PROTOS:=.pb-c.h) flame_svg.js.inc flame_svg.css.inc html.css.inc html_machine.css.inc)
SKELETON := $(B)/bpf/tasktoll.skel.h
BINARY   := $(B)/tasktoll

TEST_SRC  := $(wildcard tests/lib/*.c tests/unit/*.c tests/cli/*.c tests/live/*.c)
WORKLOADS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/workload/*.c))
FUZZERS   := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/fuzz/*.c))
SUITES    := $(foreach s,unit cli live,$(if $(wildcard tests/$s/*.c),$(B)/tests/$s))

C_FILES := $(wildcard $(foreach d,bpf bpf/* include user user/* user/*/* tests/* tools tools/*,$d/*.c $d/*.h))
SCRIPTS := $(wildcard .ci/run tools/* tests/*.sh tests/*/*.sh)
SHELL_SCRIPTS = $(filter %.sh %.bash,$(SCRIPTS)) \
	$(shell grep -lsE -d skip '^\#! ?/(usr/)?bin/(env )?(ba)?sh' $(filter-out %.sh %.bash,$(SCRIPTS)))

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
endif

# ---- the program ----

.PHONY: all FORCE
all: $(BINARY) docs ## build build/tasktoll and its man pages (what plain `make` does)

# A file that says with what its dependents were made; it changes when that does.
# It is compared while this file is read, so that a make with nothing to do does nothing.
define stamp
ifneq ($$(strip $$(file < $(1))),$$(strip $(2)))
$(1): FORCE
endif
$(1):
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(strip $(2))' > $$@
endef

GIT_HASH := $(shell git rev-parse --short HEAD 2>/dev/null)
FULL_VERSION := $(VERSION)$(addprefix -g,$(GIT_HASH))

$(eval $(call stamp,$(B)/flags,$(COMPILE) $(WARN_OURS)))
$(eval $(call stamp,$(B)/link-flags,$(LINK) $(LIBS)))
$(eval $(call stamp,$(B)/sources,$(LIB_SRC)))
$(eval $(call stamp,$(B)/test-sources,$(TEST_SRC)))
$(eval $(call stamp,$(B)/version,$(FULL_VERSION)))

$(B)/obj/user/%.o: user/%.c $(B)/flags | $(SKELETON) $(GENERATED)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(WARN_OURS) $(DEPS) -c $< -o $@

# Only what prints the version is made anew when it changes.
VERSIONED := $(if $(USER_SRC),$(call objects,$(shell grep -lw TASKTOLL_VERSION $(USER_SRC))))
$(VERSIONED): $(B)/version
$(VERSIONED): private COMPILE += -DTASKTOLL_VERSION='"$(FULL_VERSION)"'

$(LIB): $(call objects,$(LIB_SRC)) $(patsubst %,$(B)/obj/gen/%.pb-c.o,$(PROTOS)) $(B)/sources
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $(filter %.o,$^)

$(BINARY): $(call objects,user/main.c) $(LIB) $(B)/link-flags
	$(call say,LINK,$@)
	$(Q)$(LINK) $(filter %.o %.a,$^) $(LIBS) -o $@

# ---- what is made of other sources ----

# Code for what others define: pprof's profile, Perfetto's trace.
$(B)/gen/view/%.pb-c.c $(B)/gen/view/%.pb-c.h: user/view/%.proto
	$(call say,PROTO,$<)
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=user/view --c_out=$(@D) $(<F)

# Its style is its generator's.
$(B)/obj/gen/%.o: $(B)/gen/view/%.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(filter-out $(WARN),$(COMPILE)) $(DEPS) -c $< -o $@

# A text as string literals, a line each, without lines that are only a comment.
$(B)/gen/view/%.inc: user/view/%
	$(call say,TEXT,$<)
	@mkdir -p $(@D)
	$(Q)sed -e '/^[[:space:]]*\/\//d' -e '/^[[:space:]]*\/\*.*\*\/$$/d' -e '/^$$/d' \
		-e 's/[\"]/\\&/g' -e 's/.*/"&\\n"/' $< > $@

.SECONDARY: $(GENERATED)

# ---- man pages and completion ----

# Made of templates and of what the program's own tables say; the last one has what no other has.
DOCS_MAKER := $(B)/docs
DOC_SRC    := $(filter-out %/tasktoll.8.in,$(wildcard user/doc/*.in)) user/doc/tasktoll.8.in
DOCS       := $(patsubst user/doc/%.in,$(B)/doc/%,$(DOC_SRC))
MAN_PAGES  := $(filter %.5 %.8,$(DOCS))
COMPLETION := $(B)/doc/tasktoll.bash

$(call objects,$(wildcard tools/docs/*.c)): private COMPILE += -DDOCS_VERSION='"$(VERSION)"'
$(B)/obj/tools/docs/%.o: tools/docs/%.c $(B)/flags | $(SKELETON) $(GENERATED)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(WARN_OURS) $(DEPS) -c $< -o $@

$(DOCS_MAKER): $(call objects,$(wildcard tools/docs/*.c)) $(LIB) $(B)/link-flags
	$(call say,LINK,$@)
	$(Q)$(LINK) $(filter %.o %.a,$^) $(LIBS) -o $@

$(DOCS) &: $(DOCS_MAKER) $(DOC_SRC)
	$(call say,DOCS,$(B)/doc)
	@mkdir -p $(B)/doc
	$(Q)$(DOCS_MAKER) $(B)/doc $(DOC_SRC)

.PHONY: docs
docs: $(DOCS) ## build the man pages and the completion

# ---- the BPF programs ----

BPF_OBJECT := $(B)/bpf/$(ARCH)/hooks.bpf.o

$(SKELETON): $(BPF_OBJECT)
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name tasktoll > $@

$(eval $(call stamp,$(B)/bpf-flags,$(BPF_COMPILE)))

# With its debug information, which then goes: only BTF is for the kernel.
$(B)/bpf/%/hooks.full.o: bpf/hooks.bpf.c $(B)/bpf-flags
	$(call say,BPF,"$< ($*)")
	@mkdir -p $(@D)
	$(Q)$(BPF_COMPILE) $(DEPS) -c $< -o $@

$(B)/bpf/%/hooks.bpf.o: $(B)/bpf/%/hooks.full.o
	$(Q)$(BPFTOOL) gen object $@ $<

.PRECIOUS: $(B)/bpf/%/hooks.full.o $(B)/bpf/%/hooks.bpf.o

.PHONY: bpf-x86 bpf-arm64
bpf-x86: $(B)/bpf/x86/hooks.bpf.o ## compile the BPF programs for x86
bpf-arm64: $(B)/bpf/arm64/hooks.bpf.o ## compile the BPF programs for arm64

# ---- tests ----

TEST_INCLUDES := -Itests/lib -Itests

$(B)/obj/tests/%.o: tests/%.c $(B)/flags | $(SKELETON) $(GENERATED)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(TEST_INCLUDES) $(DEPS) -c $< -o $@

# With frame pointers, as what is made to be profiled is built.
$(call objects,tests/workload/named.c tests/workload/manystacks.c): private COMPILE += -fno-omit-frame-pointer

define suite
$(B)/tests/$(1): $(call objects,$(wildcard tests/$(1)/*.c tests/lib/*.c)) $(LIB) \
		$(B)/link-flags $(B)/test-sources
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(LINK) $$(filter %.o %.a,$$^) $$(LIBS) -lcriterion -lpthread -o $$@
endef
$(foreach s,unit cli live,$(eval $(call suite,$s)))

$(WORKLOADS): $(B)/tests/%: $(B)/obj/tests/%.o $(B)/link-flags
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) $< -lpthread -o $@

$(FUZZERS): $(B)/tests/%: $(B)/obj/tests/%.o $(LIB) $(B)/link-flags
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -fsanitize=fuzzer $(filter %.o %.a,$^) $(LIBS) -o $@

# Flame graphs for other programs to read.
FLAMES := $(B)/tests/accept/flames
$(FLAMES): $(call objects,tests/accept/flames.c tests/lib/stacks.c) $(LIB) $(B)/link-flags
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) $(filter %.o %.a,$^) $(LIBS) -o $@

# Names for gdb to compare.
NAMES := $(B)/tests/accept/names
$(NAMES): $(call objects,tests/accept/names.c) $(LIB) $(B)/link-flags
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) $(filter %.o %.a,$^) $(LIBS) -o $@

# A check that cannot be made here is no passed check: it is told, listed at the end of
# `make check`, and with TASKTOLL_REQUIRE_ALL=1 it is a failure.
comma := ,
SKIPPED := $(B)/skipped
# Tests that failed once and then passed: told at the end, too.
UNSTEADY := $(B)/unsteady
skip = { echo 'Not checked: $(1): $(2).' | tee -a $(SKIPPED); [ '$(TASKTOLL_REQUIRE_ALL)' != 1 ]; }

# What the tests are told, also those that run as root: sudo drops the environment.
TEST_ENV = TASKTOLL=$(CURDIR)/$(BINARY) TASKTOLL_WORKLOADS=$(CURDIR)/$(B)/tests/workload \
	   PYTHONDONTWRITEBYTECODE=1 \
	   $(foreach v,TASKTOLL_REQUIRE_LIVE TASKTOLL_RUNS TASKTOLL_MANY,$(if $($v),$v=$($v)))

.PHONY: tests
# Pages are made by a program of this tree: not where that is for another CPU.
tests: $(BINARY) $(if $(filter $(ARCH),$(HOST_ARCH)),docs) $(SUITES) $(WORKLOADS) ## build the tests, run none

# Patterns mean something to a shell, too: words without quotes get some.
test-args = $(if $(findstring ',$(TEST_ARGS)),$(TEST_ARGS),$(foreach word,$(TEST_ARGS),'$(word)'))

.PHONY: check-unit check-cli check-flames check-names check-timelines check-fleet check-accept \
	check-live check-sanitize check-style \
	check-layers
check-unit: $(filter %/unit,$(SUITES)) ## unit tests
	$(if $^,$(Q)env $(TEST_ENV) $^ $(test-args),@echo 'There are no unit tests.')

check-cli: $(BINARY) docs $(filter %/cli,$(SUITES)) $(WORKLOADS) ## tests of the command line, without tracing
	$(if $(filter %/cli,$^),$(Q)env $(TEST_ENV) $(filter %/cli,$^) $(test-args),@echo 'There are no cli tests.')

# One at a time: they measure.  126: there is no way to become root.
check-live: $(BINARY) $(filter %/live,$(SUITES)) $(WORKLOADS) ## tests with real probes in the running kernel (as root)
	$(if $(filter %/live,$^),$(Q)tools/as-root 'to trace the kernel' \
		env $(TEST_ENV) tests/run-suite $(UNSTEADY) $(filter %/live,$^) -j1 $(test-args) || { \
			rc=$$?; [ $$rc -eq 126 ] && [ '$(TASKTOLL_REQUIRE_LIVE)' != 1 ] || exit $$rc; \
			$(call skip,the live tests,there is no way to become root); },@echo 'There are no live tests.')

# With what there is: programs that are missing are told.
check-flames: $(FLAMES) ## flame graphs in the programs that are here to read them
	$(Q)env PYTHONDONTWRITEBYTECODE=1 tests/accept/run $(FLAMES)

check-timelines: $(BINARY) $(WORKLOADS) ## traces of timeline, asked by Perfetto's trace processor; as root
	$(Q)env PYTHONDONTWRITEBYTECODE=1 tests/accept/timelines $(BINARY) $(dir $(firstword $(WORKLOADS)))

check-fleet: ## recordings of many hosts in ClickHouse and DuckDB, rules and dashboard for their metrics
	$(Q)env PYTHONDONTWRITEBYTECODE=1 tests/accept/fleet

check-names: $(NAMES) ## names of functions of programs that are here, compared with those of gdb
	$(Q)env PYTHONDONTWRITEBYTECODE=1 tests/accept/compare-names $(NAMES)

check-accept: ## these with all of these programs: installs Chromium, Go, flamegraph.pl and gdb
	@tools/install-deps accept
	@TASKTOLL_REQUIRE_ACCEPT=1 $(MAKE) $(JOBS) check-flames check-names
	@$(MAKE) check-timelines check-fleet

.PHONY: golden
golden: $(filter %/unit,$(SUITES)) ## write tests/golden/ anew, for review: git diff tests/golden
	$(Q)env $(TEST_ENV) TASKTOLL_RENEW_GOLDEN=1 $< --filter 'golden_*/*' --quiet

check-sanitize: ## unit tests under ASan and UBSan
	$(Q)$(MAKE) SANITIZE=1 check-unit

check-layers: ## who may include whom
	$(Q)tools/check-layers

# The version whose output is the measure, where it is there.
CLANG_FORMAT ?= $(shell command -v clang-format-14 || echo clang-format)
check-style: check-layers docs ## formatting, scripts, layers
	$(Q)if $(CLANG_FORMAT) --version | grep -q 'version 14\.'; then \
		$(CLANG_FORMAT) --dry-run $(C_FILES) 2>&1 | \
			awk -F: '/clang-formatted/ { print $$1 ":" $$2; bad = 1 } END { exit bad }' || \
		{ echo 'The lines above are not formatted: make format' >&2; exit 1; }; \
	else \
		$(call skip,formatting,clang-format 14 is the measure$(comma) and is not here); \
	fi
	$(Q)shellcheck $(SHELL_SCRIPTS) $(COMPLETION)

# The compiler's own analysis, and checks for what is often a mistake: see .clang-tidy.
ANALYZED := $(filter-out user/main.c,$(USER_SRC)) $(wildcard tools/docs/*.c)
.PHONY: check-analysis
check-analysis: $(SKELETON) $(GENERATED) ## static analysis: clang-tidy over user/ (as long as several builds)
	$(Q)if command -v clang-tidy >/dev/null; then \
		printf '%s\n' $(ANALYZED) | xargs -P $(shell nproc) -n 1 sh -c 'clang-tidy --quiet "$$0" -- \
			-std=gnu17 -D_GNU_SOURCE $(INCLUDES) -DTASKTOLL_VERSION=\"\" -DDOCS_VERSION=\"\" \
			2>/dev/null'; \
	else \
		$(call skip,static analysis,clang-tidy is not here); \
	fi

.PHONY: coverage coverage-run
coverage: ## print how many lines of each folder the unit and cli tests run
	@$(MAKE) $(JOBS) COVERAGE=1 tests
	@$(MAKE) COVERAGE=1 coverage-run

coverage-run:
	$(Q)find $(B)/obj -name '*.gcda' -delete
	@$(MAKE) COVERAGE=1 check-unit check-cli
	$(Q)tools/coverage $(B)/obj

.PHONY: format
format: ## format our C files
	$(Q)$(CLANG_FORMAT) -i $(C_FILES)

# As many jobs as CPUs, unless the caller has said how many.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
section = @printf '\n== %s\n' '$(1)'

.PHONY: check
check: ## install what is missing, build, run every test
	@tools/install-deps check
	@rm -f $(SKIPPED) $(UNSTEADY)
	$(call section,build)
	@$(MAKE) $(JOBS) tests
	$(call section,unit tests)
	@$(MAKE) check-unit
	$(call section,command line)
	@$(MAKE) check-cli
	$(call section,flame graphs in other programs)
	@$(MAKE) check-flames
	$(call section,many hosts in other programs)
	@$(MAKE) check-fleet
	$(call section,unit tests under ASan and UBSan)
	@$(MAKE) $(JOBS) check-sanitize
	$(call section,BPF programs of the other CPU)
	@$(MAKE) bpf-x86 bpf-arm64
	$(call section,style and layers)
	@$(MAKE) check-style
	$(call section,fuzz targets)
	@$(MAKE) check-fuzz
	$(call section,live tests)
	@$(MAKE) check-live
	@if [ -s $(UNSTEADY) ]; then printf '\n== not steady, which is a defect to be found\n'; cat $(UNSTEADY); fi
	@if [ -s $(SKIPPED) ]; then printf '\n== passed, but not everything was checked\n'; cat $(SKIPPED); \
		else printf '\n== passed\n'; fi

.PHONY: check-kernels
check-kernels: ## boot other kernels in QEMU and run the live tests there (KERNELS="6.1 newest": these)
	@tools/install-deps kernels
	@$(MAKE) $(JOBS) tests
	@tools/check-kernels $(KERNELS)

FUZZ_SECONDS ?= 10
.PHONY: check-fuzz fuzz-run
check-fuzz: ## fuzz what reads foreign bytes, FUZZ_SECONDS (10) for each target
	@tools/install-deps fuzz
	$(Q)if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
			$(CLANG) -fsanitize=fuzzer -x c - -o /dev/null 2>/dev/null; then \
		$(MAKE) $(JOBS) FUZZ=1 fuzz-run; \
	else \
		$(call skip,fuzz targets,$(CLANG) has no libFuzzer here); \
	fi

# What is found lies beside the program; what was learned is in the corpus, for the next time.
FUZZED := $(addsuffix .run,$(FUZZERS))
.PHONY: $(FUZZED)
fuzz-run: $(FUZZED)
$(FUZZED): $(B)/tests/fuzz/%.run: $(B)/tests/fuzz/%
	$(call say,FUZZ,"$* for $(FUZZ_SECONDS) s")
	@mkdir -p $(B)/corpus/$*
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(B)/$*- $(B)/corpus/$* \
		$(wildcard tests/fuzz/corpus/$*) >$(B)/$*.log 2>&1 || { tail -n 40 $(B)/$*.log; exit 1; }
	$(Q)tail -n 1 $(B)/$*.log

.PHONY: bench workloads
workloads: $(BINARY) $(WORKLOADS)

bench: $(BINARY) $(WORKLOADS) ## measure our own cost beside that of other tools
	$(Q)env $(TEST_ENV) tools/bench $(BENCH_ARGS)

# ---- using it ----

.PHONY: run
run: ## install what is missing, build, show this machine for ten seconds
	@tools/install-deps run
	@$(MAKE) $(JOBS) all
	@tools/as-root 'to trace the kernel' $(BINARY) stat -d 10 || [ $$? -eq 3 ]
	@printf '\nTry next, as root: %s\n' '$(BINARY) stat -- COMMAND   (what one program pays for switching)'

.PHONY: install
install: $(BINARY) docs ## install the program, its man pages and completions (PREFIX, DESTDIR)
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/tasktoll
	install -d $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 $(filter %.8,$(MAN_PAGES)) $(DESTDIR)$(PREFIX)/share/man/man8
	ln -sf tasktoll.8 $(DESTDIR)$(PREFIX)/share/man/man8/tasktoll-stat.8
	ln -sf tasktoll-record.8 $(DESTDIR)$(PREFIX)/share/man/man8/tasktoll-report.8
	install -m 644 $(filter %.5,$(MAN_PAGES)) $(DESTDIR)$(PREFIX)/share/man/man5
	install -D -m 644 $(COMPLETION) $(DESTDIR)$(PREFIX)/share/bash-completion/completions/tasktoll

# `make clean all` cleans first, with -j too.
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
.PHONY: clean
clean: ## remove everything that was made
	$(Q)rm -rf build build-sanitize build-fuzz build-coverage build-x86 build-arm64

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z][a-z0-9-]*\):[^#]*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS="$$(printf '\t')" read -r target text; do printf '%-15s %s\n' "$$target" "$$text"; done

-include $(shell find $(B) -name '*.d' 2>/dev/null)

endif
