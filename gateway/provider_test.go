package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/wire"
)

// edited changes what a gateway reads of the chain.
type edited struct {
	directory.Source
	edit func(*directory.View)
}

func (s edited) Read(ctx context.Context) (*directory.View, error) {
	v, err := s.Source.Read(ctx)
	if err == nil {
		s.edit(v)
	}
	return v, err
}

// The provider object of a body, or of a header, decides who answers. Draws are by chance, so whoever may answer is asked for several times.
func TestProviderDecidesWhoAnswers(t *testing.T) {
	m := newMarket()
	out := &speaker{name: "broken", before: func(context.Context, []byte) error { return errors.New("out of order") }}
	cheap := m.mine(t, 1, &speaker{name: "cheap"}, wire.Price{PerRequest: 2000})
	hook := m.mine(t, 2, &speaker{name: "hook"}, wire.Price{PerMillionInput: 20_000_000, PerMillionOutput: 900_000_000})
	dear := m.mine(t, 3, &speaker{name: "dear"}, wire.Price{PerRequest: 50_000})
	broken := m.mine(t, 4, out, wire.Price{PerRequest: 60_000})
	regions := map[string]string{cheap.hotkey: "eu-west", hook.hotkey: "us-east", dear.hotkey: "eu-west", broken.hotkey: "moon"}
	contexts := map[string]int{cheap.hotkey: 2048, hook.hotkey: 8192, dear.hotkey: 0}
	g := open(t, m, func(o *gateway.Options) {
		o.Source = edited{m, func(v *directory.View) {
			for _, x := range v.Miners {
				x.Region = regions[x.Hotkey]
				x.Models = []directory.Model{{Name: "llama", Context: contexts[x.Hotkey]}}
			}
		}}
	})
	all := fmt.Sprintf("%q,%q,%q", cheap.hotkey, hook.hotkey, dear.hotkey)
	q := func(format string, miners ...*minerOf) string {
		var args []any
		for _, x := range miners {
			args = append(args, x.hotkey)
		}
		return fmt.Sprintf(format, args...)
	}
	const served = http.StatusOK
	for name, tc := range map[string]struct {
		provider string
		status   int
		answers  string // model that answers, or the code of the refusal
	}{
		"order":                   {q(`{"order":[%q,%q]}`, dear, cheap), served, "dear"},
		"order-goes-on":           {q(`{"order":[%q,%q]}`, broken, dear), served, "dear"},
		"order-of-nobody-here":    {q(`{"order":["agon1nobody",%q]}`, hook), served, "hook"},
		"order-without-fallbacks": {q(`{"order":[%q,%q],"allow_fallbacks":false}`, broken, dear), served, "dear"},
		"order-of-one":            {q(`{"order":[%q],"allow_fallbacks":false}`, broken), 500, "internal_error"},
		"nobody-in-order":         {`{"order":["agon1nobody"],"allow_fallbacks":false}`, 404, "no_miner_allowed"},
		"only":                    {q(`{"only":[%q]}`, hook), served, "hook"},
		"only-before-order":       {q(`{"only":[%q],"order":[%q]}`, hook, dear), served, "hook"},
		"ignore":                  {q(`{"ignore":[%q,%q,%q]}`, cheap, hook, broken), served, "dear"},
		"ignore-before-only":      {q(`{"only":[%q],"ignore":[%q]}`, hook, hook), 404, "no_miner_allowed"},
		"price":                   {`{"sort":"price"}`, served, "cheap"},
		"price-of-those-left":     {q(`{"sort":"price","ignore":[%q]}`, cheap), served, "hook"},
		"max-price-request":       {`{"max_price":{"request":1999}}`, served, "hook"},
		"max-price-prompt":        {q(`{"max_price":{"prompt":19999999},"ignore":[%q,%q]}`, dear, broken), served, "cheap"},
		"max-price-completion":    {q(`{"max_price":{"completion":0},"ignore":[%q,%q]}`, dear, broken), served, "cheap"},
		"max-price-just-so":       {`{"max_price":{"request":2000,"prompt":0,"completion":0}}`, served, "cheap"},
		"max-price-of-nobody":     {`{"max_price":{"request":1,"prompt":1}}`, 404, "no_miner_allowed"},
		"region":                  {q(`{"region":["us-east","us-west"]}`), served, "hook"},
		"region-and-price":        {`{"region":["eu-west"],"max_price":{"request":2000}}`, served, "cheap"},
		"region-of-nobody":        {`{"region":["mars"]}`, 404, "no_miner_allowed"},
		"context":                 {q(`{"min_context":4096,"ignore":[%q,%q]}`, dear, broken), served, "hook"}, // who tells none is not left out
		"null":                    {`{"order":[` + all + `],"only":null,"max_price":null,"sort":""}`, served, "cheap"},
		"unknown-sort":            {`{"sort":"cheapest"}`, 400, "invalid_routing"},
		"unknown-member":          {`{"data_collection":"deny"}`, 400, "invalid_routing"},
		"price-in-dollars":        {`{"max_price":{"prompt":0.5}}`, 400, "invalid_routing"},
		"price-misspelt":          {`{"max_price":{"image":1}}`, 400, "invalid_routing"},
		"order-as-text":           {`{"order":"x"}`, 400, "invalid_routing"},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"model":"1","max_tokens":20,"messages":[{"role":"user","content":"hello there"}]`
			for _, how := range []string{"body", "header"} {
				for range 4 {
					var resp *http.Response
					var text string
					if how == "body" {
						resp, text = g.post("/v1/chat/completions", body+`,"provider":`+tc.provider+`}`)
					} else {
						resp, text = g.post("/v1/chat/completions", body+`,"provider":{"only":["agon1nobody"]}}`, "Agon-Provider", tc.provider)
					}
					if tc.status == http.StatusInternalServerError && resp.StatusCode == http.StatusServiceUnavailable {
						require.Contains(t, text, "no_healthy_miner") // it failed too often meanwhile; nobody stands in for it
						continue
					}
					require.Equal(t, tc.status, resp.StatusCode, text)
					if tc.status == served {
						require.Contains(t, text, fmt.Sprintf(`"model":%q`, tc.answers))
						continue
					}
					require.Contains(t, text, fmt.Sprintf(`"code":%q`, tc.answers))
				}
			}
		})
	}
}
