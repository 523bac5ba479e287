package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/backing"
	"github.com/agon-chain/agon/x/stake/types"
)

// rootSale is the sale of what an epoch pays root stake, in alpha by seat: one trade, and none where nothing can be sold.
//
// It sells at most root_sale_bps of the pool's alpha. Everybody knows when an epoch ends, so everybody can sell before it and buy
// back after it. With a bound that is not above the pool's fee nobody gains by that: such a sale moves the price less than the two
// fees of a round trip cost. What is above the bound is never minted, so that it is nobody's, and can be emitted again.
func rootSale(p types.Pool, alpha []uint64, saleBps uint32) (sale trade, forfeited uint64) {
	var due uint64
	for _, v := range alpha {
		due += v // parts of one epoch's dividends, which fit
	}
	most, _ := wide.MulDiv64(p.Alpha, uint64(saleBps), types.MaxBps) // below the reserve: fits
	sold := min(due, most)
	if sold == 0 {
		return trade{}, due
	}
	t, err := quoteSell(p, sold, 0)
	if err != nil || t.Out == 0 {
		return trade{}, due
	}
	return t, due - sold
}

// payRoot makes the sale of alpha that was minted for it, and credits what it brought to seats by the largest remainder: one
// read and one write of the root's column.
func (k *Keeper) payRoot(ctx context.Context, p types.Pool, sale trade, alpha []uint64) error {
	if err := k.setReserves(ctx, p, sale.next); err != nil {
		return err
	}
	if err := k.bank.SendCoinsFromModuleToModule(ctx, types.PoolsAccount, types.PositionsAccount, sdk.NewCoins(types.Agon(sale.Out))); err != nil {
		return err
	}
	b, err := column(ctx, k.AccruedColumns, types.RootNetuid, accruedWidth)
	if err != nil {
		return err
	}
	if len(b)/accruedWidth != len(alpha) {
		return types.ErrColumn.Wrapf("payment of %d seats, the root has %d", len(alpha), len(b)/accruedWidth)
	}
	next := make([]accrued, len(alpha))
	for seat, agon := range backing.Apportion(sale.Out, alpha) {
		next[seat] = accruedAt(b, uint32(seat))
		next[seat].dividends += agon // all of it is less than the supply of AGON
	}
	return k.AccruedColumns.Set(ctx, types.RootNetuid, packAccrued(next))
}
