package yuma

import "fmt"

// Workspace holds the memory of an epoch and is reused from one to the next: in
// steady state Run allocates nothing. The zero value is ready. It serves one Run
// at a time and keeps nothing between two of them.
type Workspace struct {
	weights, bonds rows
	mark           []bool

	active, permits, newPermits []bool
	stake, activeStake          []uint64 // S and A
	ranking                     []uint64
	commits                     []uint64

	// Weights by row, cols ascending: W, then what buys bonds.
	rowStart []int
	cols     []uint16
	vals     []uint64

	// Weights by column; voters are the validators with active stake.
	voters  []int
	cursors []int
	colEnd  []int
	keys    []uint64
	median  medianer

	consensus, incentive, trust, dividends []uint64
	judged                                 bool // some consensus is not zero

	voided               []bool
	bought               []uint64 // sum of A*Wb by column, classic only
	held                 []uint64 // sum of old bonds by column, classic only
	columns              []bondColumn
	finals               []finalColumn
	row                  pairs
	hideWeight, hideBond []bool
	bondStart            []int
	bondCols             []uint16
	bondVals             []uint64
}

// Run computes the epoch of in under p and writes it to out. out may share
// memory with in: it is written last. An error wraps ErrParams, ErrSize, ErrUID
// or ErrDuplicate and leaves out as it was.
func (w *Workspace) Run(p Params, in *Input, out *Output) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if err := in.validate(); err != nil {
		return err
	}
	defer w.weights.release()
	defer w.bonds.release()
	w.mark = zeroed(w.mark, in.N)
	if err := w.weights.load("weights", in.Weights, in.N, w.mark); err != nil {
		return err
	}
	if err := w.bonds.load("bonds", in.Bonds, in.N, w.mark); err != nil {
		return err
	}

	w.stakeColumns(&p, in)
	w.findVoters(&p)
	w.maskWeights(&p, in)
	w.findConsensus(in.N)
	w.rankMiners(&p, in.N)
	w.bondMask(&p, in)
	w.reserveBonds(in.N)
	if p.Yuma3 {
		w.yuma3Bonds(&p, in, out)
	} else {
		w.classicBonds(&p, in.N, out)
	}
	w.write(in.N, out)
	return nil
}

// validate checks everything but the rows.
func (in *Input) validate() error {
	if in.N < 0 || in.N > MaxNeurons {
		return fmt.Errorf("%w: n is %d, from 0 to %d expected", ErrSize, in.N, MaxNeurons)
	}
	for _, c := range [...]struct {
		name string
		size int
	}{
		{"stake", len(in.Stake)},
		{"last_update", len(in.LastUpdate)},
		{"registered_at", len(in.RegisteredAt)},
		{"permits", len(in.Permits)},
		{"weights", len(in.Weights)},
		{"bonds", len(in.Bonds)},
	} {
		if c.size != in.N {
			return fmt.Errorf("%w: %s has %d entries, %d expected: give one for each uid",
				ErrSize, c.name, c.size, in.N)
		}
	}
	if in.OwnerUID != NoOwner && (in.OwnerUID < 0 || in.OwnerUID >= in.N) {
		return fmt.Errorf("%w: owner_uid is %d, below %d expected: use %d where there is none",
			ErrUID, in.OwnerUID, in.N, NoOwner)
	}
	for k, c := range in.Commits {
		if int(c.UID) >= in.N {
			return fmt.Errorf("%w: commits[%d] names uid %d, below %d expected: drop it",
				ErrUID, k, c.UID, in.N)
		}
	}
	return nil
}

// write fills the columns of the output.
func (w *Workspace) write(n int, out *Output) {
	out.resize(n)
	copy(out.Active, w.active)
	copy(out.Permits, w.newPermits)
	var total uint64
	for i := range n {
		out.StakeWeight[i] = toU16(w.stake[i])
		out.Consensus[i] = toU16(w.consensus[i])
		out.Incentive[i] = toU16(w.incentive[i])
		out.Dividends[i] = toU16(w.dividends[i])
		out.ValidatorTrust[i] = toU16(w.trust[i])
		total += w.incentive[i] + w.dividends[i]
	}

	out.Fallback = total == 0
	d := newDivisor(total)
	for i := range n {
		out.ServerShare[i] = int64(d.quo(w.incentive[i]))
		out.ValidatorShare[i] = int64(d.quo(w.dividends[i]))
		out.CombinedShare[i] = int64(d.quo(w.incentive[i] + w.dividends[i]))
	}
	if out.Fallback {
		w.fallback(out)
	}
}

// fallback shares the emission by active stake, or by stake if none is active.
func (w *Workspace) fallback(out *Output) {
	stake := w.stake
	for _, a := range w.activeStake {
		if a != 0 {
			stake = w.activeStake
			break
		}
	}
	for i, s := range stake {
		out.ValidatorShare[i] = int64(s)
		out.CombinedShare[i] = int64(s)
	}
}
