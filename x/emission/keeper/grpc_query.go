package keeper

import (
	"context"
	"errors"
	"math/bits"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
)

// maxPage is the most that one page of a list carries.
const maxPage = 100

type queryServer struct{ *Keeper }

// NewQueryServer serves the module's queries.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k} }

// Params returns the module's parameters.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	p, err := s.params.Get(ctx)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QueryParamsResponse{Params: p}, nil
}

// Overview returns issuance, block emission, next halving and what was minted for whom.
func (s queryServer) Overview(ctx context.Context, _ *types.QueryOverviewRequest) (*types.QueryOverviewResponse, error) {
	ledger, err := s.ledger.Get(ctx)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	issuance := s.issuance(ctx)
	held := s.bank.GetBalance(ctx, authtypes.NewModuleAddress(types.ModuleName), params.BaseDenom)
	return &types.QueryOverviewResponse{
		Issuance:      issuance,
		Cap:           curve.Cap,
		BlockEmission: curve.BlockEmission(issuance),
		NextHalving:   curve.NextHalving(issuance),
		Ledger:        ledger,
		Unsettled:     held.Amount.Uint64(),
	}, nil
}

// Subnets lists each subnet's share of emission and what is pending.
func (s queryServer) Subnets(ctx context.Context, req *types.QuerySubnetsRequest) (*types.QuerySubnetsResponse, error) {
	page := req.GetPagination()
	if page != nil && page.Limit > maxPage {
		return nil, status.Errorf(codes.InvalidArgument, "pagination.limit is %d, at most %d", page.Limit, maxPage)
	}
	ledger, err := s.ledger.Get(ctx)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	infos, next, err := query.CollectionPaginate(ctx, s.subnets, page, func(_ uint32, e types.SubnetEmission) (types.SubnetInfo, error) {
		return s.info(ctx, e, ledger)
	})
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QuerySubnetsResponse{Subnets: infos, Pagination: next}, nil
}

// Subnet returns one subnet's share of emission and what is pending.
func (s queryServer) Subnet(ctx context.Context, req *types.QuerySubnetRequest) (*types.QuerySubnetResponse, error) {
	e, err := s.subnetEmission(ctx, req.GetNetuid())
	if errors.Is(err, types.ErrUnknownSubnet) {
		return nil, status.Error(codes.NotFound, err.Error())
	}
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	ledger, err := s.ledger.Get(ctx)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	info, err := s.info(ctx, e, ledger)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QuerySubnetResponse{Subnet: info}, nil
}

// info adds to what is stored of a subnet what follows from it now.
func (s queryServer) info(ctx context.Context, e types.SubnetEmission, ledger types.Ledger) (types.SubnetInfo, error) {
	info := types.SubnetInfo{Emission: e, PendingAlpha: s.pendingAlpha(ctx, e)}
	owed, err := curve.Owed(e.Weight, ledger.Index, e.Index)
	if err != nil {
		return info, err
	}
	info.PendingAgon = owed
	p, err := s.params.Get(ctx)
	if err != nil {
		return info, err
	}
	block, err := curve.SplitBlock(s.issuance(ctx), ledger.TotalWeight-e.Weight, curve.Subnet{PriceAverage: e.PriceAverage, BurnedBps: e.MinerBurnBps}, rule(p))
	if err != nil {
		return info, err
	}
	info.BlockAgon = block.Subnet
	if ledger.TotalWeight > 0 {
		hi, lo := bits.Mul64(e.Weight, curve.MaxBps)
		share, _ := bits.Div64(hi, lo, ledger.TotalWeight)
		info.ShareBps = uint32(share)
	}
	return info, nil
}
