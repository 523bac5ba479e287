package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// serviceKeyTempos is how many tempos a service key stays: receipts that it signed in one epoch are opened in the next, and
// the first epoch of a subnet lasts up to two.
const serviceKeyTempos = 3

// serveAxon publishes the endpoint of the neuron that a hotkey holds.
func (k *Keeper) serveAxon(ctx context.Context, m *types.MsgServeAxon) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	hotkey, err := k.signsAs(ctx, m.Hotkey)
	if err != nil {
		return err
	}
	s, err := k.LiveSubnet(ctx, m.Netuid)
	if err != nil {
		return err
	}
	uid, err := k.UIDOf(ctx, m.Netuid, hotkey)
	if err != nil {
		return err
	}
	n, err := k.GetNeuron(ctx, m.Netuid, uid)
	if err != nil {
		return err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	next, err := nextAxon(n.Axon, m.Axon, height(ctx), p.AxonInterval, s.Hyperparams.Tempo)
	if err != nil {
		return err
	}
	n.Axon = &next
	if err := k.neurons.Set(ctx, collections.Join(n.Netuid, n.Uid), n); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventAxonServed{
		Netuid: n.Netuid, Uid: n.Uid, Hotkey: n.Hotkey, Url: next.Url,
	})
}

// nextAxon is the axon to store when a neuron with axon old (nil if it served none) publishes another at a height.
// Interval and tempo are in blocks. The key before the present one is kept, so that receipts of the running epochs still
// verify; that is why the present one cannot be changed before it is three tempos old. Errors: ErrAxonTooSoon, ErrServiceKeyTooSoon.
func nextAxon(old *types.Axon, published types.Axon, at int64, interval, tempo uint64) (types.Axon, error) {
	next := published
	next.UpdatedAt = at
	if old == nil {
		next.ServiceKeySince = at
		return next, nil
	}
	if free := old.UpdatedAt + int64(interval); at < free {
		return types.Axon{}, errorsmod.Wrapf(types.ErrAxonTooSoon, "axon changed at block %d, axon_interval is %d blocks; serve it again from block %d", old.UpdatedAt, interval, free)
	}
	if bytes.Equal(old.ServiceKey, published.ServiceKey) {
		next.PreviousServiceKey, next.ServiceKeySince = old.PreviousServiceKey, old.ServiceKeySince
		return next, nil
	}
	if free := old.ServiceKeySince + serviceKeyTempos*int64(tempo); at < free {
		return types.Axon{}, errorsmod.Wrapf(types.ErrServiceKeyTooSoon,
			"service_key was set at block %d and stays for %d tempos of %d blocks; change it from block %d, and keep the present one until then",
			old.ServiceKeySince, serviceKeyTempos, tempo, free)
	}
	next.PreviousServiceKey, next.ServiceKeySince = old.ServiceKey, at
	return next, nil
}
