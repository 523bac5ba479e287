package keeper

import (
	"context"
	"errors"
	stdmath "math"
	"strings"

	"github.com/cosmos/gogoproto/proto"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/pool"
	"github.com/agon-chain/agon/x/stake/types"
)

// trade is one exchange with a pool: what it gives and what the reserves are afterwards, the fee among them.
type trade struct {
	pool.Trade
	netuid uint32
	buy    bool
	before pool.Pool
	next   pool.Pool
}

// quoteBuy is what agon would buy: what the reserves give, but no more than those that the block opened with would have given. So
// who buys before somebody else's purchase and sells after it in the same block sells no dearer than the block opened, and
// the order of a block's trades is worth nothing to whoever chooses it. The difference stays in the pool. It changes nothing.
func quoteBuy(p types.Pool, agon, minAlpha uint64) (trade, error) {
	next, t, err := p.Reserves().Buy(agon, p.FeeBps, minAlpha)
	if err != nil {
		return trade{}, tradeError(err)
	}
	_, opening, err := p.Opening().Buy(agon, p.FeeBps, minAlpha)
	if err != nil {
		return trade{}, tradeError(err)
	}
	if opening.Out < t.Out {
		next.Alpha += t.Out - opening.Out
		t.Out = opening.Out
	}
	next.AGON += t.Fee
	return finish(trade{Trade: t, netuid: p.Netuid, buy: true, before: p.Reserves(), next: next})
}

// quoteSell is what alpha would bring, by the same rule. It changes nothing.
func quoteSell(p types.Pool, alpha, minAgon uint64) (trade, error) {
	next, t, err := p.Reserves().Sell(alpha, p.FeeBps, minAgon)
	if err != nil {
		return trade{}, tradeError(err)
	}
	_, opening, err := p.Opening().Sell(alpha, p.FeeBps, minAgon)
	if err != nil {
		return trade{}, tradeError(err)
	}
	if opening.Out < t.Out {
		next.AGON += t.Out - opening.Out
		t.Out = opening.Out
	}
	next.Alpha += t.Fee
	return finish(trade{Trade: t, netuid: p.Netuid, before: p.Reserves(), next: next})
}

// finish leaves the fee in the pool, where it belongs to whoever holds the token: the pool grows with every trade.
// Neither sum overflows 64 bits, as reserves and fee stay below 2^63 and 2^60 where Validate accepts them.
func finish(t trade) (trade, error) {
	if err := t.next.Validate(); err != nil {
		return trade{}, tradeError(err)
	}
	t.PriceAfterQ32 = t.next.PriceQ32()
	return t, nil
}

// tradeError gives a refusal of the market's arithmetic the module's own code, and keeps what it says.
func tradeError(err error) error {
	for _, c := range []struct {
		of   error
		code *errorsmod.Error
	}{
		{pool.ErrSlippage, types.ErrSlippage},
		{pool.ErrInsufficientLiquidity, types.ErrLiquidity},
		{pool.ErrZeroAmount, types.ErrInvalidAmount},
		{pool.ErrOverflow, types.ErrOverflow},
	} {
		if errors.Is(err, c.of) {
			return c.code.Wrap(strings.TrimSuffix(err.Error(), ": "+c.of.Error()))
		}
	}
	return err
}

// impactBps is how far a trade's own price lies from the price before it, in basis points, rounded up: what the fee and
// the size of the trade cost. ideal is what the trade would give at the price before; base is what the difference is
// measured by: what was got in a purchase (the price is paid/got), ideal in a sale (the price is got/ideal).
func impactBps(ideal, got, base uint64) uint32 {
	if got >= ideal || base == 0 {
		return 0
	}
	bps, ok := wide.MulDivCeil64(ideal-got, types.MaxBps, base)
	if !ok || bps > stdmath.MaxUint32 {
		return stdmath.MaxUint32
	}
	return uint32(bps)
}

// beforeTrade lets others act first, and returns the pool as they leave it.
func (k *Keeper) beforeTrade(ctx context.Context, netuid uint32) (types.Pool, error) {
	if _, err := k.GetPool(ctx, netuid); err != nil {
		return types.Pool{}, err
	}
	if k.hooks != nil {
		if err := k.hooks.BeforeTrade(ctx, netuid); err != nil {
			return types.Pool{}, errorsmod.Wrapf(err, "before a trade in netuid %d", netuid)
		}
	}
	return k.GetPool(ctx, netuid)
}

// sell moves alpha from the positions' account into the pool. What it brings stays in the account of the pools, for the
// caller to pay out. p comes from beforeTrade.
func (k *Keeper) sell(ctx context.Context, p types.Pool, alpha, minAgon uint64) (trade, error) {
	t, err := quoteSell(p, alpha, minAgon)
	if err != nil {
		return trade{}, err
	}
	if err := k.unstakeAlpha(ctx, p.Netuid, alpha); err != nil {
		return trade{}, err
	}
	return t, k.setReserves(ctx, p, t.next)
}

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
