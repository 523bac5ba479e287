package keeper

import (
	"context"
	"math"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/stake/types"
)

// Portfolio implements types.QueryServer.
func (s queryServer) Portfolio(ctx context.Context, req *types.QueryPortfolioRequest) (*types.QueryPortfolioResponse, error) {
	owner, err := sdk.AccAddressFromBech32(req.GetOwner())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "owner: %v", err)
	}
	out := &types.QueryPortfolioResponse{}
	var at market // of the positions at hand, which come in order of netuid
	out.Entries, out.Pagination, err = query.CollectionPaginate(ctx, s.Keeper.Positions, capped(req.GetPagination()),
		func(key positionKey, p types.Position) (types.PortfolioEntry, error) {
			if at.netuid != p.Netuid || len(out.Subnets) == 0 {
				var err error
				if at, err = s.market(ctx, p.Netuid); err != nil {
					return types.PortfolioEntry{}, err
				}
				total, err := s.portfolioSubnet(ctx, at, owner)
				if err != nil {
					return types.PortfolioEntry{}, err
				}
				out.Subnets = append(out.Subnets, total)
			}
			return s.portfolioEntry(ctx, at, owner, key.K3(), p)
		},
		func(o *query.CollectionsPaginateOptions[positionKey]) {
			prefix := collections.TriplePrefix[sdk.AccAddress, uint32, sdk.AccAddress](owner)
			o.Prefix = &prefix
		},
	)
	if err != nil {
		return nil, queryError(err)
	}
	return out, nil
}

func (s queryServer) portfolioEntry(ctx context.Context, at market, owner, hotkey sdk.AccAddress, p types.Position) (types.PortfolioEntry, error) {
	info, err := s.positionInfo(ctx, at, owner, hotkey, p)
	if err != nil {
		return types.PortfolioEntry{}, err
	}
	out := types.PortfolioEntry{Info: info, Gain: gain(info.Value, p.Cost)}
	if out.TakeBps, err = s.TakeOf(ctx, hotkey); err != nil {
		return types.PortfolioEntry{}, err
	}
	_, out.Registered, err = s.registration(ctx, p.Netuid, hotkey)
	return out, err
}

// portfolioSubnet adds up what an owner has in one subnet, at most MaxPortfolioPositions positions, and values it as one
// sale, or as one redemption.
func (s queryServer) portfolioSubnet(ctx context.Context, at market, owner sdk.AccAddress) (types.PortfolioSubnet, error) {
	out := types.PortfolioSubnet{Netuid: at.netuid, Price: at.price(), DissolvedAt: at.pot.DissolvedAt}
	to, err := s.autoStake(ctx, owner, at.netuid)
	if err != nil {
		return out, err
	}
	out.AutoStake = to.String()
	it, err := s.Keeper.Positions.Iterate(ctx, collections.NewSuperPrefixedTripleRange[sdk.AccAddress, uint32, sdk.AccAddress](owner, at.netuid))
	if err != nil {
		return out, err
	}
	defer it.Close()
	for ; it.Valid(); it.Next() {
		if out.Positions == types.MaxPortfolioPositions {
			out.More = true
			break
		}
		kv, err := it.KeyValue()
		if err != nil {
			return out, err
		}
		alpha, err := s.positionAlpha(ctx, owner, kv.Key.K3(), kv.Value)
		if err != nil {
			return out, err
		}
		out.Positions++
		out.Alpha += alpha // parts of the supply, which fits 63 bits
		out.Cost = addCost(out.Cost, kv.Value.Cost)
	}
	out.Value = at.value(out.Alpha)
	out.Gain = gain(out.Value, out.Cost)
	return out, nil
}

// gain is value less cost, each of which fits 63 bits.
func gain(value, cost uint64) int64 {
	return int64(min(value, math.MaxInt64)) - int64(min(cost, math.MaxInt64))
}
