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
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return nil, err
	}
	alpha, fee, err := s.Keeper.AddStake(ctx, owner, hotkey, m.Netuid, m.Amount, m.MinAlpha)
	if err != nil {
		return nil, err
	}
	return &types.MsgAddStakeResponse{Alpha: alpha, Fee: fee}, nil
}

// RemoveStake implements types.MsgServer.
func (s msgServer) RemoveStake(ctx context.Context, m *types.MsgRemoveStake) (*types.MsgRemoveStakeResponse, error) {
	owner, hotkey, err := addresses(m.Owner, m.Hotkey)
	if err != nil {
		return nil, err
	}
	alpha, agon, fee, err := s.Keeper.RemoveStake(ctx, Removal{
		Owner: owner, Hotkey: hotkey, Netuid: m.Netuid, Alpha: m.Alpha, MinAgon: m.MinAgon, KeepToken: m.KeepToken,
	})
	if err != nil {
		return nil, err
	}
	return &types.MsgRemoveStakeResponse{Alpha: alpha, Agon: agon, Fee: fee}, nil
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
	if o, err = sdk.AccAddressFromBech32(owner); err != nil {
		return nil, nil, errorsmod.Wrapf(sdkerrors.ErrInvalidAddress, "owner: %v", err)
	}
	if h, err = sdk.AccAddressFromBech32(hotkey); err != nil {
		return nil, nil, errorsmod.Wrapf(sdkerrors.ErrInvalidAddress, "hotkey: %v", err)
	}
	return o, h, nil
}
