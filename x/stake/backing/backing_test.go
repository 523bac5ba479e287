package backing_test

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/stake/backing"
)

// draw makes an input at random: every order of size, parents with and without uid and seat, children of every size.
func draw(r *rand.Rand) backing.Input {
	size := func() uint64 { return uint64(r.Int63n(1<<60)) >> r.Intn(60) }
	n, seats := 1+r.Intn(8), r.Intn(6)
	in := backing.Input{
		Alpha: make([]uint64, n), Root: make([]uint64, seats), SeatUIDs: make([]int, seats), TakeBps: make([]uint32, n),
		WeightBps: uint32(r.Intn(10_001)),
	}
	for i := range n {
		if r.Intn(4) > 0 {
			in.Alpha[i] = size()
		}
		in.TakeBps[i] = uint32(r.Intn(5_001))
	}
	free := r.Perm(n)
	for s := range seats {
		in.Root[s], in.SeatUIDs[s] = size(), backing.None
		if r.Intn(3) > 0 && len(free) > 0 {
			in.SeatUIDs[s], free = free[0], free[1:]
		}
	}
	delegate := func(uid, seat int) {
		left := uint32(10_000)
		for range r.Intn(4) {
			child := r.Intn(n)
			if child == uid || left == 0 {
				continue
			}
			bps := 1 + uint32(r.Intn(int(left)))
			left -= bps
			in.Delegations = append(in.Delegations, backing.Delegation{UID: uid, Seat: seat, Child: child, Bps: bps})
		}
	}
	for s, uid := range in.SeatUIDs {
		delegate(uid, s)
	}
	for _, uid := range free {
		delegate(uid, backing.None)
	}
	return in
}

// slow does the same with whole numbers of any size, uid by uid and source by source, without legs.
func slow(in backing.Input, dividends []uint64) (stake []uint64, p backing.Payment) {
	n, seats := len(in.Alpha), len(in.Root)
	muldiv := func(a, b, c *big.Int) *big.Int { return new(big.Int).Quo(new(big.Int).Mul(a, b), c) }
	of := func(v uint64) *big.Int { return new(big.Int).SetUint64(v) }
	// counts[to][source]: sources are the uids' token first, then the seats; own counts are apart from delegated ones.
	counts := make([][]*big.Int, n)
	own := make([]*big.Int, n)     // token of the uid itself
	ownRoot := make([]*big.Int, n) // root stake of the uid's holder
	seatOf := make([]int, n)       // of the uid's holder
	for to := range n {
		seatOf[to] = backing.None
		counts[to] = make([]*big.Int, len(in.Delegations)*2)
		for i := range counts[to] {
			counts[to][i] = new(big.Int)
		}
		own[to], ownRoot[to] = of(in.Alpha[to]), new(big.Int)
	}
	weight := make([]*big.Int, seats)
	for s := range seats {
		weight[s] = muldiv(of(in.Root[s]), of(uint64(in.WeightBps)), of(10_000))
		if uid := in.SeatUIDs[s]; uid != backing.None {
			seatOf[uid] = s
			ownRoot[uid].Set(weight[s])
		}
	}
	for i, d := range in.Delegations {
		if d.UID != backing.None {
			v := muldiv(of(in.Alpha[d.UID]), of(uint64(d.Bps)), of(10_000))
			counts[d.Child][2*i].Set(v)
			own[d.UID].Sub(own[d.UID], v)
		}
		if d.Seat != backing.None {
			v := muldiv(weight[d.Seat], of(uint64(d.Bps)), of(10_000))
			counts[d.Child][2*i+1].Set(v)
			if uid := in.SeatUIDs[d.Seat]; uid != backing.None {
				ownRoot[uid].Sub(ownRoot[uid], v)
			}
		}
	}
	stake = make([]uint64, n)
	p = backing.Payment{Dividends: make([]uint64, n), Take: make([]uint64, n), Root: make([]uint64, seats)}
	for to := range n {
		sum := new(big.Int).Add(own[to], ownRoot[to])
		for _, v := range counts[to] {
			sum.Add(sum, v)
		}
		stake[to] = sum.Uint64()
		rest := of(dividends[to])
		give := func(v *big.Int) uint64 {
			if sum.Sign() == 0 {
				return 0
			}
			g := muldiv(of(dividends[to]), v, sum)
			rest.Sub(rest, g)
			return g.Uint64()
		}
		if seatOf[to] != backing.None {
			p.Root[seatOf[to]] += give(ownRoot[to])
		}
		for i, d := range in.Delegations {
			for side, source := range []int{d.UID, d.Seat} {
				v := give(counts[to][2*i+side])
				take := v * uint64(in.TakeBps[to]) / 10_000
				p.Take[to] += take
				switch {
				case side == 0 && source != backing.None:
					p.Dividends[source] += v - take
				case side == 1 && source != backing.None:
					p.Root[source] += v - take
				}
			}
		}
		p.Dividends[to] += rest.Uint64()
	}
	return stake, p
}

func TestAgainstTheSlowWay(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 20_000 {
		in := draw(r)
		b, err := backing.New(in)
		require.NoError(t, err)
		dividends := make([]uint64, len(in.Alpha))
		var total, paid uint64
		for i := range dividends {
			dividends[i] = uint64(r.Int63n(1<<40)) >> r.Intn(40)
			total += dividends[i]
		}
		got, err := b.Split(dividends)
		require.NoError(t, err)
		stake, want := slow(in, dividends)
		require.Equal(t, stake, b.Stake(), "%+v", in)
		require.Equal(t, want, got, "%+v %v", in, dividends)
		for _, column := range [][]uint64{got.Dividends, got.Take, got.Root} {
			for _, v := range column {
				paid += v
			}
		}
		require.Equal(t, total, paid)
	}
}

// Without root and children, stake is the token and dividends are its backers'.
func TestNothingButToken(t *testing.T) {
	b, err := backing.New(backing.Input{Alpha: []uint64{5, 0, 7}, TakeBps: make([]uint32, 3), WeightBps: 1800})
	require.NoError(t, err)
	require.Equal(t, []uint64{5, 0, 7}, b.Stake())
	p, err := b.Split([]uint64{3, 2, 1})
	require.NoError(t, err)
	require.Equal(t, []uint64{3, 2, 1}, p.Dividends)
	require.Empty(t, p.Root)
}

// A parent without a uid: its root stake counts for the child alone, and what the child does not take comes back to its seat.
func TestParentWithOnlyRootStake(t *testing.T) {
	b, err := backing.New(backing.Input{
		Alpha: []uint64{1000, 500}, Root: []uint64{10_000}, SeatUIDs: []int{backing.None}, WeightBps: 1800, TakeBps: []uint32{1000, 0},
		Delegations: []backing.Delegation{{UID: backing.None, Seat: 0, Child: 0, Bps: 5000}},
	})
	require.NoError(t, err)
	require.Equal(t, []uint64{1900, 500}, b.Stake()) // half of 1800; the other half counts nowhere
	p, err := b.Split([]uint64{190, 50})
	require.NoError(t, err)
	require.Equal(t, backing.Payment{Dividends: []uint64{100, 50}, Take: []uint64{9, 0}, Root: []uint64{81}}, p)
}

func TestRefusals(t *testing.T) {
	for name, in := range map[string]backing.Input{
		"takes-of-others":      {Alpha: []uint64{1}},
		"seats-without-uids":   {Root: []uint64{1}},
		"weight-above-whole":   {WeightBps: 10_001},
		"take-above-whole":     {Alpha: []uint64{1}, TakeBps: []uint32{10_001}},
		"seat-of-no-uid":       {Root: []uint64{1}, SeatUIDs: []int{0}},
		"child-of-itself":      {Alpha: []uint64{1}, TakeBps: []uint32{0}, Delegations: []backing.Delegation{{Seat: backing.None, Bps: 1}}},
		"child-of-nobody":      {Alpha: []uint64{1}, TakeBps: []uint32{0}, Delegations: []backing.Delegation{{Seat: backing.None, Child: 1, Bps: 1}}},
		"more-than-everything": {Alpha: []uint64{10, 0}, TakeBps: []uint32{0, 0}, Delegations: []backing.Delegation{{Seat: backing.None, Child: 1, Bps: 6000}, {Seat: backing.None, Child: 1, Bps: 6000}}},
		"overflow":             {Alpha: []uint64{1<<64 - 1}, Root: []uint64{10}, SeatUIDs: []int{0}, TakeBps: []uint32{0}, WeightBps: 10_000},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := backing.New(in)
			require.ErrorIs(t, err, backing.ErrInvalid)
		})
	}
	b, err := backing.New(backing.Input{})
	require.NoError(t, err)
	_, err = b.Split([]uint64{1})
	require.ErrorIs(t, err, backing.ErrInvalid)
}

// Apportion gives all, is never a unit or more off the exact part, and never serves a smaller remainder first.
func TestApportion(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 5_000 {
		weights := make([]uint64, r.Intn(9))
		sum := new(big.Int)
		for i := range weights {
			weights[i] = uint64(r.Int63n(1<<59)) >> r.Intn(60)
			sum.Add(sum, new(big.Int).SetUint64(weights[i]))
		}
		total := r.Uint64() >> r.Intn(64)
		got := backing.Apportion(total, weights)
		given := new(big.Int)
		for i, v := range got {
			given.Add(given, new(big.Int).SetUint64(v))
			if sum.Sign() > 0 {
				// |v*sum - total*weight| < sum
				d := new(big.Int).Mul(new(big.Int).SetUint64(v), sum)
				d.Sub(d, new(big.Int).Mul(new(big.Int).SetUint64(total), new(big.Int).SetUint64(weights[i])))
				require.Negative(t, d.CmpAbs(sum))
			}
		}
		if sum.Sign() > 0 {
			require.Equal(t, total, given.Uint64())
		} else {
			require.Zero(t, given.Sign())
		}
	}
	require.Equal(t, []uint64{2, 1, 0}, backing.Apportion(3, []uint64{5, 4, 1}))
	require.Equal(t, []uint64{1, 0, 0}, backing.Apportion(1, []uint64{3, 3, 3}))
}
