package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// A bar keeps a hotkey from a version, in one subnet, of which it owed an answer. It is the hotkey's, not the uid's, so that a new
// registration does not lift it.

// bar keeps a binding's hotkey from binding again, and returns until which height; 0 where it may at once.
func (k *Keeper) bar(ctx context.Context, b types.Binding) (int64, error) {
	p, err := k.params.Get(ctx)
	if err != nil || p.RebindDelay == 0 {
		return 0, err
	}
	hotkey, err := subnettypes.ParseHotkey("hotkey", b.Hotkey)
	if err != nil {
		return 0, err
	}
	key := collections.Join3(b.Netuid, b.VersionId, hotkey)
	// One that is over may not be forgotten yet.
	if old, err := k.bars.Get(ctx, key); err == nil {
		if err := k.barsDue.Remove(ctx, collections.Join4(old, b.Netuid, b.VersionId, hotkey)); err != nil {
			return 0, err
		}
	} else if !errors.Is(err, collections.ErrNotFound) {
		return 0, err
	}
	until := height(ctx) + int64(p.RebindDelay) - 1
	if until < 1 {
		return 0, nil
	}
	return until, k.putBar(ctx, key, until)
}

func (k *Keeper) putBar(ctx context.Context, key barKey, until int64) error {
	if err := k.bars.Set(ctx, key, until); err != nil {
		return err
	}
	return k.barsDue.Set(ctx, collections.Join4(until, key.K1(), key.K2(), key.K3()))
}

// barredUntil is the last height at which a neuron's hotkey cannot bind to a version; 0 where it can.
func (k *Keeper) barredUntil(ctx context.Context, n neuron, version uint64) (int64, error) {
	until, err := k.bars.Get(ctx, collections.Join3(n.netuid, version, n.hotkey))
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	if err != nil || until < height(ctx) {
		return 0, err
	}
	return until, nil
}

// forgetBars removes those that are over, at most so many. With none it costs one read.
func (k *Keeper) forgetBars(ctx context.Context) error {
	type due = collections.Quad[int64, uint32, uint64, sdk.AccAddress]
	var keys []due
	err := k.barsDue.Walk(ctx, collections.NewPrefixUntilQuadRange[int64, uint32, uint64, sdk.AccAddress](height(ctx)-1), func(key due) (bool, error) {
		keys = append(keys, key)
		return len(keys) == maxExpiredPerBlock, nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := k.barsDue.Remove(ctx, key); err != nil {
			return err
		}
		if err := k.bars.Remove(ctx, collections.Join3(key.K2(), key.K3(), key.K4())); err != nil {
			return err
		}
	}
	return nil
}
