package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/payment/simulation"
	"github.com/agon-chain/agon/x/payment/types"
)

// BenchmarkClaim settles 256 channels, each by its own voucher.
func BenchmarkClaim(b *testing.B) {
	f := setup(b, nil)
	f.put(0, types.MaxClaimItems*agon/10)
	var ids []uint64
	for range types.MaxClaimItems {
		ids = append(ids, must(f, open, f.opening(0, 0, agon/10)).Id)
	}
	m := claims(0)
	for _, id := range ids {
		m.Items = append(m.Items, f.voucher(0, id, agon/20))
	}
	b.ResetTimer()
	for range b.N {
		branch, _ := f.Ctx.CacheContext()
		res, err := f.msg.Claim(branch, m)
		require.NoError(b, err)
		require.Equal(b, types.MaxClaimItems*agon/20, res.Paid)
	}
	b.ReportMetric(float64(b.N*types.MaxClaimItems)/b.Elapsed().Seconds(), "vouchers/s")
}

// BenchmarkVoucher decodes and verifies one voucher, as a miner does before a call.
func BenchmarkVoucher(b *testing.B) {
	key := simulation.VoucherKey("payer")
	chain := wire.ChainIDHash("agon-test")
	v := wire.Voucher{ChainIDHash: chain, Channel: 1, Cumulative: 5}
	require.NoError(b, v.Sign(key))
	text, public := v.String(), key.Public()
	b.ResetTimer()
	for range b.N {
		got, err := wire.ParseVoucher(text)
		if err != nil {
			b.Fatal(err)
		}
		if err := got.Verify(public, chain); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "vouchers/s")
}
