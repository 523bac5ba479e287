package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/gateway/upstream"
	"github.com/agon-chain/agon/wire"
)

func TestMain(m *testing.M) {
	params.ConfigureSDK()
	m.Run()
}

// act is what a miner does with a call. A stream says words by emit.
type act func(ctx context.Context, call wire.Call, emit func([]byte) error) (*wire.Reply, uint64, error)

// stage is a payer without money or network: each miner does what its test says, by hotkey.
type stage struct {
	acts map[string]act

	mu    sync.Mutex
	calls []wire.Call
	most  []uint64
}

func (s *stage) play(ctx context.Context, call wire.Call, t payer.Terms, emit func([]byte) error) (*wire.Reply, payer.Paid, error) {
	s.mu.Lock()
	s.calls, s.most = append(s.calls, call), append(s.most, t.MaxCost)
	s.mu.Unlock()
	reply, cost, err := s.acts[call.To](ctx, call, emit)
	return reply, payer.Paid{Cost: cost}, err
}

func (s *stage) Do(ctx context.Context, call wire.Call, t payer.Terms) (*wire.Reply, payer.Paid, error) {
	return s.play(ctx, call, t, nil)
}

func (s *stage) Stream(ctx context.Context, call wire.Call, t payer.Terms, onEvent func([]byte) error) (*wire.Reply, payer.Paid, error) {
	return s.play(ctx, call, t, onEvent)
}

func (s *stage) asked() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		out = append(out, c.To)
	}
	return out
}

func says(text string) *wire.Reply {
	return &wire.Reply{Status: 200, Body: []byte(text), Receipt: &wire.Receipt{Status: 200, OutputTokens: 1}}
}

func answers(text string, after time.Duration, cost uint64) act {
	return func(ctx context.Context, _ wire.Call, emit func([]byte) error) (*wire.Reply, uint64, error) {
		select {
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		case <-time.After(after):
		}
		if emit != nil {
			if err := emit([]byte(text)); err != nil {
				return nil, 0, err
			}
		}
		return says(text), cost, nil
	}
}

func fails(err error) act {
	return func(context.Context, wire.Call, func([]byte) error) (*wire.Reply, uint64, error) { return nil, 0, err }
}

// troupe makes a caller and a request for miners in the order in which they are tried.
func troupe(t *testing.T, hedge time.Duration, acts ...act) (*stage, *upstream.Caller, upstream.Request, *route.Router) {
	t.Helper()
	s := &stage{acts: map[string]act{}}
	account, sign, err := wire.LocalAccount(bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	c := &upstream.Caller{Pays: s, Sessions: &upstream.Sessions{ChainID: "c", Account: account, Sign: sign, Now: time.Now}, HedgeAfter: hedge, Now: time.Now}
	router := route.New(time.Now)
	r := upstream.Request{Fallbacks: true, Body: func(route.Candidate) []byte { return []byte(`{}`) }, MaxCost: func(route.Candidate) uint64 { return 100 }}
	subnet := &directory.Subnet{Netuid: 1, Route: "/r"}
	for i, a := range acts {
		m := &directory.Miner{Netuid: 1, Hotkey: fmt.Sprint("m", i), Subnet: subnet}
		s.acts[m.Hotkey] = a
		r.Candidates = append(r.Candidates, route.Candidate{Miner: m, Health: router.Health(m)})
	}
	return s, c, r, router
}

// Which failures another miner is asked after, and which are the caller's own; and what the miner is blamed for.
func TestFallback(t *testing.T) {
	broken := errors.New("connection reset")
	for name, tc := range map[string]struct {
		err    error
		next   bool
		blamed bool
	}{
		"no-connection":          {broken, true, true},
		"no-receipt":             {wire.ErrNoReceipt, true, true},
		"internal-error":         {wire.NewAPIError(500, "internal_error", "", "x"), true, true},
		"overloaded":             {wire.NewAPIError(429, "overloaded", "", "x"), true, true},
		"refuses-the-gateway":    {wire.NewAPIError(403, "insufficient_balance", "", "x"), true, true},
		"does-not-serve":         {wire.NewAPIError(400, "model_not_served", "model", "x"), true, true},
		"unpaid":                 {wire.NewAPIError(402, "channel_expired", "", "x"), true, false},
		"no-channel":             {payer.ErrChannel, true, false},
		"too-dear":               {payer.ErrTooDear, true, false},
		"own-body":               {wire.NewAPIError(400, "invalid_request", "messages", "x"), false, false},
		"own-body-without-param": {wire.NewAPIError(400, "invalid_request", "", "x"), false, false},
		"own-size":               {wire.NewAPIError(413, "body_too_large", "", "x"), false, false},
		"own-type":               {wire.NewAPIError(415, "unsupported_content_type", "", "x"), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, c, r, router := troupe(t, 0, fails(tc.err), answers("hi", 0, 7))
			got, err := c.Do(t.Context(), r)
			if tc.next {
				require.NoError(t, err)
				require.Equal(t, "m1", got.Candidate.Hotkey)
				require.Equal(t, uint64(7), got.Cost)
				require.Equal(t, 2, got.Tries)
			} else {
				require.ErrorIs(t, err, tc.err)
				require.Equal(t, []string{"m0"}, s.asked())
			}
			for range 2 {
				_, _ = c.Do(t.Context(), r)
			}
			v := &directory.View{Subnets: []*directory.Subnet{{Netuid: 1, Route: "/r"}}, Miners: []*directory.Miner{r.Candidates[0].Miner}}
			v.Index()
			_, err = router.Pick(v, route.Query{Most: 1})
			require.Equal(t, tc.blamed, errors.Is(err, route.ErrUnhealthy), "%v", err)
		})
	}
	t.Run("none-answers", func(t *testing.T) {
		// What the caller can mend is told before what it cannot.
		lacks := wire.NewAPIError(400, "unsupported_parameter", "tools", "no tools here")
		s, c, r, _ := troupe(t, 0, fails(broken), fails(lacks), fails(broken))
		_, err := c.Do(t.Context(), r)
		require.ErrorIs(t, err, lacks)
		require.Len(t, s.asked(), 3)
		failure, ok := errors.AsType[*upstream.Failure](err)
		require.True(t, ok)
		require.Equal(t, "m1", failure.Miner)
	})
	t.Run("not-allowed", func(t *testing.T) {
		s, c, r, _ := troupe(t, time.Millisecond, fails(broken), answers("hi", 0, 7))
		r.Fallbacks = false
		_, err := c.Do(t.Context(), r)
		require.ErrorIs(t, err, broken)
		require.Equal(t, []string{"m0"}, s.asked())
	})
	t.Run("overcharged", func(t *testing.T) {
		// What was paid is given, and what the payer refuses to pay for is asked elsewhere.
		cheat := fmt.Errorf("m0: %w", payer.ErrReckoning)
		again := false
		s, c, r, _ := troupe(t, 0, func(context.Context, wire.Call, func([]byte) error) (*wire.Reply, uint64, error) {
			if again {
				return nil, 0, cheat
			}
			again = true
			return says("dear"), 7, cheat
		}, answers("hi", 0, 5))
		got, err := c.Do(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, "dear", string(got.Reply.Body))
		require.Equal(t, uint64(7), got.Cost)
		require.Equal(t, []string{"m0"}, s.asked())
		got, err = c.Do(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, "hi", string(got.Reply.Body))
		require.Equal(t, uint64(5), got.Cost)
	})
	t.Run("wrong-version", func(t *testing.T) {
		s, c, r, _ := troupe(t, 0, answers("hi", 0, 7), answers("hi", 0, 5))
		r.Pinned, r.Candidates[0].Model.Root = true, wire.Hash{1}
		got, err := c.Do(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, "m1", got.Candidate.Hotkey)
		require.Equal(t, uint64(12), got.Cost, "both were paid, and that is told")
		require.Len(t, s.asked(), 2)
	})
}

// A miner that refuses a member which the gateway had added is asked again without it, once, under another signature and for the same price.
func TestMemberThatIsLacking(t *testing.T) {
	n := 0
	s, c, r, _ := troupe(t, 0, func(_ context.Context, call wire.Call, _ func([]byte) error) (*wire.Reply, uint64, error) {
		n++
		if string(call.Body) == `{"logprobs":true}` {
			return nil, 0, wire.NewAPIError(400, "unsupported_parameter", "logprobs", "what is that")
		}
		return says("hi"), 3, nil
	})
	lacks := r.Candidates[0].Health
	r.Body = func(route.Candidate) []byte {
		if lacks.Lacks(time.Now(), "logprobs") {
			return []byte(`{}`)
		}
		return []byte(`{"logprobs":true}`)
	}
	got, err := c.Do(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, `{}`, string(got.Sent))
	require.Equal(t, uint64(3), got.Cost)
	require.Equal(t, 2, n)
	_, err = c.Do(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, 3, n, "it is known now")
	require.Len(t, s.asked(), 3)
}

func TestHedging(t *testing.T) {
	const hedge = time.Second
	t.Run("first-in-time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, c, r, _ := troupe(t, hedge, answers("one", hedge-1, 7), answers("two", 0, 9))
			got, err := c.Do(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, "one", string(got.Reply.Body))
			require.Equal(t, []string{"m0"}, s.asked())
		})
	})
	t.Run("second-is-first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, c, r, _ := troupe(t, hedge, answers("one", time.Hour, 7), answers("two", time.Second, 9), answers("three", 0, 1))
			began := time.Now()
			got, err := c.Do(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, "two", string(got.Reply.Body))
			require.Equal(t, uint64(9), got.Cost, "who was broken off is not paid")
			require.Equal(t, []string{"m0", "m1"}, s.asked(), "two at once, and no third")
			require.Equal(t, 2*time.Second, time.Since(began), "nobody waits for the loser")
		})
	})
	t.Run("loser-of-a-stream-ends-with-the-first-event", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var ended time.Duration
			began := time.Now()
			slow := func(ctx context.Context, _ wire.Call, _ func([]byte) error) (*wire.Reply, uint64, error) {
				<-ctx.Done()
				ended = time.Since(began)
				return nil, 0, ctx.Err()
			}
			_, c, r, router := troupe(t, hedge, slow, func(_ context.Context, _ wire.Call, emit func([]byte) error) (*wire.Reply, uint64, error) {
				for range 60 {
					if err := emit([]byte("w")); err != nil {
						return nil, 0, err
					}
					time.Sleep(time.Second)
				}
				return says("w"), 9, nil
			})
			var outcomes []route.Outcome
			c.Observe = func(_ route.Candidate, o route.Outcome, _ error) { outcomes = append(outcomes, o) }
			n, begun := 0, 0
			r.OnEvent, r.Begin = func([]byte) error { n++; return nil }, func(route.Candidate, []byte) { begun++ }
			got, err := c.Do(t.Context(), r)
			require.NoError(t, err)
			require.True(t, got.Began)
			require.Equal(t, "m1", got.Candidate.Hotkey)
			require.Equal(t, []int{60, 1}, []int{n, begun}, "of one miner alone")
			require.Equal(t, hedge, ended, "and not a minute later, when the stream is over")
			require.Len(t, outcomes, 2)
			require.True(t, outcomes[0].Neutral && outcomes[0].Lost && !outcomes[0].Good)
			require.True(t, outcomes[1].Good && !outcomes[1].Lost)
			_ = router
		})
	})
	t.Run("events-at-the-same-moment", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			words := func(word string, first time.Duration) act {
				return func(ctx context.Context, _ wire.Call, emit func([]byte) error) (*wire.Reply, uint64, error) {
					time.Sleep(first) // and looks at no context: what was sent is on its way
					for range 5 {
						if err := emit([]byte(word)); err != nil {
							return nil, 0, err
						}
					}
					return says(word), 4, nil
				}
			}
			for range 50 {
				_, c, r, _ := troupe(t, hedge, words("a", 2*hedge), words("b", hedge))
				var got []string
				r.OnEvent, r.Begin = func(b []byte) error { got = append(got, string(b)); return nil }, func(route.Candidate, []byte) {}
				a, err := c.Do(t.Context(), r)
				require.NoError(t, err)
				require.Len(t, got, 5)
				for _, w := range got {
					require.Equal(t, string(a.Reply.Body), w, "nobody gets a text of two")
				}
				require.Equal(t, uint64(4), a.Cost)
			}
		})
	})
	t.Run("both-answered", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			deaf := func(context.Context, wire.Call, func([]byte) error) (*wire.Reply, uint64, error) {
				time.Sleep(3 * time.Second)
				return says("one"), 7, nil
			}
			_, c, r, _ := troupe(t, hedge, deaf, answers("two", time.Second, 9))
			got, err := c.Do(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, "two", string(got.Reply.Body))
			require.Equal(t, uint64(16), got.Cost, "both were paid: it is told, and %d calls were reserved", c.AtOnce(2, true))
			require.Equal(t, 2, c.AtOnce(2, true))
		})
	})
	t.Run("the-first-fails-while-the-second-works", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, c, r, _ := troupe(t, hedge, func(context.Context, wire.Call, func([]byte) error) (*wire.Reply, uint64, error) {
				time.Sleep(hedge + 1)
				return nil, 0, errors.New("reset")
			}, answers("two", time.Second, 9), answers("three", 0, 1))
			got, err := c.Do(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, "two", string(got.Reply.Body))
			require.Equal(t, []string{"m0", "m1"}, s.asked())
		})
	})
	t.Run("caller-leaves", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, c, r, _ := troupe(t, hedge, answers("one", time.Hour, 7), answers("two", time.Hour, 9))
			var outcomes []route.Outcome
			c.Observe = func(_ route.Candidate, o route.Outcome, _ error) { outcomes = append(outcomes, o) }
			ctx, cancel := context.WithTimeout(t.Context(), 2*hedge)
			defer cancel()
			_, err := c.Do(ctx, r)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Len(t, outcomes, 2)
			for _, o := range outcomes {
				require.True(t, o.Neutral && !o.Lost, "it says nothing of either")
			}
		})
	})
}

// One session serves calls for hours and is renewed before miners refuse it.
func TestSessions(t *testing.T) {
	account, sign, err := wire.LocalAccount(bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	now, signed := time.Unix(1_000_000, 0), 0
	s := &upstream.Sessions{ChainID: "c", Account: account, Now: func() time.Time { return now }, Sign: func(b []byte) ([]byte, error) {
		signed++
		return sign(b)
	}}
	var last *wire.Session
	for range 24 * 60 {
		now = now.Add(time.Minute)
		got, err := s.Current()
		require.NoError(t, err)
		last = got
	}
	require.NotNil(t, last)
	require.GreaterOrEqual(t, signed, 4)
	require.LessOrEqual(t, signed, 6, "a day has four lives of six hours, of which four fifths are used")
	s = &upstream.Sessions{ChainID: "c", Account: account, Now: time.Now, Sign: func([]byte) ([]byte, error) { return nil, errors.New("keyring is locked") }}
	_, err = s.Current()
	require.ErrorContains(t, err, "keyring is locked")
}
