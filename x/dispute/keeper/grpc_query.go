package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// maxPage is the most entries that a page of a list holds, whatever is asked.
const maxPage = 100

type queryServer struct{ k *Keeper }

// NewQueryServer returns the service that reads the module's state.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k} }

// queryError gives a refusal the status that a client can act on.
func queryError(err error) error {
	switch {
	case errors.Is(err, types.ErrCaseNotFound):
		return status.Error(codes.NotFound, err.Error())
	case errors.Is(err, subnettypes.ErrInvalidAddress):
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return err
}

// capped is the page to read: what is asked, of at most maxPage entries.
func capped(asked *query.PageRequest) *query.PageRequest {
	page := query.PageRequest{Limit: maxPage}
	if asked != nil {
		page = *asked
	}
	if page.Limit == 0 || page.Limit > maxPage {
		page.Limit = maxPage
	}
	return &page
}

func (q queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	p, err := q.k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryParamsResponse{Params: p}, nil
}

func (q queryServer) Case(ctx context.Context, r *types.QueryCaseRequest) (*types.QueryCaseResponse, error) {
	c, err := q.k.GetCase(ctx, r.CaseId)
	if err != nil {
		return nil, queryError(err)
	}
	out := &types.QueryCaseResponse{Case: c}
	if out.Bench, err = q.k.Bench(ctx, c.Id); err != nil || !c.Open() {
		return out, err
	}
	miner, _, err := parties(c)
	if err != nil {
		return nil, err
	}
	out.Held, err = q.k.subnet.Disputed(ctx, c.Netuid, miner)
	return out, err
}

func (q queryServer) Cases(ctx context.Context, r *types.QueryCasesRequest) (*types.QueryCasesResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, q.k.bySubnet, capped(r.Pagination),
		func(key netuidCase, _ collections.NoValue) (types.Case, error) { return q.k.GetCase(ctx, key.K2()) },
		query.WithCollectionPaginationPairPrefix[uint32, uint64](r.Netuid))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryCasesResponse{Cases: list, Pagination: page}, nil
}

func (q queryServer) CasesOf(ctx context.Context, r *types.QueryCasesOfRequest) (*types.QueryCasesOfResponse, error) {
	miner, err := subnettypes.ParseHotkey("miner", r.Miner)
	if err != nil {
		return nil, queryError(err)
	}
	list, page, err := query.CollectionPaginate(ctx, q.k.byMiner, capped(r.Pagination),
		func(key minerCase, _ collections.NoValue) (types.Case, error) { return q.k.GetCase(ctx, key.K2()) },
		query.WithCollectionPaginationPairPrefix[[]byte, uint64](aboutMiner(r.Netuid, miner)))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryCasesOfResponse{Cases: list, Pagination: page}, nil
}

func (q queryServer) Record(ctx context.Context, r *types.QueryRecordRequest) (*types.QueryRecordResponse, error) {
	miner, err := subnettypes.ParseHotkey("miner", r.Miner)
	if err != nil {
		return nil, queryError(err)
	}
	record, err := q.k.RecordOf(ctx, r.Netuid, miner)
	if err != nil {
		return nil, err
	}
	open, err := q.k.OpenCase(ctx, r.Netuid, miner)
	return &types.QueryRecordResponse{Record: record, OpenCase: open}, err
}

func (q queryServer) Records(ctx context.Context, r *types.QueryRecordsRequest) (*types.QueryRecordsResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, q.k.records, capped(r.Pagination),
		func(_ minerKey, record types.Record) (types.Record, error) { return record, nil },
		query.WithCollectionPaginationPairPrefix[uint32, sdk.AccAddress](r.Netuid))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryRecordsResponse{Records: list, Pagination: page}, nil
}

func (q queryServer) Accuser(ctx context.Context, r *types.QueryAccuserRequest) (*types.QueryAccuserResponse, error) {
	hotkey, err := subnettypes.ParseHotkey("hotkey", r.Hotkey)
	if err != nil {
		return nil, queryError(err)
	}
	out := &types.QueryAccuserResponse{}
	if out.OpenCases, err = q.k.openOf(ctx, hotkey); err != nil {
		return nil, err
	}
	out.BarredUntil, err = q.k.barredUntil(ctx, hotkey)
	return out, err
}
