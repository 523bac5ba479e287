package yuma

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// reader takes hostile values from fuzz bytes; past the end it yields zeros.
type reader []byte

func (r *reader) take(n int) uint64 {
	var buf [8]byte
	k := copy(buf[:n], *r)
	*r = (*r)[k:]
	return binary.LittleEndian.Uint64(buf[:])
}

// number is small more often than not, so that masks and ties are met.
func (r *reader) number() uint64 {
	switch kind := r.take(1); kind % 4 {
	case 0:
		return r.take(8)
	case 1:
		return -(r.take(1) + 1)
	}
	return r.take(1)
}

func (r *reader) row(n int) []Entry {
	row := make([]Entry, r.take(1)%uint64(n+3))
	for k := range row {
		uid := r.take(1)
		if uid%16 != 0 { // mostly valid
			uid = (uint64(k) + uid/16) % uint64(n)
		}
		row[k] = Entry{UID: uint16(uid), Value: uint16(r.take(2))}
	}
	return row
}

func FuzzRun(f *testing.F) {
	s := source(31)
	for size := range 12 {
		seed := make([]byte, 60*size)
		for k := range seed {
			seed[k] = byte(s.next())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := reader(data)
		flags := r.take(1)
		n := 1 + int(r.take(1)%12)
		p := Params{
			Kappa: uint16(r.take(2)), BondsPenalty: uint16(r.take(2)), AlphaLow: uint16(r.take(2)), AlphaHigh: uint16(r.take(2)),
			BondsMovingAverage: r.take(3), AlphaSigmoidSteepness: int16(r.take(2)),
			Yuma3: flags&1 != 0, LiquidAlpha: flags&2 != 0, CommitReveal: flags&4 != 0, BondsDecayOmitted: flags&8 != 0,
			ActivityCutoff: r.number(), Tempo: r.number(), MaxValidators: uint16(r.take(2)),
			StakeThreshold: r.number(), LastStepBlock: r.number(),
		}
		if flags&16 != 0 {
			p.BondsPenalty = 65535
		}
		in := &Input{Block: r.number(), N: n, OwnerUID: int(r.take(1)%16) - 2}
		for range n {
			in.Stake = append(in.Stake, r.number())
			in.LastUpdate = append(in.LastUpdate, r.number())
			in.RegisteredAt = append(in.RegisteredAt, r.number())
			in.Permits = append(in.Permits, r.take(1)&1 != 0)
			in.Weights = append(in.Weights, r.row(n))
			in.Bonds = append(in.Bonds, r.row(n))
		}
		for range r.take(1) % 4 {
			in.Commits = append(in.Commits, Commit{UID: uint16(r.take(1) % 16), Block: r.number()})
		}

		var w Workspace
		var out Output
		if err := w.Run(p, in, &out); err != nil {
			kinds := []error{ErrParams, ErrSize, ErrUID, ErrDuplicate}
			matched := 0
			for _, kind := range kinds {
				matched += btoi(errors.Is(err, kind))
			}
			require.Equal(t, 1, matched, err)
			return
		}
		requireShares(t, in, &out)
		require.Empty(t, difference(runOracle(p, in), &out))

		amount := r.number()
		paid := make([]uint64, n)
		distributed := Payout(out.CombinedShare, amount, paid)
		var sum uint64
		for _, v := range paid {
			sum += v
		}
		require.Equal(t, distributed, sum)
		require.Contains(t, []uint64{0, amount}, distributed)
	})
}
