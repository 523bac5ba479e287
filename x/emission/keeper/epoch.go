package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
)

// PayEpoch ends an epoch's account: the pool receives what it is due, the subnet's weight takes up the price, and the
// token emitted since the last payment is split among the subnet's mechanisms. Of each mechanism's part, owner, miners, and validators
// with their backers get theirs, to the last unit, as if it were all that the subnet had. Where the subnet burns a part of
// its miners' emission, that part of what each miner gets in each mechanism is never minted.
//
// Where nobody judged in a mechanism (Fallback) nothing of its part is paid and it is never minted: who keeps silent must not earn
// by it. It returns what each uid was paid in each mechanism, in alpha base units.
func (k *Keeper) PayEpoch(ctx context.Context, netuid uint32, split []uint32, outcomes []*yuma.Output) ([][]uint64, error) {
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
	parts, err := splitMechanisms(k.pendingAlpha(ctx, s), split)
	if err != nil {
		return nil, err
	}
	s.PaidBlock = sdk.UnwrapSDKContext(ctx).BlockHeight()
	if err := k.store(ctx, s, ledger); err != nil {
		return nil, err
	}
	if err := k.subnet.SetStanding(ctx, netuid, s.Weight); err != nil {
		return nil, err
	}

	n := len(outcomes[0].ServerShare)
	incentive, dividends := make([]uint64, n), make([]uint64, n)
	paid := make([][]uint64, len(outcomes))
	event := types.EventEpochPaid{Netuid: netuid}
	events := sdk.UnwrapSDKContext(ctx).EventManager()
	var ownerCut uint64
	judged := false
	for m, out := range outcomes {
		paid[m] = make([]uint64, n)
		if out.Fallback {
			err := events.EmitTypedEvent(&types.EventEpochForfeited{Netuid: netuid, Mechanism: uint32(m), Alpha: parts[m]})
			if err != nil {
				return nil, err
			}
			continue
		}
		judged = true
		cut, rest, err := splitOwnerCut(parts[m], s)
		if err != nil {
			return nil, err
		}
		mined, earned, err := payout(netuid, out, rest)
		if err != nil {
			return nil, err
		}
		burned := burnIncentive(mined, burnedBps)
		for uid := range n {
			paid[m][uid] = mined[uid] + earned[uid]
			incentive[uid] += mined[uid]
			dividends[uid] += earned[uid]
			event.Incentive += mined[uid]
			event.Dividends += earned[uid]
		}
		ownerCut += cut
		event.Burned += burned
		event.Alpha += parts[m] - burned
	}
	if !judged {
		return paid, nil
	}
	if err := k.stake.CreditEpoch(ctx, netuid, incentive, dividends); err != nil {
		return nil, err
	}
	if err := k.subnet.AddEarned(ctx, netuid, incentive); err != nil {
		return nil, err
	}
	if event.Owner, event.Payee, err = k.payOwnerCut(ctx, subnet, ownerCut); err != nil {
		return nil, err
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

// splitMechanisms parts an epoch's token among mechanisms, exactly: floors, and the units left over one each to the largest
// remainders, of equals to the lower number.
func splitMechanisms(pending uint64, split []uint32) ([]uint64, error) {
	weights, parts := make([]uint64, len(split)), make([]uint64, len(split))
	for m, bps := range split {
		weights[m] = uint64(bps)
	}
	return parts, curve.LargestRemainder(weights, pending, parts)
}

// payout shares an amount by what a mechanism found, exactly: the miners' amounts and the validators', each by uid.
func payout(netuid uint32, out *yuma.Output, amount uint64) (incentive, dividends []uint64, err error) {
	n := len(out.ServerShare)
	shares := make([]int64, 0, 2*n)
	shares = append(append(shares, out.ServerShare...), out.ValidatorShare...)
	amounts := make([]uint64, 2*n)
	if yuma.Payout(shares, amount, amounts) != amount {
		return nil, nil, types.ErrBroken.Wrapf("netuid %d: payout of %d did not sum", netuid, amount)
	}
	return amounts[:n], amounts[n:], nil
}

// EpochEmission is what PayEpoch would share among uids in each mechanism at the height of ctx, in alpha base units: its part of the
// token emitted since epochs last paid, less the owner's cut. What the subnet burns of its miners' emission is in it. It leaves
// state as it is.
func (k *Keeper) EpochEmission(ctx context.Context, netuid uint32, split []uint32) ([]uint64, error) {
	// What the pool receives first adds to the supply, which emission depends on.
	branch, _ := sdk.UnwrapSDKContext(ctx).CacheContext()
	s, _, err := k.settled(branch, netuid)
	if err != nil {
		return nil, err
	}
	parts, err := splitMechanisms(k.pendingAlpha(branch, s), split)
	if err != nil {
		return nil, err
	}
	for m, part := range parts {
		if _, parts[m], err = splitOwnerCut(part, s); err != nil {
			return nil, err
		}
	}
	return parts, nil
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

// splitOwnerCut parts a mechanism's token between the subnet's owner and its neurons.
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
