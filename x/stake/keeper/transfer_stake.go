package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Transfer is stake that is to have another owner.
type Transfer struct {
	Owner, Recipient, Hotkey sdk.AccAddress
	Netuid                   uint32
	Part                     Part
}

// TransferStake gives stake to another owner, behind the same hotkey. It returns the alpha given.
//
// Nobody is asked whether he wants it, so it must harm nobody: it brings at least min_stake, behind a hotkey that holds a
// uid (so that there are as many places for it as neurons), and never changes since when the recipient's own stake is
// held. Nothing in a block depends on how many positions an owner has. Modules' accounts, which cannot give it
// back, take none.
func (k *Keeper) TransferStake(ctx context.Context, t Transfer) (uint64, error) {
	if err := t.Part.validate(); err != nil {
		return 0, err
	}
	if t.Owner.Equals(t.Recipient) {
		return 0, types.ErrSamePlace.Wrapf("owner and recipient are both %s", t.Owner)
	}
	if k.bank.BlockedAddr(t.Recipient) {
		return 0, types.ErrRecipient.Wrapf("%s is the account of a module, which nobody can sign for", t.Recipient)
	}
	b, err := k.backable(ctx, t.Netuid, t.Hotkey)
	if err != nil {
		return 0, err
	}
	if err := k.settle(ctx, t.Netuid, b); err != nil {
		return 0, err
	}
	from, err := k.withdraw(ctx, t.Owner, t.Netuid, b, t.Part)
	if err != nil {
		return 0, err
	}
	if err := k.atLeastMinStake(ctx, "alpha to give", from.alpha); err != nil {
		return 0, err
	}
	if err := k.deposit(ctx, t.Recipient, t.Netuid, b, from.alpha, from.cost, from.since); err != nil {
		return 0, err
	}
	return from.alpha, emit(ctx, &types.EventStakeTransferred{
		Owner: t.Owner.String(), Recipient: t.Recipient.String(), Hotkey: t.Hotkey.String(), Netuid: t.Netuid, Alpha: from.alpha,
	})
}
