package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Preview implements types.QueryServer. It does what the message does on a branch of the state that is then dropped, so
// that it says what the next transaction would bring, or why it would be refused.
func (s queryServer) Preview(ctx context.Context, req *types.QueryPreviewRequest) (*types.QueryPreviewResponse, error) {
	out, err := s.runFlow(nextBlock(ctx), req)
	if err != nil {
		return nil, previewError(err)
	}
	return out, nil
}

// nextBlock is a branch of the state in which the block after the last one is being made; it is dropped.
func nextBlock(ctx context.Context) sdk.Context {
	branch, _ := sdk.UnwrapSDKContext(ctx).CacheContext()
	return branch.WithBlockHeight(branch.BlockHeight() + 1)
}

func (s queryServer) runFlow(ctx sdk.Context, req *types.QueryPreviewRequest) (*types.QueryPreviewResponse, error) {
	switch flow := req.GetFlow().(type) {
	case *types.QueryPreviewRequest_Add:
		return s.previewAdd(ctx, flow.Add)
	case *types.QueryPreviewRequest_Remove:
		return s.previewRemove(ctx, flow.Remove)
	case *types.QueryPreviewRequest_Move:
		alpha, err := s.moveStake(ctx, flow.Move)
		coin := types.Staked(flow.Move.GetNetuid(), alpha)
		return previewed(nil, coin, coin, 0), err
	case *types.QueryPreviewRequest_Swap:
		out, err := s.swapStake(ctx, flow.Swap)
		return previewed(out.trades, types.Staked(flow.Swap.GetNetuid(), out.AlphaSold), types.Staked(flow.Swap.GetToNetuid(), out.Alpha), 0), err
	case *types.QueryPreviewRequest_Transfer:
		alpha, err := s.transferStake(ctx, flow.Transfer)
		coin := types.Staked(flow.Transfer.GetNetuid(), alpha)
		return previewed(nil, coin, coin, 0), err
	case *types.QueryPreviewRequest_BuyAndBurn:
		t, err := s.buyAndBurn(ctx, flow.BuyAndBurn)
		return previewed([]trade{t}, types.Agon(t.In), types.Alpha(flow.BuyAndBurn.GetNetuid(), t.Out), 0), err
	case *types.QueryPreviewRequest_Sell:
		t, err := s.sellToken(ctx, flow.Sell)
		return previewed([]trade{t.trade}, types.Alpha(flow.Sell.GetNetuid(), t.In), types.Agon(t.Out), t.left), err
	case *types.QueryPreviewRequest_Redeem:
		out, err := s.redeemToken(ctx, flow.Redeem)
		return previewed(nil, types.Alpha(flow.Redeem.GetNetuid(), out.Alpha), types.Agon(out.Agon), 0), err
	}
	return nil, types.ErrInvalidAmount.Wrap("flow is missing; give one of add, remove, move, swap, transfer, buy_and_burn, sell, redeem")
}

func (s queryServer) previewAdd(ctx context.Context, m *types.MsgAddStake) (*types.QueryPreviewResponse, error) {
	out, err := s.addStake(ctx, m)
	if err != nil {
		return nil, err
	}
	given := m.Amount
	if m.Amount.Denom == types.AgonDenom {
		given = types.Agon(out.Agon)
	}
	return previewed(out.trades, given, types.Staked(m.Netuid, out.Alpha), m.Amount.Amount.Uint64()-given.Amount.Uint64()), nil
}

func (s queryServer) previewRemove(ctx context.Context, m *types.MsgRemoveStake) (*types.QueryPreviewResponse, error) {
	out, err := s.removeStake(ctx, m)
	if err != nil {
		return nil, err
	}
	received := types.Agon(out.Agon)
	if m.KeepToken {
		received = types.Staked(m.Netuid, out.Alpha)
	}
	return previewed(out.trades, types.Staked(m.Netuid, out.Alpha), received, out.left), nil
}

// previewed is an answer; left is of the coin given.
func previewed(trades []trade, given, received sdk.Coin, left uint64) *types.QueryPreviewResponse {
	out := &types.QueryPreviewResponse{Given: given, Received: received, Left: given}
	out.Left.Amount = types.Agon(left).Amount
	for _, t := range trades {
		out.Trades = append(out.Trades, t.info())
	}
	return out
}

// info is a trade as queries show it.
func (t trade) info() types.TradeInfo {
	out := types.TradeInfo{
		Netuid: t.netuid, PriceBefore: decimal(t.PriceBeforeQ32), PriceAfter: decimal(t.PriceAfterQ32),
	}
	if t.buy {
		out.Given, out.Received, out.Fee = types.Agon(t.In), types.Alpha(t.netuid, t.Out), types.Agon(t.Fee)
		out.ImpactBps = impactBps(t.before.AlphaFor(t.In), t.Out, t.Out)
		return out
	}
	ideal := t.before.AgonFor(t.In)
	out.Given, out.Received, out.Fee = types.Alpha(t.netuid, t.In), types.Agon(t.Out), types.Alpha(t.netuid, t.Fee)
	out.ImpactBps = impactBps(ideal, t.Out, ideal)
	return out
}

// previewError gives a refusal of the transaction the status that clients know.
func previewError(err error) error {
	err = queryError(err)
	if refused := (*errorsmod.Error)(nil); errors.As(err, &refused) {
		return status.Error(codes.FailedPrecondition, err.Error())
	}
	return err
}
