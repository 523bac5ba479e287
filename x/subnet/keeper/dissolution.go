package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/isolate"
	"github.com/agon-chain/agon/x/subnet/types"
)

// maxRemovalsPerBlock is how many neurons of dissolved subnets a block removes, of all of them together.
const maxRemovalsPerBlock = 64

// dissolveSubnet ends a subnet for its owner, once its immunity is over: until then whoever registered or bought its token
// knows that it will not be taken from under him, and what it cost is not a deposit that comes back at will.
func (k *Keeper) dissolveSubnet(ctx context.Context, m *types.MsgDissolveSubnet) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	s, err := k.ownSubnet(ctx, m.Netuid, m.Owner)
	if err != nil {
		return err
	}
	if lease, runs := s.LeaseAt(height(ctx)); runs {
		return errorsmod.Wrapf(types.ErrLeased, "netuid %d: its lease runs %s; who holds every share of the fund can end it: agond crowdfund end", s.Netuid, lease.Term())
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	if free := s.Since() + int64(p.SubnetImmunity); height(ctx) < free {
		return errorsmod.Wrapf(types.ErrSubnetImmune, "netuid %d is not dissolved for %d blocks (subnet_immunity) after its start, or its creation while it has not started; dissolve it from block %d",
			s.Netuid, p.SubnetImmunity, free)
	}
	return k.dissolve(ctx, s, 0)
}

// dissolve ends a subnet, for a successor or for none. It takes nothing any more from here on; the hooks close its pool and its
// account and take its epochs out of the queue. What costs work for each neuron is left to the blocks after.
func (k *Keeper) dissolve(ctx context.Context, s types.Subnet, successor uint32) error {
	s.DissolvedAt = height(ctx)
	if err := k.subnets.Set(ctx, s.Netuid, s); err != nil {
		return err
	}
	if err := k.standings.Remove(ctx, s.Netuid); err != nil {
		return err
	}
	if err := k.offers.Remove(ctx, s.Netuid); err != nil {
		return err
	}
	if _, err := k.voidPending(ctx, s.Netuid); err != nil {
		return err
	}
	if err := k.hear().AfterSubnetDissolved(ctx, s.Netuid); err != nil {
		return err
	}
	if s.NeuronCount > 0 {
		if err := k.dissolving.Set(ctx, s.Netuid); err != nil {
			return err
		}
	} else if err := k.hear().AfterNeuronsTrimmed(ctx, s.Netuid, 0); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetDissolved{Netuid: s.Netuid, Owner: s.Owner, Successor: successor})
}

// emptyDissolved removes neurons of dissolved subnets, from the last uid down, as many as the block's budget has. A subnet
// for which that fails is set aside with an event and keeps the neurons that it has left: its holders are paid all the same. With
// nothing to remove it costs one read.
func (k *Keeper) emptyDissolved(ctx context.Context) error {
	var netuids []uint32
	const list = "list of dissolved subnets"
	failure := isolate.Step(ctx, list, func(ctx context.Context) error {
		return k.dissolving.Walk(ctx, nil, func(netuid uint32) (bool, error) {
			netuids = append(netuids, netuid)
			return len(netuids) == maxRemovalsPerBlock, nil // each takes one at least
		})
	})
	if failure != nil {
		return workFailed(ctx, list, failure)
	}
	budget := uint32(maxRemovalsPerBlock)
	for _, netuid := range netuids {
		if budget == 0 {
			return nil
		}
		spent, left, failure := k.emptyIsolated(ctx, netuid, budget)
		budget -= spent
		if failure == nil {
			continue
		}
		// If even this fails, the next block tries all of it again.
		_ = isolate.Step(ctx, "end of a removal", func(ctx context.Context) error { return k.dissolving.Remove(ctx, netuid) }, "netuid", netuid)
		err := sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventDissolutionFailed{Netuid: netuid, Neurons: left, Reason: isolate.Reason(failure)})
		if err != nil {
			return err
		}
	}
	return nil
}

// emptyIsolated removes at most many neurons of a dissolved subnet, in a branch of state of its own, and forgets that the subnet is to
// be emptied once it is. It returns how many it tried, and how many the subnet has left.
func (k *Keeper) emptyIsolated(ctx context.Context, netuid, many uint32) (spent, left uint32, err error) {
	err = isolate.Step(ctx, "removal", func(ctx context.Context) error {
		s, err := k.GetSubnet(ctx, netuid)
		if err != nil {
			return err
		}
		left = s.NeuronCount
		spent = min(many, left)
		if err := k.emptyEnd(ctx, s, left-spent); err != nil {
			return err
		}
		if left > spent {
			return nil
		}
		return k.dissolving.Remove(ctx, netuid)
	}, "netuid", netuid)
	if err == nil {
		left -= spent
	}
	return spent, left, err
}

// emptyEnd removes a dissolved subnet's neurons from the last uid down to and including end.
func (k *Keeper) emptyEnd(ctx context.Context, s types.Subnet, end uint32) error {
	for uid := s.NeuronCount; uid > end; uid-- {
		if err := k.removeNeuron(ctx, s.Netuid, uid-1, types.RemovalCause_REMOVAL_CAUSE_DISSOLVED); err != nil {
			return err
		}
	}
	if err := k.endNeurons(ctx, s.Netuid, end, s.NeuronCount); err != nil {
		return err
	}
	s.NeuronCount = end
	if err := k.subnets.Set(ctx, s.Netuid, s); err != nil {
		return err
	}
	return k.hear().AfterNeuronsTrimmed(ctx, s.Netuid, end)
}
