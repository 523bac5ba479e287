package route_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/route"
)

// seeds is how many worlds each property is held against. A property holds in all of them, or the one that breaks it is named.
const seeds = 8

// someone is a miner of a world: how often it answers well, and how fast.
type someone struct {
	*directory.Miner
	good  float64
	takes time.Duration
	asked int // first, so far
}

// world is a market whose time passes by calls alone.
type world struct {
	t      *testing.T
	seed   uint64
	now    time.Time
	router *route.Router
	dice   *rand.Rand
	all    []*someone
	view   *directory.View
	pace   time.Duration // between two calls
}

func newWorld(t *testing.T, seed uint64, pace time.Duration) *world {
	w := &world{t: t, seed: seed, now: time.Unix(1_000_000, 0), dice: rand.New(rand.NewPCG(seed, 2)), pace: pace}
	w.router = route.NewSeeded(func() time.Time { return w.now }, seed)
	return w
}

func (w *world) add(incentive uint16, good float64, takes time.Duration) *someone {
	n := len(w.all) + 1
	s := &someone{Miner: &directory.Miner{Netuid: 1, UID: uint16(n), Hotkey: fmt.Sprint("m", n), Incentive: incentive}, good: good, takes: takes}
	w.all = append(w.all, s)
	w.view = &directory.View{Subnets: []*directory.Subnet{{Netuid: 1, Route: "/r"}}}
	for _, s := range w.all {
		w.view.Miners = append(w.view.Miners, s.Miner)
	}
	w.view.Index()
	return s
}

// call routes one call and reports how it went, as the gateway does: the next is tried where one fails. It says who was first, and whether anybody answered.
func (w *world) call() (first *someone, answered bool) {
	w.now = w.now.Add(w.pace)
	candidates, err := w.router.Pick(w.view, route.Query{Most: 3})
	if err != nil {
		require.ErrorIs(w.t, err, route.ErrUnhealthy)
		return nil, false
	}
	for i, c := range candidates {
		s := w.all[c.UID-1]
		if i == 0 {
			s.asked++
			first = s
		}
		c.Health.Begin(w.now)
		ok := w.dice.Float64() < s.good
		c.Health.End(w.now, route.Outcome{Good: ok, FirstByte: s.takes, Took: s.takes})
		if ok {
			return first, true
		}
	}
	return first, false
}

// calls makes n and returns the share of them that each miner was first asked for, and the share that was answered.
func (w *world) calls(n int) (shares []float64, answered float64) {
	for _, s := range w.all {
		s.asked = 0
	}
	good := 0
	for range n {
		if _, ok := w.call(); ok {
			good++
		}
	}
	for _, s := range w.all {
		shares = append(shares, float64(s.asked)/float64(n))
	}
	return shares, float64(good) / float64(n)
}

func everySeed(t *testing.T, pace time.Duration, f func(t *testing.T, w *world)) {
	t.Helper()
	for seed := range uint64(seeds) {
		w := newWorld(t, seed, pace)
		f(t, w)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// A miner that nobody knows yet, and that the chain has not paid yet, is found out about beside miners with a record, and is used as much as they are once the
// chain pays it the same.
func TestNewMinersAreTried(t *testing.T) {
	everySeed(t, 100*time.Millisecond, func(t *testing.T, w *world) {
		for range 4 {
			w.add(60_000, 0.99, 200*time.Millisecond)
		}
		w.calls(500)
		young := w.add(0, 0.99, 200*time.Millisecond)
		shares, _ := w.calls(3000)
		require.Positive(t, young.asked, "nobody asked the newcomer in 3000 calls")
		require.Less(t, shares[4], 0.1, "who has earned nothing does not get the calls of who has")
		young.Incentive = 60_000
		shares, _ = w.calls(1000)
		require.Greater(t, shares[4], 0.1, "half of a fair share at least")
	})
}

// A miner that stops answering loses nearly all of its calls within seconds, whatever record it had and whatever the chain still pays it, and no call is lost to
// it while others answer. When it answers again it is found again.
func TestMinersThatGetBadAreLeft(t *testing.T) {
	everySeed(t, 500*time.Millisecond, func(t *testing.T, w *world) {
		star := w.add(60_000, 1, 100*time.Millisecond)
		for range 3 {
			w.add(20_000, 1, 200*time.Millisecond)
		}
		shares, _ := w.calls(1200) // ten minutes of a record
		require.Greater(t, shares[0], 0.5, "it had most calls")
		star.good = 0
		shares, answered := w.calls(240)
		require.Less(t, shares[0], 0.06, "first asked for %d of 240 calls of two minutes that it did not answer", star.asked)
		require.Equal(t, 1.0, answered)
		star.good = 1
		w.calls(600)
		shares, _ = w.calls(1200)
		require.Greater(t, shares[0], 0.25, "it is forgiven within five minutes")
	})
}

// A miner that answers half of its calls is not caught by a circuit, which wants failures in a row. Its record leaves it all the same.
func TestUnreliableMinersAreUsedLess(t *testing.T) {
	everySeed(t, 500*time.Millisecond, func(t *testing.T, w *world) {
		flaky := w.add(60_000, 1, 200*time.Millisecond)
		for range 3 {
			w.add(60_000, 1, 200*time.Millisecond)
		}
		before, _ := w.calls(1000)
		require.Greater(t, before[0], 0.1)
		flaky.good = 0.5
		w.calls(1200)
		after, answered := w.calls(1000)
		require.Less(t, after[0], 0.18, "of 0.25 before; in 100 seeds it was 0.153 at most")
		require.Greater(t, answered, 0.99)
	})
}

// Among miners that the chain holds for equal, calls go to those that answer, and soon.
func TestCallsGoWhereAnswersAre(t *testing.T) {
	everySeed(t, 100*time.Millisecond, func(t *testing.T, w *world) {
		for _, good := range []float64{1, 0.9, 0.6, 0.3} {
			w.add(60_000, good, 200*time.Millisecond)
		}
		w.calls(500)
		shares, answered := w.calls(2000)
		require.Greater(t, shares[0]+shares[1], 0.8, "%v", shares)
		require.Greater(t, min(shares[0], shares[1]), 0.2, "%v", shares)
		first := 0.0
		for i, s := range w.all {
			first += shares[i] * s.good
		}
		require.Greater(t, first, 0.85, "of the first attempts, where drawing blindly has 0.7: %v", shares)
		require.Greater(t, answered, 0.99)
	})
}

// Of two that answer alike, the one that answers sooner has more calls, and the slower is not left: it takes calls when the faster one is busy.
func TestSlowerMinersGetLess(t *testing.T) {
	everySeed(t, 100*time.Millisecond, func(t *testing.T, w *world) {
		for _, takes := range []time.Duration{100, 100, 800, 800} {
			w.add(60_000, 1, takes*time.Millisecond)
		}
		w.calls(300)
		shares, _ := w.calls(1500)
		require.Greater(t, shares[0]+shares[1], 0.7, "%v", shares)
		require.Greater(t, shares[2]+shares[3], 0.05, "%v", shares)
	})
}
