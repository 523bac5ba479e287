package attack

import (
	"math"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Result is what a case came to over the measured epochs. Shares are of the whole emission, paid or not, so that Incentive,
// Dividends, HonestIncentive, HonestDividends and Unpaid sum to one.
type Result struct {
	Case
	Incentive       float64 // of the cabal's miners
	Dividends       float64 // of the cabal's validators
	HonestIncentive float64
	HonestDividends float64
	Unpaid          float64 // of epochs in which nobody was judged: never minted

	// Relative is the cabal's dividends per stake over those of honest validators: 1 is as much. It is infinite if those
	// earn nothing, and 0 if nobody does.
	Relative float64
	// Stray is how far incentives are from true quality: the part of them that would have to move to other uids for each
	// miner to have its share of all quality. 0 is just, 1 is all for nothing; an epoch without incentives counts as 1.
	Stray float64

	// Amounts are the same in base units, to the last one.
	Amounts Amounts
}

// Share is the cabal's part of the emission.
func (r Result) Share() float64 { return r.Incentive + r.Dividends }

// Honest is the part of the emission that honest miners and validators keep.
func (r Result) Honest() float64 { return r.HonestIncentive + r.HonestDividends }

// Amounts are base units over all measured epochs.
type Amounts struct {
	Incentive, Dividends, HonestIncentive, HonestDividends, Unpaid, Emission uint64
}

// meter sums what the measured epochs pay.
type meter struct {
	world   World
	shares  []int64
	paid    []uint64
	amounts Amounts
	stray   float64
	epochs  int
}

func newMeter(w World) *meter {
	return &meter{world: w, shares: make([]int64, 0, 2*w.neurons()), paid: make([]uint64, 2*w.neurons())}
}

// add pays an epoch as the chain does: incentives and dividends in one account by largest remainder, nothing where nobody
// was judged.
func (m *meter) add(out *yuma.Output, truth []float64) {
	m.epochs++
	m.amounts.Emission += emission
	if out.Fallback {
		m.amounts.Unpaid += emission
		m.stray++
		return
	}
	n := m.world.neurons()
	m.shares = append(append(m.shares[:0], out.ServerShare...), out.ValidatorShare...)
	m.amounts.Unpaid += emission - yuma.Payout(m.shares, emission, m.paid)
	incentive, dividends := m.paid[:n], m.paid[n:]
	for uid := range n {
		if m.world.isCabal(uid) {
			m.amounts.Incentive += incentive[uid]
			m.amounts.Dividends += dividends[uid]
		} else {
			m.amounts.HonestIncentive += incentive[uid]
			m.amounts.HonestDividends += dividends[uid]
		}
	}
	m.stray += m.strayed(incentive, truth)
}

// strayed is half the sum of the distances of the shares of incentive from the shares of quality.
func (m *meter) strayed(incentive []uint64, truth []float64) float64 {
	var paid, quality, distance float64
	for _, a := range incentive {
		paid += float64(a)
	}
	if paid == 0 {
		return 1
	}
	for _, q := range truth {
		quality += q
	}
	for uid, a := range incentive {
		due := 0.0
		if j := uid - m.world.miner(0); j >= 0 && j < len(truth) {
			due = truth[j] / quality
		}
		distance += math.Abs(float64(a)/paid - due)
	}
	return distance / 2
}

func (m *meter) result(c Case) Result {
	a := m.amounts
	of := func(units uint64) float64 { return float64(units) / float64(a.Emission) }
	r := Result{
		Case: c, Amounts: a, Stray: m.stray / float64(m.epochs),
		Incentive: of(a.Incentive), Dividends: of(a.Dividends),
		HonestIncentive: of(a.HonestIncentive), HonestDividends: of(a.HonestDividends), Unpaid: of(a.Unpaid),
	}
	switch {
	case a.HonestDividends > 0:
		r.Relative = r.Dividends / c.Stake / (r.HonestDividends / (1 - c.Stake))
	case a.Dividends > 0:
		r.Relative = math.Inf(1)
	}
	return r
}
