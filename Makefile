# make test      every test, with the race detector; installs what it needs first
# make bench     the benchmarks, with their ratios against a baseline measured in the same run
# make bench-hunt   the same for hunting over a million rows, with SQL over jsonb for the baseline
# make bench-growth the same questions of more and more rows, up to ROWS, and what memory they take
# make bench-ui  how fast the web UI is with ROWS rows: cold start, what it loads, frames a second while it scrolls
# make fuzz      every fuzz target for FUZZTIME each
# make mutate    takes away one guard between tenants at a time, and fails where no test does (some half an hour)
# make lint      formatting, vet, staticcheck
# make ui        builds the web UI into examples/server/ui/dist, which is committed
# make pictures  takes the README's pictures of the web UI anew; with PICTURES=folder all of it, both sizes, dark and light

GO ?= go
FUZZTIME ?= 10m
ROWS ?= 10000000
UI = examples/server/ui
STATICCHECK = $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
# SQLite is C that was translated to Go: races and pointers are looked at in all that calls it, and not inside it, where
# that takes most of the time and can find nothing of ours.
RACE = -race -gcflags='modernc.org/...=-race=false -d=checkptr=0'

.PHONY: test bench bench-hunt bench-growth bench-ui fuzz mutate lint needs ui ui-test pictures

# Where npm cannot do its part, as offline with nothing in its cache, the tests of Go are run all the same before it fails.
test: needs
	@$(MAKE) ui-test; ui=$$?; echo "$(GO) test -race ./..."; $(GO) test $(RACE) -timeout 25m ./... || exit 1; \
	if [ $$ui -ne 0 ]; then echo "the tests of the web UI failed or could not be run: see above" >&2; exit 1; fi

# The units of the web UI, then each of its screens in a Chromium against a server of its own.
ui-test: needs $(UI)/node_modules/.installed
	cd $(UI) && npm test && npm run e2e

# What is installed is left alone until the lock file changes.
$(UI)/node_modules/.installed: $(UI)/package-lock.json
	cd $(UI) && npm ci --prefer-offline
	touch $@

# What the UI is typed by is asked of the handler itself, so that an API that changed fails the build.
ui: $(UI)/node_modules/.installed
	$(GO) test ./examples/server -run TestTheUIIsTypedByTheAPIAsItIs -count 1 -update
	cd $(UI) && npm run build

pictures: needs $(UI)/node_modules/.installed
	cd $(UI) && npm run pictures

bench: needs
	$(GO) test -run '^$$' -bench Ingest -benchtime 1x -timeout 30m ./companion
	$(GO) test -run '^$$' -bench 'VerifyToken|ListHosts' ./companion

bench-hunt: needs
	$(GO) test -run '^$$' -bench '^BenchmarkHunt$$' -benchtime 1x -timeout 60m ./companion

bench-growth: needs
	$(GO) test -run '^$$' -bench '^BenchmarkHuntGrowth$$' -benchtime 3x -timeout 120m ./companion -rows $(ROWS)

bench-ui: ROWS = 1000000
bench-ui: needs $(UI)/node_modules/.installed
	cd $(UI) && ROWS=$(ROWS) npm run speed

fuzz:
	GO="$(GO)" FUZZTIME="$(FUZZTIME)" .ci/fuzz

mutate: needs
	$(GO) run ./.ci/mutate

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./... ./.ci/mutate ./.ci/rows
	$(STATICCHECK) ./... ./.ci/mutate ./.ci/rows

needs:
	@.ci/needs
