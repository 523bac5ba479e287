package gateway

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
)

// EnvPrefix starts the environment variable of a setting: AGON_GATEWAY_CHAIN_ID is chain-id.
const EnvPrefix = "AGON_GATEWAY"

// KeyGateway is the name of the key that signs calls, where nothing else is set.
const KeyGateway = "gateway"

// Config is everything that an operator may set. The name of a setting is the same as a flag, as a key of the file and,
// in capitals behind EnvPrefix, in the environment. What each does is in fields.go, next to its default.
type Config struct {
	Home string

	RPC, GRPC, ChainID, GasPrice string
	PollEvery                    time.Duration
	RefreshEvery, StaleAfter     time.Duration

	KeyringBackend, SigningKey          string
	PassphraseFile                      string
	PaymentAccount                      string
	Deposit, ChannelBudget, MaxCallCost uint64

	Listen          string
	TLSCert, TLSKey string
	AdminListen     string
	AdminPublic     bool
	AdminTokenFile  string
	Database        string
	OpenAccess      bool
	MaxConnections  int
	MaxBody         int64
	DrainTimeout    time.Duration

	Attempts     int
	Timeout      time.Duration
	HedgeAfter   time.Duration
	AllowPrivate bool
	MaxReply     int64
	Disguise     bool
	// Calls that are kept for validators.
	SampleValidators string
	SampleShare      float64
	SampleKeep       int
	SampleLife       time.Duration
	SampleDir        string

	LogLevel, LogFormat string
	TracesEndpoint      string
	TracesShare         float64
}

// Default is a gateway on the machine of its node. ChainID is for the operator to say.
func Default() Config {
	node := chain.DefaultConfig()
	return Config{
		Home: DefaultHome(),
		RPC:  node.RPC, GRPC: node.GRPC, GasPrice: node.GasPrice, PollEvery: node.PollEvery,
		RefreshEvery: 5 * time.Second, StaleAfter: 30 * time.Second,
		KeyringBackend: "file", SigningKey: KeyGateway,
		Deposit: payer.DefaultDeposit, ChannelBudget: payer.DefaultBudget, MaxCallCost: payer.DefaultMaxCall,
		Listen: "127.0.0.1:8100", AdminListen: "127.0.0.1:8101",
		MaxConnections: 4096, MaxBody: 1 << 20, DrainTimeout: 15 * time.Second,
		Attempts: 3, Timeout: 2 * time.Minute, HedgeAfter: 0, MaxReply: 16 << 20, Disguise: true,
		SampleShare: 0.01, SampleKeep: 1_000, SampleLife: 24 * time.Hour,
		LogLevel: "info", LogFormat: "text", TracesShare: 0.01,
	}
}

// DefaultHome is ~/.agon-gateway.
func DefaultHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		// Without a home folder, the working directory is the only place that is surely writable.
		home = "."
	}
	return filepath.Join(home, ".agon-gateway")
}

// Validate returns ErrConfig with the setting, its value and its bounds, or nil. It opens nothing.
func (c Config) Validate() error {
	bad := func(name string, value any, want string) error {
		return fmt.Errorf("%w: %s is %v, want %s (--%s, %s or %s)", ErrConfig, name, value, want, name, envName(name), FileName)
	}
	if c.Home == "" {
		return bad("home", `""`, "a folder")
	}
	switch c.KeyringBackend {
	case "test", "file", "os":
	default:
		return bad("keyring-backend", fmt.Sprintf("%q", c.KeyringBackend), "file, os or test")
	}
	if c.SigningKey == "" {
		return bad("signing-key", `""`, "the name of a key, such as "+KeyGateway)
	}
	if c.PaymentAccount != "" {
		if _, err := sdk.AccAddressFromBech32(c.PaymentAccount); err != nil {
			return bad("payment-account", fmt.Sprintf("%.90q", c.PaymentAccount), "an address of the chain, or nothing")
		}
	}
	for _, f := range []struct{ name, value string }{{"listen", c.Listen}, {"admin-listen", c.AdminListen}} {
		if f.name == "admin-listen" && f.value == "" {
			continue
		}
		if _, port, err := net.SplitHostPort(f.value); err != nil || port == "" {
			return bad(f.name, fmt.Sprintf("%.64q", f.value), "host:port, such as 127.0.0.1:8100")
		}
	}
	if c.AdminListen != "" && !c.AdminPublic && !loopback(c.AdminListen) {
		return bad("admin-listen", fmt.Sprintf("%.64q", c.AdminListen), "an address of loopback such as 127.0.0.1:8101, or admin-public: who reaches it sees usage and, with the administrator's token, makes keys")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return bad("tls-cert", fmt.Sprintf("%.64q", c.TLSCert), "a file together with tls-key, or neither")
	}
	if c.OpenAccess && !loopback(c.Listen) {
		return bad("open-access", c.OpenAccess, "false, or listen on loopback: anybody could spend the gateway's money")
	}
	for _, f := range []struct {
		name            string
		value, min, max time.Duration
	}{
		{"refresh-every", c.RefreshEvery, 100 * time.Millisecond, 10 * time.Minute},
		{"stale-after", c.StaleAfter, time.Second, 24 * time.Hour},
		{"drain-timeout", c.DrainTimeout, 0, 10 * time.Minute},
		{"timeout", c.Timeout, time.Second, time.Hour},
		{"hedge-after", c.HedgeAfter, 0, time.Hour},
		{"sample-life", c.SampleLife, time.Minute, 168 * time.Hour},
	} {
		if f.value < f.min || f.value > f.max {
			return bad(f.name, f.value, fmt.Sprintf("%s to %s", f.min, f.max))
		}
	}
	for _, f := range []struct {
		name            string
		value, min, max int64
	}{
		{"max-connections", int64(c.MaxConnections), 1, 1_000_000},
		{"max-body", c.MaxBody, 1 << 10, 64 << 20},
		{"max-reply", c.MaxReply, 1 << 10, 1 << 30},
		{"attempts", int64(c.Attempts), 1, 16},
		{"sample-keep", int64(c.SampleKeep), 1, 100_000},
	} {
		if f.value < f.min || f.value > f.max {
			return bad(f.name, f.value, fmt.Sprintf("%d to %d", f.min, f.max))
		}
	}
	switch {
	case c.Deposit < 1_000_000 || c.Deposit > 1_000_000_000_000_000_000:
		return bad("deposit", c.Deposit, "1000000 to 10^18 nagon")
	case c.ChannelBudget < c.Deposit || c.ChannelBudget > 1_000_000_000_000_000_000:
		return bad("channel-budget", c.ChannelBudget, fmt.Sprintf("at least the deposit of %d, at most 10^18 nagon", c.Deposit))
	case c.MaxCallCost < 1 || c.MaxCallCost > c.ChannelBudget:
		return bad("max-call-cost", c.MaxCallCost, fmt.Sprintf("1 to the channel-budget of %d nagon", c.ChannelBudget))
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"sample-share", c.SampleShare}, {"traces-share", c.TracesShare}} {
		if !(f.value >= 0 && f.value <= 1) {
			return bad(f.name, f.value, "0 to 1")
		}
	}
	for _, v := range c.sampleValidators() {
		if _, err := sdk.AccAddressFromBech32(v); err != nil {
			return bad("sample-validators", fmt.Sprintf("%.90q", v), "addresses of the chain, separated by commas, or nothing")
		}
	}
	if c.TracesEndpoint != "" {
		if u, err := url.Parse(c.TracesEndpoint); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return bad("traces-endpoint", fmt.Sprintf("%.64q", c.TracesEndpoint), "http://host:port or https://host:port, or nothing")
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

// loopback says whether nobody but this machine reaches an address.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Chain is the part of the configuration that the chain's client takes.
func (c Config) Chain() chain.Config {
	out := chain.DefaultConfig()
	out.RPC, out.GRPC, out.ChainID, out.GasPrice, out.PollEvery = c.RPC, c.GRPC, c.ChainID, c.GasPrice, c.PollEvery
	return out
}

// DatabaseName is where API keys are.
func (c Config) DatabaseName() string {
	if c.Database != "" {
		return c.Database
	}
	return filepath.Join(c.Home, "keys.db")
}

// sampleValidators are those that may fetch samples of calls.
func (c Config) sampleValidators() []string {
	return strings.FieldsFunc(c.SampleValidators, func(r rune) bool { return r == ',' || r == ' ' })
}

func envName(setting string) string {
	return EnvPrefix + "_" + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}
