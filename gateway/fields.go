package gateway

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// field is one setting: where it lives, and what an operator is told of it.
type field struct {
	name    string
	section string // heading in the file; empty: not in the file
	value   any    // pointer into a Config
	usage   string // effect, unit and bounds
}

// fields lists every setting of c, in the order of the file.
func fields(c *Config) []field {
	return []field{
		{"home", "", &c.Home, "folder of configuration, keys and data"},

		{"rpc", "The node", &c.RPC, "address of the node's CometBFT RPC"},
		{"grpc", "", &c.GRPC, "address of the node's gRPC: host:port, or https://host:port for TLS"},
		{"chain-id", "", &c.ChainID, "id of the chain; a node of another chain is refused"},
		{"gas-price", "", &c.GasPrice, "what transactions pay per unit of gas"},
		{"poll-every", "", &c.PollEvery, "how often a pending transaction is looked up, 50ms to 1m"},
		{"refresh-every", "", &c.RefreshEvery, "how often subnets, miners and prices are read, 100ms to 10m"},
		{"stale-after", "", &c.StaleAfter, "age from which answers say how old the view of the chain is, 1s to 24h"},

		{"keyring-backend", "Money", &c.KeyringBackend, "where the gateway's keys are kept: file (encrypted), os, or test (as good as unencrypted, for local networks)"},
		{"passphrase-file", "", &c.PassphraseFile, "file whose first line is the passphrase of encrypted keys, readable by its owner alone; empty: it is asked for"},
		{"signing-key", "", &c.SigningKey, "name of the key that signs calls to miners and opens channels"},
		{"payment-account", "", &c.PaymentAccount, "address of the x/payment account that pays, of which signing-key is an operator; empty: the key's own, funded from its wallet"},
		{"deposit", "", &c.Deposit, "what goes into a new channel to a miner, in nagon, 1000000 to 10^18"},
		{"channel-budget", "", &c.ChannelBudget, "most that all channels hold together, in nagon, at least one deposit"},
		{"max-call-cost", "", &c.MaxCallCost, "most that one attempt at a call may cost, in nagon, at most channel-budget"},

		{"listen", "Who is served", &c.Listen, "address of the API, host:port"},
		{"tls-cert", "", &c.TLSCert, "file with the certificate of the API; empty: no TLS, for use behind a proxy"},
		{"tls-key", "", &c.TLSKey, "file with the certificate's key"},
		{"admin-listen", "", &c.AdminListen, "address of /metrics, /healthz and the administration, host:port; empty: none"},
		{"admin-public", "", &c.AdminPublic, "allow admin-listen on an address that is not loopback"},
		{"admin-token-file", "", &c.AdminTokenFile, "file of the administrator's token, made if there is none; empty: admin-token in the home folder"},
		{"database", "", &c.Database, "database of API keys: a file, or postgres://...; empty: keys.db in the home folder"},
		{"open-access", "", &c.OpenAccess, "serve everybody without an API key and without budgets, on a machine of one's own"},
		{"max-connections", "", &c.MaxConnections, "open connections at most, 1 to 1000000; more wait to be accepted"},
		{"max-body", "", &c.MaxBody, "bytes of a request's body at most, 1024 to 67108864"},
		{"drain-timeout", "", &c.DrainTimeout, "time that calls under way get when the gateway stops, 0s to 10m"},

		{"attempts", "Calls to miners", &c.Attempts, "miners tried for one call at most, before its first byte, 1 to 16"},
		{"timeout", "", &c.Timeout, "time for one call, all attempts together, 1s to 1h"},
		{"hedge-after", "", &c.HedgeAfter, "wait for the first byte after which a second miner is asked too, up to 1h; both may have to be paid; 0s: never"},
		{"allow-private", "", &c.AllowPrivate, "call miners at loopback, link-local and private addresses: for local networks only"},
		{"max-reply", "", &c.MaxReply, "bytes of a miner's answer at most, 1024 to 1073741824"},
		{"disguise", "", &c.Disguise, "give calls a seed and log-probabilities where examiners' questions have them, and take these out of answers"},
		{"sample-validators", "", &c.SampleValidators, "validators that may fetch a sample of the calls whose callers agreed to it, by the addresses of the keys that they sign with, separated by commas; empty: nothing is kept"},
		{"sample-share", "", &c.SampleShare, "share of those calls that is kept, 0 to 1"},
		{"sample-keep", "", &c.SampleKeep, "most calls kept, 1 to 100000; the oldest make room"},
		{"sample-life", "", &c.SampleLife, "how long a call is kept, 1m to 168h"},
		{"sample-dir", "", &c.SampleDir, "folder of what is kept; empty: samples in the home folder"},

		{"log-level", "What is told", &c.LogLevel, "least level written: debug, info, warn or error"},
		{"log-format", "", &c.LogFormat, "text or json"},
		{"traces-endpoint", "", &c.TracesEndpoint, "URL of an OpenTelemetry collector's OTLP over HTTP, such as http://127.0.0.1:4318; empty: no traces"},
		{"traces-share", "", &c.TracesShare, "share of calls that are traced, 0 to 1"},
	}
}

// AddFlags defines a flag for every setting, or for those named.
func AddFlags(flags *pflag.FlagSet, only ...string) {
	c := Default()
	for _, f := range fields(&c) {
		if len(only) > 0 && !contains(only, f.name) {
			continue
		}
		switch v := f.value.(type) {
		case *string:
			flags.String(f.name, *v, f.usage)
		case *bool:
			flags.Bool(f.name, *v, f.usage)
		case *int64:
			flags.Int64(f.name, *v, f.usage)
		case *int:
			flags.Int(f.name, *v, f.usage)
		case *uint64:
			flags.Uint64(f.name, *v, f.usage)
		case *float64:
			flags.Float64(f.name, *v, f.usage)
		case *time.Duration:
			flags.Duration(f.name, *v, f.usage)
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// tomlValue spells a setting in TOML.
func tomlValue(value any) string {
	switch v := value.(type) {
	case *string:
		return tomlString(*v)
	case *time.Duration:
		return tomlString(v.String())
	case *bool:
		return fmt.Sprint(*v)
	case *int:
		return fmt.Sprint(*v)
	case *int64:
		return fmt.Sprint(*v)
	case *uint64:
		return fmt.Sprint(*v)
	case *float64:
		s := fmt.Sprintf("%g", *v)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return s
	}
	return `""`
}

// tomlString is a basic string: quotes, backslashes and control characters are escaped.
func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, "\\u%04X", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
