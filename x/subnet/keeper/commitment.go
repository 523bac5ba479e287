package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// CommitmentOf returns what a hotkey has committed to in a subnet. Errors: ErrNotRegistered, ErrCommitmentNotFound.
func (k *Keeper) CommitmentOf(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (types.Commitment, error) {
	uid, err := k.UIDOf(ctx, netuid, hotkey)
	if err != nil {
		return types.Commitment{}, err
	}
	c, err := k.commitments.Get(ctx, collections.Join(netuid, uid))
	if err != nil {
		return types.Commitment{}, missing(err, types.ErrCommitmentNotFound, "hotkey %s, netuid %d; it can make one with agond commit", hotkey, netuid)
	}
	return c, nil
}

// commitData puts a neuron's data in place of those before. They go with the neuron.
func (k *Keeper) commitData(ctx context.Context, m *types.MsgCommitData) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	hotkey, err := k.signsAs(ctx, m.Hotkey)
	if err != nil {
		return err
	}
	if _, err := k.LiveSubnet(ctx, m.Netuid); err != nil {
		return err
	}
	uid, err := k.UIDOf(ctx, m.Netuid, hotkey)
	if err != nil {
		return err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	key, now := collections.Join(m.Netuid, uid), height(ctx)
	old, err := k.commitments.Get(ctx, key)
	switch {
	case errors.Is(err, collections.ErrNotFound):
	case err != nil:
		return err
	default:
		if free := old.Block + int64(p.CommitmentInterval); now < free {
			return errorsmod.Wrapf(types.ErrCommitmentTooSoon, "uid %d of netuid %d committed at block %d, commitment_interval is %d blocks; commit again from block %d",
				uid, m.Netuid, old.Block, p.CommitmentInterval, free)
		}
	}
	c := types.Commitment{Netuid: m.Netuid, Uid: uid, Hotkey: hotkey.String(), Data: m.Data, Block: now}
	if err := k.commitments.Set(ctx, key, c); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventDataCommitted{Netuid: c.Netuid, Uid: c.Uid, Hotkey: c.Hotkey, Data: c.Data})
}
