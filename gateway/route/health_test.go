package route_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/route"
)

// A circuit opens after three failures in a row, twice as long each time up to two minutes, lets one call try when it is over, and closes when that succeeds.
func TestCircuit(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	r := route.New(func() time.Time { return now })
	m := &directory.Miner{Hotkey: "m"}
	v := viewOf(m)
	h := r.Health(m)
	open := func() bool {
		_, err := r.Pick(v, route.Query{Most: 1})
		if err != nil {
			require.ErrorIs(t, err, route.ErrUnhealthy)
		}
		return err == nil
	}
	end := func(o route.Outcome) {
		h.Begin(now)
		h.End(now, o)
	}
	end(route.Outcome{})
	end(route.Outcome{})
	end(route.Outcome{Neutral: true})
	require.True(t, open(), "two failures, and one that says nothing of it")
	end(route.Outcome{})
	for _, wait := range []time.Duration{5, 10, 20, 40, 80, 120, 120, 120} {
		require.False(t, open())
		now = now.Add(wait*time.Second - time.Millisecond)
		require.False(t, open(), "after %d s", wait)
		now = now.Add(time.Millisecond)
		require.True(t, open(), "after %d s", wait)
		h.Begin(now)
		require.False(t, open(), "one call tries, and no second beside it")
		h.End(now, route.Outcome{})
	}
	now = now.Add(2 * time.Minute)
	h.Begin(now)
	h.End(now, route.Outcome{Neutral: true})
	require.True(t, open(), "who tried and left tells nothing: another may")
	end(route.Outcome{Good: true})
	end(route.Outcome{})
	end(route.Outcome{})
	require.True(t, open(), "all is forgotten with an answer")
}

// A miner that another was faster than is known to be slow, though it never answered: else hedged calls would go to it first for ever.
func TestWhoLosesIsSlow(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	r := route.New(func() time.Time { return now })
	mute, quick := &directory.Miner{Hotkey: "mute"}, &directory.Miner{Hotkey: "quick"}
	v := viewOf(mute, quick)
	first := func() string {
		got, err := picked(t, r, v, `{"sort":"latency"}`, route.Query{}.Demand)
		require.NoError(t, err)
		return got[0]
	}
	tell := func(m *directory.Miner, o route.Outcome) {
		h := r.Health(m)
		h.Begin(now)
		h.End(now, o)
	}
	tell(quick, route.Outcome{Good: true, FirstByte: 100 * time.Millisecond, Took: 200 * time.Millisecond})
	require.Equal(t, "mute", first())
	tell(mute, route.Outcome{Neutral: true, Lost: true, Took: 2 * time.Second})
	require.Equal(t, "quick", first())
	for range 30 { // it was lost early, which does not make it fast
		tell(mute, route.Outcome{Neutral: true, Lost: true, Took: time.Millisecond})
	}
	require.Equal(t, "quick", first())
	// And it is no failure: nobody knows what it would have said.
	_, err := picked(t, r, v, `{"only":["mute"]}`, route.Query{}.Demand)
	require.NoError(t, err)
}

// What a miner lacks is remembered for ten minutes, and no more than a bounded number of names.
func TestLacks(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var h route.Health
	h.Lack(now, "tools")
	require.True(t, h.Lacks(now.Add(10*time.Minute-1), "tools"))
	require.False(t, h.Lacks(now.Add(10*time.Minute), "tools"))
	for i := range 100 {
		h.Lack(now, string(rune('a'+i)))
	}
	known := 0
	for i := range 100 {
		if h.Lacks(now, string(rune('a'+i))) {
			known++
		}
	}
	require.Equal(t, 32, known)
}
