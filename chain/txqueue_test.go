package chain

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

func TestQueueKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		runBench(t, n, 1, func(b bench, q ...*TxQueue) {
			var all sync.WaitGroup
			var want []string
			for i := range 8 {
				l := fmt.Sprint("m", i)
				want = append(want, l)
				all.Go(func() {
					_, err := q[0].Submit(b.ctx, send(l))
					require.NoError(t, err)
				})
				synctest.Wait() // it stands in line before the next comes
			}
			all.Wait()
			require.Equal(t, want, n.applied)
			require.EqualValues(t, 8, n.sequence)
		})
	})
}

func TestQueueSendsABatchAsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		runBench(t, n, 1, func(b bench, q ...*TxQueue) {
			r, err := q[0].Submit(b.ctx, send("a"), send("b"), send("c"))
			require.NoError(t, err)
			require.Equal(t, []string{"abc"}, n.applied)
			require.EqualValues(t, 2, r.Height)
			require.EqualValues(t, 150, r.GasWanted, "simulated 100, adjusted by 1.5")
			_, err = q[0].Submit(b.ctx)
			require.ErrorIs(t, err, ErrConfig)
		})
	})
}

// Each message takes effect exactly once, whatever the node does meanwhile.
func TestQueueSurvivesFaults(t *testing.T) {
	for name, c := range map[string]struct {
		before     func(n *fakeNode)
		during     func(n *fakeNode) // a moment after the submission
		after      time.Duration     // that moment; 3 s unless set
		signatures int               // how often the message was signed
	}{
		"no-fault":                  {signatures: 1},
		"down-at-first":             {before: func(n *fakeNode) { n.down = true }, during: func(n *fakeNode) { n.down = false }, signatures: 1},
		"answer-to-broadcast-lost":  {before: func(n *fakeNode) { n.swallow = 1 }, signatures: 1},
		"dropped-from-the-mempool":  {before: func(n *fakeNode) { n.eject = 2 }, signatures: 1},
		"index-switched-off":        {before: func(n *fakeNode) { n.noIndex = true }, signatures: 1},
		"dropped-until-the-timeout": {before: func(n *fakeNode) { n.eject = 6 }, signatures: 2},
		"restarted-with-empty-mempool": {
			during: func(n *fakeNode) { n.mempool, n.down = nil, true }, after: time.Second, signatures: 1,
		},
		"included-while-down": {
			during: func(n *fakeNode) {
				n.at++
				n.include(n.mempool[0])
				n.mempool, n.down = nil, true
			},
			after: time.Second, signatures: 1,
		},
		"included-while-down-without-index": {
			during: func(n *fakeNode) {
				n.noIndex = true
				n.at++
				n.include(n.mempool[0])
				n.mempool, n.down = nil, true
			},
			after: time.Second, signatures: 1,
		},
		"overtaken-by-an-outside-transaction": {
			during: func(n *fakeNode) {
				n.mempool = nil
				n.at++
				n.include(fakeTx{sequence: n.sequence, timeout: 99, label: "outside"})
			},
			after: time.Second, signatures: 2,
		},
		"signature-not-verified-until-the-first-block-after-a-restart": {
			before: func(n *fakeNode) {
				n.check = func(fakeTx) *Refusal { return refusal(sdkerrors.ErrUnauthorized, "signature verification failed") }
			},
			during: func(n *fakeNode) { n.check = nil }, after: time.Second, signatures: 1,
		},
		"mempool-full-for-a-while": {
			before: func(n *fakeNode) {
				n.check = func(fakeTx) *Refusal { return refusal(sdkerrors.ErrMempoolIsFull, "mempool is full") }
			},
			during: func(n *fakeNode) { n.check = nil }, signatures: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newFakeNode()
				if c.before != nil {
					c.before(n)
				}
				runBench(t, n, 1, func(b bench, q ...*TxQueue) {
					go func() {
						after := c.after
						if after == 0 {
							after = 3 * time.Second
						}
						time.Sleep(after)
						synctest.Wait()
						if c.during != nil {
							n.set(func() { c.during(n) })
						}
						time.Sleep(4 * time.Second)
						n.set(func() { n.down = false })
					}()
					r, err := q[0].Submit(b.ctx, send("x"))
					require.NoError(t, err)
					require.NotEmpty(t, r.Hash)
					times := 0
					for _, l := range n.applied {
						if l == "x" {
							times++
						}
					}
					require.Equal(t, 1, times, "applied %v", n.applied)
					require.Equal(t, c.signatures, n.signatures("x"))
					// The queue knows where it stands.
					_, err = q[0].Submit(b.ctx, send("y"))
					require.NoError(t, err)
					require.Equal(t, 1, n.signatures("y"))
					time.Sleep(10 * time.Second) // the saboteur ends
				})
			})
		})
	}
}

func TestQueuesWithTheSameKeyShareIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		runBench(t, n, 3, func(b bench, q ...*TxQueue) {
			var all sync.WaitGroup
			for i, one := range q {
				for j := range 5 {
					all.Go(func() {
						_, err := one.Submit(b.ctx, send(fmt.Sprint(i, "-", j)))
						require.NoError(t, err)
					})
				}
			}
			all.Wait()
			require.Len(t, n.applied, 15)
			seen := map[string]bool{}
			for _, l := range n.applied {
				require.False(t, seen[l], "%s applied twice", l)
				seen[l] = true
			}
		})
	})
}

func TestQueueResyncsBetweenTransactions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		runBench(t, n, 1, func(b bench, q ...*TxQueue) {
			_, err := q[0].Submit(b.ctx, send("a"))
			require.NoError(t, err)
			n.outside("other")
			_, err = q[0].Submit(b.ctx, send("b"))
			require.NoError(t, err)
			require.Equal(t, []string{"a", "other", "b"}, n.applied)
		})
	})
}

// Which of the chain's codes comes back as which error, from each of the three places where it may refuse.
func TestQueueReportsRefusals(t *testing.T) {
	type coded interface {
		error
		Codespace() string
		ABCICode() uint32
	}
	for name, c := range map[string]struct {
		registered coded
		sentinel   error
		hint       string
	}{
		"too-early":          {scoringtypes.ErrTooEarly, nil, ""},
		"examination":        {scoringtypes.ErrExamination, nil, ""},
		"insufficient-funds": {sdkerrors.ErrInsufficientFunds, ErrInsufficientFunds, "send coins to agon1"},
		"fee-too-low":        {sdkerrors.ErrInsufficientFee, ErrFeeTooLow, "raise the gas price"},
		"no-account":         {sdkerrors.ErrUnknownAddress, ErrNoAccount, "send coins or a fee grant to agon1"},
		"grant-spent":        {feegrant.ErrFeeLimitExceeded, ErrNoFeeGrant, "grant fees"},
		"grant-expired":      {feegrant.ErrFeeLimitExpired, ErrNoFeeGrant, "grant fees"},
		"wrong-signature":    {sdkerrors.ErrUnauthorized, nil, ""},
		"grant-for-others":   {feegrant.ErrMessageNotAllowed, ErrNoFeeGrant, "grant fees"},
	} {
		for _, place := range []string{"simulation", "mempool", "block"} {
			t.Run(name+"-in-"+place, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := newFakeNode()
					no := func(fakeTx) *Refusal { return refusal(c.registered, "why\nit fails") }
					switch place {
					case "simulation":
						n.simulates = no
					case "mempool":
						n.check = no
					case "block":
						n.deliver = no
					}
					runBench(t, n, 1, func(b bench, q ...*TxQueue) {
						_, err := q[0].Submit(b.ctx, send("x"))
						require.ErrorIs(t, err, c.registered)
						if c.sentinel != nil {
							require.ErrorIs(t, err, c.sentinel)
						}
						require.NotErrorIs(t, err, scoringtypes.ErrTooLate)
						require.NotErrorIs(t, err, ErrOutcomeUnknown)
						require.Contains(t, err.Error(), c.hint)
						require.NotContains(t, err.Error(), "\n")
						r := asRefusal(err)
						require.Equal(t, place == "block", r.Hash != "" && r.Height > 0)
						// It is reported, not retried, and does not stop the queue.
						n.set(func() { n.simulates, n.check, n.deliver = nil, nil, nil })
						require.LessOrEqual(t, n.signatures("x"), 1)
						_, err = q[0].Submit(b.ctx, send("y"))
						require.NoError(t, err)
					})
				})
			})
		}
	}
}

func TestMissingFeeGrantIsToldByItsText(t *testing.T) {
	r := &Refusal{Codespace: "undefined", Code: 1, Log: "agon1a does not allow to pay fees for agon1b: collections: not found"}
	require.ErrorIs(t, r, ErrNoFeeGrant)
	require.NotErrorIs(t, &Refusal{Codespace: "undefined", Code: 1, Log: "panic"}, ErrNoFeeGrant)
}

func TestQueueBuysMoreGas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		n.deliver = func(tx fakeTx) *Refusal {
			if tx.gas < 300 {
				return refusal(sdkerrors.ErrOutOfGas, "out of gas")
			}
			return nil
		}
		runBench(t, n, 1, func(b bench, q ...*TxQueue) {
			r, err := q[0].Submit(b.ctx, send("x"))
			require.NoError(t, err)
			require.EqualValues(t, 337, r.GasWanted, "150, then 225, then 337")
			n.set(func() {
				n.deliver = func(fakeTx) *Refusal { return refusal(sdkerrors.ErrOutOfGas, "out of gas") }
			})
			_, err = q[0].Submit(b.ctx, send("y"))
			require.ErrorIs(t, err, sdkerrors.ErrOutOfGas)
			require.Equal(t, 3, n.signatures("y"))
		})
	})
}

func TestQueueObeysTheContext(t *testing.T) {
	t.Run("before-it-was-sent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newFakeNode()
			n.down = true
			runBench(t, n, 1, func(b bench, q ...*TxQueue) {
				ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
				defer cancel()
				start := time.Now()
				_, err := q[0].Submit(ctx, send("x"))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.NotErrorIs(t, err, ErrOutcomeUnknown)
				require.Equal(t, 5*time.Second, time.Since(start))
			})
		})
	})
	t.Run("after-it-was-sent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newFakeNode()
			runBench(t, n, 1, func(b bench, q ...*TxQueue) {
				ctx, cancel := context.WithTimeout(b.ctx, 1500*time.Millisecond)
				defer cancel()
				_, err := q[0].Submit(ctx, send("x"))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.ErrorIs(t, err, ErrOutcomeUnknown)
				require.Contains(t, err.Error(), "up to height 6")
				// The next one stands behind what may still be included.
				_, err = q[0].Submit(b.ctx, send("y"))
				require.NoError(t, err)
				require.Equal(t, []string{"x", "y"}, n.applied)
			})
		})
	})
	t.Run("while-it-stands-in-line", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newFakeNode()
			runBench(t, n, 1, func(b bench, q ...*TxQueue) {
				var first sync.WaitGroup
				first.Go(func() {
					_, err := q[0].Submit(b.ctx, send("x"))
					require.NoError(t, err)
				})
				synctest.Wait()
				ctx, cancel := context.WithTimeout(b.ctx, 100*time.Millisecond)
				defer cancel()
				_, err := q[0].Submit(ctx, send("y"))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				first.Wait()
				require.Equal(t, 0, n.signatures("y"))
			})
		})
	})
}

func TestQueueThatStoppedSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		var queue *TxQueue
		var pending sync.WaitGroup
		runBench(t, n, 1, func(b bench, q ...*TxQueue) {
			queue = q[0]
			pending.Go(func() {
				_, err := queue.Submit(t.Context(), send("x"))
				require.ErrorIs(t, err, ErrQueueStopped)
				require.ErrorIs(t, err, ErrOutcomeUnknown)
			})
			time.Sleep(500 * time.Millisecond)
		})
		pending.Wait()
		_, err := queue.Submit(t.Context(), send("y"))
		require.ErrorIs(t, err, ErrQueueStopped)
		require.ErrorIs(t, queue.Run(t.Context()), ErrQueueStopped)
	})
}

// Where neither index nor blocks can tell, the queue must not guess.
func TestQueueDoesNotGuess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newFakeNode()
		n.noIndex, n.pruned = true, true
		runBench(t, n, 1, func(b bench, q ...*TxQueue) {
			ctx, cancel := context.WithTimeout(b.ctx, time.Hour)
			defer cancel()
			_, err := q[0].Submit(ctx, send("x"))
			require.ErrorIs(t, err, ErrOutcomeUnknown)
			require.NotErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, 1, n.signatures("x"))
		})
	})
}
