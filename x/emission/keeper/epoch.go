package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
)

// PayEpoch ends an epoch's account: the pool receives what it is due, the subnet's weight takes up the price, and the
// token emitted since the last payment goes to owner, miners, and validators with their backers, to the last unit. Where the
// subnet burns a part of its miners' emission, that part of each miner's is never minted.
//
// Where nobody judged (out.Fallback) nothing is paid and the epoch's token is never minted: who keeps silent must not earn
// by it. It returns what each uid was paid, in alpha base units.
func (k *Keeper) PayEpoch(ctx context.Context, netuid uint32, out *yuma.Output) ([]uint64, error) {
	s, ledger, err := k.settled(ctx, netuid)
	if err != nil {
		return nil, err
	}
	subnet, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return nil, err
	}
	burnedBps := subnet.Hyperparams.MinerBurnBps
	if err := k.sample(ctx, &s, &ledger, burnedBps); err != nil {
		return nil, err
	}
	pending := k.pendingAlpha(ctx, s)
	s.PaidBlock = sdk.UnwrapSDKContext(ctx).BlockHeight()
	if err := k.store(ctx, s, ledger); err != nil {
		return nil, err
	}
	if err := k.subnet.SetStanding(ctx, netuid, s.Weight); err != nil {
		return nil, err
	}

	n := len(out.ServerShare)
	paid := make([]uint64, n)
	events := sdk.UnwrapSDKContext(ctx).EventManager()
	if out.Fallback {
		return paid, events.EmitTypedEvent(&types.EventEpochForfeited{Netuid: netuid, Alpha: pending})
	}

	ownerCut, rest, err := splitOwnerCut(pending, s)
	if err != nil {
		return nil, err
	}
	shares := make([]int64, 0, 2*n)
	shares = append(append(shares, out.ServerShare...), out.ValidatorShare...)
	amounts := make([]uint64, 2*n)
	if yuma.Payout(shares, rest, amounts) != rest {
		return nil, types.ErrBroken.Wrapf("netuid %d: payout of %d did not sum", netuid, rest)
	}
	incentive, dividends := amounts[:n], amounts[n:]
	burned := burnIncentive(incentive, burnedBps)
	if err := k.stake.CreditEpoch(ctx, netuid, incentive, dividends); err != nil {
		return nil, err
	}
	if err := k.subnet.AddEarned(ctx, netuid, incentive); err != nil {
		return nil, err
	}
	event := types.EventEpochPaid{Netuid: netuid, Alpha: pending - burned, Burned: burned}
	if event.Owner, event.Payee, err = k.payOwnerCut(ctx, subnet, ownerCut); err != nil {
		return nil, err
	}
	for uid := range n {
		paid[uid] = incentive[uid] + dividends[uid]
		event.Incentive += incentive[uid]
		event.Dividends += dividends[uid]
	}
	return paid, events.EmitTypedEvent(&event)
}

// burnIncentive leaves each miner what is minted of its part of an epoch, rounded down, and returns what is not.
func burnIncentive(incentive []uint64, burnedBps uint32) (burned uint64) {
	for uid, amount := range incentive {
		incentive[uid] = yuma.Unburned(amount, burnedBps)
		burned += amount - incentive[uid]
	}
	return burned
}

// EpochEmission is what PayEpoch would share among uids at the height of ctx, in alpha base units: the token emitted since
// epochs last paid, less the owner's cut. What the subnet burns of its miners' emission is in it. It leaves state as it is.
func (k *Keeper) EpochEmission(ctx context.Context, netuid uint32) (uint64, error) {
	// What the pool receives first adds to the supply, which emission depends on.
	branch, _ := sdk.UnwrapSDKContext(ctx).CacheContext()
	s, _, err := k.settled(branch, netuid)
	if err != nil {
		return 0, err
	}
	_, rest, err := splitOwnerCut(k.pendingAlpha(branch, s), s)
	return rest, err
}

// settled is a subnet's account after its pool has received what it is due; neither is stored yet.
func (k *Keeper) settled(ctx context.Context, netuid uint32) (s types.SubnetEmission, ledger types.Ledger, err error) {
	if s, err = k.subnetEmission(ctx, netuid); err != nil {
		return s, ledger, err
	}
	if ledger, err = k.ledger.Get(ctx); err != nil {
		return s, ledger, err
	}
	_, err = k.settle(ctx, &s, &ledger)
	return s, ledger, err
}

// splitOwnerCut parts an epoch's token between the subnet's owner and its neurons.
func splitOwnerCut(pending uint64, s types.SubnetEmission) (owner, rest uint64, err error) {
	parts, err := curve.SplitBps(pending, s.OwnerCutBps)
	if err != nil {
		return 0, 0, err
	}
	return parts[0], parts[1], nil
}

// pendingAlpha is the token that the subnet has emitted since epochs last paid; none before it starts.
func (k *Keeper) pendingAlpha(ctx context.Context, s types.SubnetEmission) uint64 {
	if !s.Started {
		return 0
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	return curve.Emit(k.stake.AlphaSupply(ctx, s.Netuid), elapsed(s.PaidBlock, height))
}
