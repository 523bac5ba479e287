package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/subnet/types"
)

// SetStanding says what a subnet is worth beside others, after each of its epochs: the lowest outside immunity makes room for a
// new subnet where the chain is full. Errors: ErrSubnetNotFound, ErrSubnetDissolved.
func (k *Keeper) SetStanding(ctx context.Context, netuid uint32, weight uint64) error {
	s, err := k.LiveSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	return k.standings.Set(ctx, netuid, types.Standing{Netuid: netuid, Weight: weight, Since: s.Since()})
}

// outranked says whether a subnet makes room before another: the lower weight, then the earlier, then the lower netuid.
func outranked(a, b types.Standing) bool {
	switch {
	case a.Weight != b.Weight:
		return a.Weight < b.Weight
	case a.Since != b.Since:
		return a.Since < b.Since
	}
	return a.Netuid < b.Netuid
}

// makeRoom dissolves the weakest subnet outside immunity where the chain has no room for another. It reads one small value for
// each subnet that lives. Errors: ErrTooManySubnets with the height when the first immunity ends.
func (k *Keeper) makeRoom(ctx context.Context, p types.Params, successor uint32) error {
	var weakest types.Standing
	var live uint32
	var free int64
	now := height(ctx)
	err := k.standings.Walk(ctx, nil, func(_ uint32, s types.Standing) (bool, error) {
		live++
		if end := s.Since + int64(p.SubnetImmunity); now < end {
			if free == 0 || end < free {
				free = end
			}
			return false, nil
		}
		if weakest.Netuid == 0 || outranked(s, weakest) {
			weakest = s
		}
		return false, nil
	})
	if err != nil || live < p.MaxSubnets {
		return err
	}
	if weakest.Netuid == 0 {
		return errorsmod.Wrapf(types.ErrTooManySubnets,
			"there are %d subnets, max_subnets is %d, and all are immune: the first immunity ends at block %d; create it then, or let governance raise max_subnets",
			live, p.MaxSubnets, free)
	}
	s, err := k.GetSubnet(ctx, weakest.Netuid)
	if err != nil {
		return err
	}
	return errorsmod.Wrapf(k.dissolve(ctx, s, successor), "dissolving netuid %d to make room", weakest.Netuid)
}
