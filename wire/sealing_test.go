package wire_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func sealingKey(t testing.TB, b byte) (wire.SealingKey, wire.SealingPublic) {
	t.Helper()
	k, err := wire.SealingKeyFromSeed(seed(b))
	require.NoError(t, err)
	p, err := k.Public()
	require.NoError(t, err)
	return k, p
}

var binding = wire.SealBinding(chainID, "agon1miner", "POST", "/v1/langid")

func TestSealedExchange(t *testing.T) {
	key, pub := sealingKey(t, 1)
	sealed, opener, err := wire.SealRequest(pub, binding, []byte("prompt"))
	require.NoError(t, err)
	require.Len(t, sealed, len("prompt")+wire.SealedOverhead)
	require.NotContains(t, string(sealed), "prompt")
	plain, sealer, err := wire.OpenRequest(key, binding, sealed)
	require.NoError(t, err)
	require.Equal(t, "prompt", string(plain))
	for i := range 5 {
		rec, err := sealer.Seal(fmt.Appendf(nil, "event %d", i), i == 4)
		require.NoError(t, err)
		event, end, err := opener.Open(rec)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("event %d", i), string(event))
		require.Equal(t, i == 4, end)
	}
	require.NoError(t, opener.Close())
	_, err = sealer.Seal(nil, true)
	require.Error(t, err)
	_, _, err = opener.Open([]byte("more"))
	require.ErrorIs(t, err, wire.ErrSealed)
	require.ErrorIs(t, opener.Close(), wire.ErrSealed, "bytes after the end are an error, not the end")
}

func TestOpenRequestRefuses(t *testing.T) {
	key, pub := sealingKey(t, 1)
	other, _ := sealingKey(t, 2)
	sealed, _, err := wire.SealRequest(pub, binding, []byte("prompt"))
	require.NoError(t, err)
	_, _, err = wire.OpenRequest(other, binding, sealed)
	require.ErrorIs(t, err, wire.ErrSealed)
	_, _, err = wire.OpenRequest(wire.SealingKey{}, binding, sealed)
	require.ErrorIs(t, err, wire.ErrKey)
	for i, b := range [][]byte{
		wire.SealBinding("agon-2", "agon1miner", "POST", "/v1/langid"), wire.SealBinding(chainID, "agon1other", "POST", "/v1/langid"),
		wire.SealBinding(chainID, "agon1miner", "PUT", "/v1/langid"), wire.SealBinding(chainID, "agon1miner", "POST", "/v1/other"),
	} {
		_, _, err = wire.OpenRequest(key, b, sealed)
		require.ErrorIs(t, err, wire.ErrSealed, i)
	}
	for _, at := range []int{0, 1, 600, 1100, 1121, len(sealed) - 1} {
		bad := bytes.Clone(sealed)
		bad[at] ^= 1
		_, _, err = wire.OpenRequest(key, binding, bad)
		require.ErrorIs(t, err, wire.ErrSealed, at)
	}
	_, _, err = wire.OpenRequest(key, binding, sealed[:len(sealed)-1])
	require.ErrorIs(t, err, wire.ErrSealed)
}

func TestSealedStreamRefuses(t *testing.T) {
	key, pub := sealingKey(t, 1)
	records := func(t *testing.T) (*wire.ResponseOpener, [][]byte) {
		sealed, opener, err := wire.SealRequest(pub, binding, nil)
		require.NoError(t, err)
		_, sealer, err := wire.OpenRequest(key, binding, sealed)
		require.NoError(t, err)
		var out [][]byte
		for i := range 3 {
			r, err := sealer.Seal([]byte("event"), i == 2)
			require.NoError(t, err)
			out = append(out, r)
		}
		return opener, out
	}
	open := func(o *wire.ResponseOpener, records ...[]byte) error {
		for _, r := range records {
			if _, _, err := o.Open(r); err != nil {
				return err
			}
		}
		return o.Close()
	}
	t.Run("truncated", func(t *testing.T) {
		o, r := records(t)
		require.ErrorIs(t, open(o, r[0], r[1]), wire.ErrTruncated)
	})
	t.Run("nothing", func(t *testing.T) {
		o, _ := records(t)
		require.ErrorIs(t, o.Close(), wire.ErrTruncated)
	})
	t.Run("dropped", func(t *testing.T) {
		o, r := records(t)
		require.ErrorIs(t, open(o, r[0], r[2]), wire.ErrSealed)
	})
	t.Run("repeated", func(t *testing.T) {
		o, r := records(t)
		require.ErrorIs(t, open(o, r[0], r[1], r[1]), wire.ErrSealed)
	})
	t.Run("end-moved-forward", func(t *testing.T) {
		o, r := records(t)
		r[1][0] = 1
		require.ErrorIs(t, open(o, r[0], r[1]), wire.ErrSealed)
		require.ErrorIs(t, o.Close(), wire.ErrSealed)
	})
	t.Run("flag-unknown", func(t *testing.T) {
		o, r := records(t)
		r[1][0] = 2
		require.ErrorIs(t, open(o, r[0], r[1]), wire.ErrSealed)
	})
	t.Run("of-another-reply", func(t *testing.T) {
		o, _ := records(t)
		_, r := records(t)
		require.ErrorIs(t, open(o, r...), wire.ErrSealed)
	})
	t.Run("same-request-answered-twice", func(t *testing.T) {
		sealed, o, err := wire.SealRequest(pub, binding, nil)
		require.NoError(t, err)
		_, a, err := wire.OpenRequest(key, binding, sealed)
		require.NoError(t, err)
		_, b, err := wire.OpenRequest(key, binding, sealed)
		require.NoError(t, err)
		ra, err := a.Seal([]byte("same"), false)
		require.NoError(t, err)
		rb, err := b.Seal([]byte("same"), true)
		require.NoError(t, err)
		require.NotEqual(t, ra[33:37], rb[33:37], "one key stream for two texts")
		_, err = b.Seal(nil, false)
		require.Error(t, err)
		require.ErrorIs(t, open(o, ra), wire.ErrTruncated)
	})
}

func FuzzOpenRequest(f *testing.F) {
	key, pub := sealingKey(f, 1)
	sealed, _, err := wire.SealRequest(pub, binding, []byte("prompt"))
	require.NoError(f, err)
	f.Add(sealed)
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if plain, _, err := wire.OpenRequest(key, binding, b); err == nil {
			require.Len(t, b, len(plain)+wire.SealedOverhead)
		} else {
			require.ErrorIs(t, err, wire.ErrSealed)
		}
	})
}

func FuzzOpenRecord(f *testing.F) {
	key, pub := sealingKey(f, 1)
	f.Add([]byte{}, []byte{})
	f.Add(make([]byte, 49), []byte{1})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		sealed, o, err := wire.SealRequest(pub, binding, nil)
		require.NoError(t, err)
		_, _, err = wire.OpenRequest(key, binding, sealed)
		require.NoError(t, err)
		_, _, err = o.Open(first)
		require.ErrorIs(t, err, wire.ErrSealed, "nobody forges a record")
		_, _, err = o.Open(second)
		require.ErrorIs(t, err, wire.ErrSealed)
	})
}
