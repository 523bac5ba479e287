package attack

// copying repeats the newest consensus. It asks the miners, so that it has receipts, and saves the judging.
type copying struct{}

func (copying) Name() string { return "copy" }
func (copying) About() string {
	return "asks the miners for receipts, judges nothing and copies the consensus of the newest weights revealed"
}

func (copying) Ballot(_ int, v *View) Ballot { return Ballot{Weights: copied(v), Asked: true} }

// copied is the consensus on the honest miners, or silence while there is none.
func copied(v *View) []float64 {
	row, some := v.blank(), false
	for _, uid := range v.Others {
		row[uid] = v.Consensus[uid]
		some = some || row[uid] > 0
	}
	if !some {
		return nil
	}
	return row
}

// copyUnasked copies without asking anybody: its receipts are those of its own miners.
type copyUnasked struct{}

func (copyUnasked) Name() string { return "copy-without-asking" }
func (copyUnasked) About() string {
	return "copies the consensus and asks no miner: it has no receipts"
}

func (copyUnasked) Ballot(_ int, v *View) Ballot { return Ballot{Weights: copied(v)} }
