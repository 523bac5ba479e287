package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/types"
)

func (f *flows) preview(flow types.QueryPreviewRequest) *types.QueryPreviewResponse {
	f.t.Helper()
	res, err := f.queries().Preview(f.ctx, &flow)
	require.NoError(f.t, err)
	return res
}

// A preview says what the transaction then does, and changes nothing.
func TestPreviewsAreWhatThenHappens(t *testing.T) {
	f := newFlows(t)
	f.hook.agon = token
	owner, hot, other := f.alice.String(), f.hot.String(), f.other.String()
	first := f.pool(f.first)

	t.Run("add", func(t *testing.T) {
		m := types.MsgAddStake{Owner: owner, Hotkey: hot, Netuid: f.first, Amount: params.Agon(3)}
		says := f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Add{Add: &m}})
		quote, err := f.queries().Quote(f.ctx, &types.QueryQuoteRequest{Netuid: f.first, Amount: "3000000000nagon"})
		require.NoError(t, err)
		require.Equal(t, first, f.pool(f.first), "nothing changes")
		ctx, _ := f.ctx.CacheContext()
		res, err := f.msgs.AddStake(ctx, &m)
		require.NoError(t, err)
		require.Equal(t, &types.QueryPreviewResponse{
			Trades: []types.TradeInfo{{
				Netuid: f.first, Given: m.Amount, Received: types.Alpha(f.first, res.Alpha), Fee: types.Agon(res.Fee),
				PriceBefore: quote.PriceBefore, PriceAfter: quote.PriceAfter, ImpactBps: quote.ImpactBps,
			}},
			Given: m.Amount, Received: types.Alpha(f.first, res.Alpha), Left: types.Agon(0),
		}, says)
	})
	t.Run("partial-add", func(t *testing.T) {
		m := types.MsgAddStake{Owner: owner, Hotkey: hot, Netuid: f.first, Amount: params.Agon(100), LimitPrice: "1.5", AllowPartial: true}
		says := f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Add{Add: &m}})
		ctx, _ := f.ctx.CacheContext()
		res, err := f.msgs.AddStake(ctx, &m)
		require.NoError(t, err)
		require.Equal(t, types.Agon(res.Agon), says.Given)
		require.Equal(t, types.Agon(100*token-res.Agon), says.Left)
	})
	t.Run("remove-and-partial-remove", func(t *testing.T) {
		m := types.MsgRemoveStake{Owner: owner, Hotkey: hot, Netuid: f.first, ShareBps: 9_000, LimitPrice: "1.1", AllowPartial: true}
		says := f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Remove{Remove: &m}})
		ctx, _ := f.ctx.CacheContext()
		res, err := f.msgs.RemoveStake(ctx, &m)
		require.NoError(t, err)
		require.Equal(t, types.Alpha(f.first, res.Alpha), says.Given)
		require.Equal(t, types.Agon(res.Agon), says.Received)
		require.Equal(t, types.Alpha(f.first, res.Fee), says.Trades[0].Fee)
		require.Equal(t, types.Alpha(f.first, f.got*9/10-res.Alpha), says.Left)
		require.NotZero(t, says.Left.Amount.Uint64())
		m = types.MsgRemoveStake{Owner: owner, Hotkey: hot, Netuid: f.first, KeepToken: true}
		says = f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Remove{Remove: &m}})
		require.Equal(t, types.Alpha(f.first, f.got), says.Received)
		require.Empty(t, says.Trades)
	})
	t.Run("swap", func(t *testing.T) {
		m := types.MsgSwapStake{Owner: owner, Hotkey: hot, Netuid: f.first, ToHotkey: other, ToNetuid: f.second, ShareBps: 5_000}
		says := f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Swap{Swap: &m}})
		ctx, _ := f.ctx.CacheContext()
		res, err := f.msgs.SwapStake(ctx, &m)
		require.NoError(t, err)
		require.Equal(t, types.Alpha(f.first, res.AlphaSold), says.Given)
		require.Equal(t, types.Alpha(f.second, res.Alpha), says.Received)
		require.Len(t, says.Trades, 2)
		require.Equal(t, types.Agon(res.Agon), says.Trades[0].Received)
		require.Equal(t, types.Agon(res.Agon), says.Trades[1].Given)
		require.Equal(t, []uint32{f.first, f.second}, []uint32{says.Trades[0].Netuid, says.Trades[1].Netuid})
	})
	t.Run("move-transfer-and-burn", func(t *testing.T) {
		half := types.Alpha(f.first, f.got/2)
		says := f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Move{Move: &types.MsgMoveStake{
			Owner: owner, Hotkey: hot, ToHotkey: other, Netuid: f.first, ShareBps: 5_000,
		}}})
		require.Equal(t, &types.QueryPreviewResponse{Given: half, Received: half, Left: types.Alpha(f.first, 0)}, says)
		says = f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Transfer{Transfer: &types.MsgTransferStake{
			Owner: owner, Recipient: f.bob.String(), Hotkey: hot, Netuid: f.first, ShareBps: 5_000,
		}}})
		require.Equal(t, half, says.Received)
		says = f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_BuyAndBurn{BuyAndBurn: &types.MsgBuyAndBurn{
			Payer: owner, Netuid: f.first, Amount: params.Agon(3),
		}}})
		require.Equal(t, params.Agon(3), says.Given)
		require.Equal(t, says.Trades[0].Received, says.Received)
	})
	t.Run("sell", func(t *testing.T) {
		f := newFlows(t)
		have := f.withdrawn()
		m := &types.MsgSellToken{Seller: owner, Netuid: f.first, Amount: types.Alpha(f.first, have), LimitPrice: "1.1", AllowPartial: true}
		says := f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Sell{Sell: m}})
		res, err := f.msgs.SellToken(f.ctx, m)
		require.NoError(t, err)
		require.Equal(t, types.Agon(res.Agon), says.Received)
		require.Equal(t, types.Alpha(f.first, res.Alpha), says.Given)
		require.Equal(t, types.Alpha(f.first, have-res.Alpha), says.Left)
	})
	t.Run("what-would-be-refused", func(t *testing.T) {
		for name, c := range map[string]struct {
			flow types.QueryPreviewRequest
			want codes.Code
			says string
		}{
			"nothing-asked": {types.QueryPreviewRequest{}, codes.InvalidArgument, "one of add"},
			"no-position": {types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Remove{Remove: &types.MsgRemoveStake{
				Owner: f.bob.String(), Hotkey: hot, Netuid: f.first,
			}}}, codes.FailedPrecondition, "has nothing behind"},
			"no-pool": {types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_BuyAndBurn{BuyAndBurn: &types.MsgBuyAndBurn{
				Payer: owner, Netuid: 9, Amount: params.Agon(1),
			}}}, codes.NotFound, "netuid 9"},
			"too-poor": {types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Add{Add: &types.MsgAddStake{
				Owner: keepertest.Account(99).String(), Hotkey: hot, Netuid: f.first, Amount: params.Agon(1),
			}}}, codes.FailedPrecondition, "insufficient funds"},
			"nothing-filled-in": {types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Swap{Swap: &types.MsgSwapStake{}}}, codes.FailedPrecondition, "owner"},
			"an-empty-coin": {types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Add{Add: &types.MsgAddStake{
				Owner: owner, Hotkey: hot, Netuid: f.first,
			}}}, codes.InvalidArgument, "amount"},
		} {
			_, err := f.queries().Preview(f.ctx, &c.flow)
			require.Equal(t, c.want, status.Code(err), "%s: %v", name, err)
			require.ErrorContains(t, err, c.says, name)
		}
	})
	require.Equal(t, first, f.pool(f.first))
	f.sound(f.alice, f.bob, f.own)
}
