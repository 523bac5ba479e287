package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/shares"
	"github.com/agon-chain/agon/x/stake/types"
)

// GetPool returns the pool of a subnet as stored; ErrPoolNotFound, or x/subnet's ErrSubnetDissolved where it has become a pot.
func (k *Keeper) GetPool(ctx context.Context, netuid uint32) (types.Pool, error) {
	p, err := k.Pools.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		if s, err := k.subnet.GetSubnet(ctx, netuid); err == nil && s.DissolvedAt > 0 {
			return types.Pool{}, s.CheckLive()
		}
		return types.Pool{}, types.ErrPoolNotFound.Wrapf("netuid %d; list the pools with agond query stake pools", netuid)
	}
	if p.PriceBlock != sdk.UnwrapSDKContext(ctx).BlockHeight() {
		p.OpeningAgon, p.OpeningAlpha = 0, 0 // those of an earlier block
	}
	return p, err
}

// hotkeyStake returns what is staked behind a hotkey; nothing is not an error.
func (k *Keeper) hotkeyStake(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (types.HotkeyStake, error) {
	h, err := k.HotkeyStakes.Get(ctx, collections.Join(netuid, hotkey))
	if errors.Is(err, collections.ErrNotFound) {
		return types.HotkeyStake{Netuid: netuid, Hotkey: hotkey.String()}, nil
	}
	return h, err
}

// setHotkeyStake stores what is staked behind a hotkey and keeps the stake column in step; a stake of nothing is
// deleted.
func (k *Keeper) setHotkeyStake(ctx context.Context, netuid uint32, hotkey sdk.AccAddress, p shares.Pool) error {
	key := collections.Join(netuid, hotkey)
	if p.TotalShares.IsZero() {
		if err := k.HotkeyStakes.Remove(ctx, key); err != nil {
			return err
		}
	} else {
		h := types.HotkeyStake{Netuid: netuid, Hotkey: hotkey.String(), Alpha: p.TotalAlpha, Shares: p.TotalShares}
		if err := k.HotkeyStakes.Set(ctx, key, h); err != nil {
			return err
		}
	}
	uid, registered, err := k.registration(ctx, netuid, hotkey)
	if err != nil || !registered {
		return err
	}
	return k.setStakeAt(ctx, netuid, uid, p.TotalAlpha)
}

// registration returns the uid that a hotkey holds in a subnet, if it holds one.
func (k *Keeper) registration(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uid uint32, registered bool, err error) {
	uid, err = k.Registrations.Get(ctx, collections.Join(hotkey, netuid))
	if errors.Is(err, collections.ErrNotFound) {
		return 0, false, nil
	}
	return uid, err == nil, err
}

// position returns what an owner has behind a hotkey, and whether there is an entry for it.
func (k *Keeper) position(ctx context.Context, owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress) (p types.Position, found bool, err error) {
	p, err = k.Positions.Get(ctx, collections.Join3(owner, netuid, hotkey))
	if errors.Is(err, collections.ErrNotFound) {
		return types.Position{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid}, false, nil
	}
	return p, err == nil, err
}

// addShares gives an owner shares behind a hotkey, for what they cost. since is the height from which a position that was
// empty holds something.
func (k *Keeper) addShares(ctx context.Context, owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress, minted wide.U128, cost uint64, since int64) error {
	p, _, err := k.position(ctx, owner, netuid, hotkey)
	if err != nil {
		return err
	}
	sum, overflow := p.Shares.Add(minted)
	if overflow {
		return types.ErrOverflow.Wrapf("%v shares and %v more", p.Shares, minted)
	}
	if p.Shares.IsZero() {
		p.Since = since
	}
	p.Shares = sum
	p.Cost = addCost(p.Cost, cost)
	return k.Positions.Set(ctx, collections.Join3(owner, netuid, hotkey), p)
}

// setPosition stores a position. One without shares is deleted, unless it is that of a registered hotkey's owner, to
// whom the next epoch may pay, or behind the hotkey that its owner chose for what he mines: people find what they have earned by
// listing their positions.
func (k *Keeper) setPosition(ctx context.Context, owner, hotkey sdk.AccAddress, p types.Position) error {
	key := collections.Join3(owner, p.Netuid, hotkey)
	if p.Shares.IsZero() {
		_, registered, err := k.registration(ctx, p.Netuid, hotkey)
		if err != nil {
			return err
		}
		keep := false
		if registered {
			hotkeyOwner, err := k.subnet.OwnerOf(ctx, hotkey)
			if err != nil {
				return err
			}
			keep = hotkeyOwner.Equals(owner)
		}
		chosen, err := k.autoStake(ctx, owner, p.Netuid)
		if err != nil {
			return err
		}
		keep = keep || chosen.Equals(hotkey)
		if !keep {
			return k.Positions.Remove(ctx, key)
		}
	}
	return k.Positions.Set(ctx, key, p)
}
