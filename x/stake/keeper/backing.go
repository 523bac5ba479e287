package keeper

import (
	"context"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/backing"
	"github.com/agon-chain/agon/x/stake/types"
)

// EpochStake returns, by uid, what counts for each hotkey in an epoch: the alpha behind it, the root stake of its seat at
// the root's weight, less what it delegates to children, and with what parents delegate to it. StakeColumn is the alpha alone.
func (k *Keeper) EpochStake(ctx context.Context, netuid uint32) ([]uint64, error) {
	b, err := k.backingOf(ctx, netuid)
	if err != nil {
		return nil, err
	}
	return b.Stake(), nil
}

// StakeOf returns what EpochStake says of one uid, which hotkey holds, from its own family and those that name it as a child: what
// it costs does not grow with the families of others.
func (k *Keeper) StakeOf(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) (uint64, error) {
	name := hotkey.String()
	in, err := k.backingInput(ctx, netuid, func(f types.Family) bool {
		return f.Parent == name || slices.ContainsFunc(f.Children, func(c types.Child) bool { return c.Hotkey == name })
	})
	if err != nil {
		return 0, err
	}
	b, err := backing.New(in)
	if err != nil {
		return 0, err
	}
	stake := b.Stake()
	if int(uid) >= len(stake) {
		return 0, nil // nothing was ever behind it: the column ends before
	}
	return stake[uid], nil
}

// backingOf reads what each uid's stake is made of: four columns, the families of the subnet, and where these are any, who
// holds what.
func (k *Keeper) backingOf(ctx context.Context, netuid uint32) (*backing.Backing, error) {
	in, err := k.backingInput(ctx, netuid, everyFamily)
	if err != nil {
		return nil, err
	}
	return backing.New(in)
}

func everyFamily(types.Family) bool { return true }

// backingInput reads it with the delegations of those families, as they are now, that are asked for.
func (k *Keeper) backingInput(ctx context.Context, netuid uint32, wanted func(types.Family) bool) (in backing.Input, err error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return in, err
	}
	in.WeightBps = params.RootWeightBps
	if in.Alpha, err = k.StakeColumn(ctx, netuid); err != nil {
		return in, err
	}
	if in.Root, err = k.settledRoot(ctx); err != nil {
		return in, err
	}
	if in.SeatUIDs, err = k.seatUIDs(ctx, netuid, len(in.Root), backing.None); err != nil {
		return in, err
	}
	in.TakeBps = make([]uint32, len(in.Alpha))
	families, err := k.families(ctx, netuid)
	if err != nil {
		return in, err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	for _, stored := range families.Families {
		family := stored.At(height)
		if len(family.Children) == 0 || !wanted(family) {
			continue
		}
		parent, err := sdk.AccAddressFromBech32(family.Parent)
		if err != nil {
			return in, err
		}
		d := backing.Delegation{}
		if d.UID, err = k.holds(ctx, netuid, parent); err != nil {
			return in, err
		}
		if d.Seat, err = k.holds(ctx, types.RootNetuid, parent); err != nil {
			return in, err
		}
		for _, c := range family.Children {
			child, err := sdk.AccAddressFromBech32(c.Hotkey)
			if err != nil {
				return in, err
			}
			if d.Child, err = k.holds(ctx, netuid, child); err != nil {
				return in, err
			}
			if d.Child == backing.None || hasChildren(families, child, height) {
				continue // its part stays with the parent
			}
			d.Bps = c.Bps
			in.Delegations = append(in.Delegations, d)
			t, err := k.childTake(ctx, params, child)
			if err != nil {
				return in, err
			}
			in.TakeBps[d.Child] = t.TakeBps
		}
	}
	return in, nil
}

// settledRoot is the root stake of each seat without what epochs have accrued. Every subnet's epoch pays the root: with what is
// accrued, of two epochs that end in one block the first would change what the second reckons on, and nobody could tell before.
func (k *Keeper) settledRoot(ctx context.Context) ([]uint64, error) {
	b, err := column(ctx, k.StakeColumns, types.RootNetuid, stakeWidth)
	if err != nil {
		return nil, err
	}
	out := make([]uint64, len(b)/stakeWidth)
	for seat := range out {
		out[seat] = stakeAt(b, uint32(seat))
	}
	return out, nil
}

// holds is the uid that a hotkey holds in a subnet, or its seat at the root; backing.None where it holds none.
func (k *Keeper) holds(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (int, error) {
	uid, registered, err := k.registration(ctx, netuid, hotkey)
	if err != nil || !registered {
		return backing.None, err
	}
	return int(uid), nil
}
