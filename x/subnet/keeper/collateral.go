package keeper

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// A part of a registration's price is not burned but held by the module's account as the neuron's collateral. It vests with
// what the neuron earns as a miner, so that who serves well gets it back, and who only takes up a place does not. It
// belongs to the uid: a neuron that gets another hotkey of the same owner keeps it.

// earnedCell is the width of the column of what neurons have earned.
const earnedCell = 8

// holdCollateral notes a new neuron's collateral, which the module's account has. Whoever knows the token's price fixes the
// target; until then nothing vests.
func (k *Keeper) holdCollateral(ctx context.Context, n types.Neuron, amount uint64, vestsBps uint32) error {
	if amount == 0 {
		return nil
	}
	return k.collaterals.Set(ctx, collections.Join(n.Netuid, n.Uid), types.Collateral{
		Netuid: n.Netuid, Uid: n.Uid, Amount: amount, VestsBps: vestsBps,
	})
}

// CollateralOf returns the collateral of a uid. Errors: ErrNoCollateral, also once all of it is paid.
func (k *Keeper) CollateralOf(ctx context.Context, netuid, uid uint32) (types.Collateral, error) {
	c, err := k.collaterals.Get(ctx, collections.Join(netuid, uid))
	if err != nil {
		return types.Collateral{}, missing(err, types.ErrNoCollateral, "netuid %d uid %d: none was held at its registration, or all of it is paid", netuid, uid)
	}
	return c, nil
}

// FixCollateralTarget fixes what a neuron must earn for its collateral to vest: what the collateral is worth in the subnet's
// token at a price of AGON per token with 32 fractional bits, times its multiple, rounded up. It is called while the
// neuron is registered, by the module that knows the price; a neuron without collateral has no target.
func (k *Keeper) FixCollateralTarget(ctx context.Context, netuid, uid uint32, priceQ32 uint64) error {
	c, err := k.CollateralOf(ctx, netuid, uid)
	if errors.Is(err, types.ErrNoCollateral) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Target = types.CollateralTarget(c.Amount, priceQ32, c.VestsBps)
	if err := k.collaterals.Set(ctx, collections.Join(netuid, uid), c); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventCollateralFixed{
		Netuid: netuid, Uid: uid, Amount: c.Amount, Target: c.Target,
	})
}

// AddEarned adds what an epoch paid each neuron as a miner, by uid in alpha base units, to what it has earned since it was
// registered: one write an epoch. Errors: ErrSubnetNotFound; ErrColumn unless there is one amount for each neuron.
func (k *Keeper) AddEarned(ctx context.Context, netuid uint32, incentive []uint64) error {
	b, err := readColumn(ctx, k.earned, netuid, earnedCell)
	if err != nil {
		return err
	}
	if len(incentive) != len(b)/earnedCell {
		return errorsmod.Wrapf(types.ErrColumn, "netuid %d: got %d incentives, want %d (neuron_count)", netuid, len(incentive), len(b)/earnedCell)
	}
	next := make([]byte, 0, len(b))
	var sum uint64
	for uid, alpha := range incentive {
		sum |= alpha
		had := binary.BigEndian.Uint64(b[uid*earnedCell:])
		next = binary.BigEndian.AppendUint64(next, had+min(alpha, math.MaxUint64-had))
	}
	if sum == 0 {
		return nil
	}
	return k.earned.Set(ctx, netuid, next)
}

// Earned returns what each neuron has earned as a miner since it was registered, by uid in alpha base units. Errors:
// ErrSubnetNotFound.
func (k *Keeper) Earned(ctx context.Context, netuid uint32) ([]uint64, error) {
	b, err := readColumn(ctx, k.earned, netuid, earnedCell)
	if err != nil {
		return nil, err
	}
	out := make([]uint64, len(b)/earnedCell)
	for uid := range out {
		out[uid] = binary.BigEndian.Uint64(b[uid*earnedCell:])
	}
	return out, nil
}

// earnedBy is one cell of Earned.
func (k *Keeper) earnedBy(ctx context.Context, netuid, uid uint32) (uint64, error) {
	b, err := readColumn(ctx, k.earned, netuid, earnedCell)
	if err != nil {
		return 0, err
	}
	if int64(uid) >= int64(len(b)/earnedCell) {
		return 0, errorsmod.Wrapf(types.ErrColumn, "column %s of netuid %d has %d cells, none for uid %d", k.earned.GetName(), netuid, len(b)/earnedCell, uid)
	}
	return binary.BigEndian.Uint64(b[int(uid)*earnedCell:]), nil
}

// collateralInfo is a uid's collateral with what has vested of it. Errors: ErrNoCollateral.
func (k *Keeper) collateralInfo(ctx context.Context, netuid, uid uint32) (types.CollateralInfo, error) {
	c, err := k.CollateralOf(ctx, netuid, uid)
	if err != nil {
		return types.CollateralInfo{}, err
	}
	earned, err := k.earnedBy(ctx, netuid, uid)
	if err != nil {
		return types.CollateralInfo{}, err
	}
	vested := c.Vested(earned)
	return types.CollateralInfo{Collateral: c, Earned: earned, Vested: vested, Claimable: min(vested-c.Paid, c.Free())}, nil
}

// claimCollateral pays what has vested since the last claim to the neuron's owner.
func (k *Keeper) claimCollateral(ctx context.Context, m *types.MsgClaimCollateral) (paid, held uint64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, err
	}
	hotkey, err := types.ParseHotkey("hotkey", m.Hotkey)
	if err != nil {
		return 0, 0, err
	}
	uid, err := k.UIDOf(ctx, m.Netuid, hotkey)
	if err != nil {
		return 0, 0, err
	}
	n, err := k.GetNeuron(ctx, m.Netuid, uid)
	if err != nil {
		return 0, 0, err
	}
	if n.Owner != m.Owner {
		return 0, 0, errorsmod.Wrapf(types.ErrHotkeyOwned, "hotkey %s belongs to %s, not to %s; sign with its owner", m.Hotkey, n.Owner, m.Owner)
	}
	info, err := k.collateralInfo(ctx, m.Netuid, uid)
	if err != nil {
		return 0, 0, err
	}
	c := info.Collateral
	if info.Claimable == 0 && info.Vested > c.Paid {
		return 0, 0, errorsmod.Wrapf(types.ErrCollateralDisputed, "netuid %d uid %d: %d nagon have vested and %d stay held until a dispute about %s ends; claim then",
			c.Netuid, c.Uid, info.Vested-c.Paid, c.Disputed, m.Hotkey)
	}
	if info.Claimable == 0 {
		return 0, 0, errorsmod.Wrapf(types.ErrNothingVested, "netuid %d uid %d has earned %d of %d alpha, so %d of %d nagon have vested and are paid; claim after it has earned more",
			c.Netuid, c.Uid, info.Earned, c.Target, info.Vested, c.Left())
	}
	c.Paid += info.Claimable
	if err := k.putCollateral(ctx, c); err != nil {
		return 0, 0, err
	}
	if err := k.payOut(ctx, n.Owner, info.Claimable); err != nil {
		return 0, 0, err
	}
	return info.Claimable, c.Held(), sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventCollateralPaid{
		Netuid: c.Netuid, Uid: c.Uid, Hotkey: n.Hotkey, Owner: n.Owner, Paid: info.Claimable, Held: c.Held(),
	})
}

// endCollateral settles the collateral of a neuron that loses its uid. Who was replaced as the weakest is paid what has
// vested, and the rest is burned; where the uid was taken away for no fault of the neuron (refund) all is paid. What is disputed of that
// is withheld.
func (k *Keeper) endCollateral(ctx context.Context, n types.Neuron, refund bool) error {
	info, err := k.collateralInfo(ctx, n.Netuid, n.Uid)
	if errors.Is(err, types.ErrNoCollateral) {
		return nil
	}
	if err != nil {
		return err
	}
	paid := info.Vested - info.Collateral.Paid
	if refund {
		paid = info.Collateral.Held()
	}
	burned := info.Collateral.Held() - paid
	withheld, err := k.withhold(ctx, n, info.Collateral, paid)
	if err != nil {
		return err
	}
	paid -= withheld
	if err := k.collaterals.Remove(ctx, collections.Join(n.Netuid, n.Uid)); err != nil {
		return err
	}
	if err := k.payOut(ctx, n.Owner, paid); err != nil {
		return err
	}
	if err := k.burn(ctx, burned); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventCollateralEnded{
		Netuid: n.Netuid, Uid: n.Uid, Hotkey: n.Hotkey, Owner: n.Owner, Paid: paid, Burned: burned, Withheld: withheld,
	})
}

// putCollateral stores a collateral, or takes it out where nothing is held any more.
func (k *Keeper) putCollateral(ctx context.Context, c types.Collateral) error {
	at := collections.Join(c.Netuid, c.Uid)
	if c.Held() == 0 {
		return k.collaterals.Remove(ctx, at)
	}
	return k.collaterals.Set(ctx, at, c)
}

// take moves a price from an account to the module's; what names it in a refusal.
func (k *Keeper) take(ctx context.Context, from sdk.AccAddress, nagon uint64, what string) error {
	if nagon == 0 {
		return nil
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, from, types.ModuleName, coins(nagon)); err != nil {
		return errorsmod.Wrapf(err, "%s of %d nagon", what, nagon)
	}
	return nil
}

// burn takes nagon of the module's account out of the world; the cap leaves room to emit it again.
func (k *Keeper) burn(ctx context.Context, nagon uint64) error {
	if nagon == 0 {
		return nil
	}
	return k.bank.BurnCoins(ctx, types.ModuleName, coins(nagon))
}

// payOut pays nagon of the module's account to an owner.
func (k *Keeper) payOut(ctx context.Context, owner string, nagon uint64) error {
	if nagon == 0 {
		return nil
	}
	to, err := types.ParseAddress("owner", owner)
	if err != nil {
		return err
	}
	return k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, to, coins(nagon))
}

func coins(nagon uint64) sdk.Coins {
	return sdk.NewCoins(sdk.NewCoin(types.BaseDenom, sdkmath.NewIntFromUint64(nagon)))
}
