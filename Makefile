SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PROGRAMS := agond agon-miner agon-validator agon-gateway agon-localnet

# The version is the nearest tag and what lies after it; "dev" outside a checkout.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse --quiet --verify HEAD 2>/dev/null || echo unknown)
VERSION_PACKAGE := github.com/cosmos/cosmos-sdk/version
LDFLAGS = -s -w \
	-X $(VERSION_PACKAGE).Name=agon \
	-X $(VERSION_PACKAGE).AppName=$(firstword $(PROGRAMS)) \
	-X $(VERSION_PACKAGE).Version=$(VERSION) \
	-X $(VERSION_PACKAGE).Commit=$(COMMIT)

# How many nodes the local network has, and further arguments for it.
NODES ?= 1
ARGS  ?=
# What to test: make test PKG=./x/scoring/...
PKG   ?= ./...
# Which benchmarks to run: make bench BENCH=Epoch
BENCH ?= .

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# No -trimpath: it would compile every dependency once more beside what the tests use.
.PHONY: build
build: ## Build the programs into bin/
	@mkdir -p bin
	go build -ldflags "$(LDFLAGS)" -o bin/ $(addprefix ./cmd/,$(PROGRAMS))

.PHONY: proto
proto: ## Generate Go code and OpenAPI from proto/
	@scripts/proto.sh

.PHONY: proto-check
proto-check: ## Fail if the generated code differs from what proto/ gives
	@scripts/proto.sh --check

.PHONY: lint
lint: ## Check format, vet, staticcheck, determinism, protobuf and generated code
	@scripts/lint.sh

.PHONY: fmt
fmt: ## Format the Go code and the .proto files
	@scripts/fmt.sh

.PHONY: test
test: build data ## Run the tests (PKG=./x/...)
	@scripts/test.sh $(PKG)

.PHONY: test-race
test-race: ## Run the tests of the daemons' packages under the race detector
	@scripts/test.sh --race

.PHONY: test-machines
test-machines: ## Run the epoch's tests on 386 and, with qemu-user, on arm64
	@scripts/test.sh --machines

.PHONY: test-properties
test-properties: ## Play 100,000 random messages, and the SDK's simulator, against the whole application (ARGS="-seed 7")
	go test ./app/simtest -run 'TestProperties|TestSimulator' -v -timeout 2h -steps 100000 $(ARGS)

# Every message on the whole application with its invariants, the SDK's simulator with export, import and equal hashes of one seed, and random
# transactions on the application and its shadows. Steps are messages; a block of the shadows takes 200.
STEPS ?= 200000

.PHONY: sim-long
sim-long: ## The same and their shadows for long: HOURS (STEPS=200000, ARGS="-seed 7" for one seed alone)
	go test ./app/simtest -run 'TestProperties|TestSimulator|TestShadows' -v -timeout 24h -steps $(STEPS) $(ARGS)

.PHONY: fuzz
fuzz: ## Run every fuzz target of packages without the SDK for 5 s each (ARGS="30 all": 30 s, of all packages)
	@scripts/fuzz.sh $(ARGS)

.PHONY: torture
torture: build data ## Break networks of real programs for half an hour and more, then the long forms of docs/reliability.md; all run, failed or not (ARGS="kill --kills 20")
	@status=0; \
	go run ./tools/torture $(ARGS) || status=1; \
	go test ./app/simtest -run 'TestFaults|TestChangesAtEveryHeight|TestExportAtEveryHeight' -v -timeout 4h -steps 100000 || status=1; \
	go test ./app -run 'TestUpgrade|TestPruning' -v -timeout 2h -prune-blocks 10000 || status=1; \
	go test ./localnet -run 'TestStateSyncAndRollback|TestNetworkSurvivesKills' -count 1 -v || status=1; \
	exit $$status

.PHONY: bench
bench: ## Run the benchmarks (BENCH=regexp PKG=./x/...)
	go test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

.PHONY: throughput
throughput: build ## Measure transactions per second of one node beside a bare SDK application (ARGS="--positions 1000000")
	go run ./tools/throughput $(ARGS)

.PHONY: capacity
capacity: ## Measure blocks, state and transactions of 1,024 full subnets (ARGS="--subnets 64 --tempo 22", ARGS=network)
	go run ./tools/capacity $(ARGS)

.PHONY: data
data: ## Fetch the texts that the tasks ask from
	@scripts/data.sh

.PHONY: models
models: data ## Train the language models that the repository ships: half an hour, goes on where it was stopped (ARGS="-workers 4")
	nice -n 19 go run ./tools/makemodels $(ARGS)

.PHONY: profiles
profiles: data llamacpp ## Measure what deviation of the shipped models is honest (models/*/profile.json)
	go run ./tools/verifybench profiles $(ARGS)

.PHONY: verify-bench
verify-bench: data llamacpp ## Measure how often each cheat with a language model is caught, and write the table of docs/verification.md
	go run ./tools/verifybench $(ARGS)

.PHONY: verify-bench-gpu
verify-bench-gpu: data ## The same with miners on this machine's GPU: TORCH=cuda (PyTorch), GPU=cuda or vulkan (llama.cpp), or both
	@[ -n "$(TORCH)$(GPU)" ] || { echo "verify-bench-gpu: say which engine: TORCH=cuda, GPU=cuda or GPU=vulkan" >&2; exit 1; }
	$(if $(GPU),scripts/llamacpp.sh $(GPU))
	go test ./miner/hardware -run TestDevices -v
	go run ./tools/verifybench --llamacpp=false --gpu "$(GPU)" --torch "$(TORCH)" --page docs/verification-gpu.md --figures docs/verification-gpu.json $(ARGS)

.PHONY: llamacpp
llamacpp: ## Fetch llama.cpp, which tests compare the embedded engine with
	@scripts/llamacpp.sh

.PHONY: openai
openai: ## Fetch OpenAI's client for JavaScript, which a test of the gateway runs
	@scripts/openai.sh

.PHONY: lmbench
lmbench: llamacpp ## Measure the embedded engine beside llama.cpp (ARGS="--file model.gguf")
	go run ./tools/lmbench $(ARGS)

.PHONY: release
release: ## Build the programs as they are released, into dist/ with SHA256SUMS
	@scripts/release.sh

.PHONY: reproduce
reproduce: ## Build this commit twice, in clones at different paths, and compare the bytes: half an hour
	@scripts/release.sh --twice

.PHONY: sbom
sbom: ## Write the bill of materials, with licences, to dist/sbom.json (CycloneDX)
	@scripts/supply.sh sbom

.PHONY: licences
licences: ## List the dependencies' licences
	@scripts/supply.sh licences

.PHONY: supply
supply: ## Verify the modules' sums and check that their licences are accepted ones
	@scripts/supply.sh check

.PHONY: demo
demo: build data ## Run a whole network on this machine and watch experts be ranked and paid
	bin/agon-localnet demo $(ARGS)

.PHONY: localnet
localnet: build data ## Start a local network and keep it up (NODES=4, ARGS=...)
	bin/agon-localnet up --nodes $(NODES) $(ARGS)

.PHONY: clean
clean: ## Remove what was built, not the tools and not the data
	rm -rf bin third_party/proto coverage.out
