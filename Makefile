# Two commands: `make run` and `make test`. Both install what they need.

APT_BUILD := ca-certificates g++ pkg-config libopencv-dev libvpx-dev libavcodec-dev libavutil-dev libswresample-dev ffmpeg
APT_TEST  := chromium fonts-liberation poppler-utils qpdf strace openssl libengine-gost-openssl iproute2 nftables
VERSION   := $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS   := -s -w -X main.version=$(VERSION)
DEMO      := 12
DATA      := ./data
MEDIA     := ../shared/media
MINIO     := github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
export GOTOOLCHAIN := local
# The same flags everywhere, so that building, vetting and testing share a cache.
export GOFLAGS    := -trimpath -buildvcs=false

.PHONY: run test build deps deps-test models ui clips lint bench bench-detect eval faults clean

## run: build everything and start the server with a demo university in ./data
run: build clips
	@bin/qyragy serve --demo $(DEMO) --data $(DATA)

## test: everything: lint, unit tests with the race detector, real browsers
# The browser tests play films in real time, so they have the machine alone; the
# parts of one wait for their films more than they work.
test: deps-test build clips lint
	npm test --silent --prefix web/ui
	go test -race -shuffle=on -parallel 6 -timeout 15m $$(go list ./... | grep -v /cmd/qyragy$$)
	go test -race -parallel 4 -timeout 30m ./cmd/qyragy

## build: bin/qyragy, bin/detector, bin/examinee, bin/verify
build: deps models ui
	@mkdir -p bin
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/qyragy ./cmd/examinee ./cmd/verify
	CGO_ENABLED=1 go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/detector

## deps: Debian packages, Node where there is none, Go itself is asked for
deps:
	@command -v go >/dev/null || { echo "Go 1.26 is needed: see go.dev/doc/install." >&2; exit 1; }
	@script/apt.sh $(APT_BUILD)
	@command -v npm >/dev/null || script/apt.sh nodejs npm

deps-test: deps
	@script/apt.sh $(APT_TEST)

## models: fetch the networks' packages once and convert them
models: models/node_modules/.package-lock.json
	@go run ./models/convert

models/node_modules/.package-lock.json: models/package.json models/package-lock.json | deps
	npm ci --ignore-scripts --no-audit --no-fund --prefix models
	@touch $@

## ui: the browser's side, bundled into the server
ui: web/ui/node_modules/.package-lock.json
	@go generate ./web

web/ui/node_modules/.package-lock.json: web/ui/package.json web/ui/package-lock.json | deps
	npm ci --ignore-scripts --no-audit --no-fund --prefix web/ui
	@touch $@

## clips: demonstration cameras made from the packages' sample pictures
clips: build
	@bin/examinee clips --out models/clips --photos models/node_modules/@vladmandic/face-api/demo

## lint: formatting, vet, staticcheck, types of the browser's side
lint: ui
	@test -z "$$(gofmt -l . | grep -v node_modules)" || { gofmt -l . | grep -v node_modules; echo "Run gofmt -w on these." >&2; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	npm run --silent check --prefix web/ui

## eval: how often the detector is right on a folder of labelled pictures
eval: build
	@bin/detector eval $(MEDIA)

## faults: kills, power cuts, full disks, outages; some need root (docs/FAULTS.md)
faults: build clips bin/minio
	QYRAGY_FAULTS=1 go test -count=1 -timeout 90m -v ./faults

# Another S3 server to test against: a frozen one, no part of this module. The
# tests that need it say so and are skipped where it cannot be had.
bin/minio:
	-@GOFLAGS= GOBIN=$(CURDIR)/bin CGO_ENABLED=0 go install -trimpath $(MINIO)

## bench: print what rendering, signing, journaling and looking cost
bench: build clips
	go test -run '^$$' -bench . ./acts/... ./proctor/... ./detect/... ./media

## bench-detect: what a look costs, stage by stage and through the real programs
bench-detect: build clips
	go test -run '^$$' -bench 'Look$$|Stage' -benchtime 3s ./detect/vision
	go test -run '^$$' -bench RealPath -benchtime 960x ./cmd/detector
	QYRAGY_BENCH=1 go test -count=1 -run Alarm -v ./cmd/qyragy

clean:
	rm -rf bin models/onnx models/clips web/dist/assets web/dist/index.html
