package keys_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

// away is a store whose limits cannot be shared while it is broken.
type away struct {
	*store.Store
	broken error
}

func (a *away) Minutes(ctx context.Context, now time.Time, took []keys.Minute) ([]keys.Minute, error) {
	if a.broken != nil {
		return nil, a.broken
	}
	return a.Store.Minutes(ctx, now, took)
}

// A fleet is one gateway to a key: processes that share a database admit its limit together, however many they are and whichever of them is asked. Between two
// times that they agree they can admit more at once, which then is missing.
func TestAFleetSharesAMinute(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh storetest.Fresh) {
		const fleet, limit, minutes = 3, 60, 3
		b := newBank(t, fresh(t), 0)
		k := b.key(t, keys.Scope{RequestsPerMinute: limit, TokensPerMinute: 100 * limit})
		now := newClock(time.Unix(1_700_000_000, 0))
		var all []*keys.Service
		for range fleet {
			s, err := keys.NewService(t.Context(), keys.Options{Store: storetest.Open(t, b.name), Now: now.now})
			require.NoError(t, err)
			all = append(all, s)
		}
		agree := func() {
			for _, s := range all {
				require.NoError(t, s.Agree(t.Context()))
			}
		}
		// play asks the processes that are chosen four times a second, and says how many of the calls were admitted.
		play := func(seconds int, chosen ...*keys.Service) (admitted int) {
			for range seconds {
				for range 4 {
					for _, s := range chosen {
						err := call(t.Context(), s, k.Secret, 0)
						if err == nil {
							admitted++
						} else {
							require.Positive(t, code(t, err, keys.CodeRate).RetryAfter)
						}
					}
					now.move(250 * time.Millisecond)
				}
				agree()
			}
			return admitted
		}
		first := play(60, all...)
		require.GreaterOrEqual(t, first, 2*limit-fleet, "what there is at first, and what comes in a minute")
		require.LessOrEqual(t, first, 2*limit+4*fleet, "and no more than one second's calls beside it")
		rest := play((minutes-1)*60, all...)
		require.InDelta(t, (minutes-1)*limit, rest, 4*fleet, "by %d processes as by one", fleet)
		alone := play(60, all[1])
		require.InDelta(t, limit, alone, 4*fleet, "one process of the fleet has all of it where the others are not asked")
		now.move(time.Hour)
		agree()
		require.InDelta(t, limit+limit, play(60, all[0], all[2]), 4*fleet, "after a rest there is a minute's worth, and not an hour's")

		// One that starts anew begins with what is left, once it has asked.
		s, err := keys.NewService(t.Context(), keys.Options{Store: storetest.Open(t, b.name), Now: now.now})
		require.NoError(t, err)
		require.NoError(t, call(t.Context(), s, k.Secret, 0))
		require.NoError(t, s.Agree(t.Context()))
		code(t, call(t.Context(), s, k.Secret, 0), keys.CodeRate)
	})
}

// While the store cannot be reached each process goes by what it knows, and what it admitted meanwhile is told afterwards.
func TestAMinuteWithoutTheStore(t *testing.T) {
	b := newBank(t, t.TempDir()+"/keys.db", 0)
	k := b.key(t, keys.Scope{RequestsPerMinute: 60})
	now := newClock(time.Unix(1_700_000_000, 0))
	stores := []*away{{Store: b.store}, {Store: b.store}}
	var all []*keys.Service
	for _, a := range stores {
		s, err := keys.NewService(t.Context(), keys.Options{Store: a, Now: now.now})
		require.NoError(t, err)
		all = append(all, s)
	}
	stores[0].broken = errors.New("connection refused")
	for range 60 {
		require.NoError(t, call(t.Context(), all[0], k.Secret, 0))
		require.ErrorIs(t, all[0].Agree(t.Context()), stores[0].broken)
	}
	code(t, call(t.Context(), all[0], k.Secret, 0), keys.CodeRate)
	require.NoError(t, call(t.Context(), all[1], k.Secret, 0))
	stores[0].broken = nil
	for _, i := range []int{0, 1, 0} {
		require.NoError(t, all[i].Agree(t.Context()))
	}
	code(t, call(t.Context(), all[1], k.Secret, 0), keys.CodeRate)
	now.move(time.Second)
	code(t, call(t.Context(), all[0], k.Secret, 0), keys.CodeRate)
	now.move(time.Second)
	require.NoError(t, call(t.Context(), all[0], k.Secret, 0), "the one too many was waited for")
}
