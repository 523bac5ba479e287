package miner

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/verify/attest"
	"github.com/agon-chain/agon/wire"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// EnvPrefix starts the environment variable of a setting: AGON_MINER_CHAIN_ID is chain-id.
const EnvPrefix = "AGON_MINER"

// maxNetuid leaves out the number that means every subnet on the wire.
const maxNetuid = uint32(wire.AnyNetuid) - 1

// Config is everything that an operator may set. The name of a setting is the same as a flag, as a key of the file and,
// in capitals behind EnvPrefix, in the environment. What each does is in fields.go, next to its default.
type Config struct {
	Home string

	RPC, GRPC, ChainID, GasPrice string
	PollEvery                    time.Duration
	KeyringBackend, SigningKey   string
	PassphraseFile               string

	Netuid          uint32
	Task            string
	Expert          string
	ExpertOptions   string
	TaskParams      string
	ExpertEndpoint  string
	AllowDishonest  bool
	AnswerTimeout   time.Duration
	Listen          string
	PublicURL       string
	MetricsListen   string
	Region          string
	Served          string
	Bind            bool
	ModelDir        string
	PerRequest      uint64
	PerMillionIn    uint64
	PerMillionOut   uint64
	ClaimAbove      uint64
	ClaimAfter      time.Duration
	ClaimOnStop     bool
	VoucherWait     time.Duration
	ChannelTTL      time.Duration
	MaxChannels     int
	MaxPrice        uint64
	FeeAllowance    uint64
	CheckEvery      time.Duration
	DrainTimeout    time.Duration
	MaxConnections  int
	MaxConcurrent   int
	MaxQueue        int
	QueueWait       time.Duration
	Rate            float64
	Burst           int
	MaxCallers      int
	BalanceTTL      time.Duration
	BalanceMaxStale time.Duration
	MaxSkew         time.Duration
	ReplayEntries   int
	LogLevel        string
	LogFormat       string

	HardwareReport     bool
	AttestationCommand string
	AttestationKind    string
	AttestationTimeout time.Duration
}

// Default is a miner on the machine of its node. ChainID, Netuid, Expert and PublicURL are for the operator to say.
func Default() Config {
	node := chain.DefaultConfig()
	return Config{
		Home: DefaultHome(),
		RPC:  node.RPC, GRPC: node.GRPC, GasPrice: node.GasPrice, PollEvery: node.PollEvery,
		KeyringBackend:  "file",
		SigningKey:      chain.KeyHotkey,
		Listen:          "127.0.0.1:8091",
		MetricsListen:   "127.0.0.1:8092",
		Bind:            true,
		FeeAllowance:    100_000_000,
		CheckEvery:      30 * time.Second,
		ClaimAbove:      1_000_000_000,
		ClaimAfter:      24 * time.Hour,
		ClaimOnStop:     true,
		VoucherWait:     5 * time.Second,
		ChannelTTL:      time.Minute,
		MaxChannels:     10_000,
		DrainTimeout:    15 * time.Second,
		MaxConnections:  1024,
		MaxConcurrent:   32,
		MaxQueue:        64,
		QueueWait:       500 * time.Millisecond,
		Rate:            20,
		Burst:           40,
		MaxCallers:      10_000,
		BalanceTTL:      15 * time.Second,
		BalanceMaxStale: 5 * time.Minute,
		MaxSkew:         2 * time.Second,
		ReplayEntries:   200_000,
		LogLevel:        "info",
		LogFormat:       "text",

		HardwareReport:     true,
		AttestationKind:    attest.KindNVIDIA,
		AttestationTimeout: 30 * time.Second,
	}
}

// DefaultHome is ~/.agon-miner.
func DefaultHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		// Without a home folder, the working directory is the only place that is surely writable.
		home = "."
	}
	return filepath.Join(home, ".agon-miner")
}

// Validate returns ErrConfig with the setting, its value and its bounds, or nil. It opens nothing. It judges what
// every command needs; ValidateServing what serving needs on top.
func (c Config) Validate() error {
	bad := func(name string, value any, want string) error {
		return fmt.Errorf("%w: %s is %v, want %s (--%s, %s or %s)", ErrConfig, name, value, want, name, envName(name), FileName)
	}
	if c.Home == "" {
		return bad("home", `""`, "a folder")
	}
	switch c.KeyringBackend {
	case "file", "os", "test":
	default:
		return bad("keyring-backend", fmt.Sprintf("%q", c.KeyringBackend), "file, os or test")
	}
	if c.SigningKey == "" || c.SigningKey == chain.KeyOwner {
		return bad("signing-key", fmt.Sprintf("%.64q", c.SigningKey), "the name of a key that is not the owner's, such as "+chain.KeyHotkey)
	}
	if c.Netuid > maxNetuid {
		return bad("netuid", c.Netuid, fmt.Sprintf("%d to %d", subnettypes.FirstNetuid, maxNetuid))
	}
	if c.TaskParams != "" && c.Task == "" {
		return bad("task-params", fmt.Sprintf("%.64q", c.TaskParams), "nothing without --task: the subnet's own task is told on the chain")
	}
	if c.TaskParams != "" && !jsonObject(c.TaskParams) {
		return bad("task-params", fmt.Sprintf("%.64q", c.TaskParams), "a JSON object, or nothing")
	}
	if c.ExpertOptions != "" && !jsonObject(c.ExpertOptions) {
		return bad("expert-options", fmt.Sprintf("%.64q", c.ExpertOptions), "a JSON object, or nothing")
	}
	if c.ExpertEndpoint != "" {
		if u, err := url.Parse(c.ExpertEndpoint); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return bad("expert-endpoint", fmt.Sprintf("%.64q", c.ExpertEndpoint), "http://host:port of the backend, or nothing")
		}
	}
	for _, f := range []struct{ name, value string }{{"listen", c.Listen}, {"metrics-listen", c.MetricsListen}} {
		if f.name == "metrics-listen" && f.value == "" {
			continue
		}
		if _, port, err := net.SplitHostPort(f.value); err != nil || port == "" {
			return bad(f.name, fmt.Sprintf("%.64q", f.value), "host:port, such as 127.0.0.1:8091")
		}
	}
	if c.PublicURL != "" {
		if err := subnettypes.CheckURL(c.PublicURL); err != nil {
			return fmt.Errorf("%w: public-url: %w", ErrConfig, err)
		}
	}
	if n := len(c.AttestationKind); n == 0 || n > attest.MaxKind {
		return bad("attestation-kind", fmt.Sprintf("of %d bytes", n), fmt.Sprintf("1 to %d bytes, such as %s", attest.MaxKind, attest.KindNVIDIA))
	}
	if n := len(c.Region); n > subnettypes.MaxRegion {
		return bad("region", fmt.Sprintf("of %d bytes", n), fmt.Sprintf("at most %d bytes", subnettypes.MaxRegion))
	}
	if n := len(c.Served); n > subnettypes.MaxServedName {
		return bad("served", fmt.Sprintf("of %d bytes", n), fmt.Sprintf("at most %d bytes", subnettypes.MaxServedName))
	}
	for _, f := range []struct {
		name            string
		value, min, max time.Duration
	}{
		{"answer-timeout", c.AnswerTimeout, 0, time.Hour},
		{"check-every", c.CheckEvery, 100 * time.Millisecond, time.Hour},
		{"drain-timeout", c.DrainTimeout, 0, 10 * time.Minute},
		{"queue-wait", c.QueueWait, 0, time.Minute},
		{"balance-ttl", c.BalanceTTL, 100 * time.Millisecond, time.Hour},
		{"balance-max-stale", c.BalanceMaxStale, 0, 24 * time.Hour},
		{"max-skew", c.MaxSkew, time.Millisecond, time.Minute},
		{"attestation-timeout", c.AttestationTimeout, 100 * time.Millisecond, 5 * time.Minute},
		{"claim-after", c.ClaimAfter, time.Minute, 30 * 24 * time.Hour},
		{"voucher-wait", c.VoucherWait, 100 * time.Millisecond, time.Minute},
		{"channel-ttl", c.ChannelTTL, 100 * time.Millisecond, 10 * time.Minute},
	} {
		if f.value < f.min || f.value > f.max {
			return bad(f.name, f.value, fmt.Sprintf("%s to %s", f.min, f.max))
		}
	}
	for _, f := range []struct {
		name            string
		value, min, max int
	}{
		{"max-connections", c.MaxConnections, 1, 1_000_000},
		{"max-concurrent", c.MaxConcurrent, 1, 100_000},
		{"max-queue", c.MaxQueue, 0, 1_000_000},
		{"burst", c.Burst, 1, 1_000_000},
		{"max-callers", c.MaxCallers, 1, 10_000_000},
		{"replay-entries", c.ReplayEntries, 1, 100_000_000},
		{"max-channels", c.MaxChannels, 1, 10_000_000},
	} {
		if f.value < f.min || f.value > f.max {
			return bad(f.name, f.value, fmt.Sprintf("%d to %d", f.min, f.max))
		}
	}
	if !(c.Rate > 0 && c.Rate <= 1_000_000) {
		return bad("rate", c.Rate, "more than 0 and at most 1000000 requests per second")
	}
	if c.FeeAllowance < 1_000 || c.FeeAllowance > 1_000_000_000_000_000_000 {
		return bad("fee-allowance", c.FeeAllowance, "1000 to 10^18 "+params.BaseDenom)
	}
	for _, f := range []struct {
		name  string
		value uint64
	}{
		{"price-per-request", c.PerRequest}, {"price-per-million-input", c.PerMillionIn}, {"price-per-million-output", c.PerMillionOut}, {"claim-above", c.ClaimAbove},
	} {
		if f.value > wire.MaxPrice {
			return bad(f.name, f.value, "at most 10^15 "+params.BaseDenom)
		}
	}
	if _, err := parseLevel(c.LogLevel); err != nil {
		return bad("log-level", fmt.Sprintf("%q", c.LogLevel), "debug, info, warn or error")
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return bad("log-format", fmt.Sprintf("%q", c.LogFormat), "text or json")
	}
	return nil
}

// ValidateServing judges what only a miner that serves needs.
func (c Config) ValidateServing() error {
	if err := c.Validate(); err != nil {
		return err
	}
	if err := c.ValidateNetuid(); err != nil {
		return err
	}
	if c.PublicURL == "" {
		return fmt.Errorf("%w: public-url is empty; set it to where callers reach this miner, such as http://203.0.113.7:8091", ErrConfig)
	}
	return nil
}

// ValidateNetuid judges what everything about one subnet needs.
func (c Config) ValidateNetuid() error {
	if c.Netuid < subnettypes.FirstNetuid {
		return fmt.Errorf("%w: netuid is %d, want %d to %d; `agond query subnet subnets` lists them",
			ErrConfig, c.Netuid, subnettypes.FirstNetuid, maxNetuid)
	}
	return nil
}

// Price is what a call costs; free if nothing is set.
func (c Config) Price() wire.Price {
	return wire.Price{PerRequest: c.PerRequest, PerMillionInput: c.PerMillionIn, PerMillionOutput: c.PerMillionOut}
}

// Chain is the part of the configuration that the chain's client takes.
func (c Config) Chain() chain.Config {
	out := chain.DefaultConfig()
	out.RPC, out.GRPC, out.ChainID, out.GasPrice, out.PollEvery = c.RPC, c.GRPC, c.ChainID, c.GasPrice, c.PollEvery
	return out
}

func jsonObject(s string) bool {
	var m map[string]json.RawMessage
	return json.Unmarshal([]byte(s), &m) == nil && m != nil
}

func envName(setting string) string {
	return EnvPrefix + "_" + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}
