package keeper

import (
	"context"

	"github.com/agon-chain/agon/x/subnet/types"
)

type msgServer struct{ k *Keeper }

// NewMsgServer returns the service that changes the module's state.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

func (s msgServer) CreateSubnet(ctx context.Context, m *types.MsgCreateSubnet) (*types.MsgCreateSubnetResponse, error) {
	netuid, cost, err := s.k.createSubnet(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgCreateSubnetResponse{Netuid: netuid, Cost: cost}, nil
}

func (s msgServer) Register(ctx context.Context, m *types.MsgRegister) (*types.MsgRegisterResponse, error) {
	uid, price, err := s.k.register(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgRegisterResponse{Uid: uid, Price: price}, nil
}

func (s msgServer) ServeAxon(ctx context.Context, m *types.MsgServeAxon) (*types.MsgServeAxonResponse, error) {
	if err := s.k.serveAxon(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgServeAxonResponse{}, nil
}

func (s msgServer) SetIdentity(ctx context.Context, m *types.MsgSetIdentity) (*types.MsgSetIdentityResponse, error) {
	if err := s.k.setIdentity(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgSetIdentityResponse{}, nil
}

func (s msgServer) UpdateSubnetIdentity(ctx context.Context, m *types.MsgUpdateSubnetIdentity) (*types.MsgUpdateSubnetIdentityResponse, error) {
	if err := s.k.updateSubnetIdentity(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateSubnetIdentityResponse{}, nil
}

func (s msgServer) UpdateHyperparams(ctx context.Context, m *types.MsgUpdateHyperparams) (*types.MsgUpdateHyperparamsResponse, error) {
	if err := s.k.updateHyperparams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateHyperparamsResponse{}, nil
}

func (s msgServer) UpdateTaskParams(ctx context.Context, m *types.MsgUpdateTaskParams) (*types.MsgUpdateTaskParamsResponse, error) {
	if err := s.k.updateTaskParams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateTaskParamsResponse{}, nil
}

func (s msgServer) UpdateParams(ctx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := s.k.updateParams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, nil
}
