package yuma

// findVoters lists the validators with active stake, in order of uid, and their
// stake among themselves.
func (w *Workspace) findVoters(p *Params) {
	w.voters, w.median.stake = w.voters[:0], w.median.stake[:0]
	for i, a := range w.activeStake {
		if a != 0 {
			w.voters = append(w.voters, i)
			w.median.stake = append(w.median.stake, a)
		}
	}
	normalize(w.median.stake)
	w.median.sum = 0
	for _, s := range w.median.stake {
		w.median.sum += s
	}
	w.median.minority = int64(w.median.sum) - int64(fraction(p.Kappa))
	w.median.scratch = grow(w.median.scratch, len(w.voters))
}

// weightRow is row i of the weights: columns, ascending, and values.
func (w *Workspace) weightRow(i int) (cols []uint16, vals []uint64) {
	start, end := w.rowStart[i], w.rowStart[i+1]
	cols = w.cols[start:end]
	return cols, w.vals[start:end][:len(cols)]
}

// bondRow is row i of the new bonds.
func (w *Workspace) bondRow(i int) (cols []uint16, vals []uint64) {
	start, end := w.bondStart[i], w.bondStart[i+1]
	cols = w.bondCols[start:end]
	return cols, w.bondVals[start:end][:len(cols)]
}

// findConsensus computes C, the stake-weighted median of each column of weights.
func (w *Workspace) findConsensus(n int) {
	// Transpose: keys of column j will lie in keys[colStart[j]:colStart[j+1]].
	end := 0
	for j, count := range w.colStart {
		end += count
		w.colStart[j] = end
	}
	w.keys = grow(w.keys, end)
	// Filled from the back, so that colStart ends as the starts.
	starts, keys := w.colStart, w.keys
	for k := len(w.voters) - 1; k >= 0; k-- {
		cols, vals := w.weightRow(w.voters[k])
		for e, j := range cols {
			if v := vals[e]; v != 0 {
				at := starts[j] - 1
				starts[j] = at
				keys[at] = packKey(v, k)
			}
		}
	}

	w.consensus = grow(w.consensus, n)
	w.judged = false
	for j := range n {
		c := w.median.median(column{keys: w.keys[w.colStart[j]:w.colStart[j+1]], support: w.support[j]})
		w.consensus[j] = c
		w.judged = w.judged || c != 0
	}
}

// rankMiners clips the weights at consensus, computes validator trust and
// incentive from them, and turns them in place into what buys bonds: A*Wb under
// classic bonds, Wb under Yuma 3.
func (w *Workspace) rankMiners(p *Params, n int) {
	w.trust, w.incentive, w.bought = grow(w.trust, n), zeroed(w.incentive, n), zeroed(w.bought, n)
	penalty, yuma3 := fraction(p.BondsPenalty), p.Yuma3
	consensus, incentive, bought := w.consensus, w.incentive, w.bought
	for i := range n {
		cols, vals := w.weightRow(i)
		a, trust := w.activeStake[i], uint64(0)
		for k, j := range cols {
			v, c := vals[k], consensus[j]
			clipped := min(v, c)
			trust += clipped
			rank := mulShare(a, clipped)
			incentive[j] += rank
			switch {
			case yuma3:
				vals[k] = weightForBonds(v, c, penalty)
				continue
			case penalty == 0:
				rank = mulShare(a, v)
			case penalty != one:
				rank = mulShare(a, interpolate(v, c, penalty))
			}
			vals[k] = rank
			bought[j] += rank
		}
		w.trust[i] = trust
	}
	normalize(w.incentive)
}

// absent marks an entry that the weights for bonds do not have, as against one
// that they have with value zero.
const absent = ^uint64(0)

// weightForBonds is Wb of a weight v whose column has consensus c: v itself with
// no penalty, clipped with the whole, else between. What is between holds
// positive entries only; clipping drops what consensus sets to zero, but keeps a
// weight that was zero.
func weightForBonds(v, c, penalty uint64) uint64 {
	switch penalty {
	case 0:
		return v
	case one:
		if c == 0 && v != 0 {
			return absent
		}
		return min(v, c)
	}
	if v = interpolate(v, c, penalty); v == 0 {
		return absent
	}
	return v
}

// interpolate is v + penalty*(min(v, c)-v) for a penalty below one. The product
// is negative and rounds away from zero.
func interpolate(v, c, penalty uint64) uint64 {
	return v - (penalty*(v-min(v, c))+(one-1))>>fracBits
}
