package yuma

import (
	"cmp"
	"fmt"
	"slices"
)

// rows are the stored rows of a matrix, each as it came or, if that was
// unsorted, as a sorted copy.
type rows struct {
	sorted   [][]Entry
	unsorted []bool
	copies   []Entry
}

// load checks the rows of the named matrix and sorts those that need it. mark
// has n entries, all zero, and is left so.
func (r *rows) load(name string, stored [][]Entry, n int, mark []bool) error {
	r.sorted, r.unsorted = grow(r.sorted, n), grow(r.unsorted, n)
	total := 0
	for i, row := range stored {
		unsorted, err := checkRow(name, i, row, n, mark)
		if err != nil {
			return err
		}
		r.sorted[i], r.unsorted[i] = row, unsorted
		if unsorted {
			total += len(row)
		}
	}
	if total == 0 {
		return nil
	}
	r.copies = grow(r.copies, total)
	rest := r.copies
	for i, row := range stored {
		if !r.unsorted[i] {
			continue
		}
		dst := rest[:copy(rest, row)]
		rest = rest[len(row):]
		slices.SortFunc(dst, func(a, b Entry) int { return cmp.Compare(a.UID, b.UID) })
		r.sorted[i] = dst
	}
	return nil
}

// release drops the references to the caller's rows.
func (r *rows) release() { clear(r.sorted) }

// checkRow reports whether a row is unsorted, and refuses a uid out of range or
// named twice.
func checkRow(name string, i int, row []Entry, n int, mark []bool) (unsorted bool, err error) {
	// Ascending without equals is the rule: then the last uid is the highest.
	next, descents := 0, 0
	for _, e := range row {
		descents |= int(e.UID) - next // negative where the order breaks
		next = int(e.UID) + 1
	}
	if descents >= 0 && next <= n {
		return false, nil
	}
	for k, e := range row {
		if int(e.UID) >= n {
			return false, fmt.Errorf("%w: %s row %d names uid %d at position %d, below %d expected: drop it",
				ErrUID, name, i, e.UID, k, n)
		}
	}
	last := len(row)
	for k, e := range row {
		if mark[e.UID] {
			err = fmt.Errorf("%w: %s row %d names uid %d again at position %d: keep one of them",
				ErrDuplicate, name, i, e.UID, k)
			last = k
			break
		}
		mark[e.UID] = true
	}
	for _, e := range row[:last] {
		mark[e.UID] = false
	}
	return true, err
}

// noCommit is the commit block of a validator without one: older than nothing.
const noCommit = ^uint64(0)

// maskWeights collects the weights that count, row by row, normalized: rows of
// permitted validators, no weight on oneself but the owner's, no target that
// registered since the weights were set or, with commit-reveal, committed.
// Entries of value zero stay: they are present. On the way it counts, by column,
// the nonzero weights of voters.
func (w *Workspace) maskWeights(p *Params, in *Input) {
	w.commits = grow(w.commits, in.N)
	for i := range w.commits {
		w.commits[i] = noCommit
	}
	if p.CommitReveal {
		for _, c := range in.Commits {
			w.commits[c.UID] = min(w.commits[c.UID], c.Block)
		}
	}

	total := 0
	for i, row := range w.weights.sorted {
		if w.permits[i] {
			total += len(row)
		}
	}
	w.rowStart = grow(w.rowStart, in.N+1)
	w.colEnd = zeroed(w.colEnd, in.N)
	w.cols, w.vals = grow(w.cols, total), grow(w.vals, total)

	cols, vals := w.cols, w.vals[:len(w.cols)] // of one length: one check of bounds
	counts, registered := w.colEnd, in.RegisteredAt[:len(w.colEnd)]
	end := 0
	for i, row := range w.weights.sorted {
		w.rowStart[i] = end
		if !w.permits[i] {
			continue
		}
		votes := w.activeStake[i] != 0
		var sum uint64
		start := end
		m := w.rowMask(in, i)
		for _, e := range row {
			if !m.passes(int(e.UID), registered) {
				continue
			}
			cols[end], vals[end] = e.UID, uint64(e.Value)
			sum += uint64(e.Value)
			end++
			if votes && e.Value != 0 {
				counts[e.UID]++
			}
		}
		// The sum saturates at 2^31 in Q32, where the quotient of an integer is
		// the same as by 2^31 itself.
		d := newDivisor(min(sum, 1<<31))
		kept := vals[start:end]
		for k, v := range kept {
			kept[k] = d.quo(v)
		}
	}
	w.rowStart[in.N] = end
	w.vals = w.vals[:end]
}

// mask is what decides which targets of a permitted row count.
type mask struct {
	self   int    // the uid whose weight on itself does not count, -1 for the owner
	before uint64 // targets registered at this block or later do not count
}

func (m mask) passes(j int, registeredAt []uint64) bool {
	return registeredAt[j] < m.before && j != m.self
}

// rowMask is the mask of validator i: a target is dropped where
// last_update[i] <= registered or commit < registered.
func (w *Workspace) rowMask(in *Input, i int) mask {
	m := mask{self: i, before: min(in.LastUpdate[i], addSaturated(w.commits[i], 1))}
	if i == in.OwnerUID {
		m.self = -1
	}
	return m
}
