package chain

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// Whatever the node does at random: what Submit reports as done was done once, what it reports as unknown at most once,
// and what it reports as failed never.
func TestQueueUnderChaos(t *testing.T) {
	const seeds, queues, each = 200, 3, 6
	done, unknown, failed := 0, 0, 0
	for seed := range uint64(seeds) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			n := newFakeNode()
			outcomes := map[string]error{}
			var mu sync.Mutex
			runBench(t, n, queues, func(b bench, q ...*TxQueue) {
				var all sync.WaitGroup
				for i, one := range q {
					for j := range each {
						l := fmt.Sprint("q", i, "m", j, ";")
						patience := time.Duration(1+r.IntN(90)) * time.Second
						all.Go(func() {
							ctx, cancel := context.WithTimeout(b.ctx, patience)
							defer cancel()
							_, err := one.Submit(ctx, send(l))
							mu.Lock()
							defer mu.Unlock()
							outcomes[l] = err
						})
					}
				}
				for range 60 {
					time.Sleep(time.Duration(200+r.IntN(1500)) * time.Millisecond)
					synctest.Wait()
					n.set(func() { disturb(n, r) })
				}
				n.set(func() { n.down, n.noIndex, n.check, n.deliver, n.eject, n.swallow = false, false, nil, nil, 0, 0 })
				all.Wait()
				time.Sleep(30 * time.Second) // what lies in the mempool is included
				synctest.Wait()
			})
			times := map[string]int{}
			for _, l := range n.applied {
				times[l]++
			}
			require.Len(t, outcomes, queues*each)
			for l, err := range outcomes {
				switch {
				case err == nil:
					require.Equal(t, 1, times[l], "seed %d: %s was reported done", seed, l)
					done++
				case errors.Is(err, ErrOutcomeUnknown):
					require.LessOrEqual(t, times[l], 1, "seed %d: %s: %v", seed, l, err)
					unknown++
				default:
					require.Zero(t, times[l], "seed %d: %s was reported failed: %v", seed, l, err)
					failed++
				}
			}
		})
	}
	t.Logf("%d done, %d unknown, %d failed", done, unknown, failed)
	require.Positive(t, min(done, unknown, failed), "the chaos is one-sided")
}

// disturb does one thing that happens to nodes.
func disturb(n *fakeNode, r *rand.Rand) {
	switch r.IntN(10) {
	case 0: // restart
		n.down, n.mempool = true, nil
	case 1, 2:
		n.down = false
	case 3:
		n.mempool = nil
	case 4:
		n.swallow = 1 + r.IntN(2)
	case 5:
		n.eject = 1 + r.IntN(8)
	case 6:
		n.noIndex = !n.noIndex
	case 7: // somebody else with the same key
		n.at++
		n.include(fakeTx{sequence: n.sequence, timeout: uint64(n.at), label: "outside"})
	case 8:
		n.check = nil
		if r.IntN(2) == 0 {
			n.check = func(fakeTx) *Refusal { return refusal(sdkerrors.ErrMempoolIsFull, "mempool is full") }
		}
	case 9:
		n.deliver = nil
		if r.IntN(4) == 0 {
			n.deliver = func(fakeTx) *Refusal { return refusal(sdkerrors.ErrInsufficientFunds, "insufficient funds") }
		}
	}
}
