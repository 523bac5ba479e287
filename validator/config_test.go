package validator_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/validator"
)

func none(string) (string, bool) { return "", false }

func TestConfigBounds(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*validator.Config)
		says   string // empty: good
	}{
		{"defaults", func(*validator.Config) {}, ""},
		{"no-metrics", func(c *validator.Config) { c.MetricsListen = "" }, ""},
		{"callers-funded-elsewhere", func(c *validator.Config) { c.CallerFunding = "" }, ""},
		{"a-copier-for-a-test", func(c *validator.Config) { c.AllowDishonest, c.Behaviour = true, "copier" }, ""},
		{"no-chain-id", func(c *validator.Config) { c.ChainID = "" }, "chain_id is empty"},
		{"no-rpc", func(c *validator.Config) { c.RPC = "" }, "rpc is empty"},
		{"no-netuid", func(c *validator.Config) { c.Netuid = 0 }, "netuid is 0, want 1 to 65534"},
		{"any-netuid", func(c *validator.Config) { c.Netuid = 65535 }, "netuid is 65535"},
		{"a-mechanism-with-its-task", func(c *validator.Config) { c.Mechanism, c.Task, c.TaskParams = 1, "langid", `{"languages":["de"]}` }, ""},
		{"no-such-mechanism-anywhere", func(c *validator.Config) { c.Mechanism = 8 }, "mechanism is 8, want 0 to 7"},
		{"params-of-the-subnets-task", func(c *validator.Config) { c.TaskParams = "{}" }, `task_params is "{}", want empty`},
		{"params-that-are-no-json", func(c *validator.Config) { c.Task, c.TaskParams = "langid", "{" }, "want a JSON object"},
		{"params-that-are-no-object", func(c *validator.Config) { c.Task, c.TaskParams = "langid", "[]" }, "want a JSON object"},
		{"one-caller", func(c *validator.Config) { c.Callers = 1 }, "callers is 1, want 2 to 256"},
		{"no-questions", func(c *validator.Config) { c.PerMiner = 0 }, "per_miner is 0, want 1 to 256"},
		{"no-rounds", func(c *validator.Config) { c.Rounds = 0 }, "rounds is 0"},
		{"margin-below-zero", func(c *validator.Config) { c.CommitMargin = -1 }, "commit_margin is -1"},
		{"sessions-too-long", func(c *validator.Config) { c.SessionLife = validator.Duration(200 * time.Hour) }, "session_life is 200h0m0s"},
		{"polling-too-fast", func(c *validator.Config) { c.PollEvery = validator.Duration(time.Millisecond) }, "poll_every is 1ms"},
		{"backend", func(c *validator.Config) { c.KeyringBackend = "paper" }, `keyring_backend is "paper"`},
		{"level", func(c *validator.Config) { c.LogLevel = "loud" }, `log_level is "loud"`},
		{"amount", func(c *validator.Config) { c.CallerFunding = "much" }, `caller_funding is "much"`},
		{"denom", func(c *validator.Config) { c.FeeLimit = "5alpha" }, `fee_limit is "5alpha"`},
		{"a-proxy", func(c *validator.Config) { c.HardwareProxy = "socks5://127.0.0.1:1080" }, ""},
		{"gateway-without-address", func(c *validator.Config) { c.SampleGateways = "https://gateway.example" }, "is not address@https://host"},
		{"gateway-without-scheme", func(c *validator.Config) { c.SampleGateways = address("gateway").String() + "@gateway.example" }, "is not address@https://host"},
		{"gateway-of-nobody", func(c *validator.Config) { c.SampleGateways = "agon1nobody@https://gateway.example" }, "does not begin with an address"},
		{"proxy-without-scheme", func(c *validator.Config) { c.HardwareProxy = "127.0.0.1:1080" }, "hardware_proxy is no URL of a proxy"},
		{"proxy-of-another-kind", func(c *validator.Config) { c.HardwareProxy = "ftp://proxy.example" }, "hardware_proxy is no URL of a proxy"},
		{"port", func(c *validator.Config) { c.MetricsListen = "9465" }, `metrics_listen is "9465"`},
		{"policy", func(c *validator.Config) { c.Exponent = 99 }, "exponent"},
		{"copier", func(c *validator.Config) { c.Behaviour = "copier" }, `behaviour is "copier"`},
		{"unknown-behaviour", func(c *validator.Config) { c.AllowDishonest, c.Behaviour = true, "lazy" }, `behaviour is "lazy"`},
		{"colluder-without-favourite", func(c *validator.Config) { c.AllowDishonest, c.Behaviour = true, "colluder" }, "favour is empty"},
		{"honest-with-favourite", func(c *validator.Config) { c.Favour = "agon1x" }, "favour"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := validator.DefaultConfig()
			c.ChainID, c.Netuid = testChain, 1
			tc.change(&c)
			err := c.Validate()
			if tc.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, validator.ErrConfig)
			require.ErrorContains(t, err, tc.says)
		})
	}
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	const file = "chain_id = \"a\"\nnetuid = 1\ncallers = 5\nsession_life = \"5h\"\n"
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"AGON_VALIDATOR_CALLERS": "6", "AGON_VALIDATOR_SESSION_LIFE": "3h"}[name]
		return v, ok
	}
	for _, tc := range []struct {
		name    string
		file    bool
		env     func(string) (string, bool)
		args    []string
		callers int
		life    time.Duration
	}{
		{"default", false, none, []string{"--chain-id=a", "--netuid=1"}, 4, 6 * time.Hour},
		{"file", true, none, nil, 5, 5 * time.Hour},
		{"environment", true, env, nil, 6, 3 * time.Hour},
		{"flag", true, env, []string{"--callers=7"}, 7, 3 * time.Hour},
		{"flag-that-is-the-default", true, env, []string{"--callers=4"}, 4, 3 * time.Hour},
	} {
		t.Run(tc.name, func(t *testing.T) {
			home := t.TempDir()
			if tc.file {
				require.NoError(t, os.WriteFile(filepath.Join(home, "config.toml"), []byte(file), 0o600))
			}
			d := validator.DefaultConfig()
			given := pflag.NewFlagSet("", pflag.ContinueOnError)
			given.AddFlagSet(d.Flags())
			require.NoError(t, given.Parse(tc.args))
			c, err := validator.LoadConfig(home, given, tc.env)
			require.NoError(t, err)
			require.Equal(t, tc.callers, c.Callers)
			require.Equal(t, tc.life, time.Duration(c.SessionLife))
		})
	}
}

func TestConfigFiles(t *testing.T) {
	for name, tc := range map[string]struct{ file, says string }{
		"unknown-field": {"chain_id = \"a\"\nnetuid = 1\nnetuids = 2\n", `unknown field "netuids"`},
		"wrong-type":    {"chain_id = 1\n", "line 1"},
		"not-toml":      {"chain_id\n", "line 1"},
		"out-of-bounds": {"chain_id = \"a\"\nnetuid = 1\ncallers = 1000\n", "callers is 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(home, "config.toml"), []byte(tc.file), 0o600))
			_, err := validator.LoadConfig(home, nil, none)
			require.ErrorIs(t, err, validator.ErrConfig)
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), "\n")
		})
	}
	t.Run("bad-environment", func(t *testing.T) {
		_, err := validator.LoadConfig(t.TempDir(), nil, func(n string) (string, bool) { return "many", n == "AGON_VALIDATOR_CALLERS" })
		require.ErrorIs(t, err, validator.ErrConfig)
		require.ErrorContains(t, err, "AGON_VALIDATOR_CALLERS")
	})
}

func TestWrittenConfigReadsBack(t *testing.T) {
	c := validator.DefaultConfig()
	c.Home, c.ChainID, c.Netuid, c.Callers = t.TempDir(), testChain, 9, 11
	require.NoError(t, validator.WriteConfig(c))
	got, err := validator.LoadConfig(c.Home, nil, none)
	require.NoError(t, err)
	require.Equal(t, c, got)
	require.ErrorIs(t, validator.WriteConfig(c), validator.ErrConfig, "a file is never overwritten")
}
