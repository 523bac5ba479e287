package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/payment/types"
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
	case errors.Is(err, types.ErrChannelNotFound), errors.Is(err, types.ErrPotNotFound):
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

func (q queryServer) Account(ctx context.Context, r *types.QueryAccountRequest) (*types.QueryAccountResponse, error) {
	owner, err := subnettypes.ParseAddress("owner", r.Owner)
	if err != nil {
		return nil, queryError(err)
	}
	a, err := q.k.AccountOf(ctx, owner)
	if err != nil {
		return nil, err
	}
	return &types.QueryAccountResponse{Account: a}, nil
}

func (q queryServer) Channel(ctx context.Context, r *types.QueryChannelRequest) (*types.QueryChannelResponse, error) {
	c, err := q.k.GetChannel(ctx, r.Id)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryChannelResponse{Channel: c}, nil
}

// channelsOf is a page of the channels that an index lists for a party.
func (q queryServer) channelsOf(ctx context.Context, index collections.KeySet[partyChannel], party sdk.AccAddress, page *query.PageRequest) ([]types.Channel, *query.PageResponse, error) {
	list, next, err := query.CollectionPaginate(ctx, index, capped(page),
		func(key partyChannel, _ collections.NoValue) (types.Channel, error) {
			return q.k.GetChannel(ctx, key.K2())
		},
		query.WithCollectionPaginationPairPrefix[sdk.AccAddress, uint64](party))
	if err != nil {
		return nil, nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return list, next, nil
}

func (q queryServer) ChannelsOf(ctx context.Context, r *types.QueryChannelsOfRequest) (*types.QueryChannelsOfResponse, error) {
	owner, err := subnettypes.ParseAddress("owner", r.Owner)
	if err != nil {
		return nil, queryError(err)
	}
	list, page, err := q.channelsOf(ctx, q.k.byOwner, owner, r.Pagination)
	if err != nil {
		return nil, err
	}
	return &types.QueryChannelsOfResponse{Channels: list, Pagination: page}, nil
}

func (q queryServer) ChannelsTo(ctx context.Context, r *types.QueryChannelsToRequest) (*types.QueryChannelsToResponse, error) {
	payee, err := subnettypes.ParseHotkey("payee", r.Payee)
	if err != nil {
		return nil, queryError(err)
	}
	list, page, err := q.channelsOf(ctx, q.k.byPayee, payee, r.Pagination)
	if err != nil {
		return nil, err
	}
	return &types.QueryChannelsToResponse{Channels: list, Pagination: page}, nil
}

func (q queryServer) Price(ctx context.Context, r *types.QueryPriceRequest) (*types.QueryPriceResponse, error) {
	hotkey, err := subnettypes.ParseHotkey("hotkey", r.Hotkey)
	if err != nil {
		return nil, queryError(err)
	}
	p, err := q.k.PriceOf(ctx, r.Netuid, hotkey)
	if err != nil {
		return nil, err
	}
	return &types.QueryPriceResponse{Price: p}, nil
}

func (q queryServer) Prices(ctx context.Context, r *types.QueryPricesRequest) (*types.QueryPricesResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, q.k.prices, capped(r.Pagination),
		func(_ minerKey, p types.Price) (types.Price, error) { return p, nil },
		query.WithCollectionPaginationPairPrefix[uint32, sdk.AccAddress](r.Netuid))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryPricesResponse{Prices: list, Pagination: page}, nil
}

func (q queryServer) Pots(ctx context.Context, r *types.QueryPotsRequest) (*types.QueryPotsResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, q.k.pots, capped(r.Pagination), func(_ uint64, p types.Pot) (types.Pot, error) { return p, nil })
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryPotsResponse{Pots: list, Pagination: page}, nil
}

func (q queryServer) Pot(ctx context.Context, r *types.QueryPotRequest) (*types.QueryPotResponse, error) {
	p, err := q.k.GetPot(ctx, r.CaseId)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryPotResponse{Pot: p}, nil
}

func (q queryServer) Refund(ctx context.Context, r *types.QueryRefundRequest) (*types.QueryRefundResponse, error) {
	p, err := q.k.GetPot(ctx, r.CaseId)
	if err != nil {
		return nil, queryError(err)
	}
	c, err := q.k.GetChannel(ctx, r.Channel)
	if err != nil {
		return nil, queryError(err)
	}
	paid, err := q.k.paidIn(ctx, p, c, nil)
	if err != nil {
		return nil, err
	}
	return &types.QueryRefundResponse{Paid: paid, Refund: p.Part(paid)}, nil
}
