package chain

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConfigIsJudgedFieldByField(t *testing.T) {
	good := DefaultConfig()
	good.ChainID = testChainID
	require.NoError(t, good.Validate())
	for name, c := range map[string]struct {
		change func(*Config)
		text   string // "" for no error
	}{
		"rpc-over-tls":                {func(c *Config) { c.RPC = "https://node.example:443" }, ""},
		"rpc-as-comet-writes-it":      {func(c *Config) { c.RPC = "tcp://127.0.0.1:26657" }, ""},
		"rpc-without-scheme":          {func(c *Config) { c.RPC = "127.0.0.1:26657" }, "RPC address"},
		"rpc-empty":                   {func(c *Config) { c.RPC = "" }, "RPC address"},
		"grpc-over-tls":               {func(c *Config) { c.GRPC = "grpcs://node.example:443" }, ""},
		"grpc-without-port":           {func(c *Config) { c.GRPC = "localhost" }, "gRPC address"},
		"grpc-of-unknown-scheme":      {func(c *Config) { c.GRPC = "ftp://localhost:9090" }, "gRPC address"},
		"chain-id-empty":              {func(c *Config) { c.ChainID = "" }, "chain id"},
		"gas-price-free":              {func(c *Config) { c.GasPrice = "0nagon" }, "gas price"},
		"gas-price-without-denom":     {func(c *Config) { c.GasPrice = "0.1" }, "gas price"},
		"gas-adjustment-below-one":    {func(c *Config) { c.GasAdjustment = 0.9 }, "gas adjustment 0.9"},
		"gas-adjustment-not-a-number": {func(c *Config) { c.GasAdjustment = math.NaN() }, "gas adjustment NaN"},
		"poll-too-often":              {func(c *Config) { c.PollEvery = time.Millisecond }, "poll interval 1ms"},
		"timeout-too-long":            {func(c *Config) { c.Timeout = time.Hour }, "timeout 1h"},
		"timeout-of-one-block":        {func(c *Config) { c.TimeoutBlocks = 1 }, "timeout of 1 blocks"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			err := cfg.Validate()
			if c.text == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrConfig)
			require.Contains(t, err.Error(), c.text)
			_, err = Dial(t.Context(), cfg)
			require.ErrorIs(t, err, ErrConfig, "Dial opens nothing")
		})
	}
}

func TestGRPCAddressTellsTLS(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:9090": false, "http://127.0.0.1:9090": false, "https://127.0.0.1:9090": true, "grpcs://127.0.0.1:9090/": true,
	} {
		target, secure, err := parseGRPC(address)
		require.NoError(t, err)
		require.Equal(t, "127.0.0.1:9090", target)
		require.Equal(t, want, secure, address)
	}
}
