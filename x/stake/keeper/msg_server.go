package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/x/stake/types"
)

type msgServer struct{ *Keeper }

// NewMsgServer returns the messages' side of a keeper. It checks whatever comes, as governance and authz run messages
// that no ante handler has seen.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

// AddStake implements types.MsgServer.
func (s msgServer) AddStake(ctx context.Context, m *types.MsgAddStake) (*types.MsgAddStakeResponse, error) {
	out, err := s.addStake(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgAddStakeResponse{Alpha: out.Alpha, Fee: out.Fee, Agon: out.Agon}, nil
}

// RemoveStake implements types.MsgServer.
func (s msgServer) RemoveStake(ctx context.Context, m *types.MsgRemoveStake) (*types.MsgRemoveStakeResponse, error) {
	out, err := s.removeStake(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgRemoveStakeResponse{Alpha: out.Alpha, Agon: out.Agon, Fee: out.Fee}, nil
}

// MoveStake implements types.MsgServer.
func (s msgServer) MoveStake(ctx context.Context, m *types.MsgMoveStake) (*types.MsgMoveStakeResponse, error) {
	alpha, err := s.moveStake(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgMoveStakeResponse{Alpha: alpha}, nil
}

// SwapStake implements types.MsgServer.
func (s msgServer) SwapStake(ctx context.Context, m *types.MsgSwapStake) (*types.MsgSwapStakeResponse, error) {
	out, err := s.swapStake(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgSwapStakeResponse{
		AlphaSold: out.AlphaSold, SaleFee: out.SaleFee, Agon: out.Agon, PurchaseFee: out.PurchaseFee, Alpha: out.Alpha,
	}, nil
}

// TransferStake implements types.MsgServer.
func (s msgServer) TransferStake(ctx context.Context, m *types.MsgTransferStake) (*types.MsgTransferStakeResponse, error) {
	alpha, err := s.transferStake(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgTransferStakeResponse{Alpha: alpha}, nil
}

// SellToken implements types.MsgServer.
func (s msgServer) SellToken(ctx context.Context, m *types.MsgSellToken) (*types.MsgSellTokenResponse, error) {
	out, err := s.sellToken(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgSellTokenResponse{Alpha: out.In, Agon: out.Out, Fee: out.Fee}, nil
}

// BuyAndBurn implements types.MsgServer.
func (s msgServer) BuyAndBurn(ctx context.Context, m *types.MsgBuyAndBurn) (*types.MsgBuyAndBurnResponse, error) {
	t, err := s.buyAndBurn(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgBuyAndBurnResponse{Alpha: t.Out, Fee: t.Fee}, nil
}

// RedeemToken implements types.MsgServer.
func (s msgServer) RedeemToken(ctx context.Context, m *types.MsgRedeemToken) (*types.MsgRedeemTokenResponse, error) {
	out, err := s.redeemToken(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgRedeemTokenResponse{Alpha: out.Alpha, Agon: out.Agon}, nil
}

// SetTake implements types.MsgServer.
func (s msgServer) SetTake(ctx context.Context, m *types.MsgSetTake) (*types.MsgSetTakeResponse, error) {
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return nil, err
	}
	if err := s.setTake(ctx, owner, hotkey, m.TakeBps); err != nil {
		return nil, err
	}
	return &types.MsgSetTakeResponse{}, nil
}

// SetAutoStake implements types.MsgServer.
func (s msgServer) SetAutoStake(ctx context.Context, m *types.MsgSetAutoStake) (*types.MsgSetAutoStakeResponse, error) {
	owner, err := address("owner", m.Owner)
	if err != nil {
		return nil, err
	}
	var hotkey sdk.AccAddress
	if m.Hotkey != "" {
		if hotkey, err = address("hotkey", m.Hotkey); err != nil {
			return nil, err
		}
	}
	if err := s.setAutoStake(ctx, owner, m.Netuid, hotkey); err != nil {
		return nil, err
	}
	return &types.MsgSetAutoStakeResponse{}, nil
}

// SetChildren implements types.MsgServer.
func (s msgServer) SetChildren(ctx context.Context, m *types.MsgSetChildren) (*types.MsgSetChildrenResponse, error) {
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return nil, err
	}
	at, err := s.Keeper.SetChildren(ctx, owner, hotkey, m.Netuid, m.Children)
	if err != nil {
		return nil, err
	}
	return &types.MsgSetChildrenResponse{PendingAt: at}, nil
}

// SetChildTake implements types.MsgServer.
func (s msgServer) SetChildTake(ctx context.Context, m *types.MsgSetChildTake) (*types.MsgSetChildTakeResponse, error) {
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return nil, err
	}
	if err := s.setChildTake(ctx, owner, hotkey, m.TakeBps); err != nil {
		return nil, err
	}
	return &types.MsgSetChildTakeResponse{}, nil
}

// UpdateParams implements types.MsgServer.
func (s msgServer) UpdateParams(ctx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if m.Authority != s.authority {
		return nil, errorsmod.Wrapf(govtypes.ErrInvalidSigner, "authority is %s, want %s; parameters change by a governance proposal", m.Authority, s.authority)
	}
	if err := m.Params.Validate(); err != nil {
		return nil, err
	}
	if err := s.Params.Set(ctx, m.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, emit(ctx, &types.EventParamsUpdated{Params: m.Params})
}

func addresses(owner, hotkey string) (o, h sdk.AccAddress, err error) {
	if o, err = address("owner", owner); err != nil {
		return nil, nil, err
	}
	h, err = address("hotkey", hotkey)
	return o, h, err
}

func address(field, text string) (sdk.AccAddress, error) {
	a, err := sdk.AccAddressFromBech32(text)
	if err != nil {
		return nil, errorsmod.Wrapf(sdkerrors.ErrInvalidAddress, "%s: %v", field, err)
	}
	return a, nil
}
