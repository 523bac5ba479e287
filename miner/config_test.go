package miner

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

func loadWith(t *testing.T, file string, env map[string]string, args ...string) (Config, error) {
	t.Helper()
	home := t.TempDir()
	if file != "" {
		require.NoError(t, os.WriteFile(filepath.Join(home, FileName), []byte(file), 0o600))
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(flags)
	require.NoError(t, flags.Parse(append([]string{"--home", home}, args...)))
	return Load(flags, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
}

func TestPrecedence(t *testing.T) {
	const fileLine, envName = "netuid = 2\n", "AGON_MINER_NETUID"
	for _, tc := range []struct {
		name string
		file string
		env  map[string]string
		args []string
		want uint32
	}{
		{"default", "", nil, nil, 0},
		{"file-beats-default", fileLine, nil, nil, 2},
		{"environment-beats-file", fileLine, map[string]string{envName: "3"}, nil, 3},
		{"environment-beats-default", "", map[string]string{envName: "3"}, nil, 3},
		{"flag-beats-environment", fileLine, map[string]string{envName: "3"}, []string{"--netuid", "4"}, 4},
		{"flag-beats-file", fileLine, nil, []string{"--netuid", "4"}, 4},
		{"flag-beats-default", "", nil, []string{"--netuid", "4"}, 4},
		{"flag-equal-to-default-beats-file", fileLine, nil, []string{"--netuid", "0"}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := loadWith(t, tc.file, tc.env, tc.args...)
			require.NoError(t, err)
			require.Equal(t, tc.want, c.Netuid)
		})
	}
	t.Run("every-type-from-every-place", func(t *testing.T) {
		c, err := loadWith(t, "rate = 1.5\nqueue-wait = \"3s\"\nallow-dishonest = true\nmax-price = 18446744073709551\n",
			map[string]string{"AGON_MINER_BURST": "9", "AGON_MINER_REGION": ""}, "--balance-ttl=2m")
		require.NoError(t, err)
		require.Equal(t, 1.5, c.Rate)
		require.Equal(t, 3*time.Second, c.QueueWait)
		require.True(t, c.AllowDishonest)
		require.Equal(t, uint64(18446744073709551), c.MaxPrice)
		require.Equal(t, 9, c.Burst)
		require.Equal(t, 2*time.Minute, c.BalanceTTL)
	})
	t.Run("home-from-environment", func(t *testing.T) {
		home := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(home, FileName), []byte(fileLine), 0o600))
		flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
		AddFlags(flags)
		c, err := Load(flags, func(name string) (string, bool) { return home, name == "AGON_MINER_HOME" })
		require.NoError(t, err)
		require.Equal(t, uint32(2), c.Netuid)
	})
}

func TestBadConfigurationFiles(t *testing.T) {
	for _, tc := range []struct{ name, file, says string }{
		{"unknown-setting", "netuit = 2\n", "netuit"},
		{"unknown-table", "[rpc]\nhost = 1\n", "unknown setting"},
		{"not-toml", "netuid = = 2\n", "config.toml"},
		{"wrong-type", "netuid = \"two\"\n", "want a whole number"},
		{"negative", "netuid = -2\n", "want a whole number"},
		{"list", "region = [\"a\"]\n", "want text"},
		{"bad-duration", "queue-wait = \"3 parsecs\"\n", "want a duration"},
		{"home-inside", "home = \"/x\"\n", "unknown setting"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := loadWith(t, tc.file, nil)
			require.ErrorIs(t, err, ErrConfig)
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), "\n")
		})
	}
	t.Run("wrong-type-in-environment", func(t *testing.T) {
		_, err := loadWith(t, "", map[string]string{"AGON_MINER_BURST": "many"})
		require.ErrorIs(t, err, ErrConfig)
		require.ErrorContains(t, err, "AGON_MINER_BURST")
	})
}

func TestWrittenFileReadsBack(t *testing.T) {
	c := Default()
	c.Home, c.ChainID, c.Netuid, c.Region, c.Rate = t.TempDir(), "agon-1", 5, "say \"hi\"\\ \u00fc\n", 7
	c.ExpertOptions = `{"drop":0.4,"name":"x"}`
	created, err := c.WriteFile()
	require.NoError(t, err)
	require.True(t, created)
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(flags)
	require.NoError(t, flags.Set("home", c.Home))
	back, err := Load(flags, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	require.Equal(t, c, back)

	created, err = Config{Home: c.Home}.WriteFile()
	require.NoError(t, err)
	require.False(t, created, "an existing file is left as it is")
}

func TestEveryFieldIsASetting(t *testing.T) {
	var c Config
	settings := fields(&c)
	require.Len(t, settings, reflect.TypeOf(c).NumField(), "each field of Config has a line in fields")
	seen := map[string]bool{}
	file := string(c.Encode())
	for _, f := range settings {
		require.False(t, seen[f.name], f.name)
		seen[f.name] = true
		require.NotEmpty(t, f.usage, f.name)
		if f.name != "home" {
			require.Contains(t, file, "\n# "+f.usage+"\n"+f.name+" = ")
		}
	}
}

func TestValidate(t *testing.T) {
	require.NoError(t, Default().Validate())
	require.ErrorIs(t, Default().ValidateServing(), ErrConfig)
	for _, tc := range []struct {
		name   string
		change func(*Config)
	}{
		{"home", func(c *Config) { c.Home = "" }},
		{"keyring-backend", func(c *Config) { c.KeyringBackend = "kwallet" }},
		{"netuid", func(c *Config) { c.Netuid = 65535 }},
		{"expert-options", func(c *Config) { c.ExpertOptions = "[1]" }},
		{"task-params", func(c *Config) { c.TaskParams = "{}" }},
		{"task-params", func(c *Config) { c.Task, c.TaskParams = "langid", "[1]" }},
		{"expert-endpoint", func(c *Config) { c.ExpertEndpoint = "localhost" }},
		{"listen", func(c *Config) { c.Listen = "8091" }},
		{"metrics-listen", func(c *Config) { c.MetricsListen = ":" }},
		{"public-url", func(c *Config) { c.PublicURL = "http://host" }},
		{"region", func(c *Config) { c.Region = strings.Repeat("x", 65) }},
		{"served", func(c *Config) { c.Served = strings.Repeat("x", 129) }},
		{"answer-timeout", func(c *Config) { c.AnswerTimeout = -1 }},
		{"check-every", func(c *Config) { c.CheckEvery = 0 }},
		{"drain-timeout", func(c *Config) { c.DrainTimeout = time.Hour }},
		{"queue-wait", func(c *Config) { c.QueueWait = time.Hour }},
		{"balance-ttl", func(c *Config) { c.BalanceTTL = 0 }},
		{"balance-max-stale", func(c *Config) { c.BalanceMaxStale = 25 * time.Hour }},
		{"max-skew", func(c *Config) { c.MaxSkew = 0 }},
		{"max-connections", func(c *Config) { c.MaxConnections = 0 }},
		{"max-concurrent", func(c *Config) { c.MaxConcurrent = 0 }},
		{"max-queue", func(c *Config) { c.MaxQueue = -1 }},
		{"burst", func(c *Config) { c.Burst = 0 }},
		{"max-callers", func(c *Config) { c.MaxCallers = 0 }},
		{"replay-entries", func(c *Config) { c.ReplayEntries = 0 }},
		{"rate", func(c *Config) { c.Rate = math.NaN() }},
		{"price-per-request", func(c *Config) { c.PerRequest = 1e15 + 1 }},
		{"price-per-million-input", func(c *Config) { c.PerMillionIn = 1e15 + 1 }},
		{"price-per-million-output", func(c *Config) { c.PerMillionOut = 1e15 + 1 }},
		{"claim-above", func(c *Config) { c.ClaimAbove = 1e15 + 1 }},
		{"claim-after", func(c *Config) { c.ClaimAfter = time.Second }},
		{"voucher-wait", func(c *Config) { c.VoucherWait = 2 * time.Minute }},
		{"channel-ttl", func(c *Config) { c.ChannelTTL = time.Hour }},
		{"max-channels", func(c *Config) { c.MaxChannels = 0 }},
		{"fee-allowance", func(c *Config) { c.FeeAllowance = 0 }},
		{"log-level", func(c *Config) { c.LogLevel = "loud" }},
		{"log-format", func(c *Config) { c.LogFormat = "xml" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := Default()
			tc.change(&c)
			err := c.Validate()
			require.ErrorIs(t, err, ErrConfig)
			require.ErrorContains(t, err, tc.name)
		})
	}
}
