package yuma

// bondColumn is what the two passes over the bonds know of a column.
type bondColumn struct {
	bought divisor // by the sum of A*Wb
	held   divisor // by the sum of old bonds
	sum    uint64  // of new bonds
	top    uint64  // the largest new bond
	norm   divisor // by sum
	scale  divisor // by the largest normalized bond
}

// bondMask marks the columns whose old bonds are void, because their uid has
// been registered since the last epoch.
func (w *Workspace) bondMask(p *Params, in *Input) {
	last := p.lastBondBlock(in.Block)
	w.voided = grow(w.voided, in.N)
	for j, registered := range in.RegisteredAt {
		w.voided[j] = last <= registered
	}
}

// reserveBonds makes room for the new bonds, at most one for each weight and
// each old bond.
func (w *Workspace) reserveBonds(n int) {
	total := len(w.vals)
	for _, row := range w.bonds.sorted {
		total += len(row)
	}
	w.bondStart = grow(w.bondStart, n+1)
	w.bondCols, w.bondVals = grow(w.bondCols, total+1), grow(w.bondVals, total+1)
}

// classicBonds computes the new bonds as shares of a column and the dividends.
func (w *Workspace) classicBonds(p *Params, n int) {
	w.columns = zeroed(w.columns, n)
	// The weights become A*Wb.
	for i := range n {
		a := w.activeStake[i]
		for k := w.rowStart[i]; k < w.rowStart[i+1]; k++ {
			v := w.vals[k]
			if v == absent {
				v = 0
			}
			v = mulShare(a, v)
			w.vals[k] = v
			w.columns[w.cols[k]].sum += v
		}
		for _, e := range w.bonds.sorted[i] {
			w.columns[e.UID].top += uint64(e.Value)
		}
	}
	for j := range w.columns {
		c := &w.columns[j]
		held := min(c.top, 1<<31) // saturates like a row of weights
		if w.voided[j] {
			held = 0
		}
		c.bought, c.held = newDivisor(c.sum), newDivisor(held)
		c.sum, c.top = 0, 0
	}

	w.mergeClassic(p.bondAlpha(), n)

	for j := range w.columns {
		c := &w.columns[j]
		c.norm = newDivisor(c.sum)
		// Division by the sum keeps the order, so the largest stays the largest.
		c.scale = newDivisor(c.norm.quo(c.top))
	}
	w.dividends = grow(w.dividends, n)
	for i := range n {
		var d uint64
		cols := w.bondCols[w.bondStart[i]:w.bondStart[i+1]]
		vals := w.bondVals[w.bondStart[i]:w.bondStart[i+1]][:len(cols)]
		for k, j := range cols {
			c := &w.columns[j]
			share := c.norm.quo(vals[k])
			d += mulShare(share, w.incentive[j])
			vals[k] = c.scale.quo(share)
		}
		w.dividends[i] = d
	}
	normalize(w.dividends)
}

// mergeClassic writes alpha*bought + (1-alpha)*held, positive entries only.
func (w *Workspace) mergeClassic(alpha uint64, n int) {
	keep := one - alpha
	end := 0
	put := func(j uint16, v uint64) {
		w.bondCols[end], w.bondVals[end] = j, v
		if v != 0 {
			end++
		}
		c := &w.columns[j]
		c.sum += v
		c.top = max(c.top, v)
	}
	for i := range n {
		w.bondStart[i] = end
		cols := w.cols[w.rowStart[i]:w.rowStart[i+1]]
		vals := w.vals[w.rowStart[i]:w.rowStart[i+1]][:len(cols)]
		old := w.bonds.sorted[i]
		k, h := 0, 0
		for k < len(cols) && h < len(old) {
			j, e := cols[k], old[h]
			switch {
			case j == e.UID:
				c := &w.columns[j]
				put(j, mulShare(alpha, c.bought.quo(vals[k]))+mulShare(keep, c.held.quo(uint64(e.Value))))
				k++
				h++
			case j < e.UID:
				put(j, mulShare(alpha, w.columns[j].bought.quo(vals[k])))
				k++
			default:
				put(e.UID, mulShare(keep, w.columns[e.UID].held.quo(uint64(e.Value))))
				h++
			}
		}
		for ; k < len(cols); k++ {
			j := cols[k]
			put(j, mulShare(alpha, w.columns[j].bought.quo(vals[k])))
		}
		for ; h < len(old); h++ {
			e := old[h]
			put(e.UID, mulShare(keep, w.columns[e.UID].held.quo(uint64(e.Value))))
		}
	}
	w.bondStart[n] = end
}
