package keeper

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
)

// EpochInput returns what a mechanism of a subnet's next epoch reckons on, its rows apart, on a branch of state that is thrown away.
func (s queryServer) EpochInput(ctx context.Context, req *types.QueryEpochInputRequest) (*types.QueryEpochInputResponse, error) {
	epoch, err := s.EpochOf(ctx, req.GetNetuid())
	if err != nil {
		return nil, asStatus(err)
	}
	subnet, err := s.subnet.GetSubnet(ctx, epoch.Netuid)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	if err := subnet.CheckLive(); err != nil {
		return nil, asStatus(err)
	}
	if err := hasMechanism(epoch, req.GetMechanism()); err != nil {
		return nil, asStatus(err)
	}
	at := types.PlaceOf(epoch.Netuid, req.GetMechanism())
	branch, _ := sdk.UnwrapSDKContext(ctx).CacheContext()
	height := branch.BlockHeight()
	branch = branch.WithBlockHeight(max(height, epoch.DueAt))
	commits, err := s.expireCommits(branch, at, epoch)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	shared, err := s.sharedColumns(branch, subnet)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	in, err := s.epochColumns(branch, epoch, shared, at, commits)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	emission, err := s.hooks.EpochEmission(branch, epoch.Netuid, epoch.MechanismSplit)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	p := EpochParams(subnet.Hyperparams, epoch.LastStepBlock)
	out := &types.QueryEpochInputResponse{
		Netuid: epoch.Netuid, Mechanism: at.Mechanism(), Index: epoch.Index, Height: height, Block: branch.BlockHeight(),
		Emission: emission[at.Mechanism()], MinerBurnBps: subnet.Hyperparams.MinerBurnBps,
		Params: types.EpochParams{
			Kappa: uint32(p.Kappa), BondsPenalty: uint32(p.BondsPenalty), AlphaLow: uint32(p.AlphaLow), AlphaHigh: uint32(p.AlphaHigh),
			BondsMovingAverage: p.BondsMovingAverage, AlphaSigmoidSteepness: int32(p.AlphaSigmoidSteepness),
			Yuma3: p.Yuma3, LiquidAlpha: p.LiquidAlpha, CommitReveal: p.CommitReveal, BondsDecayOmitted: p.BondsDecayOmitted,
			ActivityCutoff: p.ActivityCutoff, Tempo: p.Tempo, MaxValidators: uint32(p.MaxValidators),
			StakeThreshold: p.StakeThreshold, LastStepBlock: p.LastStepBlock,
		},
		Stake: in.Stake, LastUpdate: in.LastUpdate, RegisteredAt: in.RegisteredAt, Permits: in.Permits,
	}
	for _, c := range in.Commits {
		out.Commits = append(out.Commits, types.CommitBlock{Uid: uint32(c.UID), Height: c.Block})
	}
	return out, nil
}
