package keeper

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

type queryServer struct{ *Keeper }

// NewQueryServer returns the queries' side of a keeper.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k} }

// Params implements types.QueryServer.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: params}, err
}

// Pool implements types.QueryServer.
func (s queryServer) Pool(ctx context.Context, req *types.QueryPoolRequest) (*types.QueryPoolResponse, error) {
	p, err := s.GetPool(ctx, req.GetNetuid())
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryPoolResponse{Info: s.poolInfo(ctx, p)}, nil
}

// Pools implements types.QueryServer.
func (s queryServer) Pools(ctx context.Context, req *types.QueryPoolsRequest) (*types.QueryPoolsResponse, error) {
	infos, page, err := query.CollectionPaginate(ctx, s.Keeper.Pools, capped(req.GetPagination()),
		func(_ uint32, p types.Pool) (types.PoolInfo, error) { return s.poolInfo(ctx, p), nil })
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryPoolsResponse{Infos: infos, Pagination: page}, nil
}

// Pot implements types.QueryServer.
func (s queryServer) Pot(ctx context.Context, req *types.QueryPotRequest) (*types.QueryPotResponse, error) {
	m, err := s.market(ctx, req.GetNetuid())
	if err != nil {
		return nil, queryError(err)
	}
	if !m.dissolved {
		return nil, queryError(types.ErrNotDissolved.Wrapf("netuid %d; its pool is in agond query stake pool %d", m.netuid, m.netuid))
	}
	return &types.QueryPotResponse{Pot: m.pot, Denom: types.AlphaDenom(m.netuid), AlphaSupply: m.supply, Rate: m.price()}, nil
}

// Quote implements types.QueryServer.
func (s queryServer) Quote(ctx context.Context, req *types.QueryQuoteRequest) (*types.QueryQuoteResponse, error) {
	coin, err := parseCoin(req.GetAmount())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	netuid := req.GetNetuid()
	if netuid == types.RootNetuid {
		return nil, queryError(types.ErrRootTrade.Wrap("netuid is 0: AGON is staked at the root as it is, without a price"))
	}
	p, err := s.tradedPool(ctx, netuid)
	if err != nil {
		return nil, queryError(err)
	}
	in := coin.Amount.Uint64()
	var t trade
	switch coin.Denom {
	case types.AgonDenom:
		t, err = quoteBuy(p, in, 0)
	case types.AlphaDenom(netuid):
		t, err = quoteSell(p, in, 0)
	default:
		return nil, status.Errorf(codes.InvalidArgument, "amount is in %s, netuid %d trades %s and %s", coin.Denom, netuid, types.AgonDenom, types.AlphaDenom(netuid))
	}
	if err != nil {
		return nil, queryError(err)
	}
	info := t.info()
	return &types.QueryQuoteResponse{
		Out: info.Received, Fee: info.Fee, PriceBefore: info.PriceBefore, PriceAfter: info.PriceAfter, ImpactBps: info.ImpactBps,
	}, nil
}

// Positions implements types.QueryServer.
func (s queryServer) Positions(ctx context.Context, req *types.QueryPositionsRequest) (*types.QueryPositionsResponse, error) {
	owner, err := sdk.AccAddressFromBech32(req.GetOwner())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "owner: %v", err)
	}
	var at market // of the positions at hand, which come in order of netuid
	infos, page, err := query.CollectionPaginate(ctx, s.Keeper.Positions, capped(req.GetPagination()),
		func(key positionKey, p types.Position) (types.PositionInfo, error) {
			if at.netuid != p.Netuid {
				var err error
				if at, err = s.market(ctx, p.Netuid); err != nil {
					return types.PositionInfo{}, err
				}
			}
			return s.positionInfo(ctx, at, owner, key.K3(), p)
		},
		func(o *query.CollectionsPaginateOptions[positionKey]) {
			prefix := collections.TriplePrefix[sdk.AccAddress, uint32, sdk.AccAddress](owner)
			o.Prefix = &prefix
		},
	)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryPositionsResponse{Positions: infos, Pagination: page}, nil
}

// HotkeyStake implements types.QueryServer.
func (s queryServer) HotkeyStake(ctx context.Context, req *types.QueryHotkeyStakeRequest) (*types.QueryHotkeyStakeResponse, error) {
	hotkey, err := sdk.AccAddressFromBech32(req.GetHotkey())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "hotkey: %v", err)
	}
	netuid := req.GetNetuid()
	if _, err := s.market(ctx, netuid); err != nil {
		return nil, queryError(err)
	}
	out := &types.QueryHotkeyStakeResponse{}
	if out.Stake, err = s.hotkeyStake(ctx, netuid, hotkey); err != nil {
		return nil, err
	}
	if out.TakeBps, err = s.TakeOf(ctx, hotkey); err != nil {
		return nil, err
	}
	uid, registered, err := s.registration(ctx, netuid, hotkey)
	if err != nil {
		return nil, err
	}
	if registered {
		a, err := s.accruedOf(ctx, netuid, uid)
		if err != nil {
			return nil, err
		}
		out.AccruedIncentive, out.AccruedDividends = a.incentive, a.dividends
	}
	return out, nil
}

// AutoStakes implements types.QueryServer.
func (s queryServer) AutoStakes(ctx context.Context, req *types.QueryAutoStakesRequest) (*types.QueryAutoStakesResponse, error) {
	owner, err := sdk.AccAddressFromBech32(req.GetOwner())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "owner: %v", err)
	}
	choices, page, err := query.CollectionPaginate(ctx, s.Keeper.AutoStakes, capped(req.GetPagination()),
		func(_ autoKey, a types.AutoStake) (types.AutoStake, error) { return a, nil },
		query.WithCollectionPaginationPairPrefix[sdk.AccAddress, uint32](owner))
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryAutoStakesResponse{AutoStakes: choices, Pagination: page}, nil
}

// Take implements types.QueryServer.
func (s queryServer) Take(ctx context.Context, req *types.QueryTakeRequest) (*types.QueryTakeResponse, error) {
	hotkey, err := sdk.AccAddressFromBech32(req.GetHotkey())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "hotkey: %v", err)
	}
	params, err := s.Keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	t, err := s.take(ctx, params, hotkey)
	if err != nil {
		return nil, err
	}
	return &types.QueryTakeResponse{
		TakeBps: t.TakeBps, RaisedAt: t.RaisedAt, RaiseFrom: raiseFrom(t, params),
		HighestBps: min(t.TakeBps+params.MaxTakeRaiseBps, params.MaxTakeBps),
	}, nil
}

// tradedPool is the pool as a trade in the next block would find it: after what others do before a trade, which is then forgotten.
func (s queryServer) tradedPool(ctx context.Context, netuid uint32) (types.Pool, error) {
	return s.beforeTrade(nextBlock(ctx), netuid)
}

func (s queryServer) poolInfo(ctx context.Context, p types.Pool) types.PoolInfo {
	denom := types.AlphaDenom(p.Netuid)
	staked := s.bank.GetBalance(ctx, authtypes.NewModuleAddress(types.PositionsAccount), denom)
	return types.PoolInfo{
		Pool: p, Price: decimal(p.Reserves().PriceQ32()), Denom: denom,
		AlphaSupply: s.AlphaSupply(ctx, p.Netuid), AlphaStaked: saturate(staked.Amount),
	}
}

// decimal writes a price with 32 fractional bits in decimal, cut after 9 places.
func decimal(q32 uint64) string {
	const places = 1_000_000_000
	frac, _ := wide.MulDiv64(q32&(1<<32-1), places, 1<<32) // below places: fits
	return fmt.Sprintf("%d.%09d", q32>>32, frac)
}

// parseCoin reads a whole positive number of base units with its denomination.
func parseCoin(text string) (sdk.Coin, error) {
	const most = 160 // a denomination has at most 128 bytes
	if len(text) > most {
		return sdk.Coin{}, fmt.Errorf("amount has %d bytes, at most %d", len(text), most)
	}
	dec, err := sdk.ParseDecCoin(text)
	if err != nil {
		return sdk.Coin{}, fmt.Errorf("amount %q: %w; write 5000000000nagon or 5000000000alpha/1", text, err)
	}
	limit := math.NewIntFromUint64(types.MaxAlpha)
	amount := dec.Amount.TruncateInt()
	if !dec.Amount.IsInteger() || !amount.IsPositive() || amount.GT(limit) {
		return sdk.Coin{}, fmt.Errorf("amount is %s, want a whole number of base units from 1 to %s", dec, limit)
	}
	return sdk.Coin{Denom: dec.Denom, Amount: amount}, nil
}

// capped bounds a page. Totals are not counted: that would read everything.
func capped(page *query.PageRequest) *query.PageRequest {
	out := query.PageRequest{Limit: types.MaxPageLimit}
	if page != nil {
		out = *page
		out.CountTotal = false
		if out.Limit == 0 || out.Limit > types.MaxPageLimit {
			out.Limit = types.MaxPageLimit
		}
	}
	return &out
}

// queryError gives a refusal the status that clients know.
func queryError(err error) error {
	switch {
	case errors.Is(err, subnettypes.ErrSubnetDissolved), errors.Is(err, types.ErrNotDissolved):
		return status.Error(codes.FailedPrecondition, err.Error())
	case errors.Is(err, types.ErrPoolNotFound), errors.Is(err, collections.ErrNotFound):
		return status.Error(codes.NotFound, err.Error())
	case errors.Is(err, types.ErrInvalidAmount), errors.Is(err, types.ErrLiquidity), errors.Is(err, types.ErrOverflow),
		errors.Is(err, types.ErrInvalidDenom), errors.Is(err, types.ErrInvalidPrice), errors.Is(err, types.ErrSamePlace), errors.Is(err, types.ErrRootTrade):
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return err
}
