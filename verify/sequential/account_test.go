package sequential

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/evalue"
)

func honest() Profile {
	return Profile{ReplayRate: 0.01, ClaimRate: 0.01, UsageRate: 0.001, RepeatRate: 0.02, Apart: 0.01}
}

func account(t *testing.T) *Account {
	t.Helper()
	a, err := New(honest())
	require.NoError(t, err)
	return a
}

func TestAccountIsKeptAndReadBack(t *testing.T) {
	a := account(t)
	a.Observe([]verify.Finding{verify.Counted(verify.Replay, 24, 3, ""), verify.Counted(verify.Usage, 4, 1, "")}, []float64{0.9, 0.2})
	a.Coincided(1.5)
	b, err := a.Marshal()
	require.NoError(t, err)
	back, err := Unmarshal(b, honest())
	require.NoError(t, err)
	require.Equal(t, a, back)

	other := honest()
	other.ReplayRate = 0.02
	for name, c := range map[string]struct {
		b []byte
		p Profile
	}{
		"other-rates": {b, other}, "cut": {b[:len(b)-3], honest()}, "empty": {nil, honest()}, "large": {make([]byte, maxAccount+1), honest()},
		"counts": {[]byte(`{"replay":{"most":0.01,"trials":1,"misses":2}}`), honest()},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Unmarshal(c.b, c.p)
			require.ErrorIs(t, err, ErrAccount)
		})
	}
	other.ReplayRate = 0
	_, err = New(other)
	require.ErrorIs(t, err, evalue.ErrRate)
	require.ErrorContains(t, err, "replay_rate")
}

// Evidence that was once enough stays so: good behaviour afterwards does not buy it off. Evidence that was not, is bought off.
func TestPeakStays(t *testing.T) {
	a := account(t)
	a.Observe([]verify.Finding{verify.Counted(verify.Replay, 24, 12, "")}, nil)
	require.True(t, a.Accused())
	for range 100 {
		a.Observe([]verify.Finding{verify.Counted(verify.Replay, 24, 0, "")}, nil)
	}
	require.Less(t, a.Log(), 0.0)
	require.True(t, a.Accused())
}

// A suspicion of several is certain sooner than of one.
func TestTogether(t *testing.T) {
	var all []*Account
	for range 3 {
		a := account(t)
		a.Observe([]verify.Finding{verify.Counted(verify.Replay, 24, 3, "")}, nil)
		require.False(t, a.Accused())
		all = append(all, a)
	}
	require.Greater(t, Together(all...), 5.0)
	require.InDelta(t, 3*all[0].Log(), Together(all...), 1e-12)
}

// Comparisons bet a hundredth of the account each: none that coincides costs little, one that nearly cannot be is enough.
func TestCoincidenceIsABet(t *testing.T) {
	a := account(t)
	a.Coincided(math.Log(2), math.Log(8), math.Inf(-1))
	require.InDelta(t, math.Log(1.01*1.07*0.99), a.Coincidence, 1e-9)
	for range 100 {
		a.Coincided(math.Inf(-1))
	}
	require.Greater(t, a.Coincidence, -1.1)
	require.False(t, a.Accused())
	a.Coincided(math.Log(1e8))
	require.True(t, a.Accused())
}
