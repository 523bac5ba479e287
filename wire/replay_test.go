package wire_test

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func nonce(i int) (n wire.Nonce) {
	binary.BigEndian.PutUint64(n[:], uint64(i))
	return n
}

func caller(b byte) wire.AccountKey { return wire.AccountKey{b} }

func TestReplayCacheForgetsOnlyWhatIsDue(t *testing.T) {
	c := wire.NewReplayCache(10, 100)
	require.NoError(t, c.Add(caller(1), nonce(1), now.Add(time.Second), now))
	require.NoError(t, c.Add(caller(1), nonce(2), now.Add(2*time.Second), now))
	require.ErrorIs(t, c.Add(caller(1), nonce(1), now.Add(time.Second), now), wire.ErrReplay)
	require.NoError(t, c.Add(caller(2), nonce(1), now.Add(time.Second), now), "another caller's nonce is another nonce")
	at := now.Add(time.Second)
	require.NoError(t, c.Add(caller(1), nonce(1), at.Add(time.Second), at))
	require.ErrorIs(t, c.Add(caller(1), nonce(2), at.Add(time.Second), at), wire.ErrReplay)
	require.Equal(t, 2, c.Len())
}

func TestReplayCacheIsBounded(t *testing.T) {
	c := wire.NewReplayCache(3, 5)
	until := now.Add(time.Minute)
	for i := range 3 {
		require.NoError(t, c.Add(caller(1), nonce(i), until, now))
	}
	require.ErrorIs(t, c.Add(caller(1), nonce(3), until, now), wire.ErrReplayFull)
	require.NoError(t, c.Add(caller(2), nonce(0), until, now), "one caller's flood must not shut out another")
	require.NoError(t, c.Add(caller(3), nonce(0), until, now))
	require.ErrorIs(t, c.Add(caller(4), nonce(0), until, now), wire.ErrReplayFull)
	require.ErrorIs(t, c.Add(caller(1), nonce(0), until, now), wire.ErrReplay, "full or not, a replay is a replay")
	require.NoError(t, c.Add(caller(1), nonce(3), until.Add(time.Minute), until))
	require.Equal(t, 1, c.Len())
}

// The cache is compared with the obvious one: a map that is searched in full.
func TestReplayCacheMatchesTheObviousOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	c := wire.NewReplayCache(1<<20, 1<<20)
	seen := map[wire.Nonce]time.Time{}
	at := now
	for range 20000 {
		at = at.Add(time.Duration(rng.IntN(20)) * time.Millisecond)
		n, until := nonce(rng.IntN(500)), at.Add(time.Duration(rng.IntN(2000))*time.Millisecond)
		old, ok := seen[n]
		err := c.Add(caller(1), n, until, at)
		if ok && old.After(at) {
			require.ErrorIs(t, err, wire.ErrReplay)
			continue
		}
		require.NoError(t, err)
		seen[n] = until
	}
}

func TestReplayCacheAcceptsOnceAcrossGoroutines(t *testing.T) {
	c := wire.NewReplayCache(1000, 1000)
	var accepted atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 500 {
				if c.Add(caller(1), nonce(i), now.Add(time.Second), now) == nil {
					accepted.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(500), accepted.Load())
}

// FuzzReplayCache plays calls, one for each four bytes, against a list that forgets nothing: no nonce is taken twice while its request would be fresh, nothing
// but a full cache refuses a new one, and the bounds hold.
func FuzzReplayCache(f *testing.F) {
	f.Add([]byte{0, 1, 9, 0, 0, 1, 9, 0, 0, 1, 9, 12})
	f.Add([]byte{1, 1, 200, 0, 2, 2, 200, 0, 3, 3, 200, 0, 1, 1, 1, 255})
	f.Fuzz(func(t *testing.T, calls []byte) {
		const perCaller, total = 3, 6
		c := wire.NewReplayCache(perCaller, total)
		type key struct{ caller, nonce byte }
		until, at := map[key]time.Time{}, now
		for ; len(calls) >= 4; calls = calls[4:] {
			k := key{calls[0] % 4, calls[1] % 8}
			at = at.Add(time.Duration(calls[3]) * time.Millisecond)
			end := at.Add(time.Duration(calls[2]) * time.Millisecond)
			of, all := 0, 0
			for other, u := range until {
				if u.After(at) {
					all++
					if other.caller == k.caller {
						of++
					}
				}
			}
			err := c.Add(caller(k.caller), nonce(int(k.nonce)), end, at)
			switch {
			case until[k].After(at):
				require.ErrorIs(t, err, wire.ErrReplay)
			case !end.After(at):
				require.NoError(t, err)
			case of >= perCaller || all >= total:
				require.ErrorIs(t, err, wire.ErrReplayFull)
			default:
				require.NoError(t, err)
				until[k] = end
			}
			require.LessOrEqual(t, c.Len(), total)
		}
	})
}
