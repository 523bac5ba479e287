package route_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/wire"
)

// picked are the hotkeys that a provider object leaves, in order.
func picked(t *testing.T, r *route.Router, v *directory.View, provider string, d wire.Demand) ([]string, error) {
	t.Helper()
	p, err := route.ParseProvider(json.RawMessage(provider))
	require.NoError(t, err)
	candidates, err := r.Pick(v, route.Query{Provider: p, Demand: d, Most: 8})
	var out []string
	for _, c := range candidates {
		out = append(out, c.Hotkey)
	}
	return out, err
}

func viewOf(miners ...*directory.Miner) *directory.View {
	v := &directory.View{Subnets: []*directory.Subnet{{Netuid: 1, Route: "/r"}}}
	for i, m := range miners {
		m.Netuid, m.UID = 1, uint16(i)
		v.Miners = append(v.Miners, m)
	}
	v.Index()
	return v
}

func TestProviderSorts(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	r := route.New(func() time.Time { return now })
	// By the request alone "hook" is the cheapest, and by the tokens of a usual call the dearest.
	hook := &directory.Miner{Hotkey: "hook", Price: wire.Price{PerMillionInput: 90_000_000, PerMillionOutput: 900_000_000}}
	flat := &directory.Miner{Hotkey: "flat", Price: wire.Price{PerRequest: 5000}}
	fair := &directory.Miner{Hotkey: "fair", Price: wire.Price{PerRequest: 100, PerMillionInput: 1_000_000, PerMillionOutput: 10_000_000}}
	v := viewOf(hook, flat, fair)
	for name, tc := range map[string]struct {
		demand wire.Demand
		want   []string
	}{
		"usual-call": {wire.Demand{Input: 200, Output: 100}, []string{"fair", "flat", "hook"}},
		"long-call":  {wire.Demand{Input: 200, Output: 4000}, []string{"flat", "fair", "hook"}},
		"one-token":  {wire.Demand{Input: 1, Output: 1}, []string{"fair", "hook", "flat"}},
	} {
		t.Run("price-"+name, func(t *testing.T) {
			got, err := picked(t, r, v, `{"sort":"price"}`, tc.demand)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}

	tell := func(m *directory.Miner, good bool, first time.Duration, tokens uint32) {
		h := r.Health(m)
		h.Begin(now)
		h.End(now, route.Outcome{Good: good, FirstByte: first, Took: first + time.Second, Tokens: tokens})
	}
	for range 10 {
		tell(flat, true, 300*time.Millisecond, 90)
		tell(fair, true, 100*time.Millisecond, 30)
	}
	t.Run("latency", func(t *testing.T) {
		got, err := picked(t, r, v, `{"sort":"latency"}`, wire.Demand{})
		require.NoError(t, err)
		require.Equal(t, []string{"hook", "fair", "flat"}, got, "who was never asked is asked, to know")
		tell(hook, false, 0, 0)
		got, err = picked(t, r, v, `{"sort":"latency"}`, wire.Demand{})
		require.NoError(t, err)
		require.Equal(t, []string{"fair", "flat", "hook"}, got, "who only failed is not fast")
	})
	t.Run("throughput", func(t *testing.T) {
		got, err := picked(t, r, v, `{"sort":"throughput"}`, wire.Demand{})
		require.NoError(t, err)
		require.Equal(t, []string{"flat", "fair", "hook"}, got)
	})
	t.Run("after-order", func(t *testing.T) {
		got, err := picked(t, r, v, `{"sort":"throughput","order":["hook","nobody"]}`, wire.Demand{})
		require.NoError(t, err)
		require.Equal(t, []string{"hook", "flat", "fair"}, got)
	})
	t.Run("of-two-with-one-name-in-two-subnets", func(t *testing.T) {
		got, err := picked(t, r, v, `{"order":["flat","flat"],"only":["flat","fair"]}`, wire.Demand{})
		require.NoError(t, err)
		require.Equal(t, []string{"flat", "fair"}, got, "nobody stands there twice")
	})
}

// Without fallbacks nobody is asked whom the caller did not name: not even while those that it named are left alone.
func TestNoFallbacks(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	r := route.New(func() time.Time { return now })
	var all []*directory.Miner
	for i := range 4 {
		all = append(all, &directory.Miner{Hotkey: fmt.Sprint("m", i)})
	}
	v := viewOf(all...)
	got, err := picked(t, r, v, `{"allow_fallbacks":false}`, wire.Demand{})
	require.NoError(t, err)
	require.Len(t, got, 1)
	const named = `{"order":["m2","m1"],"allow_fallbacks":false}`
	got, err = picked(t, r, v, named, wire.Demand{})
	require.NoError(t, err)
	require.Equal(t, []string{"m2", "m1"}, got)
	fail := func(m *directory.Miner) {
		for range 3 {
			h := r.Health(m)
			h.Begin(now)
			h.End(now, route.Outcome{})
		}
	}
	fail(all[2])
	got, err = picked(t, r, v, named, wire.Demand{})
	require.NoError(t, err)
	require.Equal(t, []string{"m1"}, got)
	fail(all[1])
	_, err = picked(t, r, v, named, wire.Demand{})
	require.ErrorIs(t, err, route.ErrUnhealthy)
	_, err = picked(t, r, v, `{"order":["nobody"],"allow_fallbacks":false}`, wire.Demand{})
	require.ErrorIs(t, err, route.ErrFiltered)
	got, err = picked(t, r, v, `{"order":["m2","m1"]}`, wire.Demand{})
	require.NoError(t, err)
	slices.Sort(got)
	require.Equal(t, []string{"m0", "m3"}, got)
}

// What is pinned is answered by nothing else, and what the chain has bound counts before a miner's word.
func TestVersions(t *testing.T) {
	r := route.New(nil)
	root, other := wire.Hash{1}, wire.Hash{2}
	says := &directory.Miner{Hotkey: "says", Models: []directory.Model{{Name: "llama", Version: "2", Root: other}, {Name: "llama", Version: "2", Root: root, Bound: true}}}
	old := &directory.Miner{Hotkey: "old", Models: []directory.Model{{Name: "llama", Version: "1", Root: wire.Hash{3}, Bound: true}}}
	v := viewOf(says, old)
	ask := func(model string) ([]route.Candidate, error) {
		m, err := route.ParseModel(model)
		require.NoError(t, err)
		return r.Pick(v, route.Query{Model: m, Most: 8})
	}
	for range 20 { // by draw
		got, err := ask("1/llama@2")
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, root, got[0].Model.Root)
		require.True(t, got[0].Model.Bound)
	}
	got, err := ask("1/llama")
	require.NoError(t, err)
	require.Len(t, got, 2)
	_, err = ask("1/llama@3")
	require.ErrorIs(t, err, route.ErrNotServed)
	_, err = ask("1/qwen@3")
	require.ErrorIs(t, err, route.ErrUnknown)
	_, err = ask("2")
	require.ErrorIs(t, err, route.ErrUnknown)
}
