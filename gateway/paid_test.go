package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/client"
	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/wire"
)

// tariff makes every token and every request count in the sums.
var tariff = wire.Price{PerRequest: 1000, PerMillionInput: 2_000_000, PerMillionOutput: 10_000_000}

// purseView is what a test sees of the gateway's own money.
type purseView struct{ *payer.Payer }

// watch shows a gateway's payer.
func (p *purseView) watch(o *gateway.Options) {
	inner := o.Payments
	o.Payments = func(w *wire.Client) (gateway.Payments, error) {
		out, err := inner(w)
		if err == nil {
			p.Payer = out.(purse).Payer
		}
		return out, err
	}
}

// to is how the gateway stands with one miner.
func (p *purseView) to(hotkey string) payer.Channel {
	for _, c := range p.Channels() {
		if c.Hotkey == hotkey {
			return c
		}
	}
	return payer.Channel{}
}

// oneCall is what a miner must hold for the last call that it was asked.
func oneCall(t *testing.T, s *speaker) uint64 {
	t.Helper()
	n, err := tariff.Reserve(wire.ReadDemand(s.last(), 0), 0)
	require.NoError(t, err)
	return n
}

// charged waits until the gateway's customers have been charged so much in all, which no later write changes.
func (s *stand) charged(want uint64) {
	s.t.Helper()
	sum := func() (cost, uncharged uint64) {
		rows, err := s.ledger.Usage(s.t.Context(), keys.UsageFilter{})
		require.NoError(s.t, err)
		for _, r := range rows {
			cost, uncharged = cost+r.Cost, uncharged+r.Uncharged
		}
		return cost, uncharged
	}
	require.Eventually(s.t, func() bool { cost, _ := sum(); return cost >= want }, 10*time.Second, 10*time.Millisecond)
	cost, uncharged := sum()
	require.Equal(s.t, want, cost)
	require.Zero(s.t, uncharged, "of what was paid nothing is left to the operator")
}

// ask posts a chat to miners in an order and returns what it cost by the answer's own token counts.
func (s *stand) ask(stream bool, most int, hotkeys ...string) uint64 {
	s.t.Helper()
	order, err := json.Marshal(hotkeys)
	require.NoError(s.t, err)
	more := ""
	if stream {
		more = `,"stream":true,"stream_options":{"include_usage":true}`
	}
	resp, text := s.post("/v1/chat/completions", fmt.Sprintf(`{"model":"1","max_tokens":%d,"messages":[{"role":"user","content":"hello there"}],"provider":{"order":%s}%s}`, most, order, more))
	require.Equal(s.t, http.StatusOK, resp.StatusCode, text)
	last := text
	if stream {
		require.Contains(s.t, text, "event: agon.receipt")
		for _, line := range strings.Split(text, "\n") {
			if data, ok := strings.CutPrefix(line, "data: "); ok && strings.Contains(data, `"usage":{`) {
				last = data
			}
		}
	}
	var answer struct{ Usage chat.Usage }
	require.NoError(s.t, json.Unmarshal([]byte(last), &answer), last)
	require.Equal(s.t, most, answer.Usage.CompletionTokens)
	cost, err := tariff.Cost(uint32(answer.Usage.PromptTokens), uint32(answer.Usage.CompletionTokens))
	require.NoError(s.t, err)
	if !stream {
		require.Equal(s.t, fmt.Sprint(cost), resp.Header.Get("Agon-Cost"))
	}
	return cost
}

// claimed is what a miner took from its channel, once it has stopped.
func (m *market) claimed(hotkey string) (claimed uint64, channels int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.channels {
		if c.Payee == hotkey {
			claimed, channels = claimed+c.Claimed, channels+1
		}
	}
	return claimed, channels
}

// Of two paid miners of which the second is asked because the first is slow, the first is broken off, and holds a signature for one call however often that
// happens. The caller pays one answer, to the nagon.
func TestHedgedCallsArePaidOnce(t *testing.T) {
	m := newMarket()
	wait := func(ctx context.Context, _ []byte) error {
		<-ctx.Done()
		return ctx.Err()
	}
	slow, fast := &speaker{name: "slow", before: wait}, &speaker{name: "fast"}
	a, b := m.mine(t, 1, slow, tariff), m.mine(t, 2, fast, tariff)
	var money purseView
	g := open(t, m, func(o *gateway.Options) {
		o.Config.HedgeAfter = 30 * time.Millisecond
		money.watch(o)
	})
	sum, calls := uint64(0), int64(0)
	for range 4 {
		for _, stream := range []bool{false, true} {
			sum += g.ask(stream, 20, a.hotkey, b.hotkey)
			calls++
		}
	}
	require.Equal(t, calls, slow.calls.Load())
	require.Eventually(t, func() bool { return slow.gone.Load() == calls }, 10*time.Second, 5*time.Millisecond, "who came second need not go on")
	g.charged(sum)
	require.Equal(t, sum, money.to(b.hotkey).Spent)
	require.LessOrEqual(t, money.to(b.hotkey).Signed, sum+oneCall(t, fast))
	require.Zero(t, money.to(a.hotkey).Spent)
	require.NotZero(t, money.to(a.hotkey).Signed, "it was asked with a voucher")
	require.LessOrEqual(t, money.to(a.hotkey).Signed, oneCall(t, slow), "and %d calls that were broken off made it no more than one", calls)
	g.stop()
	a.stop()
	b.stop()
	for miner, most := range map[*minerOf]uint64{a: oneCall(t, slow), b: sum + oneCall(t, fast)} {
		claimed, channels := m.claimed(miner.hotkey)
		require.Equal(t, 1, channels)
		require.LessOrEqual(t, claimed, most)
	}
	claimed, _ := m.claimed(b.hotkey)
	require.GreaterOrEqual(t, claimed, sum, "and what was served can be claimed")
}

// A paid miner that fails is not paid, in one piece or in events, and the one that answers in its place is, once.
func TestFallbackIsPaidOnce(t *testing.T) {
	m := newMarket()
	bad, good := &speaker{name: "bad", before: func(context.Context, []byte) error { return errors.New("out of order") }}, &speaker{name: "good"}
	a, b := m.mine(t, 1, bad, tariff), m.mine(t, 2, good, tariff)
	var money purseView
	g := open(t, m, money.watch)
	sum := g.ask(false, 20, a.hotkey, b.hotkey) + g.ask(true, 20, a.hotkey, b.hotkey)
	require.Equal(t, int64(2), bad.calls.Load())
	g.charged(sum)
	require.Equal(t, sum, money.to(b.hotkey).Spent)
	require.Zero(t, money.to(a.hotkey).Spent)
	require.LessOrEqual(t, money.to(a.hotkey).Signed, oneCall(t, bad))
	// Nobody answers: nobody is paid, and what was reserved is free again.
	resp, text := g.post("/v1/chat/completions", `{"model":"1","messages":[],"provider":{"only":["`+a.hotkey+`"]}}`)
	require.Equal(t, http.StatusInternalServerError, resp.StatusCode, text)
	require.Empty(t, resp.Header.Get("Agon-Cost"))
	g.charged(sum)
	all, err := g.ledger.Store.Customers(t.Context(), g.key.Customer)
	require.NoError(t, err)
	require.Equal(t, plenty-sum, all[0].Credits+all[0].Leased)
}

// A budget lets through what it covers to the nagon: of a call what it can cost at most, and of those before what they did cost. Where two miners may be asked at
// once, both are reserved.
func TestBudgetIsExact(t *testing.T) {
	const added = 128 // bytes that the gateway may add to a body
	body := `{"model":"1","max_tokens":20,"messages":[{"role":"user","content":"hello there"}],"provider":{"order":["` + addressOf(t, 1).String() + `"]}}`
	most, err := tariff.Cost(uint32(len(body)+added), 20)
	require.NoError(t, err)
	cost, err := tariff.Cost(3, 20)
	require.NoError(t, err)
	type purse struct {
		name   string
		budget uint64
		served int
	}
	for _, world := range []struct {
		name  string
		hedge time.Duration
		keys  []purse
	}{
		{"one-at-a-time", 0, []purse{{"one-short", most - 1, 0}, {"just-enough", most, 1}, {"second-is-one-short", most + cost - 1, 1}, {"second-just-enough", most + cost, 2}}},
		{"hedged", time.Minute, []purse{{"one-short", 2*most - 1, 0}, {"just-enough", 2 * most, 1}}},
	} {
		t.Run(world.name, func(t *testing.T) {
			m := newMarket()
			for n := range byte(2) {
				m.mine(t, n+1, &speaker{name: "m"}, tariff)
			}
			g := open(t, m, func(o *gateway.Options) { o.Config.HedgeAfter = world.hedge })
			secrets := map[string]string{}
			for _, p := range world.keys {
				made, err := g.ledger.CreateKey(t.Context(), keys.NewKey{Customer: g.key.Customer, Name: p.name, Scope: keys.Scope{Budget: keys.Budget{Period: keys.Total, Amount: p.budget}}})
				require.NoError(t, err)
				secrets[p.name] = "Bearer " + string(made.Secret)
			}
			sum := uint64(0)
			for _, p := range world.keys {
				require.Eventually(t, func() bool {
					resp, _ := g.post("/v1/chat/completions", `{"model":"nowhere"}`, "Authorization", secrets[p.name])
					return resp.StatusCode != http.StatusUnauthorized
				}, 10*time.Second, 20*time.Millisecond, "the gateway hears of the key")
				for i := range p.served + 1 {
					resp, text := g.post("/v1/chat/completions", body, "Authorization", secrets[p.name])
					if i < p.served {
						require.Equal(t, http.StatusOK, resp.StatusCode, "%s, call %d: %s", p.name, i, text)
						require.Equal(t, fmt.Sprint(cost), resp.Header.Get("Agon-Cost"))
						sum += cost
						continue
					}
					require.Equal(t, http.StatusPaymentRequired, resp.StatusCode, "%s, call %d: %s", p.name, i, text)
					require.Contains(t, text, "budget_exceeded")
				}
			}
			g.charged(sum)
		})
	}
}

// Sealed calls to a miner with a price are paid by its receipts, to the nagon, and bounded by what their caller says that they need.
func TestSealedCallsArePaid(t *testing.T) {
	m := newMarket()
	s := &speaker{name: "m"}
	one := m.mine(t, 1, s, tariff)
	m.mu.Lock()
	axon := m.neurons[one.hotkey].Axon
	m.mu.Unlock()
	service, err := wire.ParseServicePublic(axon.ServiceKey)
	require.NoError(t, err)
	var money purseView
	g := open(t, m, money.watch)
	through := client.Gateway{URL: g.url, Key: g.secret, ChainID: testChain, HTTP: g.http}
	call := client.Sealed{Netuid: chatNet, Hotkey: one.hotkey, ServiceKey: service, SealingKey: axon.SealingKey, Path: chat.Route, MaxTokens: 600}
	sum := uint64(0)
	pay := func(r *wire.Receipt) {
		t.Helper()
		require.Equal(t, uint32(600), r.OutputTokens)
		cost, err := tariff.Cost(r.PromptTokens, r.OutputTokens)
		require.NoError(t, err)
		sum += cost
	}
	for range 3 {
		call.Body = []byte(`{"max_tokens":600,"messages":[{"role":"user","content":"hello there"}]}`)
		body, receipt, err := through.Call(t.Context(), call)
		require.NoError(t, err)
		require.Contains(t, string(body), "w599")
		pay(receipt)
		call.Body = []byte(`{"max_tokens":600,"stream":true,"messages":[{"role":"user","content":"hello there"}]}`)
		words := 0
		receipt, err = through.Stream(t.Context(), call, func(data []byte) error {
			c, err := chat.DecodeChunk(data)
			for _, ch := range c.Choices {
				words += len(strings.Fields(ch.Delta.Content))
			}
			return err
		})
		require.NoError(t, err, "more than two chunks, which nobody on the way can count")
		require.Equal(t, 600, words)
		pay(receipt)
	}
	g.charged(sum)
	require.Equal(t, sum, money.to(one.hotkey).Spent)

	t.Run("bound-that-is-not-the-body's", func(t *testing.T) {
		before := s.calls.Load()
		short := call
		short.MaxTokens = 10
		short.Body = []byte(`{"max_tokens":600,"messages":[{"role":"user","content":"hello there"}]}`)
		_, _, err := through.Call(t.Context(), short)
		api, ok := errors.AsType[*wire.APIError](err)
		require.True(t, ok, "%v", err)
		require.NotEmpty(t, api.Message)
		require.Equal(t, before, s.calls.Load(), "the miner reads the body before it works, and wants it covered")
		g.charged(sum)
	})
	t.Run("budget", func(t *testing.T) {
		made, err := g.ledger.CreateKey(t.Context(), keys.NewKey{Customer: g.key.Customer, Name: "poor", Scope: keys.Scope{Budget: keys.Budget{Period: keys.Total, Amount: 6500}}})
		require.NoError(t, err)
		poor := through
		poor.Key = string(made.Secret)
		require.Eventually(t, func() bool {
			_, _, err = poor.Call(t.Context(), call)
			api, ok := errors.AsType[*wire.APIError](err)
			return ok && api.Code != nil && *api.Code != keys.CodeInvalidKey
		}, 10*time.Second, 20*time.Millisecond, "600 tokens alone cost 7000: %v", err)
		require.ErrorContains(t, err, "budget")
		g.charged(sum)
	})
	t.Run("to-a-miner-of-no-sealing-key", func(t *testing.T) {
		resp, text := g.post("/v1/chat/completions", strings.Repeat("x", wire.SealedOverhead+10), "Content-Type", wire.ContentTypeSealed, "Agon-Miner", "1/nobody")
		require.Equal(t, http.StatusNotFound, resp.StatusCode, text)
	})
	g.stop()
	one.stop()
	claimed, channels := m.claimed(one.hotkey)
	require.Equal(t, 1, channels)
	require.GreaterOrEqual(t, claimed, sum)
}

// While no node answers, miners to whom there is a channel are paid as ever. One to whom there is none costs a call nothing: the next is asked.
func TestPaidCallsWhileTheNodeIsAway(t *testing.T) {
	m := newMarket()
	known, fresh := m.mine(t, 1, &speaker{name: "known"}, tariff), m.mine(t, 2, &speaker{name: "fresh"}, tariff)
	var money purseView
	g := open(t, m, money.watch)
	sum := g.ask(false, 20, known.hotkey)
	m.set(func(m *market) { m.down = errDown })
	for range 3 {
		sum += g.ask(false, 20, fresh.hotkey, known.hotkey) + g.ask(true, 20, fresh.hotkey, known.hotkey)
	}
	resp, text := g.post("/v1/chat/completions", `{"model":"1","max_tokens":20,"messages":[],"provider":{"only":["`+fresh.hotkey+`"]}}`)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode, text)
	require.Contains(t, text, "gateway_cannot_pay")
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
	m.set(func(m *market) { m.down = nil })
	sum += g.ask(false, 20, fresh.hotkey)
	require.NotZero(t, money.to(fresh.hotkey).Spent, "it is nobody's fault that it was not paid")
	g.charged(sum)
}

// A miner that raises its price between the reading of the chain and the call is not paid more than the caller agreed to and than was reserved for the call: the
// next is asked, and where there is none the caller is told. One that was free is no exception.
func TestPriceRaisedBeforeTheCall(t *testing.T) {
	for name, before := range map[string]wire.Price{"free": {}, "cheap": {PerRequest: 1}} {
		t.Run(name, func(t *testing.T) {
			m := newMarket()
			raised, steady := m.mine(t, 1, &speaker{name: "raised"}, tariff), m.mine(t, 2, &speaker{name: "steady"}, wire.Price{PerRequest: 10_000_000})
			var money purseView
			g := open(t, m, func(o *gateway.Options) {
				money.watch(o)
				o.Source = edited{m, func(v *directory.View) {
					for _, x := range v.Miners {
						if x.Hotkey == raised.hotkey {
							x.Price = before
						}
					}
				}}
			})
			body := `{"model":"1","max_tokens":20,"messages":[{"role":"user","content":"hello"}],"provider":{"order":["` + raised.hotkey + `"],`
			for _, stream := range []string{"", `,"stream":true`} {
				resp, text := g.post("/v1/chat/completions", body+`"max_price":{"request":100}}`+stream+`}`)
				require.Equal(t, http.StatusPaymentRequired, resp.StatusCode, text)
				require.Contains(t, text, "price_too_high")
			}
			g.charged(0)
			resp, text := g.post("/v1/chat/completions", body+`"sort":"price"}}`)
			require.Equal(t, http.StatusOK, resp.StatusCode, text)
			require.Contains(t, text, `"model":"steady"`)
			g.charged(10_000_000)
			require.Equal(t, uint64(10_000_000), money.to(steady.hotkey).Spent)
			require.LessOrEqual(t, money.to(raised.hotkey).Signed, before.PerRequest)
		})
	}
}
