# `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

TOOLS := $(CURDIR)/bin/tools
GOLANGCI := $(TOOLS)/golangci-lint
STRIPE_MOCK := $(TOOLS)/stripe-mock
export GOODWORD_STRIPE_MOCK := $(STRIPE_MOCK)
CONSOLE := frontend/console
E2E := frontend/e2e

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

.PHONY: demo
demo: build ## build everything and start it with sample data, captured mail and a simulated Stripe
	@bin/goodword demo

.PHONY: build
build: console ## build bin/goodword with the console inside
	go build -o bin/goodword ./cmd/goodword

.PHONY: run
run: build ## serve with the data folder ./data
	bin/goodword serve

.PHONY: test
test: need-postgres need-browser console $(STRIPE_MOCK) ## run all tests: Go on both engines, the console, the pages in a real browser
	go vet ./...
	go test -p 2 -timeout 25m ./...
	cd $(CONSOLE) && npm run typecheck && npm test
	$(MAKE) e2e

.PHONY: e2e
e2e: need-browser build $(E2E)/node_modules ## walk the story through the real pages and console in Chromium
	cd $(E2E) && npx playwright test

.PHONY: shots
shots: need-browser build $(E2E)/node_modules ## draw every page and mail of the story into frontend/shots
	cd $(E2E) && npx playwright test --config shots.config.ts

.PHONY: lint
lint: $(GOLANGCI) $(CONSOLE)/node_modules ## check style, import rule and generated files
	$(GOLANGCI) run ./...
	go tool templ generate -path frontend/pages >/dev/null
	go run ./cmd/goodword openapi > $(CONSOLE)/openapi.json
	cd $(CONSOLE) && npm run --silent generate
	@git diff --exit-code -- '*_templ.go' $(CONSOLE)/openapi.json $(CONSOLE)/src/api/schema.ts \
		|| { echo 'Generated files are stale: commit what `make lint` has just written.' >&2; exit 1; }

.PHONY: bench
bench: need-postgres build ## measure against the yardsticks, write bench/results.md
	go run ./bench

PROVE := GOODWORD_PROVE=1 go test -timeout 60m -count=1 -v

.PHONY: prove
prove: prove-histories prove-books prove-closes prove-kills prove-reconcile prove-gifts prove-fraud prove-events prove-orders prove-paused prove-seeds prove-bugs prove-tokens prove-robots ## the long proofs, at most an hour each: prove-histories, -books, -closes, -kills, -reconcile, -gifts, -fraud, -events, -orders, -paused, -seeds, -bugs, -tokens, -robots

.PHONY: prove-histories prove-histories-sqlite prove-histories-postgres
prove-histories: prove-histories-sqlite prove-histories-postgres # 2,000 random histories of rewards on each engine
prove-histories-sqlite:
	$(PROVE) -run '(Histories|Cap)/sqlite' ./internal/reward
prove-histories-postgres: need-postgres
	$(PROVE) -run '(Histories|Cap)/postgres' ./internal/reward

.PHONY: prove-books
prove-books: # a ledger of a million legs
	go test -tags prove -timeout 60m -count=1 -v -run 'Million' ./internal/ledger

.PHONY: prove-closes
prove-closes: need-postgres # the same close 100 times at once over three processes, 20 times over
	$(PROVE) -run 'Closes' ./internal/app

.PHONY: prove-kills prove-kills-sqlite prove-kills-postgres
prove-kills: prove-kills-sqlite prove-kills-postgres # 200 times kill -9 while 1,000 payouts go out by four rails at a Stripe that fails; three servers on PostgreSQL
prove-kills-sqlite:
	$(PROVE) -run 'TestKills/sqlite' ./internal/app
prove-kills-postgres: need-postgres
	$(PROVE) -run 'TestKills/postgres' ./internal/app

.PHONY: prove-events
prove-events: need-postgres # 100 webhooks a second for a minute, 30 times kill -9: what was acknowledged is kept
	$(PROVE) -run 'TestAcks' ./internal/app

.PHONY: prove-orders prove-orders-sqlite prove-orders-postgres
prove-orders: prove-orders-sqlite prove-orders-postgres # a thousand events in 200 orders, with copies and twins
prove-orders-sqlite:
	$(PROVE) -run 'TestOrders_AnyOrder.*/sqlite' ./internal/billing
prove-orders-postgres: need-postgres
	$(PROVE) -run 'TestOrders_AnyOrder.*/postgres' ./internal/billing

.PHONY: prove-paused
prove-paused: need-postgres # 100 calls of a server that is stopped over them for three leases
	$(PROVE) -run 'TestPaused' ./internal/app

.PHONY: prove-seeds
prove-seeds: # 200 seeds of 40 payouts in a storm: GOODWORD_SEED says which
	GOODWORD_SEED=$${GOODWORD_SEED:-1} GOODWORD_SEEDS=200 $(PROVE) -run 'TestSeeds' ./internal/billing

.PHONY: prove-bugs
prove-bugs: need-postgres # the program with one bug at a time, each of which its tests must notice
	go run ./bench/bugs

.PHONY: prove-gifts
prove-gifts: need-postgres # 500 gift codes for 600 rewards, 50 times kill -9, on three servers with 64 workers beside
	$(PROVE) -run 'GiftKills' ./internal/app

.PHONY: prove-fraud
prove-fraud: need-postgres # 200 throw-away addresses, 4,000 introductions against caps, 20 rings among 5,000, a trial over 10,000 rewards
	$(PROVE) -run 'Disposable|Caps|Groups|Backtest' ./internal/risk

.PHONY: prove-reconcile
prove-reconcile: need-postgres # 5,000 payouts compared with Stripe's lists, with everything that can be done behind our back
	$(PROVE) -run 'Reconcile' ./internal/billing ./internal/reward

.PHONY: prove-tokens
prove-tokens: need-postgres # 20,000 random tokens; nothing tells known from unknown
	$(PROVE) -run 'Enumeration|Quiet' ./internal/app

.PHONY: prove-robots
prove-robots: need-browser build $(E2E)/node_modules # 100 links opened for 30 s each by a browser that presses everything
	cd $(E2E) && GOODWORD_PROVE=1 npx playwright test robots

.PHONY: dev
dev: $(CONSOLE)/node_modules ## rebuild and restart on change; the console is served by Vite and proxies /api
	@trap 'kill 0' EXIT; \
	( cd $(CONSOLE) && npm run dev ) & \
	while true; do \
		go tool templ generate -path frontend/pages && go build -o bin/goodword ./cmd/goodword && bin/goodword demo --dir tmp/dev & \
		PID=$$!; touch tmp/.stamp 2>/dev/null || { mkdir -p tmp; touch tmp/.stamp; }; \
		until find cmd internal emails migrations frontend/pages frontend/assets -newer tmp/.stamp -type f ! -name '*_templ.go' | grep -q .; do sleep 1; done; \
		kill $$PID 2>/dev/null || true; wait $$PID 2>/dev/null || true; \
	done

.PHONY: generate
generate: $(CONSOLE)/node_modules ## write the generated Go, OpenAPI document and TypeScript client
	go tool templ generate -path frontend/pages
	go run ./cmd/goodword openapi > $(CONSOLE)/openapi.json
	cd $(CONSOLE) && npm run generate

.PHONY: console
console: $(CONSOLE)/dist/index.html ## build the console that the binary embeds

$(CONSOLE)/dist/index.html: $(CONSOLE)/node_modules $(shell find $(CONSOLE)/src $(CONSOLE)/index.html $(CONSOLE)/vite.config.ts frontend/assets -type f 2>/dev/null)
	cd $(CONSOLE) && npm run build
	@touch $@ $(CONSOLE)/dist/.gitkeep

$(CONSOLE)/node_modules: $(CONSOLE)/package-lock.json $(wildcard $(CONSOLE)/codegen/package-lock.json)
	cd $(CONSOLE) && npm install --no-audit --no-fund --no-save && cd codegen && npm ci --no-audit --no-fund
	@touch $@

$(E2E)/node_modules: $(E2E)/package-lock.json
	cd $(E2E) && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@touch $@

$(GOLANGCI):
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

$(STRIPE_MOCK):
	GOBIN=$(TOOLS) go install github.com/stripe/stripe-mock@v0.183.0

.PHONY: need-postgres
need-postgres:
	@[ -n "$${GOODWORD_TEST_POSTGRES:-}" ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
		|| { echo 'The tests need PostgreSQL 15 or later: apt-get install postgresql, or set GOODWORD_TEST_POSTGRES.' >&2; exit 1; }

.PHONY: need-browser
need-browser:
	@[ -n "$${GOODWORD_CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| { echo 'The browser tests need Chromium: apt-get install chromium, or set GOODWORD_CHROMIUM.' >&2; exit 1; }
