# SPDX-License-Identifier: MIT
# The front door. It calls meson and scripts; the work is there.

BUILD ?= build
PYTHON = /usr/bin/python3
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: help build demo test check bench install format screenshots clean

help:
	@echo 'make build        $(BUILD)/kasten-alerter'
	@echo 'make demo         three simulated clusters, a real mail server, two passes: look what it does'
	@echo 'make test         unit, component and end-to-end tests'
	@echo 'make check        linters, analyzers, sanitizers, fuzzers'
	@echo 'make bench        figures for docs/performance.md'
	@echo 'make install      into PREFIX (default /usr/local), DESTDIR honoured'

build:
	@scripts/setup build
	@scripts/build $(BUILD) -Dtests=false -Dtestbed=false kasten-alerter

demo:
	@scripts/setup demo
	@scripts/demo

test:
	@scripts/setup test
	@scripts/test

check:
	@scripts/setup check
	@scripts/check

bench:
	@scripts/setup bench
	@scripts/bench

install:
	@scripts/setup build
	@scripts/build $(BUILD) -Dtests=false -Dtestbed=false -Dprefix=$(or $(PREFIX),/usr/local) kasten-alerter
	@meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir $(DESTDIR))

format:
	@clang-format -i $$(git ls-files '*.c' '*.h')

screenshots:
	@scripts/setup screenshots
	@scripts/screenshots

clean:
	@rm -rf build build-*
