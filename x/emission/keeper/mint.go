package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/internal/isolate"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
)

// BeginBlock mints the block's AGON and sends its parts on their way. Its cost does not depend on the number of subnets:
// what they are due is one addition to an index that each draws from when its epoch ends or its pool is traded. If it fails nothing
// is minted, with an event, and what was not minted is there for later blocks: issuance alone decides what they mint.
func (k *Keeper) BeginBlock(ctx context.Context) error {
	const work = "emission of a block"
	if failure := isolate.Step(ctx, work, k.mint); failure != nil {
		return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBlockWorkFailed{Work: work, Reason: isolate.Reason(failure)})
	}
	return nil
}

// mint mints a block's AGON and splits it.
func (k *Keeper) mint(ctx context.Context) error {
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	ledger, err := k.ledger.Get(ctx)
	if err != nil {
		return err
	}
	block, err := curve.SplitBlock(k.issuance(ctx), ledger.TotalWeight, curve.Subnet{}, rule(p))
	if err != nil {
		return err
	}
	minted, security, community, subnets := block.Minted, block.Security, block.Community, block.Subnets
	if minted == 0 {
		return nil
	}
	if err := k.bank.MintCoins(ctx, types.ModuleName, agon(minted)); err != nil {
		return err
	}
	if security > 0 {
		if err := k.bank.SendCoinsFromModuleToModule(ctx, types.ModuleName, authtypes.FeeCollectorName, agon(security)); err != nil {
			return err
		}
	}
	if community > 0 {
		if err := k.community.FundCommunityPool(ctx, agon(community), authtypes.NewModuleAddress(types.ModuleName)); err != nil {
			return err
		}
	}
	if subnets > 0 {
		index, err := curve.Accumulator{Index: ledger.Index, Carry: ledger.Carry}.Add(subnets, ledger.TotalWeight)
		if err != nil {
			return err
		}
		ledger.Index, ledger.Carry = index.Index, index.Carry
	}
	ledger.Minted += minted
	ledger.Security += security
	ledger.Community += community
	if err := k.ledger.Set(ctx, ledger); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBlockEmission{
		Minted: minted, Security: security, Community: community, Subnets: subnets,
	})
}

// rule is what the parameters say of a block's split.
func rule(p types.Params) curve.Rule {
	return curve.Rule{SecurityBps: p.SecurityBps, CommunityBps: p.CommunityBps}
}

// issuance is all AGON that exists, in nagon. Burned coins lower it, so that what registrations burn is emitted again.
func (k *Keeper) issuance(ctx context.Context) uint64 {
	supply := k.bank.GetSupply(ctx, params.BaseDenom).Amount
	if !supply.IsUint64() {
		return curve.Cap
	}
	return supply.Uint64()
}

// agon is an amount of nagon as the bank wants it.
func agon(amount uint64) sdk.Coins {
	return sdk.NewCoins(sdk.NewCoin(params.BaseDenom, math.NewIntFromUint64(amount)))
}
