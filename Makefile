# SPDX-License-Identifier: MIT
# The front door. It calls meson and scripts; the work is there.

BUILD ?= build
PYTHON = /usr/bin/python3
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: help build demo test check test-chart test-cluster test-image test-node demo-cluster image bench \
	install format screenshots clean

help:
	@echo 'make build        $(BUILD)/kasten-alerter'
	@echo 'make demo         three simulated clusters, a real mail server, two days in a few seconds'
	@echo 'make test         unit, component and end-to-end tests'
	@echo 'make check        linters, analyzers, sanitizers, fuzzers'
	@echo 'make test-chart   the Helm chart with the real helm'
	@echo 'make test-cluster the alerter and deploy/ against a real kube-apiserver'
	@echo 'make image        the container image, without a container engine (root)'
	@echo 'make test-image   the image under runc (root)'
	@echo 'make test-node    the chart and the image on a real node (root)'
	@echo 'make demo-cluster the same node, left up for a look (root)'
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

image test-chart test-cluster test-image test-node demo-cluster:
	@scripts/setup $@
	@scripts/$@

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
	@rm -rf build build-* dist
