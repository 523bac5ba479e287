package keeper

import (
	"context"

	"github.com/agon-chain/agon/x/stake/types"
)

// The methods below read a holder's message and do what it asks. Transactions and previews share them, so that a preview
// is what the transaction then does.

func (k *Keeper) addStake(ctx context.Context, m *types.MsgAddStake) (Added, error) {
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return Added{}, err
	}
	limit, err := ParseLimit(m.LimitPrice, m.AllowPartial)
	if err != nil {
		return Added{}, err
	}
	return k.AddStake(ctx, Addition{Owner: owner, Hotkey: hotkey, Netuid: m.Netuid, Amount: m.Amount, MinAlpha: m.MinAlpha, Limit: limit})
}

func (k *Keeper) removeStake(ctx context.Context, m *types.MsgRemoveStake) (Removed, error) {
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return Removed{}, err
	}
	limit, err := ParseLimit(m.LimitPrice, m.AllowPartial)
	if err != nil {
		return Removed{}, err
	}
	return k.RemoveStake(ctx, Removal{
		Owner: owner, Hotkey: hotkey, Netuid: m.Netuid, Part: Part{Alpha: m.Alpha, ShareBps: m.ShareBps},
		MinAgon: m.MinAgon, Limit: limit, KeepToken: m.KeepToken,
	})
}

func (k *Keeper) moveStake(ctx context.Context, m *types.MsgMoveStake) (uint64, error) {
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return 0, err
	}
	to, err := address("to_hotkey", m.ToHotkey)
	if err != nil {
		return 0, err
	}
	return k.MoveStake(ctx, Move{
		Owner: owner, Hotkey: hotkey, ToHotkey: to, Netuid: m.Netuid, Part: Part{Alpha: m.Alpha, ShareBps: m.ShareBps},
	})
}

func (k *Keeper) swapStake(ctx context.Context, m *types.MsgSwapStake) (Swapped, error) {
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return Swapped{}, err
	}
	to, err := address("to_hotkey", m.ToHotkey)
	if err != nil {
		return Swapped{}, err
	}
	return k.SwapStake(ctx, Swap{
		Owner: owner, Hotkey: hotkey, ToHotkey: to, Netuid: m.Netuid, ToNetuid: m.ToNetuid,
		Part: Part{Alpha: m.Alpha, ShareBps: m.ShareBps}, MinAlpha: m.MinAlpha,
	})
}

func (k *Keeper) transferStake(ctx context.Context, m *types.MsgTransferStake) (uint64, error) {
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return 0, err
	}
	recipient, err := address("recipient", m.Recipient)
	if err != nil {
		return 0, err
	}
	return k.TransferStake(ctx, Transfer{
		Owner: owner, Recipient: recipient, Hotkey: hotkey, Netuid: m.Netuid, Part: Part{Alpha: m.Alpha, ShareBps: m.ShareBps},
	})
}

func (k *Keeper) sellToken(ctx context.Context, m *types.MsgSellToken) (sold, error) {
	seller, err := address("seller", m.Seller)
	if err != nil {
		return sold{}, err
	}
	limit, err := ParseLimit(m.LimitPrice, m.AllowPartial)
	if err != nil {
		return sold{}, err
	}
	return k.SellToken(ctx, Sale{Seller: seller, Netuid: m.Netuid, Amount: m.Amount, MinAgon: m.MinAgon, Limit: limit})
}

func (k *Keeper) buyAndBurn(ctx context.Context, m *types.MsgBuyAndBurn) (trade, error) {
	payer, err := address("payer", m.Payer)
	if err != nil {
		return trade{}, err
	}
	return k.BuyAndBurn(ctx, Burn{Payer: payer, Netuid: m.Netuid, Amount: m.Amount, MinAlpha: m.MinAlpha})
}

func (k *Keeper) redeemToken(ctx context.Context, m *types.MsgRedeemToken) (Redeemed, error) {
	owner, err := address("owner", m.Owner)
	if err != nil {
		return Redeemed{}, err
	}
	return k.RedeemToken(ctx, Redemption{Owner: owner, Netuid: m.Netuid, Alpha: m.Alpha, MinAgon: m.MinAgon})
}
