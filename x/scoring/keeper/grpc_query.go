package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
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

// Epoch returns where a subnet stands in its sequence of epochs.
func (s queryServer) Epoch(ctx context.Context, req *types.QueryEpochRequest) (*types.QueryEpochResponse, error) {
	epoch, err := s.EpochOf(ctx, req.GetNetuid())
	if err != nil {
		return nil, asStatus(err)
	}
	return &types.QueryEpochResponse{Epoch: epoch}, nil
}

// Weights returns a mechanism's rows of weights.
func (s queryServer) Weights(ctx context.Context, req *types.QueryWeightsRequest) (*types.QueryWeightsResponse, error) {
	rows, next, err := s.rowsPage(ctx, s.weights, req.GetNetuid(), req.GetMechanism(), req.GetPagination())
	if err != nil {
		return nil, err
	}
	return &types.QueryWeightsResponse{Rows: rows, Pagination: next}, nil
}

// Bonds returns a mechanism's rows of bonds.
func (s queryServer) Bonds(ctx context.Context, req *types.QueryBondsRequest) (*types.QueryBondsResponse, error) {
	rows, next, err := s.rowsPage(ctx, s.bonds, req.GetNetuid(), req.GetMechanism(), req.GetPagination())
	if err != nil {
		return nil, err
	}
	return &types.QueryBondsResponse{Rows: rows, Pagination: next}, nil
}

// rowsPage reads one page of a mechanism's rows.
func (s queryServer) rowsPage(
	ctx context.Context, table rowTable, netuid, mechanism uint32, page *query.PageRequest,
) ([]types.Row, *query.PageResponse, error) {
	if page != nil && page.Limit > maxPage {
		return nil, nil, status.Errorf(codes.InvalidArgument, "pagination.limit is %d, at most %d", page.Limit, maxPage)
	}
	epoch, err := s.EpochOf(ctx, netuid)
	if err != nil {
		return nil, nil, asStatus(err)
	}
	if err := hasMechanism(epoch, mechanism); err != nil {
		return nil, nil, asStatus(err)
	}
	rows, next, err := query.CollectionPaginate(ctx, table, page,
		func(key collections.Pair[uint64, uint32], bz []byte) (types.Row, error) {
			return types.Row{Uid: key.K2(), Entries: types.Weights(unpackRow(bz))}, nil
		},
		query.WithCollectionPaginationPairPrefix[uint64, uint32](uint64(types.PlaceOf(netuid, mechanism))),
	)
	if err != nil {
		return nil, nil, status.Error(codes.Internal, err.Error())
	}
	return rows, next, nil
}

// Commits returns a validator's commits that wait for their reveal.
func (s queryServer) Commits(ctx context.Context, req *types.QueryCommitsRequest) (*types.QueryCommitsResponse, error) {
	hotkey, err := sdk.AccAddressFromBech32(req.GetHotkey())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "hotkey %q: %s", req.GetHotkey(), err)
	}
	epoch, err := s.EpochOf(ctx, req.GetNetuid())
	if err != nil {
		return nil, asStatus(err)
	}
	out := &types.QueryCommitsResponse{}
	for m := range epoch.Mechanisms() {
		for e := epoch.Index - min(epoch.Index, 1); e <= epoch.Index; e++ {
			commit, err := s.commits.Get(ctx, collections.Join3(uint64(types.PlaceOf(epoch.Netuid, m)), e, hotkey))
			if errors.Is(err, collections.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, status.Error(codes.Internal, err.Error())
			}
			out.Commits = append(out.Commits, commit)
		}
	}
	return out, nil
}

// asStatus gives an error of the module the code that a client expects.
func asStatus(err error) error {
	if errors.Is(err, types.ErrUnknownSubnet) || errors.Is(err, types.ErrUnknownMechanism) {
		return status.Error(codes.NotFound, err.Error())
	}
	if errors.Is(err, subnettypes.ErrSubnetDissolved) {
		return status.Error(codes.FailedPrecondition, err.Error())
	}
	return status.Error(codes.Internal, err.Error())
}
