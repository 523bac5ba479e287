package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/crowdfund/types"
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
	case errors.Is(err, types.ErrFundNotFound), errors.Is(err, types.ErrContributionNotFound):
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

func (q queryServer) Fund(ctx context.Context, r *types.QueryFundRequest) (*types.QueryFundResponse, error) {
	f, err := q.k.GetFund(ctx, r.FundId)
	if err != nil {
		return nil, queryError(err)
	}
	info, err := q.k.fundInfo(ctx, f)
	if err != nil {
		return nil, err
	}
	return &types.QueryFundResponse{Info: info}, nil
}

func (q queryServer) Funds(ctx context.Context, r *types.QueryFundsRequest) (*types.QueryFundsResponse, error) {
	funds, page, err := query.CollectionPaginate(ctx, q.k.funds, capped(r.Pagination),
		func(_ uint64, f types.Fund) (types.FundInfo, error) { return q.k.fundInfo(ctx, f) })
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryFundsResponse{Funds: funds, Pagination: page}, nil
}

func (q queryServer) Contribution(ctx context.Context, r *types.QueryContributionRequest) (*types.QueryContributionResponse, error) {
	contributor, err := subnettypes.ParseAddress("contributor", r.Contributor)
	if err != nil {
		return nil, queryError(err)
	}
	info, err := q.k.contributionInfo(ctx, r.FundId, contributor)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryContributionResponse{Info: info}, nil
}

func (q queryServer) Contributions(ctx context.Context, r *types.QueryContributionsRequest) (*types.QueryContributionsResponse, error) {
	f, err := q.k.GetFund(ctx, r.FundId)
	if err != nil {
		return nil, queryError(err)
	}
	if err := q.k.sharedNow(ctx, &f); err != nil {
		return nil, err
	}
	all, page, err := query.CollectionPaginate(ctx, q.k.contributions, capped(r.Pagination),
		func(_ collections.Pair[uint64, sdk.AccAddress], c types.Contribution) (types.ContributionInfo, error) {
			return dues(f, c)
		}, query.WithCollectionPaginationPairPrefix[uint64, sdk.AccAddress](r.FundId))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryContributionsResponse{Contributions: all, Pagination: page}, nil
}

func (q queryServer) ContributionsOf(ctx context.Context, r *types.QueryContributionsOfRequest) (*types.QueryContributionsOfResponse, error) {
	contributor, err := subnettypes.ParseAddress("contributor", r.Contributor)
	if err != nil {
		return nil, queryError(err)
	}
	all, page, err := query.CollectionPaginate(ctx, q.k.byContributor, capped(r.Pagination),
		func(key collections.Pair[sdk.AccAddress, uint64], _ collections.NoValue) (types.ContributionInfo, error) {
			return q.k.contributionInfo(ctx, key.K2(), contributor)
		}, query.WithCollectionPaginationPairPrefix[sdk.AccAddress, uint64](contributor))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryContributionsOfResponse{Contributions: all, Pagination: page}, nil
}

// fundInfo adds to what is stored of a fund what follows from it now.
func (k *Keeper) fundInfo(ctx context.Context, f types.Fund) (types.FundInfo, error) {
	info := types.FundInfo{Fund: f, Status: f.Status(height(ctx))}
	if f.Outcome != nil {
		var err error
		info.Alpha, err = k.balance(ctx, f)
		return info, err
	}
	cost, err := k.subnet.CreationCost(ctx)
	if err != nil {
		return info, err
	}
	info.Missing = cost - min(cost, f.Raised)
	return info, nil
}

// sharedNow takes up what is in a fund's account, in the copy alone.
func (k *Keeper) sharedNow(ctx context.Context, f *types.Fund) error {
	if f.Outcome == nil {
		return nil
	}
	balance, err := k.balance(ctx, *f)
	if err != nil {
		return err
	}
	o := *f.Outcome
	f.Outcome = &o
	_, err = o.Share(balance, f.Raised)
	return err
}

func (k *Keeper) contributionInfo(ctx context.Context, id uint64, contributor sdk.AccAddress) (types.ContributionInfo, error) {
	f, err := k.GetFund(ctx, id)
	if err != nil {
		return types.ContributionInfo{}, err
	}
	c, err := k.contribution(ctx, id, contributor)
	if err != nil {
		return types.ContributionInfo{}, err
	}
	if err := k.sharedNow(ctx, &f); err != nil {
		return types.ContributionInfo{}, err
	}
	return dues(f, c)
}

// dues of a contribution to a fund whose account was taken up.
func dues(f types.Fund, c types.Contribution) (info types.ContributionInfo, err error) {
	info.Contribution = c
	if f.Outcome == nil {
		return info, nil
	}
	if info.Alpha, err = f.Outcome.Due(c); err != nil {
		return info, err
	}
	info.Refund, err = f.Outcome.Refund(c)
	return info, err
}
