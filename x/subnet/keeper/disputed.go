package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/subnet/types"
)

// Another module may judge whether a neuron did what it said. While it does, a part of the neuron's collateral stays held, whatever
// becomes of the neuron: it neither vests into a claim nor is it paid when the neuron loses its uid. A neuron is no safer for it:
// it is replaced, trimmed and moved as any other, and what its owner would have been paid then waits under the hotkey.

// HoldDisputed keeps a part of a neuron's collateral, in basis points and rounded up, until SlashCollateral or ReleaseDisputed. It
// returns how much, in nagon: 0 where no collateral is held. Errors: ErrNotRegistered; ErrCollateralDisputed where a part is kept.
func (k *Keeper) HoldDisputed(ctx context.Context, netuid uint32, hotkey sdk.AccAddress, bps uint32) (uint64, error) {
	has, err := k.withheld.Has(ctx, collections.Join(netuid, hotkey))
	if err != nil {
		return 0, err
	}
	if has {
		return 0, errorsmod.Wrapf(types.ErrCollateralDisputed, "netuid %d hotkey %s: a dispute of before has not ended", netuid, hotkey)
	}
	uid, err := k.UIDOf(ctx, netuid, hotkey)
	if err != nil {
		return 0, err
	}
	c, err := k.CollateralOf(ctx, netuid, uid)
	if errors.Is(err, types.ErrNoCollateral) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if c.Disputed > 0 {
		return 0, errorsmod.Wrapf(types.ErrCollateralDisputed, "netuid %d uid %d: %d nagon are, until that dispute ends", netuid, uid, c.Disputed)
	}
	c.Disputed = c.DisputedPart(bps)
	if c.Disputed == 0 {
		return 0, nil
	}
	if err := k.putCollateral(ctx, c); err != nil {
		return 0, err
	}
	return c.Disputed, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventCollateralDisputed{
		Netuid: netuid, Hotkey: hotkey.String(), Disputed: c.Disputed,
	})
}

// Disputed is what stays held because of a dispute about a hotkey, in nagon, also after it lost its uid; less than HoldDisputed said where
// the neuron lost its uid and had not earned so much, which was burned.
func (k *Keeper) Disputed(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint64, error) {
	d, err := k.disputed(ctx, netuid, hotkey)
	return d.amount, err
}

// AllDisputed is the sum of what stays held for all disputes, in nagon, for those who check it: it reads every collateral.
func (k *Keeper) AllDisputed(ctx context.Context) (uint64, error) {
	var sum uint64 // at most the coins that exist: fits
	err := k.collaterals.Walk(ctx, nil, func(_ collections.Pair[uint32, uint32], c types.Collateral) (bool, error) {
		sum += c.Disputed
		return false, nil
	})
	if err != nil {
		return 0, err
	}
	err = k.withheld.Walk(ctx, nil, func(_ collections.Pair[uint32, sdk.AccAddress], w types.Withheld) (bool, error) {
		sum += w.Amount
		return false, nil
	})
	return sum, err
}

// ReleaseDisputed ends a dispute that came to nothing: what was kept vests as before, or is paid to the hotkey's owner where the
// neuron has lost its uid. It returns how much was kept; with nothing kept it does nothing.
func (k *Keeper) ReleaseDisputed(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint64, error) {
	d, err := k.disputed(ctx, netuid, hotkey)
	if err != nil || d.amount == 0 {
		return 0, err
	}
	if err := k.endDispute(ctx, netuid, hotkey, d, 0); err != nil {
		return 0, err
	}
	var paid uint64
	if d.collateral == nil {
		owner, err := k.OwnerOf(ctx, hotkey)
		if err != nil {
			return 0, err
		}
		paid = d.amount
		if err := k.payOut(ctx, owner.String(), paid); err != nil {
			return 0, err
		}
	}
	return d.amount, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventCollateralReleased{
		Netuid: netuid, Hotkey: hotkey.String(), Released: d.amount, Paid: paid,
	})
}

// SlashCollateral ends a dispute by taking all that was kept for it: burnBps of it, rounded down, is burned and the rest sent to a
// module's account. It returns both in nagon; with nothing kept it does nothing.
func (k *Keeper) SlashCollateral(ctx context.Context, netuid uint32, hotkey sdk.AccAddress, burnBps uint32, recipient string) (burned, sent uint64, err error) {
	d, err := k.disputed(ctx, netuid, hotkey)
	if err != nil || d.amount == 0 {
		return 0, 0, err
	}
	if err := k.endDispute(ctx, netuid, hotkey, d, d.amount); err != nil {
		return 0, 0, err
	}
	burned, _ = wide.MulDiv64(d.amount, uint64(min(burnBps, types.MaxBps)), types.MaxBps) // at most the amount: fits
	sent = d.amount - burned
	if err := k.burn(ctx, burned); err != nil {
		return 0, 0, err
	}
	if sent > 0 {
		if err := k.bank.SendCoinsFromModuleToModule(ctx, types.ModuleName, recipient, coins(sent)); err != nil {
			return 0, 0, err
		}
	}
	return burned, sent, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventCollateralSlashed{
		Netuid: netuid, Hotkey: hotkey.String(), Burned: burned, Sent: sent, Recipient: recipient,
	})
}

// disputedPart is what is kept for a dispute and, while the neuron holds its uid, the collateral of which it is a part.
type disputedPart struct {
	amount     uint64
	collateral *types.Collateral
}

func (k *Keeper) disputed(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (disputedPart, error) {
	w, err := k.withheld.Get(ctx, collections.Join(netuid, hotkey))
	if err == nil {
		// A hotkey that came back has new collateral, which no dispute is about.
		return disputedPart{amount: w.Amount}, nil
	}
	if !errors.Is(err, collections.ErrNotFound) {
		return disputedPart{}, err
	}
	uid, err := k.UIDOf(ctx, netuid, hotkey)
	if errors.Is(err, types.ErrNotRegistered) {
		return disputedPart{}, nil
	}
	if err != nil {
		return disputedPart{}, err
	}
	c, err := k.CollateralOf(ctx, netuid, uid)
	if errors.Is(err, types.ErrNoCollateral) {
		return disputedPart{}, nil
	}
	return disputedPart{amount: c.Disputed, collateral: &c}, err
}

// endDispute notes that nothing is kept any more, and how much of it was slashed.
func (k *Keeper) endDispute(ctx context.Context, netuid uint32, hotkey sdk.AccAddress, d disputedPart, slashed uint64) error {
	if d.collateral == nil {
		return k.withheld.Remove(ctx, collections.Join(netuid, hotkey))
	}
	c := *d.collateral
	c.Disputed = 0
	c.Slashed += slashed
	return k.putCollateral(ctx, c)
}

// withhold keeps what an owner would be paid of the collateral of a neuron that loses its uid, as far as it is disputed. It returns how much.
func (k *Keeper) withhold(ctx context.Context, n types.Neuron, c types.Collateral, due uint64) (uint64, error) {
	amount := min(due, c.Disputed)
	if amount == 0 {
		return 0, nil
	}
	hotkey, err := types.ParseHotkey("hotkey", n.Hotkey)
	if err != nil {
		return 0, err
	}
	return amount, k.withheld.Set(ctx, collections.Join(n.Netuid, hotkey), types.Withheld{Netuid: n.Netuid, Hotkey: n.Hotkey, Amount: amount})
}
