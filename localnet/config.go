package localnet

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/wire"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// ErrConfig refuses a configuration.
var ErrConfig = errors.New("localnet configuration")

// MaxNodes bounds the consensus nodes of a local network.
const MaxNodes = 16

// Config says what a local network is made of.
type Config struct {
	// Dir holds everything that the network writes. What an earlier network left there is removed at the start.
	Dir string
	// BinDir holds agond, agon-miner, agon-validator and, where there is a gateway, agon-gateway.
	BinDir string
	// ChainID of the network.
	ChainID string
	// Nodes is the number of consensus nodes, 1 to MaxNodes.
	Nodes int
	// BlockTime is how long a node waits after a block before the next.
	BlockTime time.Duration
	// SnapshotInterval is how many blocks lie between two snapshots that a node offers to those that join; 0 is agond's own.
	SnapshotInterval uint64
	// Subnets that are opened, in order of their netuids from 1.
	Subnets []Subnet
	// PollEvery is how often daemons ask their node for its height; 0 is 200 ms, which suits blocks of a fraction of a second.
	PollEvery time.Duration
	// Gateway has the network run a gateway; AddGateway says what else goes with it.
	Gateway bool
	// GatewaySettings are flags of `agon-gateway init` that come after the network's own.
	GatewaySettings []string
	// CreationCost is what each costs, in nagon: the AGON side of its pool.
	CreationCost uint64
	// PriceHalfLife is the half-life of the average of a token's price, in blocks.
	PriceHalfLife uint64
	// Params are parameters of modules in the genesis, by "module/parameter", as the genesis writes them; they come after the network's own.
	Params map[string]string
	// Peer says at which address node `from` reaches node `to`, which listens at address: a relay that a test cuts, say. The nodes then
	// tell each other of no further addresses. Nil: at its own.
	Peer func(from, to int, address string) (string, error)
	// Place says where a consensus node runs: in a network namespace of its own, say. Its ports must be free there. Nil: with all others.
	Place func(node int) Place
	// Logger for what the network does; the programs write logs of their own. Nil discards.
	Logger *slog.Logger
	// Progress is told each step in a few words; nil tells nobody.
	Progress func(step string)
}

// Subnet is one subnet that a network opens, with who takes part.
type Subnet struct {
	Name     string
	Symbol   string
	TaskKind string
	// TaskParams is a JSON object, or empty for the task's defaults.
	TaskParams string
	// Hyperparams of the subnet.
	Hyperparams subnettypes.Hyperparams
	// DataDir holds the material that the task asks from. Where Lay is not nil the network makes it: Lay fills the empty folder.
	DataDir string
	Lay     func(dir string) error
	// Models that are registered before the miners start.
	Models     []Publication
	Miners     []Miner
	Validators []Validator
}

// Miner is one miner of a network.
type Miner struct {
	Name string
	// Kind is what a report calls it: honest, random, constant or flaky.
	Kind string
	// Expert is the name of the expert that it serves.
	Expert string
	// Options of the expert, a JSON object, or empty.
	Options string
	// Dishonest allows experts that only tests and demonstrations use.
	Dishonest bool
	// Relay is the name of another miner of the subnet that this one passes every call on to, having no model of its own; its expert is
	// openai. Empty for all others.
	Relay string
	// Price that callers pay; zero is free.
	Price wire.Price
	// ClaimAbove is from how many nagon on it claims what it was paid; 0 is agon-miner's own.
	ClaimAbove uint64
}

// Validator is one validator of a network.
type Validator struct {
	Name string
	// Kind is what a report calls it: honest, copier or colluder.
	Kind string
	// Stake is what its owner stakes behind it, in nagon.
	Stake uint64
	// Favours is the name of the miner that a colluder gives all weight.
	Favours string
	// PerMiner is how many questions it asks each miner in a round.
	PerMiner int
}

// agon is n AGON in nagon.
func agon(n uint64) uint64 { return n * 1_000_000_000 }

// DefaultConfig is the network of the demonstration. A subnet for language identification: three experts of different quality and
// three miners that are none, two honest validators with most of the stake, one that copies and one that colludes. Everything is
// scaled so that an epoch takes seconds.
func DefaultConfig(dir string) Config {
	h := subnettypes.DefaultHyperparams()
	h.Tempo = 18
	h.MaxNeurons = 32
	h.MaxValidators = 8
	h.ImmunityPeriod = 5_000
	h.MinRegistrationPrice = agon(1) / 10
	h.MaxRegistrationPrice = agon(2)
	h.RegistrationPriceHalfLife = 20
	h.RegistrationPriceStepBps = 12_000
	h.MaxRegistrationsPerBlock = 16
	h.ActivityCutoff = 200
	h.StakeThreshold = agon(1)
	h.MinCallerBalance = 1_000_000
	return Config{
		Dir:          dir,
		BinDir:       "bin",
		ChainID:      "agon-local-1",
		Nodes:        1,
		BlockTime:    600 * time.Millisecond,
		CreationCost: agon(10_000), PriceHalfLife: 60,
		Subnets: []Subnet{languages(h)},
	}
}

// AddSpeeches adds the subnet for language models, which the shipped ones of a folder serve: three versions of different quality, two
// cheats and a relay, two validators. Its material is made of the models and of a folder of speeches, below the network's own.
func (c *Config) AddSpeeches(modelsDir, corpusDir string) error {
	s, err := speeches(c.Subnets[0].Hyperparams, filepath.Join(c.Dir, "speeches"), modelsDir, corpusDir)
	if err != nil {
		return err
	}
	c.Subnets = append(c.Subnets, s)
	if c.Params == nil {
		c.Params = map[string]string{}
	}
	// Two judges of two owners, and periods that a demonstration sees the end of; a challenge for each binding every minute or so.
	for name, value := range map[string]string{
		"dispute/min_judges": "2", "dispute/commit_blocks": "24", "dispute/reveal_blocks": "16", "dispute/rest_after_undecided": "20",
		"model/challenge_interval": "100", "model/challenge_window": "60",
	} {
		if _, set := c.Params[name]; !set {
			c.Params[name] = value
		}
	}
	return nil
}

// languages is the subnet for language identification.
func languages(h subnettypes.Hyperparams) Subnet {
	return Subnet{
		Name: "Languages", Symbol: "LANG", TaskKind: "langid", Hyperparams: h, DataDir: filepath.Join(".agon", "data", "udhr"),
		Miners: []Miner{
			{Name: "lingua-high", Kind: "honest", Expert: "lingua-high"},
			{Name: "whatlang", Kind: "honest", Expert: "whatlang"},
			{Name: "lingua-low-all", Kind: "honest", Expert: "lingua-low-all"},
			{Name: "random", Kind: "random", Expert: "random", Dishonest: true},
			{Name: "constant", Kind: "constant", Expert: "constant", Dishonest: true},
			{Name: "flaky", Kind: "flaky", Expert: "flaky", Dishonest: true},
		},
		Validators: []Validator{
			{Name: "honest-1", Kind: "honest", Stake: agon(1_200), PerMiner: 40},
			{Name: "honest-2", Kind: "honest", Stake: agon(1_200), PerMiner: 40},
			{Name: "copier", Kind: "copier", Stake: agon(500)},
			{Name: "colluder", Kind: "colluder", Stake: agon(500), Favours: "random", PerMiner: 40},
		},
	}
}

// Validate refuses a configuration that cannot start, before anything is written.
func (c Config) Validate() error {
	if c.Dir == "" {
		return fmt.Errorf("%w: dir is empty", ErrConfig)
	}
	if c.Nodes < 1 || c.Nodes > MaxNodes {
		return fmt.Errorf("%w: nodes is %d, from 1 to %d", ErrConfig, c.Nodes, MaxNodes)
	}
	if c.BlockTime < 50*time.Millisecond {
		return fmt.Errorf("%w: block time is %s, at least 50ms", ErrConfig, c.BlockTime)
	}
	programs := []string{"agond", "agon-miner", "agon-validator"}
	if c.Gateway {
		programs = append(programs, "agon-gateway")
	}
	for _, program := range programs {
		if _, err := os.Stat(filepath.Join(c.BinDir, program)); err != nil {
			return fmt.Errorf("%w: %s is not in %s; build it with: make build", ErrConfig, program, c.BinDir)
		}
	}
	if len(c.Subnets) == 0 {
		return fmt.Errorf("%w: no subnet", ErrConfig)
	}
	names := map[string]bool{}
	for _, s := range c.Subnets {
		if err := s.validate(names); err != nil {
			return fmt.Errorf("%w: subnet %q: %w", ErrConfig, s.Name, err)
		}
	}
	return nil
}

// validate refuses a subnet that cannot start; names are those taken.
func (s Subnet) validate(names map[string]bool) error {
	if _, err := os.Stat(s.DataDir); err != nil && s.Lay == nil {
		return fmt.Errorf("no material in %s; fetch it with: make data", s.DataDir)
	}
	miners := map[string]bool{}
	for _, m := range s.Miners {
		if m.Name == "" || names[m.Name] {
			return fmt.Errorf("miner name %q is empty or taken", m.Name)
		}
		if m.Relay != "" && !miners[m.Relay] {
			return fmt.Errorf("miner %q relays to %q, which is no miner before it", m.Name, m.Relay)
		}
		names[m.Name], miners[m.Name] = true, true
	}
	for _, v := range s.Validators {
		if v.Favours != "" && !miners[v.Favours] {
			return fmt.Errorf("validator %q favours %q, which is no miner", v.Name, v.Favours)
		}
		if v.Name == "" || names[v.Name] {
			return fmt.Errorf("validator name %q is empty or taken", v.Name)
		}
		names[v.Name] = true
	}
	return nil
}

// miners are those of all subnets, in order.
func (c Config) miners() (out []Miner) {
	for _, s := range c.Subnets {
		out = append(out, s.Miners...)
	}
	return out
}

// validators are those of all subnets, in order.
func (c Config) validators() (out []Validator) {
	for _, s := range c.Subnets {
		out = append(out, s.Validators...)
	}
	return out
}

// logger never is nil.
func (c Config) logger() *slog.Logger {
	if c.Logger != nil {
		return c.Logger
	}
	return slog.New(slog.NewTextHandler(io.Discard, nil))
}

// step tells the progress.
func (c Config) step(format string, args ...any) {
	if c.Progress != nil {
		c.Progress(fmt.Sprintf(format, args...))
	}
}

// pollEvery is how often daemons ask their node.
func (c Config) pollEvery() string {
	if c.PollEvery > 0 {
		return c.PollEvery.String()
	}
	return "200ms"
}

// program is the path of one of the programs.
func (c Config) program(name string) string { return filepath.Join(c.BinDir, name) }

// gasPrice is what the network's nodes ask for and its programs pay.
const gasPrice = params.MinGasPrice
