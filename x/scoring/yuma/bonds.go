package yuma

// bondColumn is what merging a column of bonds reads and sums.
type bondColumn struct {
	bought divisor // by the sum of A*Wb
	held   divisor // by the sum of old bonds
	sum    uint64  // of new bonds
	top    uint64  // the largest new bond
}

// finalColumn is what finishing a column of bonds reads.
type finalColumn struct {
	norm      divisor // by the sum of new bonds
	scale     divisor // by the largest normalized bond
	incentive uint64
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
func (w *Workspace) classicBonds(p *Params, n int, out *Output) {
	w.columns, w.held = zeroed(w.columns, n), zeroed(w.held, n)
	held := w.held
	for _, row := range w.bonds.sorted {
		for _, e := range row {
			held[e.UID] += uint64(e.Value)
		}
	}
	for j, sum := range held {
		sum = min(sum, 1<<31) // saturates like a row of weights
		if w.voided[j] {
			sum = 0 // dividing by zero voids
		}
		w.columns[j].bought, w.columns[j].held = newDivisor(w.bought[j]), newDivisor(sum)
	}

	w.mergeClassic(p.bondAlpha(), n)

	w.finals = grow(w.finals, n)
	for j := range w.columns {
		c, f := &w.columns[j], &w.finals[j]
		f.incentive = w.incentive[j]
		f.norm = newDivisor(c.sum)
		// Division by the sum keeps the order, so the largest stays the largest.
		f.scale = newDivisor(f.norm.quo(c.top))
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
			share := f.norm.quo(vals[k])
			d += mulShare(share, f.incentive)
			v := toU16(f.scale.quo(share))
			entries[end] = Entry{UID: j, Value: v}
			if v != 0 {
				end += keep
			}
		}
		w.dividends[i] = d
		out.Bonds[i] = entries[start:end:end]
	}
	normalize(w.dividends)
}

// bondOutput gives room for the rows of the output: one entry for each new bond
// and one to spare. Nothing of the input is read from here on.
func (w *Workspace) bondOutput(n int, out *Output) []Entry {
	out.Bonds = grow(out.Bonds, n)
	out.bondEntries = grow(out.bondEntries, w.bondStart[n]+1)
	return out.bondEntries
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// mergeClassic writes alpha*bought + (1-alpha)*held, positive entries only.
func (w *Workspace) mergeClassic(alpha uint64, n int) {
	keep := one - alpha
	columns, outCols := w.columns, w.bondCols
	outVals := w.bondVals[:len(outCols)]
	end := 0
	put := func(j uint16, c *bondColumn, v uint64) {
		outCols[end], outVals[end] = j, v
		if v != 0 {
			end++
		}
		c.sum += v
		c.top = max(c.top, v)
	}
	for i := range n {
		w.bondStart[i] = end
		cols, vals := w.weightRow(i)
		old := w.bonds.sorted[i]
		k, h := 0, 0
		for k < len(cols) && h < len(old) {
			j, e := cols[k], old[h]
			switch {
			case j == e.UID:
				c := &columns[j]
				put(j, c, mulShare(alpha, c.bought.quo(vals[k]))+mulShare(keep, c.held.quo(uint64(e.Value))))
				k++
				h++
			case j < e.UID:
				c := &columns[j]
				put(j, c, mulShare(alpha, c.bought.quo(vals[k])))
				k++
			default:
				c := &columns[e.UID]
				put(e.UID, c, mulShare(keep, c.held.quo(uint64(e.Value))))
				h++
			}
		}
		for ; k < len(cols); k++ {
			c := &columns[cols[k]]
			put(cols[k], c, mulShare(alpha, c.bought.quo(vals[k])))
		}
		for ; h < len(old); h++ {
			c := &columns[old[h].UID]
			put(old[h].UID, c, mulShare(keep, c.held.quo(uint64(old[h].Value))))
		}
	}
	w.bondStart[n] = end
}
