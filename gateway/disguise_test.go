package gateway_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	openai "github.com/openai/openai-go/v3"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/wire"
)

// Users get the same text at the same price whether or not their calls are made to look like questions, and know what was taken out of the answer.
func TestDisguiseChangesNeitherTextNorPrice(t *testing.T) {
	const body = `{"model":"1","max_tokens":4,"messages":[{"role":"user","content":"hello there"}]}`
	answers := map[string]string{}
	costs := map[string]string{}
	for name, tc := range map[string]struct{ plain, off, added bool }{
		"questions-are-replayed":     {added: true},
		"questions-are-not-replayed": {plain: true},
		"switched-off":               {off: true},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMarket()
			m.plain = tc.plain
			s := &speaker{name: "m"}
			m.mine(t, 1, s, wire.Price{PerRequest: 1000, PerMillionInput: 2_000_000, PerMillionOutput: 7_000_000})
			g := open(t, m, func(o *gateway.Options) { o.Config.Disguise = !tc.off })
			r, text := g.post("/v1/chat/completions", body)
			require.Equal(t, http.StatusOK, r.StatusCode, text)
			var got map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(s.last(), &got))
			for _, member := range []string{"seed", "logprobs"} {
				_, there := got[member]
				require.Equal(t, tc.added, there, member)
			}
			receipt, err := wire.ParseReceipt(r.Header.Get(wire.HeaderReceipt))
			require.NoError(t, err)
			if tc.added {
				require.Equal(t, "logprobs", r.Header.Get("Agon-Rewritten"))
				require.NotEqual(t, wire.BodyHash([]byte(text)), receipt.ResponseHash)
			} else {
				require.Empty(t, r.Header.Get("Agon-Rewritten"))
				require.Equal(t, wire.BodyHash([]byte(text)), receipt.ResponseHash, "the miner's own bytes")
			}
			var c openai.ChatCompletion
			require.NoError(t, json.Unmarshal([]byte(text), &c))
			require.Empty(t, c.Choices[0].Logprobs.Content)
			answers[c.Choices[0].Message.Content], costs[r.Header.Get("Agon-Cost")] = name, name

			r, text = g.post("/v1/chat/completions", strings.Replace(body, `{`, `{"stream":true,`, 1))
			require.Equal(t, http.StatusOK, r.StatusCode, text)
			require.Equal(t, "logprobs, usage", r.Header.Get("Agon-Rewritten"), "of a stream, what may have been left out")
			require.NotContains(t, text, `"usage":{`)
		})
	}
	require.Len(t, answers, 1)
	require.Len(t, costs, 1, "nagon: %v", costs)
	require.NotContains(t, costs, "")
}
