package validator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/pflag"
)

// EnvPrefix starts the environment variable of every field: rpc is AGON_VALIDATOR_RPC.
const EnvPrefix = "AGON_VALIDATOR_"

func flagName(field string) string { return strings.ReplaceAll(field, "_", "-") }

func envName(flag string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Flags are the command-line flags of the configuration, writing into c. Their defaults are c's present values.
func (c *Config) Flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("validator", pflag.ContinueOnError)
	f.StringVar(&c.RPC, "rpc", c.RPC, "CometBFT RPC of a node (URL)")
	f.StringVar(&c.GRPC, "grpc", c.GRPC, "gRPC of the same node (host:port)")
	f.StringVar(&c.ChainID, "chain-id", c.ChainID, "the chain to expect there")
	f.Var(&c.PollEvery, "poll-every", "how often the node is asked for its height")
	f.StringVar(&c.GasPrice, "gas-price", c.GasPrice, "price of one unit of gas")
	f.Uint32Var(&c.Netuid, "netuid", c.Netuid, "the subnet to examine")
	f.Uint32Var(&c.Mechanism, "mechanism", c.Mechanism, "the subnet's scoring mechanism to judge in")
	f.StringVar(&c.Task, "task", c.Task, "kind of the task that the mechanism judges by (empty: the subnet's)")
	f.StringVar(&c.TaskParams, "task-params", c.TaskParams, "parameters of --task (JSON object, empty for the task's defaults)")
	f.StringVar(&c.KeyringBackend, "keyring-backend", c.KeyringBackend, "where keys are kept: file (encrypted), os, or test (as good as unencrypted)")
	f.StringVar(&c.PassphraseFile, "passphrase-file", c.PassphraseFile, "file whose first line is the passphrase of encrypted keys (empty: it is asked for)")
	f.StringVar(&c.SigningKey, "signing-key", c.SigningKey, "name of the key that signs for the hotkey")
	f.BoolVar(&c.Register, "register", c.Register, "register the hotkey on the first start, paid by the owner key")
	f.Uint64Var(&c.MaxPrice, "max-registration-price", c.MaxPrice, "the most to pay for registering (nagon, 0 for no limit)")
	f.StringVar(&c.FeeLimit, "fee-limit", c.FeeLimit, "what the owner grants the hotkey for fees (amount, empty for none)")
	f.StringVar(&c.DataDir, "data-dir", c.DataDir, "folder of the task's material")
	f.StringVar(&c.ExaminerEndpoint, "examiner-endpoint", c.ExaminerEndpoint, "base URL of an external examiner")
	f.StringVar(&c.ExaminerOptions, "examiner-options", c.ExaminerOptions, "the examiner's own settings (JSON object)")
	f.IntVar(&c.Callers, "callers", c.Callers, "accounts that questions are sent under")
	f.StringVar(&c.CallerFunding, "caller-funding", c.CallerFunding, "sent from the owner to a caller that has too little (amount, empty for none)")
	f.StringVar(&c.QuestionBudget, "question-budget", c.QuestionBudget, "most that the questions of one epoch cost (amount, empty: ask only miners that are free)")
	f.Var(&c.SessionLife, "session-life", "how long a caller's session key lasts")
	f.BoolVar(&c.AllowPrivate, "allow-private", c.AllowPrivate, "ask miners at private addresses too: local networks only")
	f.IntVar(&c.PerMiner, "per-miner", c.PerMiner, "questions to each miner in a round")
	f.IntVar(&c.Rounds, "rounds", c.Rounds, "the most rounds in an epoch")
	f.IntVar(&c.Sample, "sample", c.Sample, "the most miners asked in a round")
	f.IntVar(&c.Concurrency, "concurrency", c.Concurrency, "questions under way at once")
	f.IntVar(&c.PerMinerConcurrency, "per-miner-concurrency", c.PerMinerConcurrency, "questions under way at once to one miner")
	f.IntVar(&c.CommitMargin, "commit-margin", c.CommitMargin, "blocks before the end of an epoch at which weights are committed (0: a fifth of the tempo)")
	f.StringVar(&c.SampleGateways, "sample-gateways", c.SampleGateways, "gateways whose users' calls are scored after the fact (address@https://host, separated by commas; empty for none)")
	f.BoolVar(&c.Dispute, "dispute", c.Dispute, "accuse miners that are found out, and vote on those that others accuse")
	f.Float64Var(&c.HalfLife, "half-life", c.HalfLife, "questions after which an answer counts half")
	f.IntVar(&c.MinQuestions, "min-questions", c.MinQuestions, "answers that a miner needs before it can score")
	f.Float64Var(&c.Availability, "availability", c.Availability, "share of questions to answer in time")
	f.Float64Var(&c.CanaryPass, "canary-pass", c.CanaryPass, "share of canaries that a real expert passes")
	f.Float64Var(&c.Exponent, "exponent", c.Exponent, "score is quality to this power")
	f.BoolVar(&c.Hardware, "hardware", c.Hardware, "read every miner's hardware report once in an epoch")
	f.StringVar(&c.HardwareProxy, "hardware-proxy", c.HardwareProxy, "proxy for asking about hardware (URL, empty for none)")
	f.StringVar(&c.AttestationRoots, "attestation-roots", c.AttestationRoots, "file of the certificates (PEM) below which vendors certify devices")
	f.StringVar(&c.AttestationServiceRoots, "attestation-service-roots", c.AttestationServiceRoots, "file of the certificates (PEM) below which a vendor's attestation service is certified")
	f.StringVar(&c.AttestationJWKS, "attestation-jwks", c.AttestationJWKS, "file of the keys of a vendor's attestation service (JSON Web Key Set)")
	f.StringVar(&c.MetricsListen, "metrics-listen", c.MetricsListen, "address of /healthz and /metrics (empty for none)")
	f.StringVar(&c.LogLevel, "log-level", c.LogLevel, "debug, info, warn or error")
	f.StringVar(&c.LogFormat, "log-format", c.LogFormat, "text or json")
	f.BoolVar(&c.AllowDishonest, "allow-dishonest", c.AllowDishonest, "allow a behaviour that cheats: to test a network of your own")
	f.StringVar(&c.Behaviour, "behaviour", c.Behaviour, "honest; copier or colluder with --allow-dishonest")
	f.StringVar(&c.Favour, "favour", c.Favour, "hotkey that a colluder favours")
	return f
}

// LoadConfig layers defaults, the file in home (if there is one), the environment and the flags that were given, the later
// over the earlier, and validates the outcome. given may be nil. Errors: [ErrConfig].
func LoadConfig(home string, given *pflag.FlagSet, env func(string) (string, bool)) (Config, error) {
	c := DefaultConfig()
	c.Home = home
	raw, err := os.ReadFile(c.configPath())
	if err == nil {
		dec := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields()
		if err := dec.Decode(&c); err != nil {
			return c, fmt.Errorf("%w: %s: %s", ErrConfig, c.configPath(), tomlError(err))
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	flags := c.Flags()
	flags.VisitAll(func(f *pflag.Flag) {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return
		}
		source, value := "", ""
		if v, ok := env(envName(f.Name)); ok {
			source, value = envName(f.Name), v
		}
		if given != nil {
			if g := given.Lookup(f.Name); g != nil && g.Changed {
				source, value = "--"+f.Name, g.Value.String()
			}
		}
		if source == "" {
			return
		}
		if e := flags.Set(f.Name, value); e != nil {
			err = fmt.Errorf("%w: %s: %w", ErrConfig, source, e)
		}
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	return c, c.Validate()
}

// tomlError says in one line where the file is wrong.
func tomlError(err error) string {
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(strict.Errors) > 0 {
		return fmt.Sprintf("unknown field %q; remove it, or see the names that init writes", strings.Join(strict.Errors[0].Key(), "."))
	}
	if decode, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, column := decode.Position()
		return fmt.Sprintf("line %d, column %d: %s", row, column, decode.Error())
	}
	return err.Error()
}

// WriteConfig writes the file with a comment on every field. It never overwrites one. Errors: [ErrConfig].
func WriteConfig(c Config) error {
	if err := os.MkdirAll(filepath.Dir(c.configPath()), 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	var b bytes.Buffer
	b.WriteString("# Configuration of agon-validator. A flag beats the environment (" + EnvPrefix + "<FIELD>), which beats this file.\n\n")
	if err := toml.NewEncoder(&b).Encode(c); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	f, err := os.OpenFile(c.configPath(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s exists; edit it, or choose another --home", ErrConfig, c.configPath())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	_, err = f.Write(b.Bytes())
	return errors.Join(err, f.Close())
}
