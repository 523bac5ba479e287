package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/math"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/pool"
	"github.com/agon-chain/agon/x/stake/types"
)

// createPool opens the market of a new subnet: what was paid for it is the one reserve, as much of the new token the
// other, so that a token costs 1 AGON at first.
func (k *Keeper) createPool(ctx context.Context, netuid uint32, payer sdk.AccAddress, cost uint64) error {
	if netuid == 0 || netuid > types.MaxNetuid {
		return types.ErrInvalidAmount.Wrapf("netuid %d, want 1 to %d", netuid, types.MaxNetuid)
	}
	if has, err := k.Pools.Has(ctx, netuid); err != nil {
		return err
	} else if has {
		return types.ErrPoolExists.Wrapf("netuid %d", netuid)
	}
	reserves, err := pool.New(cost, cost)
	if err != nil {
		return types.ErrLiquidity.Wrapf("pool of netuid %d: %v", netuid, err)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, payer, types.PoolsAccount, sdk.NewCoins(types.Agon(cost))); err != nil {
		return errorsmod.Wrapf(err, "cost of netuid %d", netuid)
	}
	if err := k.mint(ctx, netuid, cost); err != nil {
		return err
	}
	k.bank.SetDenomMetaData(ctx, metadata(netuid))
	p := types.Pool{
		Netuid: netuid, Agon: reserves.AGON, Alpha: reserves.Alpha, FeeBps: params.FeeBps,
		PriceBlock: sdk.UnwrapSDKContext(ctx).BlockHeight(),
	}
	if err := k.Pools.Set(ctx, netuid, p); err != nil {
		return err
	}
	return emit(ctx, &types.EventPoolCreated{Netuid: netuid, Agon: p.Agon, Alpha: p.Alpha})
}

// metadata describes a subnet's token to wallets. Its symbol is made from the netuid and not taken from the subnet's
// owner, who could choose that of another coin.
func metadata(netuid uint32) banktypes.Metadata {
	symbol := fmt.Sprintf("ALPHA%d", netuid)
	return banktypes.Metadata{
		Description: fmt.Sprintf("The token of subnet %d.", netuid),
		DenomUnits: []*banktypes.DenomUnit{
			{Denom: types.AlphaDenom(netuid)},
			{Denom: symbol, Exponent: types.AlphaExponent},
		},
		Base:    types.AlphaDenom(netuid),
		Display: symbol,
		Name:    fmt.Sprintf("Alpha of subnet %d", netuid),
		Symbol:  symbol,
	}
}

// accumulate counts the present price for the blocks since the last count. It must be called before reserves change.
// On a chain that was started anew at a lower height the count goes on from there.
func accumulate(p types.Pool, height int64) types.Pool {
	if height > p.PriceBlock {
		// 2^64 a block for 2^63 blocks: the sum cannot overflow.
		p.PriceCumulative, _ = p.PriceCumulative.Add(wide.Mul64(p.Reserves().PriceQ32(), uint64(height-p.PriceBlock)))
	}
	p.PriceBlock = height
	return p
}

// setReserves stores new reserves; the price that they replace is counted first, and those that the block began with are kept.
func (k *Keeper) setReserves(ctx context.Context, p types.Pool, next pool.Pool) error {
	p = accumulate(p, sdk.UnwrapSDKContext(ctx).BlockHeight())
	if p.OpeningAgon == 0 {
		p.OpeningAgon, p.OpeningAlpha = p.Agon, p.Alpha
	}
	p.Agon, p.Alpha = next.AGON, next.Alpha
	return k.Pools.Set(ctx, p.Netuid, p)
}

// PriceCumulative is the sum of the price (AGON per alpha, 32 fractional bits) over all blocks up to now: the difference
// of two readings over the blocks between them is the average price in between.
func (k *Keeper) PriceCumulative(ctx context.Context, netuid uint32) (wide.U128, error) {
	p, err := k.GetPool(ctx, netuid)
	if err != nil {
		return wide.U128{}, err
	}
	return accumulate(p, sdk.UnwrapSDKContext(ctx).BlockHeight()).PriceCumulative, nil
}

// AlphaSupply is all of a subnet's token that exists, in base units.
func (k *Keeper) AlphaSupply(ctx context.Context, netuid uint32) uint64 {
	return saturate(k.bank.GetSupply(ctx, types.AlphaDenom(netuid)).Amount)
}

func saturate(v math.Int) uint64 {
	if !v.IsUint64() {
		return ^uint64(0)
	}
	return v.Uint64()
}

// mint makes alpha in the account of the pools. All of a token stays below 2^63, so that sums of parts of it fit.
func (k *Keeper) mint(ctx context.Context, netuid uint32, alpha uint64) error {
	if alpha == 0 {
		return nil
	}
	supply := k.AlphaSupply(ctx, netuid)
	if supply > types.MaxAlpha || alpha > types.MaxAlpha-supply {
		return types.ErrOverflow.Wrapf("minting %d of %s on top of %d, at most %d in all", alpha, types.AlphaDenom(netuid), supply, types.MaxAlpha)
	}
	return k.bank.MintCoins(ctx, types.PoolsAccount, sdk.NewCoins(types.Alpha(netuid, alpha)))
}

// stakeAlpha moves alpha from the pools' account to that of the positions; unstakeAlpha moves it back.
func (k *Keeper) stakeAlpha(ctx context.Context, netuid uint32, alpha uint64) error {
	return k.bank.SendCoinsFromModuleToModule(ctx, types.PoolsAccount, types.PositionsAccount, sdk.NewCoins(types.Alpha(netuid, alpha)))
}

func (k *Keeper) unstakeAlpha(ctx context.Context, netuid uint32, alpha uint64) error {
	return k.bank.SendCoinsFromModuleToModule(ctx, types.PositionsAccount, types.PoolsAccount, sdk.NewCoins(types.Alpha(netuid, alpha)))
}
