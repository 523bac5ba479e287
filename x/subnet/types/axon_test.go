package types_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/subnet/types"
)

func TestKeySizesAreThoseOfTheWire(t *testing.T) {
	require.Equal(t, wire.SealingPublicSize, types.SealingKeySize)
	require.Len(t, wire.ServicePublic{}, types.ServiceKeySize)
}

func axon() types.Axon {
	return types.Axon{
		Url:        "https://miner.example:8443",
		ServiceKey: bytes.Repeat([]byte{1}, 32),
		SealingKey: bytes.Repeat([]byte{2}, 1216),
		Region:     "eu-central",
		Hardware:   types.Hardware{Kind: "gpu", Model: "H100", Count: 8, Memory: 80 << 30},
		Served:     []types.Served{{Name: "lingua-high", Version: bytes.Repeat([]byte{3}, 32)}},
	}
}

func TestAxon(t *testing.T) {
	many := make([]types.Served, 17)
	for i := range many {
		many[i] = types.Served{Name: strings.Repeat("x", i+1), Version: make([]byte, 32)}
	}
	for _, c := range []struct {
		name   string
		change func(*types.Axon)
		want   string // empty: accepted
	}{
		{"full", func(*types.Axon) {}, ""},
		{"least", func(a *types.Axon) { *a = types.Axon{Url: a.Url, ServiceKey: a.ServiceKey} }, ""},
		{"sixteen-served", func(a *types.Axon) { a.Served = many[:16] }, ""},
		{"two-versions", func(a *types.Axon) {
			a.Served = append(a.Served, types.Served{Name: a.Served[0].Name, Version: make([]byte, 32)})
		}, ""},
		{"no-url", func(a *types.Axon) { a.Url = "" }, "url is \"\""},
		{"short-service-key", func(a *types.Axon) { a.ServiceKey = a.ServiceKey[1:] }, "service_key has 31 bytes, want 32"},
		{"long-service-key", func(a *types.Axon) { a.ServiceKey = make([]byte, 33) }, "service_key has 33 bytes, want 32"},
		{"no-service-key", func(a *types.Axon) { a.ServiceKey = nil }, "service_key has 0 bytes, want 32"},
		{"short-sealing-key", func(a *types.Axon) { a.SealingKey = make([]byte, 1215) }, "sealing_key has 1215 bytes, want 1216"},
		{"long-region", func(a *types.Axon) { a.Region = strings.Repeat("r", 65) }, "region has 65 bytes, want 0 to 64"},
		{"region-control", func(a *types.Axon) { a.Region = "eu\x1b" }, "region has the unprintable character U+001B at byte 2"},
		{"hardware-kind", func(a *types.Axon) { a.Hardware.Kind = "tpu" }, "hardware.kind is \"tpu\""},
		{"hardware-without-kind", func(a *types.Axon) { a.Hardware.Kind = "" }, "hardware.kind is \"\""},
		{"hardware-model", func(a *types.Axon) { a.Hardware.Model = strings.Repeat("m", 129) }, "hardware.model has 129 bytes, want 0 to 128"},
		{"hardware-count", func(a *types.Axon) { a.Hardware.Count = 65_537 }, "hardware.count is 65537, want at most 65536"},
		{"hardware-memory", func(a *types.Axon) { a.Hardware.Memory = 1<<50 + 1 }, "hardware.memory is 1125899906842625, want at most"},
		{"many-served", func(a *types.Axon) { a.Served = many }, "served has 17 entries, want at most 16"},
		{"served-name", func(a *types.Axon) { a.Served[0].Name = "" }, "served.name has 0 bytes, want 1 to 128"},
		{"served-version", func(a *types.Axon) { a.Served[0].Version = nil }, "served.version of entry 0 has 0 bytes, want 32"},
		{"served-twice", func(a *types.Axon) { a.Served = append(a.Served, a.Served[0]) }, "the same version twice, as entries 0 and 1"},
		{"updated-at", func(a *types.Axon) { a.UpdatedAt = 1 }, "updated_at is 1, want none"},
		{"previous-service-key", func(a *types.Axon) { a.PreviousServiceKey = make([]byte, 32) }, "previous_service_key has 32 bytes, want none"},
		{"service-key-since", func(a *types.Axon) { a.ServiceKeySince = 1 }, "service_key_since is 1, want none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := axon()
			c.change(&a)
			err := a.ValidateNew()
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, types.ErrInvalidAxon)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestStoredAxon(t *testing.T) {
	a := axon()
	a.UpdatedAt, a.ServiceKeySince, a.PreviousServiceKey = 9, 7, make([]byte, 32)
	require.NoError(t, a.Validate())
	a.ServiceKeySince = 10
	require.ErrorIs(t, a.Validate(), types.ErrInvalidAxon)
	a.ServiceKeySince, a.PreviousServiceKey = 7, make([]byte, 31)
	require.ErrorContains(t, a.Validate(), "previous_service_key has 31 bytes")
}

var (
	goodURLs = []string{
		"http://127.0.0.1:8091", "https://miner.example:443", "http://localhost:1", "http://[::1]:65535", "https://[2001:db8::1]:8443/",
		"https://a-b.c1.example:8443/expert/v1", "http://x:80/a_b~c.d/", "https://" + strings.Repeat("a", 63) + ".example:443",
	}
	badURLs = map[string]string{
		"":                              "scheme is not http or https",
		"miner.example:443":             "scheme is not http or https",
		"HTTP://miner.example:443":      "scheme is not http or https",
		"ftp://miner.example:21":        "scheme is not http or https",
		"https://miner.example":         "it has no port",
		"https://[::1]":                 "it has no port",
		"https://user@miner.example:1":  "it has user info",
		"https://u:p@miner.example:1":   "it has user info",
		"https://miner.example:1#x":     "it has a fragment",
		"https://miner.example:1/?a=b":  "it has a query",
		"https://:443":                  "host is not a name",
		"https://-a.example:443":        "host is not a name",
		"https://a..example:443":        "host is not a name",
		"https://a_b.example:443":       "host is not a name",
		"https://m\u00fcller.example:1": "host is not a name",
		"https://300.0.0.1:443":         "host is not a name",
		"https://1.2.3:443":             "host is not a name",
		"https://01.2.3.4:443":          "host is not a name",
		"https://::1:443":               "host is not a name",
		"https://[127.0.0.1]:443":       "host is not a name",
		"https://[fe80::1%eth0]:443":    "host is not a name",
		"https://a b:443":               "host is not a name",
		"https://a.example:":            "port is not 1 to 65535",
		"https://a.example:0":           "port is not 1 to 65535",
		"https://a.example:0443":        "port is not 1 to 65535",
		"https://a.example:+443":        "port is not 1 to 65535",
		"https://a.example:65536":       "port is not 1 to 65535",
		"https://a.example:4a":          "port is not 1 to 65535",
		"https://a.example:1//x":        "path has a segment that is empty",
		"https://a.example:1/../x":      "path has a segment that is empty",
		"https://a.example:1/%2e":       "path has a segment that is empty",
		"https://a.example:1/x\n":       "path has a segment that is empty",
	}
)

func TestURL(t *testing.T) {
	for _, s := range goodURLs {
		require.NoError(t, types.CheckURL(s), s)
	}
	for s, want := range badURLs {
		err := types.CheckURL(s)
		require.ErrorIs(t, err, types.ErrInvalidAxon, s)
		require.ErrorContains(t, err, want, s)
	}
	long := "https://a.example:443/" + strings.Repeat("a", types.MaxURL)
	require.NoError(t, types.CheckURL(long[:types.MaxURL]))
	require.ErrorContains(t, types.CheckURL(long[:types.MaxURL+1]), "url has 257 bytes, want at most 256")
}
