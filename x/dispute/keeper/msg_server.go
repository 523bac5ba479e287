package keeper

import (
	"context"

	"github.com/agon-chain/agon/x/dispute/types"
)

type msgServer struct{ k *Keeper }

// NewMsgServer returns the service that changes the module's state.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

func (s msgServer) Accuse(ctx context.Context, m *types.MsgAccuse) (*types.MsgAccuseResponse, error) {
	c, err := s.k.accuse(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgAccuseResponse{CaseId: c.Id, Held: c.Held, Judges: c.Judges}, nil
}

func (s msgServer) CommitVote(ctx context.Context, m *types.MsgCommitVote) (*types.MsgCommitVoteResponse, error) {
	if err := s.k.commitVote(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgCommitVoteResponse{}, nil
}

func (s msgServer) RevealVote(ctx context.Context, m *types.MsgRevealVote) (*types.MsgRevealVoteResponse, error) {
	if err := s.k.revealVote(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgRevealVoteResponse{}, nil
}

func (s msgServer) UpdateParams(ctx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := s.k.updateParams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, nil
}
