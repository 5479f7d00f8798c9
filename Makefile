# Slipway. `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
ADDR ?= 127.0.0.1:8080
# a number, since a duration can end in "context deadline exceeded" with nothing found (go.dev/issue/75804)
FUZZTIME ?= 20000x
CLASS ?= 40
SLIPWAY_BENCH_LARGE ?= 1
# Compilers and linters that collect garbage less often take a fifth less time, and more memory. QUICK is for nothing else:
# what is tested, graded or measured runs as its users have it.
QUICK := GOGC=400
STATICCHECK := $(QUICK) $(GO) run -trimpath honnef.co/go/tools/cmd/staticcheck@v0.8.2
# npm packages; the newest that run on Node 20
AXE_VERSION := 4.14.1
HTML_VALIDATE_VERSION := 9.7.1
LIGHTHOUSE_VERSION := 12.2.3

BIN := bin/slipway
AXE := .cache/axe-$(AXE_VERSION)/node_modules/axe-core/axe.min.js
HTML_VALIDATE := .cache/html-validate-$(HTML_VALIDATE_VERSION)/node_modules/.bin/html-validate
LIGHTHOUSE := .cache/lighthouse-$(LIGHTHOUSE_VERSION)/node_modules/.bin/lighthouse
NPM_INSTALL := npm install --silent --no-save --no-package-lock --no-audit --no-fund --prefix
# Without C, and for modules of the node image as that is built: so the go command compiles each package once for build,
# lint, tests and image. Only the race detector, and runc, are built with C.
export CGO_ENABLED := 0
AS_IN_IMAGE := GOFLAGS=-trimpath
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
# The race detector needs a C compiler; without one the tests run without it, and say so. Not before make tools has
# installed one is it looked for.
RACE = $(shell command -v cc >/dev/null 2>&1 && echo -race)

# modules of their own: the browser tests, and what the node image is built from
MODULES := site/browsertest labs/nodeimage $(patsubst %/go.mod,%,$(wildcard labs/nodeimage/*/go.mod))

# ALONE runs a command in a network namespace where there is nothing but loopback.
ALONE = $(shell unshare -rn ip link set lo up 2>/dev/null && echo unshare -rn sh -c \''ip link set lo up && exec "$$0" "$$@"'\')

.PHONY: help serve build install site test lint cross unit fuzz prove class browser html lighthouse pictures image clusters conformance bench tools clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: build ## read the course on http://127.0.0.1:8080 (ADDR=host:port for another address)
	@$(BIN) serve --addr $(ADDR)

build: ## compile bin/slipway, without libraries of the system: pods that grade run the same file
	@$(GO) build -o $(BIN) ./cmd/slipway

install: ## put slipway on your PATH (in GOBIN, or the bin folder of GOPATH)
	@$(GO) install ./cmd/slipway
	@dir="$$($(GO) env GOBIN)"; dir="$${dir:-$$($(GO) env GOPATH)/bin}"; command -v slipway >/dev/null 2>&1 \
		&& echo "slipway is $$(command -v slipway)" || echo "slipway is in $$dir: add that folder to PATH"

# make lab-7 sets lab 7 up where it is not yet, and checks it; -reset, -solve and -down do what they say.
# A lab that is not solved yet is no failure of make.
lab-%-reset: build
	@$(BIN) reset lab-$*

lab-%-solve: build
	@$(BIN) solution lab-$* --apply

lab-%-down: build
	@$(BIN) down lab-$*

lab-%: build
	@$(BIN) start --quiet lab-$* && { $(BIN) check lab-$* || [ $$? = 1 ]; }

site: build ## write the course as a folder of files: public/
	@$(BIN) build --out public

test: tools lint cross unit fuzz browser class clusters prove ## everything that must hold before a change lands
	@echo "make test: all passed"

tools: ## install what the tests need (Debian as root), or say what to type
	@bash .ci/tools

lint: ## gofmt, vet, staticcheck, tidy go.mod of every module, no blanks at ends of lines, no halves of a merge
	@echo "lint: gofmt, vet, staticcheck, go.mod, blanks, merges"
	@git diff --check $$(git hash-object -t tree /dev/null)
	@files=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$files" ]; then echo "gofmt -w $$files"; exit 1; fi
	@$(QUICK) $(GO) vet ./...
	@$(STATICCHECK) ./...
	@$(GO) mod tidy -diff
	@for m in $(MODULES); do (cd $$m && $(GO) mod tidy -diff) || exit 1; done
	@cd site/browsertest && $(QUICK) $(GO) vet ./... && $(STATICCHECK) ./...
	@for m in labs/nodeimage labs/nodeimage/coredns; do (cd $$m && $(AS_IN_IMAGE) $(QUICK) $(GO) vet ./... && $(AS_IN_IMAGE) $(STATICCHECK) ./...) || exit 1; done

cross: ## check the types for every platform that is promised
	@SLIPWAY_PLATFORMS='$(PLATFORMS)' $(QUICK) $(GO) test ./cmd/slipway -count=1 -run '^TestPlatforms$$' -v | grep -v '^=== '; exit $${PIPESTATUS[0]}

unit: ## unit tests and command scripts
	@[ -n "$(RACE)" ] || echo "unit: no C compiler, so without the race detector"
	@echo "unit: two tests are left out: make class runs that of a whole class, make cross that of all platforms"
	@echo "unit: what a backend of isolation does not promise on this machine is not tested; go test -v ./exercises/isolation tells it"
	@[ "$$(uname -s)" != Linux ] || bwrap --unshare-user --unshare-pid --bind / / true 2>/dev/null || echo "unit: no bubblewrap that works, so the tests of its cells, hostile programs among them, are skipped"
	@[ "$$(uname -s)" != Linux ] || [ -d /run/systemd/system ] || echo "unit: no systemd, so the test of the cgroups that it gives is skipped"
	@command -v setsid >/dev/null 2>&1 || echo "unit: no setsid command, so the test of a process that leaves its group is skipped"
	@export CGO_ENABLED=$(if $(RACE),1,0); $(QUICK) $(GO) list $(RACE) -export -deps -test -f '' ./... >/dev/null; $(GO) test $(RACE) ./...

fuzz: ## run each fuzz target FUZZTIME
	@grep -o '^func Fuzz[A-Za-z0-9_]*' $$(git ls-files '*_test.go') | sed 's,^,./,; s,/[^/]*:func , ,' | \
		while read -r package name; do echo "fuzz: $$package $$name"; \
		$(GO) test "$$package" -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x </dev/null; done

class: ## grade a generated class with hostile work, again with one worker, and once more with ten kills
	@SLIPWAY_CLASS=$(CLASS) $(GO) test ./cmd/slipway -count=1 -run '^TestGradeClass$$' -v -timeout 40m | grep -v '^=== '; exit $${PIPESTATUS[0]}

image: build ## an engine for containers where there is none (Debian as root), and the node image
	@$(BIN) doctor --fix
	@$(QUICK) $(BIN) image build

clusters: image ## tests of the agents on nodes
	@cd labs/nodeimage && $(AS_IN_IMAGE) $(GO) test ./...
	@echo "clusters: the providers' suite on real clusters is left out: make conformance runs it"

conformance: image ## the providers' suite on clusters of their own, about 10 minutes
	@SLIPWAY_CLUSTER_TESTS=1 $(GO) test -count=1 -timeout 30m ./labs/kind ./labs/kubeconfig ./labs/image

prove: image ## prove every exercise, every lab and every command of every chapter, on new clusters
	@$(BIN) down
	@echo "prove: exercises, $(if $(ALONE),with no network but loopback,where they could reach a network: unshare and ip are needed to take it away)"
	@$(ALONE) $(BIN) prove exercises
	@$(BIN) prove labs chapters

browser: html $(AXE) ## read the site and check a solution in Chromium
	@cd site/browsertest && SLIPWAY_ROOT=$(CURDIR) SLIPWAY_BIN=$(CURDIR)/$(BIN) SLIPWAY_AXE=$(CURDIR)/$(AXE) $(GO) test -count=1 -timeout 40m ./...

pictures: build $(AXE) ## take the pictures of a check that the home page shows
	@cd site/browsertest && SLIPWAY_PICTURES=$(CURDIR)/site/static SLIPWAY_ROOT=$(CURDIR) SLIPWAY_BIN=$(CURDIR)/$(BIN) SLIPWAY_AXE=$(CURDIR)/$(AXE) \
		$(GO) test -count=1 -run TestPictures ./...

$(AXE):
	@$(NPM_INSTALL) .cache/axe-$(AXE_VERSION) axe-core@$(AXE_VERSION)

html: build $(HTML_VALIDATE) ## validate the HTML of all pages; .htmlvalidate.mjs says by which rules
	@$(BIN) build --out .cache/html >/dev/null
	@$(HTML_VALIDATE) --config .htmlvalidate.mjs '.cache/html/**/*.html'

$(HTML_VALIDATE):
	@$(NPM_INSTALL) .cache/html-validate-$(HTML_VALIDATE_VERSION) html-validate@$(HTML_VALIDATE_VERSION)

lighthouse: build $(LIGHTHOUSE) ## measure home, a chapter and an exercise: 99 for performance, 100 for the rest
	@cd site/browsertest && $(GO) run ./lighthouse -slipway $(CURDIR)/$(BIN) -lighthouse $(CURDIR)/$(LIGHTHOUSE) \
		en/index.html en/versions.html en/x06.html

$(LIGHTHOUSE):
	@$(NPM_INSTALL) .cache/lighthouse-$(LIGHTHOUSE_VERSION) lighthouse@$(LIGHTHOUSE_VERSION)

bench: ## measure beside what is compared, in one run (SLIPWAY_BENCH_LARGE= leaves out 10,000 pages, SLIPWAY_BENCH_CLASS=500 grades as many)
	@SLIPWAY_CLUSTER_TESTS=1 $(GO) test ./labs/kind -run '^$$' -bench Ready -benchtime 1x -timeout 60m
	@SLIPWAY_BENCH_LARGE=$(SLIPWAY_BENCH_LARGE) $(GO) test ./cmd/slipway ./exercises/check ./exercises/grade ./exercises/isolation ./exercises/world ./site -run '^$$' -bench . -benchtime 1x -timeout 60m

clean: ## remove what was built; work/ stays
	@rm -rf bin public .cache
