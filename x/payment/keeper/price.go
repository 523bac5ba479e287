package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// PriceOf is what a miner's calls cost: nothing where it set no price.
func (k *Keeper) PriceOf(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (types.Price, error) {
	p, ok, err := found(k.prices.Get(ctx, collections.Join(netuid, hotkey)))
	if !ok {
		p = types.Price{Netuid: netuid, Hotkey: hotkey.String()}
	}
	return p, err
}

// setPrice publishes a miner's price. The chain charges nobody by it: it is what payers reckon with before they call.
func (k *Keeper) setPrice(ctx context.Context, m *types.MsgSetPrice) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	hotkey, err := k.signer(ctx, "hotkey", m.Hotkey)
	if err != nil {
		return err
	}
	if _, err := k.subnet.LiveSubnet(ctx, m.Netuid); err != nil {
		return err
	}
	if _, err := k.subnet.UIDOf(ctx, m.Netuid, hotkey); err != nil {
		return err
	}
	p := types.Price{
		Netuid: m.Netuid, Hotkey: hotkey.String(), SetAt: height(ctx),
		PerRequest: m.PerRequest, PerMillionInput: m.PerMillionInput, PerMillionOutput: m.PerMillionOutput,
	}
	key := collections.Join(m.Netuid, hotkey)
	if p.IsFree() {
		err = k.prices.Remove(ctx, key)
	} else {
		err = k.prices.Set(ctx, key, p)
	}
	if err != nil {
		return err
	}
	return emit(ctx, &types.EventPriceSet{Price: p})
}

// signer is the hotkey that an account signs for. Errors: those of x/subnet, such as ErrKeySwapped.
func (k *Keeper) signer(ctx context.Context, field, account string) (sdk.AccAddress, error) {
	key, err := subnettypes.ParseHotkey(field, account)
	if err != nil {
		return nil, err
	}
	return k.subnet.SignsFor(ctx, key)
}
