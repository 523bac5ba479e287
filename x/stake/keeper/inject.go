package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Inject adds nagon of a module's account to a pool, with as much new alpha as matches it at the present price but at
// most alphaCap, and returns what went in. 0 nagon changes nothing. The giver announces the injection.
func (k *Keeper) Inject(ctx context.Context, netuid uint32, fromModule string, agon, alphaCap uint64) (agonIn, alphaIn uint64, err error) {
	p, err := k.GetPool(ctx, netuid)
	if err != nil || agon == 0 {
		return 0, 0, err
	}
	next, agonIn, alphaIn, err := p.Reserves().Inject(agon, alphaCap)
	if err != nil {
		return 0, 0, tradeError(err)
	}
	if err := k.bank.SendCoinsFromModuleToModule(ctx, fromModule, types.PoolsAccount, sdk.NewCoins(types.Agon(agonIn))); err != nil {
		return 0, 0, err
	}
	if err := k.mint(ctx, netuid, alphaIn); err != nil {
		return 0, 0, err
	}
	if p.OpeningAgon == 0 {
		// Nobody has traded in this block yet: it opens on what emission brings.
		p.OpeningAgon, p.OpeningAlpha = next.AGON, next.Alpha
	}
	return agonIn, alphaIn, k.setReserves(ctx, p, next)
}
