package wire_test

import (
	"testing"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func voucherKey(t testing.TB, b byte) wire.VoucherKey {
	t.Helper()
	k, err := wire.VoucherKeyFromSeed(seed(b))
	require.NoError(t, err)
	return k
}

func voucher(t testing.TB) wire.Voucher {
	t.Helper()
	v := wire.Voucher{ChainIDHash: wire.ChainIDHash(chainID), Channel: 42, Cumulative: 1_500_000_000}
	require.NoError(t, v.Sign(voucherKey(t, 7)))
	return v
}

func TestVoucherVerify(t *testing.T) {
	v := voucher(t)
	key, chain := voucherKey(t, 7).Public(), wire.ChainIDHash(chainID)
	require.NoError(t, v.Verify(key, chain))
	require.ErrorIs(t, v.Verify(voucherKey(t, 8).Public(), chain), wire.ErrVoucherSignature)
	require.ErrorIs(t, v.Verify(key, wire.ChainIDHash("another-1")), wire.ErrVoucherChain)
	require.ErrorIs(t, v.Verify([32]byte{}, chain), wire.ErrVoucherSignature, "a channel without a key takes no voucher")

	// Every byte, once changed, either does not decode or does not verify.
	for i := range wire.VoucherSize {
		b := v.Encode()
		b[i] ^= 1
		got, err := wire.DecodeVoucher(b)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrVoucher)
			continue
		}
		require.Error(t, got.Verify(key, chain), "byte %d", i)
	}
}

func TestVoucherReadsWhatItWrites(t *testing.T) {
	v := voucher(t)
	require.Len(t, v.Encode(), wire.VoucherSize)
	got, err := wire.ParseVoucher(v.String())
	require.NoError(t, err)
	require.Equal(t, v, got)
	for name, s := range map[string]string{
		"empty": "", "short": v.String()[1:], "long": v.String() + "A", "padded": v.String() + "==", "another-alphabet": "+" + v.String()[1:],
	} {
		_, err := wire.ParseVoucher(s)
		require.ErrorIs(t, err, wire.ErrVoucher, name)
	}
}

func TestVoucherIsNotSignedWithoutAKey(t *testing.T) {
	v := wire.Voucher{Channel: 1, Cumulative: 1}
	require.ErrorIs(t, v.Sign(wire.VoucherKey{}), wire.ErrKey)
	require.Zero(t, v.Signature)
	_, err := wire.VoucherKeyFromSeed(make([]byte, 31))
	require.ErrorIs(t, err, wire.ErrKey)
}

func FuzzVoucher(f *testing.F) {
	v := voucher(f)
	f.Add(v.Encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := wire.DecodeVoucher(b)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrVoucher)
			return
		}
		require.Equal(t, b, v.Encode())
		again, err := wire.ParseVoucher(v.String())
		require.NoError(t, err)
		require.Equal(t, v, again)
	})
}

// A miner verifies one voucher per call: at least 15,000 per second and core.
func BenchmarkVoucherVerify(b *testing.B) {
	v := voucher(b)
	key, chain := voucherKey(b, 7).Public(), wire.ChainIDHash(chainID)
	for b.Loop() {
		if err := v.Verify(key, chain); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "vouchers/s")
}

func BenchmarkVoucherSign(b *testing.B) {
	v, key := voucher(b), voucherKey(b, 7)
	for b.Loop() {
		v.Cumulative++
		if err := v.Sign(key); err != nil {
			b.Fatal(err)
		}
	}
}
