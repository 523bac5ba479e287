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
	next := 0 // the lowest uid that keeps the row sorted
	for k, e := range row {
		uid := int(e.UID)
		if uid >= n {
			return false, fmt.Errorf("%w: %s row %d names uid %d at position %d, below %d expected: drop it",
				ErrUID, name, i, uid, k, n)
		}
		unsorted = unsorted || uid < next
		next = uid + 1
	}
	if !unsorted {
		return false, nil
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
// Entries of value zero stay: they are present.
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
	w.cols, w.vals = grow(w.cols, total), grow(w.vals, total)

	end := 0
	for i, row := range w.weights.sorted {
		w.rowStart[i] = end
		if !w.permits[i] {
			continue
		}
		var sum uint64
		start := end
		for _, e := range row {
			if !w.counts(in, i, int(e.UID)) {
				continue
			}
			w.cols[end], w.vals[end] = e.UID, uint64(e.Value)
			sum += uint64(e.Value)
			end++
		}
		// The sum saturates at 2^31 in Q32, where the quotient of an integer is
		// the same as by 2^31 itself.
		d := newDivisor(min(sum, 1<<31))
		for k := start; k < end; k++ {
			w.vals[k] = d.quo(w.vals[k])
		}
	}
	w.rowStart[in.N] = end
}

// counts reports whether the weight of validator i on j passes the masks of a
// row that is permitted.
func (w *Workspace) counts(in *Input, i, j int) bool {
	registered := in.RegisteredAt[j]
	return (i != j || i == in.OwnerUID) && in.LastUpdate[i] > registered && w.commits[i] >= registered
}
