package wide

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

func toBig(a U128) *big.Int {
	v := new(big.Int).SetUint64(a.Hi)
	return v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(a.Lo))
}

// word draws numbers of every length, with runs of ones and zeros, where carries hide.
func word(r *rand.Rand) uint64 {
	v := r.Uint64() >> r.Intn(64)
	switch r.Intn(6) {
	case 0:
		return 0
	case 1:
		return math.MaxUint64
	case 2:
		return 1 << r.Intn(64)
	case 3:
		return v | ^uint64(0)<<r.Intn(64)
	}
	return v
}

func wideWord(r *rand.Rand) U128 { return U128{Hi: word(r), Lo: word(r)} }

func checkMulDiv(t *testing.T, a U128, b uint64, den U128) {
	t.Helper()
	q, rem, ok := a.MulDiv(b, den)
	if den.IsZero() {
		require.False(t, ok)
		return
	}
	wantQ, wantR := new(big.Int).QuoRem(
		new(big.Int).Mul(toBig(a), new(big.Int).SetUint64(b)), toBig(den), new(big.Int))
	if wantQ.BitLen() > 128 {
		require.False(t, ok, "%v*%d/%v", a, b, den)
		return
	}
	require.True(t, ok, "%v*%d/%v", a, b, den)
	require.Zero(t, wantQ.Cmp(toBig(q)), "%v*%d/%v: quotient %v want %v", a, b, den, q, wantQ)
	require.Zero(t, wantR.Cmp(toBig(rem)), "%v*%d/%v: remainder %v want %v", a, b, den, rem, wantR)
}

func TestMulDivAgainstBig(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 200_000 {
		checkMulDiv(t, wideWord(r), word(r), wideWord(r))
	}
}

func TestMulDiv64AgainstBig(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 50_000 {
		a, b, den := word(r), word(r), word(r)
		floor, okFloor := MulDiv64(a, b, den)
		ceil, okCeil := MulDivCeil64(a, b, den)
		if den == 0 {
			require.False(t, okFloor || okCeil)
			continue
		}
		q, rem := new(big.Int).QuoRem(toBig(Mul64(a, b)), new(big.Int).SetUint64(den), new(big.Int))
		require.Equal(t, q.IsUint64(), okFloor)
		if okFloor {
			require.Equal(t, q.Uint64(), floor)
		}
		if rem.Sign() != 0 {
			q.Add(q, big.NewInt(1))
		}
		require.Equal(t, q.IsUint64(), okCeil)
		if okCeil {
			require.Equal(t, q.Uint64(), ceil)
		}
	}
}

func TestAddSubCmpAgainstBig(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	mod := new(big.Int).Lsh(big.NewInt(1), 128)
	for range 50_000 {
		a, b := wideWord(r), wideWord(r)
		sum, over := a.Add(b)
		want := new(big.Int).Add(toBig(a), toBig(b))
		require.Equal(t, want.Cmp(mod) >= 0, over)
		require.Zero(t, want.Mod(want, mod).Cmp(toBig(sum)))
		diff, under := a.Sub(b)
		want.Sub(toBig(a), toBig(b))
		require.Equal(t, want.Sign() < 0, under)
		require.Zero(t, want.Mod(want, mod).Cmp(toBig(diff)))
		require.Equal(t, toBig(a).Cmp(toBig(b)), a.Cmp(b))
	}
}

func TestTextForms(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for range 20_000 {
		a := wideWord(r)
		require.Equal(t, toBig(a).String(), a.String())
		back, err := Parse(a.String())
		require.NoError(t, err)
		require.Equal(t, a, back)
		fromBytes := a.Bytes()
		back, err = FromBytes(fromBytes[:])
		require.NoError(t, err)
		require.Equal(t, a, back)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"empty":        {"", ErrSyntax},
		"sign":         {"+1", ErrSyntax},
		"negative":     {"-1", ErrSyntax},
		"leading-zero": {"01", ErrSyntax},
		"space":        {" 1", ErrSyntax},
		"letter":       {"12a", ErrSyntax},
		"one-past-max": {"340282366920938463463374607431768211456", ErrRange},
		"39-nines":     {"999999999999999999999999999999999999999", ErrRange},
		"forty-digits": {"1000000000000000000000000000000000000000", ErrRange},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.in)
			require.ErrorIs(t, err, c.want)
		})
	}
	most, err := Parse("340282366920938463463374607431768211455")
	require.NoError(t, err)
	require.Equal(t, U128{Hi: math.MaxUint64, Lo: math.MaxUint64}, most)
	_, err = FromBytes(make([]byte, 15))
	require.ErrorIs(t, err, ErrLength)
}

func TestProtoAndJSON(t *testing.T) {
	a := U128{Hi: 7, Lo: 9}
	raw, err := a.Marshal()
	require.NoError(t, err)
	require.Equal(t, a.String(), string(raw))
	require.Equal(t, len(raw), a.Size())
	buf := make([]byte, a.Size())
	n, err := a.MarshalTo(buf)
	require.NoError(t, err)
	require.Equal(t, raw, buf[:n])
	_, err = a.MarshalTo(buf[:3])
	require.ErrorIs(t, err, ErrLength)

	b := U128{Lo: 5}
	require.NoError(t, b.Unmarshal(raw))
	require.Equal(t, a, b)
	require.NoError(t, b.Unmarshal(nil))
	require.True(t, b.IsZero())

	text, err := json.Marshal(struct{ V U128 }{a})
	require.NoError(t, err)
	require.JSONEq(t, `{"V":"129127208515966861321"}`, string(text))
	var back struct{ V U128 }
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, a, back.V)
	require.ErrorIs(t, json.Unmarshal([]byte(`{"V":3}`), &back), ErrSyntax)
}

func FuzzMulDiv(f *testing.F) {
	f.Add(uint64(1)<<63, uint64(0), uint64(math.MaxUint64), uint64(1)<<63, uint64(math.MaxUint64))
	f.Add(uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(1))
	f.Fuzz(func(t *testing.T, ah, al, b, dh, dl uint64) {
		checkMulDiv(t, U128{Hi: ah, Lo: al}, b, U128{Hi: dh, Lo: dl})
	})
}

func FuzzParse(f *testing.F) {
	f.Add("0")
	f.Add("340282366920938463463374607431768211455")
	f.Add("00")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse(s)
		if err != nil {
			if !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrRange) {
				t.Fatalf("%q: unnamed error %v", s, err)
			}
			return
		}
		if v.String() != s {
			t.Fatalf("%q parses and prints as %q", s, v.String())
		}
		b := v.Bytes()
		if binary.BigEndian.Uint64(b[8:]) != v.Lo {
			t.Fatalf("%q: bytes %x", s, b)
		}
	})
}
