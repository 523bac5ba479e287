package yuma

import (
	"fmt"
	"math"
	"math/big"
	"slices"
)

// The slow epoch: dense matrices, every product and quotient in big integers,
// every sum saturating, one loop per formula. It shares no arithmetic with the
// package.

func bigToQ(x *big.Int) int64 {
	switch {
	case x.IsInt64():
		return x.Int64()
	case x.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

func oMul(a, b int64) int64 {
	p := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	return bigToQ(p.Rsh(p, 32)) // Rsh rounds down
}

func oQuo(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	p := new(big.Int).Lsh(big.NewInt(a), 32)
	return bigToQ(p.Quo(p, big.NewInt(b)))
}

func oAdd(a, b int64) int64 {
	return bigToQ(new(big.Int).Add(big.NewInt(a), big.NewInt(b)))
}

func oSub(a, b int64) int64 {
	return bigToQ(new(big.Int).Sub(big.NewInt(a), big.NewInt(b)))
}

func oSum(x []int64) (s int64) {
	for _, v := range x {
		s = oAdd(s, v)
	}
	return s
}

func oNormalize(x []int64) []int64 {
	s, out := oSum(x), make([]int64, len(x))
	for i, v := range x {
		out[i] = oQuo(v, s)
	}
	return out
}

func oU16(x int64) uint16 {
	p := new(big.Int).Mul(big.NewInt(x), big.NewInt(65535))
	return uint16(min(p.Rsh(p, 32).Int64(), 65535))
}

func oFraction(v uint16) int64 { return oQuo(int64(v)<<32, 65535<<32) }

func oracleExp(x int64) int64 {
	x = min(max(x, -20*One), 20*One)
	switch {
	case x == 0:
		return One
	case x == One:
		return 11674931200
	case x < 0:
		return oQuo(One, oSeries(-x))
	}
	return oSeries(x)
}

func oSeries(x int64) int64 {
	sum, term := oAdd(x, One), x
	for i := int64(2); i <= 31; i++ {
		term = oQuo(oMul(term, x), i<<32)
		sum = oAdd(sum, term)
	}
	return sum
}

func oracleAlpha(consensus, weight, bond, low, high, steepness int64) int64 {
	clamp := func(x, low, high int64) int64 {
		if x < low {
			return low
		}
		return min(x, high)
	}
	d := clamp(oSub(bond, weight), 0, One)
	if weight >= bond {
		d = clamp(oSub(weight, consensus), 0, One)
	}
	x := oMul(oQuo(steepness, -100*One), oSub(d, One/2))
	s := oQuo(One, oAdd(One, oracleExp(x)))
	return clamp(oAdd(low, oMul(s, oSub(high, low))), low, high)
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// splitMedian is the weighted median by splitting around the middle element.
func splitMedian(stake, score []int64, index []int, minority, low, high int64) int64 {
	if len(index) == 0 {
		return 0
	}
	pivot := score[index[len(index)/2]]
	var lower, upper []int
	var lowerStake, upperStake int64
	for _, i := range index {
		switch {
		case score[i] < pivot:
			lower, lowerStake = append(lower, i), lowerStake+stake[i]
		case score[i] > pivot:
			upper, upperStake = append(upper, i), upperStake+stake[i]
		}
	}
	if minority < low+lowerStake && len(lower) > 0 {
		return splitMedian(stake, score, lower, minority, low, low+lowerStake)
	}
	if high-upperStake <= minority && len(upper) > 0 {
		return splitMedian(stake, score, upper, minority, high-upperStake, high)
	}
	return pivot
}

func oracleMedians(stake []int64, score [][]int64, columns int, majority int64) []int64 {
	out := make([]int64, columns)
	for j := range out {
		var use, column []int64
		for i, s := range stake {
			if s > 0 {
				use, column = append(use, s), append(column, score[i][j])
			}
		}
		use = oNormalize(use)
		sum := oSum(use)
		out[j] = splitMedian(use, column, indices(len(use)), oSub(sum, majority), 0, sum)
	}
	return out
}

func matrix(n int) [][]int64 {
	out := make([][]int64, n)
	for i := range out {
		out[i] = make([]int64, n)
	}
	return out
}

func columnNormalized(m [][]int64) [][]int64 {
	out := matrix(len(m))
	for j := range m {
		var sum int64
		for i := range m {
			sum = oAdd(sum, m[i][j])
		}
		for i := range m {
			out[i][j] = oQuo(m[i][j], sum)
		}
	}
	return out
}

// walked reads a stored row by going along it once, uid by uid, as the
// reference's liquid alpha does: entries behind a higher uid are passed over.
func walked(order []int, n int) []bool {
	out := make([]bool, n)
	at := 0
	for j := range n {
		for at < len(order) && order[at] < j {
			at++
		}
		out[j] = at < len(order) && order[at] == j
	}
	return out
}

func satSub(a, b uint64) uint64 {
	if b > a {
		return 0
	}
	return a - b
}

func runOracle(p Params, in *Input) *Output {
	n := in.N
	out := &Output{Bonds: make([][]Entry, n)}
	out.resize(n)
	permits := slices.Clone(in.Permits)
	stake128 := make([]*big.Int, n)
	sum128, most128 := new(big.Int), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 127), big.NewInt(1))
	saturate := func(x *big.Int) *big.Int {
		if x.Cmp(most128) > 0 {
			return most128
		}
		return x
	}
	for i := range n {
		limit := new(big.Int).Add(new(big.Int).SetUint64(in.LastUpdate[i]), new(big.Int).SetUint64(p.ActivityCutoff))
		if !limit.IsUint64() {
			limit.SetUint64(math.MaxUint64)
		}
		out.Active[i] = limit.Cmp(new(big.Int).SetUint64(in.Block)) >= 0
		s := in.Stake[i]
		if s < p.StakeThreshold && i != in.OwnerUID {
			s = 0
		}
		stake128[i] = saturate(new(big.Int).Lsh(new(big.Int).SetUint64(s), 64))
		sum128 = saturate(new(big.Int).Add(sum128, stake128[i]))
	}
	s := make([]int64, n)
	for i := range n {
		if sum128.Sign() > 0 {
			q := new(big.Int).Lsh(stake128[i], 64)
			q.Quo(q, sum128)
			s[i] = bigToQ(q.Rsh(q, 32))
		}
	}
	order := indices(n)
	slices.SortStableFunc(order, func(a, b int) int {
		if s[a] != s[b] {
			if s[a] > s[b] {
				return -1
			}
			return 1
		}
		return b - a
	})
	for rank, i := range order {
		out.Permits[i] = rank < int(p.MaxValidators) && s[i] != 0
	}
	if in.OwnerUID != NoOwner {
		permits[in.OwnerUID], out.Permits[in.OwnerUID] = true, true
	}
	a := make([]int64, n)
	for i := range n {
		if out.Active[i] && permits[i] {
			a[i] = s[i]
		}
	}
	a = oNormalize(a)

	wm, present, weightOrder := matrix(n), make([][]bool, n), make([][]int, n)
	for i := range n {
		present[i] = make([]bool, n)
		if !permits[i] {
			continue
		}
		for _, e := range in.Weights[i] {
			j := int(e.UID)
			if i == j && i != in.OwnerUID || in.LastUpdate[i] <= in.RegisteredAt[j] {
				continue
			}
			late := false
			for _, c := range in.Commits {
				late = late || p.CommitReveal && int(c.UID) == i && c.Block < in.RegisteredAt[j]
			}
			if late {
				continue
			}
			wm[i][j], present[i][j] = int64(e.Value)<<32, true
			weightOrder[i] = append(weightOrder[i], j)
		}
		wm[i] = oNormalize(wm[i])
	}

	c := oracleMedians(a, wm, n, oFraction(p.Kappa))
	k, rank, trust := matrix(n), make([]int64, n), make([]int64, n)
	for i := range n {
		for j := range n {
			k[i][j] = min(wm[i][j], c[j])
			rank[j] = oAdd(rank[j], oMul(a[i], k[i][j]))
		}
		trust[i] = oSum(k[i])
	}
	incentive := oNormalize(rank)

	penalty := oFraction(p.BondsPenalty)
	wb := matrix(n)
	for i := range n {
		for j := range n {
			switch penalty {
			case 0:
				wb[i][j] = wm[i][j]
			case One:
				wb[i][j] = k[i][j]
				present[i][j] = present[i][j] && (c[j] != 0 || wm[i][j] == 0)
			default:
				wb[i][j] = max(0, oAdd(wm[i][j], oMul(penalty, oSub(k[i][j], wm[i][j]))))
				present[i][j] = wb[i][j] > 0
			}
		}
		weightOrder[i] = slices.DeleteFunc(weightOrder[i], func(j int) bool { return !present[i][j] })
		if penalty != 0 && penalty != One {
			slices.Sort(weightOrder[i])
		}
	}

	last := satSub(in.Block, p.Tempo)
	if p.LastStepBlock == math.MaxUint64 {
		last = math.MaxUint64
	} else if p.LastStepBlock != 0 {
		last = p.LastStepBlock + 1
	}
	old, bondOrder := matrix(n), make([][]int, n)
	for i := range n {
		for _, e := range in.Bonds[i] {
			if last > in.RegisteredAt[e.UID] {
				old[i][e.UID] = int64(e.Value) << 32
				bondOrder[i] = append(bondOrder[i], int(e.UID))
			}
		}
	}

	alpha := oSub(One, new(big.Int).Quo(new(big.Int).Lsh(new(big.Int).SetUint64(p.BondsMovingAverage), 32), big.NewInt(1_000_000)).Int64())
	next, dividends := matrix(n), make([]int64, n)
	if p.Yuma3 {
		liquid := p.LiquidAlpha && slices.ContainsFunc(c, func(x int64) bool { return x != 0 })
		for i := range n {
			seenWeight, seenBond := walked(weightOrder[i], n), walked(bondOrder[i], n)
			for j := range n {
				b := oQuo(old[i][j], 65535<<32)
				al := alpha
				if liquid {
					if !present[i][j] && !p.BondsDecayOmitted {
						continue
					}
					weight, bond := wb[i][j], b
					if !p.BondsDecayOmitted && !seenWeight[j] {
						weight = 0
					}
					if !p.BondsDecayOmitted && !seenBond[j] {
						bond = 0
					}
					al = oracleAlpha(c[j], weight, bond, oFraction(p.AlphaLow), oFraction(p.AlphaHigh), int64(p.AlphaSigmoidSteepness)<<32)
				}
				next[i][j] = min(One, oAdd(oMul(oSub(One, al), b), oMul(al, wb[i][j])))
			}
		}
		norm := columnNormalized(next)
		for i := range n {
			var d int64
			for j := range n {
				d = oAdd(d, oMul(norm[i][j], incentive[j]))
			}
			dividends[i] = oMul(a[i], d)
		}
	} else {
		delta := matrix(n)
		for i := range n {
			for j := range n {
				delta[i][j] = oMul(a[i], wb[i][j])
			}
		}
		held := columnNormalized(old)
		delta = columnNormalized(delta)
		for i := range n {
			for j := range n {
				next[i][j] = oAdd(oMul(alpha, delta[i][j]), oMul(oSub(One, alpha), held[i][j]))
			}
		}
		next = columnNormalized(next)
		for j := range n {
			var top int64
			for i := range n {
				dividends[i] = oAdd(dividends[i], oMul(next[i][j], incentive[j]))
				top = max(top, next[i][j])
			}
			for i := range n {
				next[i][j] = oQuo(next[i][j], top)
			}
		}
	}
	dividends = oNormalize(dividends)

	combined := make([]int64, n)
	for i := range n {
		combined[i] = oAdd(incentive[i], dividends[i])
	}
	total := oSum(combined)
	out.Fallback = total == 0
	for i := range n {
		out.StakeWeight[i], out.Consensus[i] = oU16(s[i]), oU16(c[i])
		out.Incentive[i], out.Dividends[i] = oU16(incentive[i]), oU16(dividends[i])
		out.ValidatorTrust[i] = oU16(trust[i])
		out.ServerShare[i] = oQuo(incentive[i], total)
		out.ValidatorShare[i] = oQuo(dividends[i], total)
		out.CombinedShare[i] = oQuo(combined[i], total)
		if out.Fallback {
			out.ValidatorShare[i] = a[i]
			if oSum(a) == 0 {
				out.ValidatorShare[i] = s[i]
			}
			out.CombinedShare[i] = out.ValidatorShare[i]
		}
		for j := range n {
			if v := oU16(next[i][j]); v != 0 && out.Permits[i] {
				out.Bonds[i] = append(out.Bonds[i], Entry{UID: uint16(j), Value: v})
			}
		}
	}
	return out
}

// difference names the first column in which two outputs differ.
func difference(want, got *Output) string {
	for _, c := range []struct {
		name      string
		same      bool
		want, got any
	}{
		{"active", slices.Equal(want.Active, got.Active), want.Active, got.Active},
		{"permits", slices.Equal(want.Permits, got.Permits), want.Permits, got.Permits},
		{"stake weight", slices.Equal(want.StakeWeight, got.StakeWeight), want.StakeWeight, got.StakeWeight},
		{"consensus", slices.Equal(want.Consensus, got.Consensus), want.Consensus, got.Consensus},
		{"trust", slices.Equal(want.ValidatorTrust, got.ValidatorTrust), want.ValidatorTrust, got.ValidatorTrust},
		{"incentive", slices.Equal(want.Incentive, got.Incentive), want.Incentive, got.Incentive},
		{"dividends", slices.Equal(want.Dividends, got.Dividends), want.Dividends, got.Dividends},
		{"server", slices.Equal(want.ServerShare, got.ServerShare), want.ServerShare, got.ServerShare},
		{"validator", slices.Equal(want.ValidatorShare, got.ValidatorShare), want.ValidatorShare, got.ValidatorShare},
		{"combined", slices.Equal(want.CombinedShare, got.CombinedShare), want.CombinedShare, got.CombinedShare},
		{"fallback", want.Fallback == got.Fallback, want.Fallback, got.Fallback},
		{"bonds", slices.EqualFunc(want.Bonds, got.Bonds, slices.Equal[[]Entry]), want.Bonds, got.Bonds},
	} {
		if !c.same {
			return fmt.Sprintf("%s: want %v, got %v", c.name, c.want, c.got)
		}
	}
	return ""
}
