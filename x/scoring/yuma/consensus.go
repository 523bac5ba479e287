package yuma

// findConsensus computes C, the stake-weighted median of each column of weights.
func (w *Workspace) findConsensus(p *Params, n int) {
	// Validators with stake, in order of uid, and their stake among themselves.
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

	// Transpose: keys of column j lie in keys[colStart[j]:colStart[j+1]].
	w.colStart, w.support = zeroed(w.colStart, n+1), zeroed(w.support, n)
	for k, i := range w.voters {
		s := w.median.stake[k]
		for e := w.rowStart[i]; e < w.rowStart[i+1]; e++ {
			if j := w.cols[e]; w.vals[e] != 0 {
				w.colStart[j]++
				w.support[j] += s
			}
		}
	}
	end := 0
	for j, count := range w.colStart {
		end += count
		w.colStart[j] = end
	}
	w.keys = grow(w.keys, end)
	// Filled from the back, so that colStart ends as the starts.
	for k := len(w.voters) - 1; k >= 0; k-- {
		i := w.voters[k]
		for e := w.rowStart[i]; e < w.rowStart[i+1]; e++ {
			if v := w.vals[e]; v != 0 {
				at := w.colStart[w.cols[e]] - 1
				w.colStart[w.cols[e]] = at
				w.keys[at] = packKey(v, k)
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

// rankMiners clips the weights at consensus and computes validator trust and
// incentive from them.
func (w *Workspace) rankMiners(n int) {
	w.trust, w.incentive = grow(w.trust, n), zeroed(w.incentive, n)
	for i := range n {
		cols := w.cols[w.rowStart[i]:w.rowStart[i+1]]
		vals := w.vals[w.rowStart[i]:w.rowStart[i+1]][:len(cols)]
		a, trust := w.activeStake[i], uint64(0)
		for k, j := range cols {
			clipped := min(vals[k], w.consensus[j])
			trust += clipped
			w.incentive[j] += mulShare(a, clipped)
		}
		w.trust[i] = trust
	}
	normalize(w.incentive)
}

// absent marks an entry that the weights for bonds do not have, as against one
// that they have with value zero.
const absent = ^uint64(0)

// weightsForBonds turns the weights into those that buy bonds, in place: W with
// no penalty, W clipped with the whole, else between. What is between holds
// positive entries only; clipping drops what consensus sets to zero, but keeps
// a weight that was zero.
func (w *Workspace) weightsForBonds(p *Params) {
	switch penalty := fraction(p.BondsPenalty); penalty {
	case 0:
	case one:
		for k, j := range w.cols[:len(w.vals)] {
			v, c := w.vals[k], w.consensus[j]
			if v > c {
				w.vals[k] = c
				if c == 0 {
					w.vals[k] = absent
				}
			}
		}
	default:
		for k, j := range w.cols[:len(w.vals)] {
			// penalty * (K-W) is negative and rounds away from zero.
			v := w.vals[k]
			cut := v - min(v, w.consensus[j])
			v -= (penalty*cut + (one - 1)) >> fracBits
			if v == 0 {
				v = absent
			}
			w.vals[k] = v
		}
	}
}
