package yuma

// pairs is one row of weights for bonds merged with its old bonds, by column.
type pairs struct {
	col    []uint16
	weight []uint64 // Wb, 0 where absent
	bond   []uint64 // old bond, 0 where absent or void
	alpha  []uint64
	index  []int32
	n      int
}

func (r *pairs) grow(n int) {
	r.col, r.weight, r.bond = grow(r.col, n), grow(r.weight, n), grow(r.bond, n)
	r.alpha, r.index = grow(r.alpha, n), grow(r.index, n)
}

func (r *pairs) put(j uint16, weight, bond uint64) {
	r.col[r.n], r.weight[r.n], r.bond[r.n] = j, weight, bond
	r.n++
}

// yuma3Bonds computes the new bonds as fractions of one and the dividends.
func (w *Workspace) yuma3Bonds(p *Params, in *Input, out *Output) {
	n := in.N
	w.columns = zeroed(w.columns, n)
	w.row.grow(n)
	liquid := p.LiquidAlpha && w.judged
	alpha := p.bondAlpha()
	s := newSigmoid(int64(fraction(p.AlphaLow)), int64(fraction(p.AlphaHigh)),
		int64(p.AlphaSigmoidSteepness)<<fracBits)

	end := 0
	for i := range n {
		w.bondStart[i] = end
		w.mergeRow(i, !liquid || p.BondsDecayOmitted)
		r := &w.row
		if liquid {
			w.liquidAlphas(p, in, &s, i)
		}
		for k, j := range r.col[:r.n] {
			if liquid {
				alpha = r.alpha[k]
			}
			v := min(one, mulShare(one-alpha, r.bond[k])+mulShare(alpha, r.weight[k]))
			w.bondCols[end], w.bondVals[end] = j, v
			if v != 0 {
				end++
			}
			w.columns[j].sum += v
		}
	}
	w.bondStart[n] = end

	w.finals = grow(w.finals, n)
	for j := range w.finals {
		w.finals[j] = finalColumn{norm: newDivisor(w.columns[j].sum), incentive: w.incentive[j]}
	}
	w.dividends = grow(w.dividends, n)
	entries, end := w.bondOutput(n, out), 0
	for i := range n {
		var d uint64
		start, finals := end, w.finals
		cols, vals := w.bondRow(i)
		keep := btoi(w.newPermits[i])
		for k, j := range cols {
			f := &finals[j]
			d += mulShare(f.norm.quo(vals[k]), f.incentive)
			v := toU16(vals[k])
			entries[end] = Entry{UID: j, Value: v}
			if v != 0 {
				end += keep
			}
		}
		w.dividends[i] = mulShare(w.activeStake[i], d)
		out.Bonds[i] = entries[start:end:end]
	}
	normalize(w.dividends)
}

// mergeRow fills w.row with row i: every entry of the weights for bonds and, if
// omitted is set, every old bond that has none.
func (w *Workspace) mergeRow(i int, omitted bool) {
	r := &w.row
	r.n = 0
	cols, vals := w.weightRow(i)
	old := w.bonds.sorted[i]
	k, h := 0, 0
	for k < len(cols) || h < len(old) {
		switch {
		case k < len(cols) && vals[k] == absent:
			k++
		case h < len(old) && w.voided[old[h].UID]:
			h++
		case h == len(old) || k < len(cols) && cols[k] < old[h].UID:
			r.put(cols[k], vals[k], 0)
			k++
		case k == len(cols) || old[h].UID < cols[k]:
			if omitted {
				r.put(old[h].UID, 0, fraction(old[h].Value))
			}
			h++
		default:
			r.put(cols[k], vals[k], fraction(old[h].Value))
			k++
			h++
		}
	}
}

// liquidAlphas computes the alpha of every pair of w.row.
func (w *Workspace) liquidAlphas(p *Params, in *Input, s *sigmoid, i int) {
	r := &w.row
	for k, j := range r.col[:r.n] {
		r.alpha[k] = distance(w.consensus[j], r.weight[k], r.bond[k])
	}
	if !p.BondsDecayOmitted && (w.weights.unsorted[i] || w.bonds.unsorted[i]) {
		w.unsortedDistances(p, in, i)
	}
	s.alphas(r.alpha[:r.n], r.index)
}

// unsortedDistances corrects the distances of a row whose weights or bonds are
// stored unsorted. The reference looks both up by walking along the row once,
// uid by uid, so that an entry behind one with a higher uid is passed over and
// read as zero. It happens under the reference's rule only; the corrected one,
// with BondsDecayOmitted, does not depend on the order. Weights between
// unclipped and clipped are rebuilt in order and not affected.
func (w *Workspace) unsortedDistances(p *Params, in *Input, i int) {
	w.hideWeight, w.hideBond = zeroed(w.hideWeight, in.N), zeroed(w.hideBond, in.N)
	if penalty := fraction(p.BondsPenalty); w.permits[i] && (penalty == 0 || penalty == one) {
		m, top := w.rowMask(in, i), -1
		for _, e := range in.Weights[i] {
			j := int(e.UID)
			if !m.passes(j, in.RegisteredAt) || penalty == one && w.consensus[j] == 0 && e.Value != 0 {
				continue
			}
			w.hideWeight[j] = j < top
			top = max(top, j)
		}
	}
	top := -1
	for _, e := range in.Bonds[i] {
		j := int(e.UID)
		if w.voided[j] {
			continue
		}
		w.hideBond[j] = j < top
		top = max(top, j)
	}
	r := &w.row
	for k, j := range r.col[:r.n] {
		weight, bond := r.weight[k], r.bond[k]
		if w.hideWeight[j] {
			weight = 0
		}
		if w.hideBond[j] {
			bond = 0
		}
		r.alpha[k] = distance(w.consensus[j], weight, bond)
	}
}
