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
	w.consensus = grow(w.consensus, n)
	w.judged = false
	w.cursors = w.cursors[:0]
	for _, i := range w.voters {
		w.cursors = append(w.cursors, w.rowStart[i])
	}
	for from := 0; from < n; {
		to := w.transpose(from, n)
		start := 0
		for j := from; j < to; j++ {
			end := w.colEnd[j]
			c := w.median.median(w.median.column(w.keys[start:end]))
			w.consensus[j] = c
			w.judged = w.judged || c != 0
			start = end
		}
		from = to
	}
}

// blockKeys is how many keys transpose gathers at a time: few enough to stay in
// the nearest cache until the medians are found.
const blockKeys = 1 << 12

// transpose gathers the nonzero weights of the voters on the columns from one
// on, as many as make a block, and returns the column after them. The keys of
// column j end at keys[colEnd[j]], where the next column's start. A block has
// room for several full columns, so that going through all voters for each
// block costs less than the keys do.
func (w *Workspace) transpose(from, n int) (to int) {
	size := max(blockKeys, 8*len(w.voters))
	starts, total := w.colEnd, 0
	for to = from; to < n; to++ {
		count := starts[to]
		if total+count > size {
			break
		}
		starts[to] = total
		total += count
	}
	w.keys = grow(w.keys, total)
	keys := w.keys
	for k, i := range w.voters {
		at := w.cursors[k]
		cols, vals := w.cols[at:w.rowStart[i+1]], w.vals[at:w.rowStart[i+1]]
		vals = vals[:len(cols)]
		e := 0
		for ; e < len(cols); e++ {
			j := int(cols[e])
			if j >= to {
				break
			}
			if v := vals[e]; v != 0 {
				keys[starts[j]] = packKey(v, k)
				starts[j]++
			}
		}
		w.cursors[k] = at + e
	}
	return to
}

// rankMiners clips the weights at consensus, computes validator trust and
// incentive from them, and turns them in place into what buys bonds: A*Wb under
// classic bonds, Wb under Yuma 3.
func (w *Workspace) rankMiners(p *Params, n int) {
	w.trust, w.incentive, w.bought = grow(w.trust, n), zeroed(w.incentive, n), zeroed(w.bought, n)
	penalty, yuma3 := fraction(p.BondsPenalty), p.Yuma3
	consensus := w.consensus
	// Of one length, so that a column is checked against the bound once.
	incentive, bought := w.incentive[:len(consensus)], w.bought[:len(consensus)]
	for i := range n {
		cols, vals := w.weightRow(i)
		a, trust := w.activeStake[i], uint64(0)
		for k, j := range cols {
			v, c := vals[k], consensus[j]
			clipped := min(v, c)
			trust += clipped
			rank := mulShare(a, clipped)
			incentive[j] += rank
			if yuma3 {
				vals[k] = weightForBonds(v, c, penalty)
				continue
			}
			if penalty != one {
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
