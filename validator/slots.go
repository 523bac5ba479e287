package validator

import (
	"sync"

	"github.com/agon-chain/agon/x/scoring/exam"
)

// slots says which receipt of a miner the next question is for, for one epoch. Safe for concurrent use.
type slots struct {
	mu     sync.Mutex
	wanted uint16
	filled map[slot]bool
	flying map[slot]int
}

type slot struct{ uid, index uint16 }

// newSlots starts from the receipts that are there.
func newSlots(p exam.Params, b exam.Binding, uids []uint16, leaves []exam.Leaf) *slots {
	s := &slots{wanted: p.ReceiptsPerMiner, filled: map[slot]bool{}, flying: map[slot]int{}}
	for _, uid := range uids {
		for i := range s.wanted {
			s.filled[slot{uid, i}] = true
		}
		for _, i := range exam.Missing(p, b, uid, leaves) {
			s.filled[slot{uid, i}] = false
		}
	}
	return s
}

// take the empty slot with the fewest questions under way; the first slot when all are filled, since the question must have one.
func (s *slots) take(uid uint16) slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	best := slot{uid, 0}
	found := false
	for i := range s.wanted {
		at := slot{uid, i}
		if !s.filled[at] && (!found || s.flying[at] < s.flying[best]) {
			best, found = at, true
		}
	}
	s.flying[best]++
	return best
}

// give a slot back, with its receipt or without.
func (s *slots) give(at slot, receipt bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying[at]--
	if receipt {
		s.filled[at] = true
	}
}

// missing is the number of empty slots of a miner.
func (s *slots) missing(uid uint16) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for i := range s.wanted {
		if !s.filled[slot{uid, i}] {
			n++
		}
	}
	return n
}
