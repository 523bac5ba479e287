package payer

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// honest is a miner that reckons right, of calls that end in any order, are cut off, or are answered while the payer crashes.
type honest struct {
	vouched, spent, reserved uint64
}

type running struct {
	stake
	cost    uint64
	counted bool   // by the miner
	told    uint64 // what it said was spent then
}

// However calls overlap and whatever is lost, an honest miner is never accused, is always served a voucher that covers its call after at most one
// refusal, and never holds more than what is spent, under way and in doubt.
func TestHonestMinersAreNeverAccused(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := book{Deposit: 1 << 50}
		m := honest{}
		var calls []*running
		for range 400 {
			switch n := r.IntN(10); {
			case n < 4 || len(calls) == 0:
				c := &running{stake: stake{reserve: 1 + r.Uint64N(100)}}
				c.most = c.reserve * (1 + r.Uint64N(4)) // a stream costs more than its first chunk
				c.cost = r.Uint64N(c.most + 1)
				served := false
				for range 2 {
					signed, ok := b.hold(c.stake)
					require.True(t, ok)
					m.vouched = max(m.vouched, signed)
					if m.vouched >= m.spent+m.reserved+c.reserve {
						served = true
						break
					}
					b.release(c.stake)
					require.NoError(t, b.hear(m.spent), "seed %d", seed)
					require.NoError(t, b.want(m.spent+m.reserved+c.reserve, c.reserve), "seed %d", seed)
				}
				require.True(t, served, "seed %d: the second voucher covers what the refusal asked for", seed)
				m.reserved += c.reserve
				calls = append(calls, c)
			case n < 7: // the miner is done with a call, and its answer is on its way
				c := calls[r.IntN(len(calls))]
				if !c.counted {
					m.count(c)
				}
			case n < 9: // the answer arrives, or the connection breaks
				i := r.IntN(len(calls))
				c := calls[i]
				calls = append(calls[:i], calls[i+1:]...)
				if c.counted && r.IntN(5) > 0 {
					b.settle(c.stake, c.cost)
					require.NoError(t, b.hear(c.told), "seed %d", seed)
					break
				}
				b.lose(c.stake)
				if !c.counted {
					if r.IntN(2) == 0 {
						m.count(c) // it was served to the end all the same
					} else {
						m.reserved -= c.reserve
					}
				}
			default: // the payer dies and comes back
				if r.IntN(4) > 0 {
					break
				}
				b.lead = 0
				b.restore()
				for _, c := range calls {
					if !c.counted {
						m.count(c)
					}
				}
				calls = nil
			}
			require.LessOrEqual(t, m.spent, b.Spent+b.Most+b.Doubt, "seed %d", seed)
		}
	}
}

func (m *honest) count(c *running) {
	m.reserved -= c.reserve
	m.spent += c.cost
	c.counted, c.told = true, m.spent
}

func TestWhatCannotBeExplainedIsRefused(t *testing.T) {
	b := book{Deposit: 10_000}
	_, ok := b.hold(stake{100, 300})
	require.True(t, ok)
	require.NoError(t, b.hear(300), "a stream under way may have cost all that it can")
	require.ErrorIs(t, b.hear(301), ErrReckoning)
	b.lose(stake{100, 300})
	require.NoError(t, b.hear(300), "nobody knows how it ended")
	require.Equal(t, book{Deposit: 10_000, Signed: 100, Spent: 300}, b, "now it is known, and cannot be claimed again")
	require.ErrorIs(t, b.hear(301), ErrReckoning)

	require.ErrorIs(t, b.want(501, 100), ErrUnpaid)
	require.NoError(t, b.want(500, 100))
	require.Equal(t, uint64(500), b.due(100))
}

func TestDepositsAreNotExceeded(t *testing.T) {
	b := book{Deposit: 100}
	_, ok := b.hold(stake{101, 101})
	require.False(t, ok)
	require.Equal(t, book{Deposit: 100}, b)
	_, ok = b.hold(stake{^uint64(0), ^uint64(0)})
	require.False(t, ok, "nothing wraps around")
}

func TestAVoucherThatWasForgottenIsBelieved(t *testing.T) {
	b := book{Deposit: 1000, Signed: 100, Spent: 90}
	b.recover(80)
	require.Equal(t, uint64(100), b.Signed)
	b.recover(700)
	require.Equal(t, uint64(700), b.Signed, "it never signs below what is out")
	require.NoError(t, b.hear(650))
	require.Equal(t, uint64(650), b.Spent)
	b.onChain(1000, 900)
	require.Equal(t, uint64(900), b.Signed)
	require.True(t, errors.Is(b.hear(1001), ErrReckoning))
}
