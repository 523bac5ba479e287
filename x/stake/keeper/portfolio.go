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
	var pool types.Pool // of the positions at hand, which come in order of netuid
	out.Entries, out.Pagination, err = query.CollectionPaginate(ctx, s.Keeper.Positions, capped(req.GetPagination()),
		func(key positionKey, p types.Position) (types.PortfolioEntry, error) {
			if pool.Netuid != p.Netuid {
				var err error
				if pool, err = s.tradedPool(ctx, p.Netuid); err != nil {
					return types.PortfolioEntry{}, err
				}
				total, err := s.portfolioSubnet(ctx, pool, owner)
				if err != nil {
					return types.PortfolioEntry{}, err
				}
				out.Subnets = append(out.Subnets, total)
			}
			b, err := s.behind(ctx, key.K3())
			if err != nil {
				return types.PortfolioEntry{}, err
			}
			return s.portfolioEntry(ctx, pool, owner, b, p)
		},
		func(o *query.CollectionsPaginateOptions[positionKey]) {
			prefix := collections.TriplePrefix[sdk.AccAddress, uint32, types.Identity](owner)
			o.Prefix = &prefix
		},
	)
	if err != nil {
		return nil, queryError(err)
	}
	return out, nil
}

func (s queryServer) portfolioEntry(ctx context.Context, pool types.Pool, owner sdk.AccAddress, b backed, p types.Position) (types.PortfolioEntry, error) {
	info, err := s.positionInfo(ctx, pool, owner, b, p)
	if err != nil {
		return types.PortfolioEntry{}, err
	}
	out := types.PortfolioEntry{Info: info, Gain: gain(info.Value, p.Cost)}
	if out.TakeBps, err = s.takeOf(ctx, b); err != nil {
		return types.PortfolioEntry{}, err
	}
	_, out.Registered, err = s.registration(ctx, p.Netuid, b)
	return out, err
}

// portfolioSubnet adds up what an owner has in one subnet, at most MaxPortfolioPositions positions, and values it as one
// sale.
func (s queryServer) portfolioSubnet(ctx context.Context, pool types.Pool, owner sdk.AccAddress) (types.PortfolioSubnet, error) {
	out := types.PortfolioSubnet{Netuid: pool.Netuid, Price: decimal(pool.Reserves().PriceQ32())}
	it, err := s.Keeper.Positions.Iterate(ctx, collections.NewSuperPrefixedTripleRange[sdk.AccAddress, uint32, types.Identity](owner, pool.Netuid))
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
		b, err := s.behind(ctx, kv.Key.K3())
		if err != nil {
			return out, err
		}
		alpha, err := s.positionAlpha(ctx, owner, b, kv.Value)
		if err != nil {
			return out, err
		}
		out.Positions++
		out.Alpha += alpha // parts of the supply, which fits 63 bits
		out.Cost = addCost(out.Cost, kv.Value.Cost)
	}
	if t, err := quoteSell(pool, out.Alpha, 0); err == nil {
		out.Value = t.Out
	}
	out.Gain = gain(out.Value, out.Cost)
	return out, nil
}

// gain is value less cost, each of which fits 63 bits.
func gain(value, cost uint64) int64 {
	return int64(min(value, math.MaxInt64)) - int64(min(cost, math.MaxInt64))
}
