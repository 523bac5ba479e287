package shares

import (
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/internal/wide"
)

const token = 1_000_000_000

func toBig(a wide.U128) *big.Int {
	b := a.Bytes()
	return new(big.Int).SetBytes(b[:])
}

// cheaper reports whether a share of b is worth less than one of a, in exact arithmetic.
func cheaper(a, b Pool) bool {
	side := func(p, q Pool) *big.Int {
		alpha := new(big.Int).SetUint64(p.TotalAlpha + 1)
		shares := new(big.Int).Add(toBig(q.TotalShares), new(big.Int).SetUint64(SharesPerAlpha))
		return alpha.Mul(alpha, shares)
	}
	return side(b, a).Cmp(side(a, b)) < 0
}

func deposit(t *testing.T, p Pool, alpha uint64) (Pool, wide.U128) {
	t.Helper()
	next, minted, err := p.Deposit(alpha)
	require.NoError(t, err)
	return next, minted
}

func value(t *testing.T, p Pool, s wide.U128) uint64 {
	t.Helper()
	v, err := p.Value(s)
	require.NoError(t, err)
	return v
}

func TestLifeOfAPool(t *testing.T) {
	p, anna := deposit(t, Pool{}, 100*token)
	require.Equal(t, wide.Mul64(100*token, SharesPerAlpha), anna)
	p, ben := deposit(t, p, 300*token)
	require.Equal(t, wide.Mul64(300*token, SharesPerAlpha), ben)

	p, err := p.Raise(40 * token)
	require.NoError(t, err)
	require.Equal(t, uint64(110*token-1), value(t, p, anna), "a quarter of 440, less the rounding")
	require.Equal(t, uint64(330*token-1), value(t, p, ben))

	p, burned, err := p.WithdrawAlpha(11 * token)
	require.NoError(t, err)
	anna, _ = anna.Sub(burned)
	require.Equal(t, uint64(99*token-1), value(t, p, anna))
	require.Equal(t, uint64(330*token-1), value(t, p, ben), "another's withdrawal changes nothing")

	p, got, err := p.Withdraw(ben)
	require.NoError(t, err)
	require.Equal(t, uint64(330*token-1), got)
	p, got, err = p.Withdraw(anna)
	require.NoError(t, err)
	require.Equal(t, uint64(99*token+1), got, "the last to leave takes the dust")
	require.Equal(t, Pool{}, p)
}

func TestRefusals(t *testing.T) {
	p, held := deposit(t, Pool{}, 5_000)
	more, _ := held.Add(wide.From64(1))
	dear := Pool{TotalAlpha: MaxAlpha, TotalShares: wide.Mul64(MinRaiseAlpha, SharesPerAlpha)}
	for name, c := range map[string]struct {
		do   func(Pool) (Pool, error)
		p    Pool
		want error
	}{
		"deposit-nothing":         {func(p Pool) (Pool, error) { n, _, e := p.Deposit(0); return n, e }, p, ErrZeroAmount},
		"deposit-too-much":        {func(p Pool) (Pool, error) { n, _, e := p.Deposit(math.MaxUint64); return n, e }, p, ErrOverflow},
		"deposit-above-the-most":  {func(p Pool) (Pool, error) { n, _, e := p.Deposit(MaxAlpha - 4_999); return n, e }, p, ErrOverflow},
		"deposit-below-a-share":   {func(p Pool) (Pool, error) { n, _, e := p.Deposit(1); return n, e }, Pool{TotalAlpha: MaxAlpha - 9, TotalShares: wide.From64(1)}, ErrTooSmall},
		"withdraw-nothing":        {func(p Pool) (Pool, error) { n, _, e := p.Withdraw(wide.U128{}); return n, e }, p, ErrZeroAmount},
		"withdraw-more-shares":    {func(p Pool) (Pool, error) { n, _, e := p.Withdraw(more); return n, e }, p, ErrInsufficientShares},
		"withdraw-less-than-unit": {func(p Pool) (Pool, error) { n, _, e := p.Withdraw(wide.From64(1)); return n, e }, p, ErrTooSmall},
		"withdraw-from-empty":     {func(p Pool) (Pool, error) { n, _, e := p.Withdraw(wide.From64(1)); return n, e }, Pool{}, ErrInsufficientShares},
		"withdraw-no-alpha":       {func(p Pool) (Pool, error) { n, _, e := p.WithdrawAlpha(0); return n, e }, p, ErrZeroAmount},
		"withdraw-more-alpha":     {func(p Pool) (Pool, error) { n, _, e := p.WithdrawAlpha(5_001); return n, e }, p, ErrInsufficientShares},
		"withdraw-all-but-a-unit": {func(p Pool) (Pool, error) { n, _, e := p.WithdrawAlpha(MaxAlpha - 1); return n, e }, dear, ErrInsufficientShares},
		"raise-nothing":           {func(p Pool) (Pool, error) { return p.Raise(0) }, p, ErrZeroAmount},
		"raise-empty":             {func(p Pool) (Pool, error) { return p.Raise(5) }, Pool{}, ErrNoBackers},
		"raise-too-much":          {func(p Pool) (Pool, error) { return p.Raise(math.MaxUint64) }, p, ErrOverflow},
		"raise-full":              {func(p Pool) (Pool, error) { return p.Raise(1) }, dear, ErrOverflow},
		"shares-of-nothing":       {func(p Pool) (Pool, error) { n, _, e := p.Deposit(1); return n, e }, Pool{TotalShares: wide.From64(1)}, ErrInvalid},
		"alpha-of-nobody":         {func(p Pool) (Pool, error) { return p.Raise(1) }, Pool{TotalAlpha: 1}, ErrInvalid},
		"shares-too-cheap":        {func(p Pool) (Pool, error) { n, _, e := p.WithdrawAlpha(1); return n, e }, Pool{TotalAlpha: 1, TotalShares: wide.From64(SharesPerAlpha + 1)}, ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			next, err := c.do(c.p)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.p, next)
		})
	}

	small, _ := deposit(t, Pool{}, MinRaiseAlpha-1)
	_, err := small.Raise(1)
	require.ErrorIs(t, err, ErrNoBackers)
	small, _ = deposit(t, Pool{}, MinRaiseAlpha)
	_, err = small.Raise(1)
	require.NoError(t, err)
}

// The classic theft: own the whole of a tiny pool, make its share dear, let a victim's deposit round to nothing.
func TestInflationAttackFails(t *testing.T) {
	const gift, victims = 1_000_000 * token, token
	// The attacker raises as early as the pool lets him.
	p, attacker := deposit(t, Pool{}, MinRaiseAlpha)
	p, err := p.Raise(gift)
	require.NoError(t, err)
	// He burns all but one share, which makes a share dear where shares alone count.
	all, _ := attacker.Sub(wide.From64(1))
	p, back, err := p.Withdraw(all)
	require.NoError(t, err)
	p, victim := deposit(t, p, victims)
	require.GreaterOrEqual(t, value(t, p, victim), uint64(victims-1_000), "a victim loses at most gift/2^40 units")
	_, _, err = p.Withdraw(wide.From64(1))
	require.ErrorIs(t, err, ErrTooSmall, "the share that stayed is worth nothing")
	require.Less(t, back, uint64(gift), "and the attacker has paid for it")
}

// Growing the value of a share by rounding alone: deposits and withdrawals chosen to round badly.
func TestStealthDonationFails(t *testing.T) {
	p, _ := deposit(t, Pool{}, 1)
	p, _, err := p.Withdraw(wide.From64(SharesPerAlpha - 1))
	require.ErrorIs(t, err, ErrTooSmall)
	start := p
	for range 10_000 {
		next, minted, err := p.Deposit(2*p.TotalAlpha - 1 + uint64(p.TotalAlpha&1))
		require.NoError(t, err)
		next, _, err = next.Withdraw(minted)
		require.NoError(t, err)
		p = next
	}
	require.LessOrEqual(t, p.TotalAlpha, start.TotalAlpha+10_000, "at most a unit each time")
	one, err := p.Value(wide.From64(1))
	require.NoError(t, err)
	require.Zero(t, one)
}

// world is a pool with its holders, checked after every operation.
type world struct {
	pool    Pool
	holders []wide.U128
	in, out *big.Int
}

func (w *world) step(t *testing.T, op, who uint8, amount uint64) bool {
	t.Helper()
	i := int(who) % len(w.holders)
	before := make([]uint64, len(w.holders))
	for j, s := range w.holders {
		before[j] = value(t, w.pool, s)
	}
	old, err := w.pool, error(nil)
	next := old
	emptied := false
	switch op % 4 {
	case 0:
		var minted wide.U128
		if next, minted, err = old.Deposit(amount); err == nil {
			w.holders[i], _ = w.holders[i].Add(minted)
			w.in.Add(w.in, new(big.Int).SetUint64(amount))
			got, verr := next.Value(w.holders[i])
			require.NoError(t, verr)
			if old.TotalShares != (wide.U128{}) && next.TotalShares != w.holders[i] {
				require.LessOrEqual(t, got, before[i]+amount+1)
			}
		}
	case 1:
		if next, err = old.Raise(amount); err == nil {
			w.in.Add(w.in, new(big.Int).SetUint64(amount))
		}
	case 2:
		burn := w.holders[i]
		if amount%3 > 0 && !burn.IsZero() {
			burn, _, _ = burn.MulDiv(amount>>32, wide.From64(1<<32))
		}
		var got uint64
		if next, got, err = old.Withdraw(burn); err == nil {
			require.LessOrEqual(t, got, before[i])
			w.holders[i], _ = w.holders[i].Sub(burn)
			w.out.Add(w.out, new(big.Int).SetUint64(got))
		}
	case 3:
		if before[i] == 0 {
			return false
		}
		ask := 1 + amount%before[i]
		var burned wide.U128
		if next, burned, err = old.WithdrawAlpha(ask); err == nil {
			require.LessOrEqual(t, burned.Cmp(w.holders[i]), 0, "a holder's value can be withdrawn with the holder's shares")
			w.holders[i], _ = w.holders[i].Sub(burned)
			w.out.Add(w.out, new(big.Int).SetUint64(ask))
		}
	}
	if err != nil {
		require.Equal(t, old, next)
		return false
	}
	require.NoError(t, next.Validate())
	emptied = next.TotalShares.IsZero()
	w.pool = next

	held := new(big.Int)
	worth := new(big.Int)
	for j, s := range w.holders {
		held.Add(held, toBig(s))
		v := value(t, next, s)
		worth.Add(worth, new(big.Int).SetUint64(v))
		if j != i && !(old.TotalShares == s) {
			require.GreaterOrEqual(t, v, before[j], "operation %d of %d costs holder %d", op%4, i, j)
		}
	}
	require.Zero(t, held.Cmp(toBig(next.TotalShares)))
	require.LessOrEqual(t, worth.Cmp(new(big.Int).SetUint64(next.TotalAlpha)), 0, "never owe more than there is")
	require.Equal(t, new(big.Int).Sub(w.in, w.out).Uint64(), next.TotalAlpha, "in less out is what is there")
	if !emptied {
		require.False(t, cheaper(old, next), "the value of a share fell from %+v to %+v", old, next)
	}
	return true
}

func TestRandomOperations(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	done := 0
	for range 300 {
		w := &world{holders: make([]wide.U128, 1+r.Intn(5)), in: new(big.Int), out: new(big.Int)}
		for range 150 {
			op := uint8(r.Intn(4))
			amount := r.Uint64() >> (9 + r.Intn(54))
			if op == 2 {
				amount = r.Uint64()
			}
			if w.step(t, op, uint8(r.Intn(8)), amount) {
				done++
			}
		}
	}
	require.Greater(t, done, 15_000, "most operations must be real ones")
}

// Dividends reach holders in proportion, but for at most a thousandth that waits for the last to leave.
func TestRaiseIsProportional(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 2_000 {
		a, b := 500+r.Uint64()>>(14+r.Intn(40)), 500+r.Uint64()>>(14+r.Intn(40))
		p, first := deposit(t, Pool{}, a)
		p, second := deposit(t, p, b)
		gift := 1 + r.Uint64()>>(14+r.Intn(40))
		p, err := p.Raise(gift)
		require.NoError(t, err)
		gained := value(t, p, first) - a + value(t, p, second) - b
		require.LessOrEqual(t, gained, gift)
		require.LessOrEqual(t, gift-gained, gift/1_000+2)
	}
}

func FuzzOperations(f *testing.F) {
	f.Add([]byte{0, 0, 40, 1, 1, 30, 2, 0, 0, 3, 0, 20})
	f.Add([]byte{0, 0, 10, 1, 0, 62, 0, 1, 5, 2, 0, 3, 2, 1, 3})
	f.Fuzz(func(t *testing.T, ops []byte) {
		w := &world{holders: make([]wide.U128, 3), in: new(big.Int), out: new(big.Int)}
		for len(ops) >= 3 && len(ops) < 300 {
			w.step(t, ops[0], ops[1], uint64(ops[2]&3)+1<<(ops[2]>>2)-1)
			ops = ops[3:]
		}
	})
}

// TestOrderOfLeavingMovesAUnit: what two holders of three get together depends on who leaves first by a unit at most, however much a
// share is worth, and the third never loses by it.
func TestOrderOfLeavingMovesAUnit(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	moved := 0
	for range 20_000 {
		var p Pool
		var held [3]wide.U128
		for i := range held {
			var err error
			p, held[i], err = p.Deposit(uint64(1_000 + r.Int63n(1_000_000)))
			require.NoError(t, err)
			p, err = p.Raise(uint64(1 + r.Int63n(2<<r.Int63n(40))))
			require.NoError(t, err)
		}
		before, err := p.Value(held[2])
		require.NoError(t, err)
		var together [2]uint64
		for first := range together {
			next := p
			for _, who := range []int{first, 1 - first} {
				var alpha uint64
				next, alpha, err = next.Withdraw(held[who])
				require.NoError(t, err)
				together[first] += alpha
			}
			require.GreaterOrEqual(t, next.TotalAlpha, before)
		}
		low, high := min(together[0], together[1]), max(together[0], together[1])
		require.LessOrEqual(t, high-low, uint64(1))
		if high > low {
			moved++
		}
	}
	require.NotZero(t, moved)
}
