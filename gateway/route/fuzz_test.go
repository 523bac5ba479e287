package route_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/route"
)

// FuzzParseModel: a name that is read is bounded and prints back, and whether it is pinned follows from what stands in it.
func FuzzParseModel(f *testing.F) {
	for _, s := range []string{"auto", "1", "1/llama@2", "slug/a/b", "/x", "x/", "", "a@b", strings.Repeat("a", 201), "1/" + strings.Repeat("f", 64), "\xff/\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := route.ParseModel(s)
		if err != nil {
			require.ErrorIs(t, err, route.ErrModel)
			return
		}
		require.LessOrEqual(t, len(s), 200)
		if s == route.Auto {
			require.Equal(t, route.Model{}, m)
			return
		}
		require.NotEmpty(t, m.Subnet)
		if m.Name != "" {
			require.Equal(t, s, m.Subnet+"/"+m.Name)
		} else {
			require.Equal(t, s, m.Subnet)
		}
		require.NotContains(t, m.Subnet, "/")
	})
}

// FuzzParseProvider: what is read is bounded, means the same when it is written and read again, and has no member that nobody looks at.
func FuzzParseProvider(f *testing.F) {
	for _, s := range []string{
		"", "null", "{}", `{"order":["a"],"only":["b"],"ignore":[],"sort":"price","max_price":{"prompt":1,"completion":18446744073709551615},"allow_fallbacks":false,"region":["eu"],"min_context":4096}`,
		`{"max_price":{"prompt":-1}}`, `{"max_price":{"prompt":18446744073709551616}}`, `{"min_context":1e99}`, `{"sort":"\ud800"}`, `{"quantizations":["fp8"]}`, `{"order":["` + strings.Repeat(`a","`, 300) + `"]}`, `{} {}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := route.ParseProvider(raw)
		if err != nil {
			require.ErrorIs(t, err, route.ErrModel)
			return
		}
		require.LessOrEqual(t, len(p.Order)+len(p.Only)+len(p.Ignore)+len(p.Region), 256)
		require.Contains(t, []string{"", "price", "latency", "throughput"}, p.Sort)
		out, err := json.Marshal(p)
		require.NoError(t, err)
		again, err := route.ParseProvider(out)
		require.NoError(t, err)
		require.Equal(t, p, again)
	})
}
