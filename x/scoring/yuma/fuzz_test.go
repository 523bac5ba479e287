package yuma

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"slices"
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

// number is small more often than not, so that masks and ties are met; else it
// is near a bound or anything.
func (r *reader) number() uint64 {
	switch kind := r.take(1); kind % 8 {
	case 0:
		return r.take(8)
	case 1:
		return -(r.take(1) + 1)
	case 2:
		return 1<<63 - 128 + r.take(1)
	case 3:
		return math.MaxUint64
	}
	return r.take(1)
}

// u16 is one of the bounds every second time.
func (r *reader) u16() uint16 {
	switch kind := r.take(1); kind % 16 {
	case 0, 1:
		return 0
	case 2, 3:
		return maxU16
	case 4:
		return maxU16 - 1
	case 5:
		return 1
	case 6:
		return 32767
	case 7:
		return 32768
	}
	return uint16(r.take(2))
}

// row is any set of uids below n, in order or not.
func (r *reader) row(n int) []Entry {
	order, set := r.take(1), r.take(2)
	var row []Entry
	for j := range n {
		if set>>j&1 != 0 {
			row = append(row, Entry{UID: uint16(j), Value: r.u16()})
		}
	}
	switch order % 8 {
	case 0:
		slices.Reverse(row)
	case 1:
		row = slices.Concat(row[len(row)/2:], row[:len(row)/2])
	}
	return row
}

// epoch is an epoch of at most twelve neurons. wrong is the kind of refusal that
// it is made to meet, or nil.
func (r *reader) epoch() (p Params, in *Input, wrong error) {
	flags := r.take(1)
	n := int(r.take(1) % 13)
	p = Params{
		Kappa: r.u16(), BondsPenalty: r.u16(), AlphaLow: r.u16(), AlphaHigh: r.u16(),
		BondsMovingAverage: r.take(3) % (millionths + 1), AlphaSigmoidSteepness: int16(r.u16()),
		Yuma3: flags&1 != 0, LiquidAlpha: flags&2 != 0, CommitReveal: flags&4 != 0, BondsDecayOmitted: flags&8 != 0,
		ActivityCutoff: r.number(), Tempo: r.number(), MaxValidators: r.u16(),
		StakeThreshold: r.number(), LastStepBlock: r.number(),
	}
	if flags&16 != 0 {
		p.MaxValidators %= 8 // of which some go without
	}
	in = &Input{Block: r.number(), N: n, OwnerUID: NoOwner}
	if flags&32 != 0 && n > 0 {
		in.OwnerUID = int(r.take(1)) % n
	}
	for range n {
		in.Stake = append(in.Stake, r.number())
		in.LastUpdate = append(in.LastUpdate, r.number())
		in.RegisteredAt = append(in.RegisteredAt, r.number())
		in.Permits = append(in.Permits, r.take(1)%4 != 0)
		in.Weights = append(in.Weights, r.row(n))
		in.Bonds = append(in.Bonds, r.row(n))
	}
	if n > 0 {
		for range r.take(1) % 4 {
			in.Commits = append(in.Commits, Commit{UID: uint16(r.take(1)) % uint16(n), Block: r.number()})
		}
	}
	return p, in, r.spoil(&p, in)
}

// spoil may break one rule of the input.
func (r *reader) spoil(p *Params, in *Input) error {
	rows := in.Weights
	if r.take(1)%2 == 0 {
		rows = in.Bonds
	}
	switch kind := r.take(1) % 16; {
	case kind == 1:
		p.BondsMovingAverage = millionths + 1 + r.take(8)%(math.MaxUint64-millionths)
		return ErrParams
	case kind == 2:
		in.N += 1 + int(r.take(3))
		return ErrSize
	case kind == 3:
		in.N = -1 - int(r.take(3))
		return ErrSize
	case kind == 4:
		in.Stake = append(in.Stake, 1)
		return ErrSize
	case kind == 5:
		in.OwnerUID = in.N + int(r.take(3))
		return ErrUID
	case kind == 6:
		in.OwnerUID = NoOwner - 1 - int(r.take(3))
		return ErrUID
	case kind == 7:
		in.Commits = append(in.Commits, Commit{UID: max(r.u16(), uint16(in.N))})
		return ErrUID
	case kind == 8 && in.N > 0:
		i := int(r.take(1)) % in.N
		rows[i] = append(rows[i], Entry{UID: max(r.u16(), uint16(in.N)), Value: r.u16()})
		return ErrUID
	case kind == 9 && in.N > 0:
		i := int(r.take(1)) % in.N
		if k := len(rows[i]); k > 0 {
			rows[i] = append(rows[i], Entry{UID: rows[i][int(r.take(1))%k].UID, Value: r.u16()})
			return ErrDuplicate
		}
	}
	return nil
}

// addSeeds adds byte strings of many lengths: from all zero, through every kind
// of refusal in turn, to noise.
func addSeeds(f *testing.F) {
	s := source(31)
	for size := range 40 {
		seed := make([]byte, 40*size)
		for k := range seed {
			seed[k] = byte(s.next())
		}
		f.Add(seed)
	}
	f.Add([]byte(nil))
	for kind := range byte(16) { // an empty subnet, spoilt
		f.Add(append(make([]byte, 22), 0, kind, 2, 0, 0))
	}
}

// FuzzRun: hostile input is refused, by the right name and without a trace, or
// gives what the oracle gives, whatever memory it is computed in.
func FuzzRun(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := reader(data)
		p, in, wrong := r.epoch()
		var w Workspace
		var out Output
		if err := w.Run(p, in, &out); err != nil || wrong != nil {
			require.ErrorIs(t, err, wrong)
			matched := 0
			for _, kind := range []error{ErrParams, ErrSize, ErrUID, ErrDuplicate} {
				matched += btoi(errors.Is(err, kind))
			}
			require.Equal(t, 1, matched, err)
			require.Equal(t, Output{}, out)
			return
		}
		requireShares(t, in, &out)
		requirePayout(t, in, &out, r.number())
		require.Empty(t, difference(runOracle(p, in), &out))

		used, again := dirty(t, int(r.take(1)%16))
		require.NoError(t, used.Run(p, in, again))
		require.Empty(t, difference(&out, again))
	})
}

// FuzzSparse: random sparse matrices, larger ones too, give what the oracle
// gives over consecutive epochs.
func FuzzSparse(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(3*seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, size uint8) {
		s := source(seed)
		n := int(size % 48)
		in := s.input(n)
		var w Workspace
		var out Output
		for range 2 {
			p := s.params(n)
			want := runOracle(p, in) // the epoch may be written over its input
			require.NoError(t, w.Run(p, in, &out))
			require.Empty(t, difference(want, &out))
			requireShares(t, in, &out)
			requirePayout(t, in, &out, pick(&s, uint64(0), 1, s.next(), math.MaxUint64))
			in.Bonds, in.Permits = out.Bonds, out.Permits
			in.Block += 5
		}
	})
}

// FuzzPermutedUIDs: renumbering the uids renumbers the result.
func FuzzPermutedUIDs(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := reader(data)
		s := source(r.take(4))
		p, in, wrong := r.epoch()
		if wrong == nil {
			requirePermuted(t, p, in, s.permutation(in.N))
		}
	})
}

// FuzzPayout: any shares split any amount to the unit, nobody gets more than a
// unit above his part, and nobody without a share gets anything.
func FuzzPayout(f *testing.F) {
	s := source(32)
	for size := range 10 {
		seed := make([]byte, 7*size)
		for k := range seed {
			seed[k] = byte(s.next())
		}
		f.Add(s.next(), seed)
		f.Add(uint64(math.MaxUint64), seed)
	}
	f.Fuzz(func(t *testing.T, amount uint64, data []byte) {
		r := reader(data)
		var shares []int64
		for len(r) > 0 {
			shares = append(shares, int64(r.number()))
		}
		out := make([]uint64, len(shares))
		paid := Payout(shares, amount, out)
		total, sum := new(big.Int), new(big.Int)
		for i, v := range out {
			sum.Add(sum, new(big.Int).SetUint64(v))
			total.Add(total, new(big.Int).SetUint64(payoutShare(shares[i])))
		}
		require.True(t, sum.IsUint64())
		require.Equal(t, paid, sum.Uint64())
		if total.Sign() == 0 {
			require.Zero(t, paid)
			return
		}
		require.Equal(t, amount, paid)
		for i, v := range out {
			part := new(big.Int).SetUint64(payoutShare(shares[i]))
			part.Quo(part.Mul(part, new(big.Int).SetUint64(amount)), total)
			require.LessOrEqual(t, v-part.Uint64(), uint64(btoi(payoutShare(shares[i]) > 0)))
		}
	})
}

// Fuzzing meets every kind of refusal and mostly none.
func TestFuzzEpochsAreWorthwhile(t *testing.T) {
	s := source(33)
	kinds, judged, liquid, fallback := map[error]int{}, 0, 0, 0
	var w Workspace
	var out Output
	for range 4000 {
		data := make([]byte, 1500)
		for k := range data {
			data[k] = byte(s.next())
		}
		r := reader(data)
		p, in, wrong := r.epoch()
		kinds[wrong]++
		require.ErrorIs(t, w.Run(p, in, &out), wrong)
		if wrong == nil {
			judged += btoi(w.judged)
			liquid += btoi(w.judged && p.Yuma3 && p.LiquidAlpha)
			fallback += btoi(out.Fallback)
		}
	}
	for _, kind := range []error{ErrParams, ErrSize, ErrUID, ErrDuplicate} {
		require.Greater(t, kinds[kind], 100, kind)
	}
	require.Greater(t, kinds[nil], 1500)
	require.Greater(t, judged, 400)
	require.Greater(t, liquid, 80)
	require.Greater(t, fallback, 400)
}
