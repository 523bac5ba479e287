package miner

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
		{"keyring-backend", "", &c.KeyringBackend, "where keys are kept: test (unencrypted file), file (asks for a passphrase) or os"},
		{"signing-key", "", &c.SigningKey, "name of the key that signs for the hotkey; another one once its owner has swapped it (agond hotkey swap)"},

		{"netuid", "What is served", &c.Netuid, "subnet to serve, 1 to 65534"},
		{"task", "", &c.Task, "kind of task that the subnet must ask for, or one of its scoring mechanisms where it has several; empty: the subnet's"},
		{"task-params", "", &c.TaskParams, "parameters of a mechanism's task that is not the subnet's, a JSON object"},
		{"expert", "", &c.Expert, "name of the expert that answers; `agon-miner experts` lists them"},
		{"expert-options", "", &c.ExpertOptions, "the expert's own options, a JSON object"},
		{"expert-endpoint", "", &c.ExpertEndpoint, "base URL of the backend, for experts that use one"},
		{"allow-dishonest", "", &c.AllowDishonest, "allow experts that are wrong on purpose, to test a network"},
		{"answer-timeout", "", &c.AnswerTimeout, "time for one answer, up to 1h; 0: twice the task's deadline"},
		{"served", "", &c.Served, "name published for what is served, at most 128 bytes; empty: the expert's name"},
		{"bind", "", &c.Bind, "bind the neuron to the version that is served where the chain has it, and unbind it from others; false: only answer for what is bound by hand"},
		{"model-dir", "", &c.ModelDir, "folder with the files of what is served, to prove them; or with a folder NAME@NUMBER for each version; empty: the expert's own file"},

		{"listen", "The endpoint", &c.Listen, "address to serve on, host:port"},
		{"public-url", "", &c.PublicURL, "URL at which callers reach it, published on the chain: http or https, host and port"},
		{"metrics-listen", "", &c.MetricsListen, "address of /metrics and /healthz, host:port; empty: none"},
		{"region", "", &c.Region, "region published on the chain, at most 64 bytes, such as eu-central"},
		{"max-connections", "", &c.MaxConnections, "open connections at most, 1 to 1000000; more wait to be accepted"},
		{"drain-timeout", "", &c.DrainTimeout, "time that requests under way get when the miner stops, 0s to 10m"},

		{"price-per-request", "Prices", &c.PerRequest, "what a call costs whatever its size, in nagon, at most 10^15; calls are free where all three prices are 0"},
		{"price-per-million-input", "", &c.PerMillionIn, "what a million prompt tokens cost, in nagon, at most 10^15"},
		{"price-per-million-output", "", &c.PerMillionOut, "what a million output tokens cost, in nagon, at most 10^15"},
		{"claim-above", "", &c.ClaimAbove, "unclaimed vouchers, in nagon over all channels, from which they are claimed, at most 10^15; a channel that closes or expires is claimed at once"},
		{"claim-after", "", &c.ClaimAfter, "age of an unclaimed voucher from which it is claimed however little it is, 1m to 720h"},
		{"claim-on-stop", "", &c.ClaimOnStop, "claim what is left when the miner stops, in at most 15s; else what the next start finds is claimed in its time"},
		{"voucher-wait", "", &c.VoucherWait, "how long a stream waits for its next voucher before it ends, 100ms to 1m"},
		{"channel-ttl", "", &c.ChannelTTL, "age up to which the chain's word on a channel is believed, 100ms to 10m; far below the chain's withdraw_delay"},
		{"max-channels", "", &c.MaxChannels, "channels held in memory at once, 1 to 10000000 (about 700 bytes each); all are on disk"},

		{"max-price", "Money", &c.MaxPrice, "most to pay for a registration, in nagon; 0: up to twice the price shown when it is sent"},
		{"fee-allowance", "", &c.FeeAllowance, "fees that the owner grants to the hotkey at registration, in nagon, 1000 to 10^18"},
		{"check-every", "", &c.CheckEvery, "how often what the chain says of subnet and endpoint is compared, 100ms to 1h"},

		{"rate", "Who is served", &c.Rate, "requests per second and caller, above 0, at most 1000000"},
		{"burst", "", &c.Burst, "requests that a caller may send at once, 1 to 1000000"},
		{"max-callers", "", &c.MaxCallers, "callers remembered at once, 1 to 10000000 (about 300 bytes each)"},
		{"balance-ttl", "", &c.BalanceTTL, "age up to which a caller's balance is believed, 100ms to 1h"},
		{"balance-max-stale", "", &c.BalanceMaxStale, "age up to which it is believed while no node answers, 0s to 24h; channels likewise, for at most 1h"},
		{"max-concurrent", "", &c.MaxConcurrent, "answers at once, 1 to 100000"},
		{"max-queue", "", &c.MaxQueue, "requests that wait for their turn, 0 to 1000000; more get 503"},
		{"queue-wait", "", &c.QueueWait, "longest wait for a turn, 0s to 1m; then 503"},
		{"max-skew", "", &c.MaxSkew, "how far a caller's clock may run ahead, 1ms to 1m; also how long after its start the miner refuses calls, against replays of calls answered before"},
		{"replay-entries", "", &c.ReplayEntries, "requests remembered against replay, 1 to 100000000 (about 250 bytes each)"},

		{"log-level", "The log", &c.LogLevel, "least level written: debug, info, warn or error"},
		{"log-format", "", &c.LogFormat, "text or json"},
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
		case *int:
			flags.Int(f.name, *v, f.usage)
		case *uint32:
			flags.Uint32(f.name, *v, f.usage)
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
	case *uint32:
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
