package gateway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway"
)

func TestSettingsOfSamples(t *testing.T) {
	named := addressOf(t, 60).String()
	for name, tc := range map[string]struct {
		change func(*gateway.Config)
		says   string // empty: good
	}{
		"defaults":  {func(*gateway.Config) {}, ""},
		"two-named": {func(c *gateway.Config) { c.SampleValidators = named + ", " + named }, ""},
		"nobody":    {func(c *gateway.Config) { c.SampleValidators = "agon1nobody" }, "sample-validators"},
		"none-kept": {func(c *gateway.Config) { c.SampleKeep = 0 }, "sample-keep is 0, want 1 to 100000"},
		"too-many":  {func(c *gateway.Config) { c.SampleKeep = 100_001 }, "sample-keep is 100001"},
		"for-ever":  {func(c *gateway.Config) { c.SampleLife = 1000 * time.Hour }, "sample-life is 1000h0m0s"},
		"for-none":  {func(c *gateway.Config) { c.SampleLife = 0 }, "sample-life is 0s"},
		"share":     {func(c *gateway.Config) { c.SampleShare = 1.5 }, "sample-share is 1.5"},
	} {
		t.Run(name, func(t *testing.T) {
			c := gateway.Default()
			c.ChainID = testChain
			tc.change(&c)
			err := c.Validate()
			if tc.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, gateway.ErrConfig)
			require.ErrorContains(t, err, tc.says)
		})
	}
}
