package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// flows is a world with two subnets, two hotkeys of one owner in each, and alice with 10 AGON staked behind the first.
type flows struct {
	*world
	first, second   uint32
	hot, other, own sdk.AccAddress
	alice, bob      sdk.AccAddress
	got             uint64
}

func newFlows(t *testing.T) *flows {
	t.Helper()
	f := &flows{world: newWorld(t), hot: keepertest.Account(50), other: keepertest.Account(52), own: keepertest.Account(51)}
	f.first, f.second = f.create(100), f.create(400)
	f.alice, f.bob = f.rich(1), f.rich(2)
	for _, netuid := range []uint32{f.first, f.second} {
		f.register(netuid, f.hot, f.own)
		f.register(netuid, f.other, f.own)
	}
	f.at(100)
	f.got = f.add(f.alice, f.hot, f.first, params.Agon(10))
	f.at(101)
	return f
}

func (f *flows) move(m types.MsgMoveStake) (uint64, error) {
	res, err := f.msgs.MoveStake(f.ctx, &m)
	if err != nil {
		return 0, err
	}
	return res.Alpha, nil
}

func TestMovingStakeKeepsItsValueAndCost(t *testing.T) {
	f := newFlows(t)
	f.at(200)
	f.stakeToken(f.bob, f.other, f.first, 3*token)
	f.credit(f.first, []uint64{7, 9}, []uint64{5 * token, token})
	had := f.staked(f.alice, f.hot, f.first)
	pool, agon, supply := f.pool(f.first), f.balance(f.alice, types.AgonDenom), f.k.AlphaSupply(f.ctx, f.first)

	quarter, err := f.move(types.MsgMoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), ToHotkey: f.other.String(), Netuid: f.first, ShareBps: 2_500})
	require.NoError(t, err)
	require.Equal(t, had/4, quarter)
	require.Equal(t, &types.EventStakeMoved{
		Owner: f.alice.String(), Hotkey: f.hot.String(), ToHotkey: f.other.String(), Netuid: f.first, Alpha: quarter,
	}, lastEvent[*types.EventStakeMoved](f.world))
	require.InDelta(t, had-quarter, f.staked(f.alice, f.hot, f.first), 1)
	require.LessOrEqual(t, f.staked(f.alice, f.other, f.first), quarter)
	require.InDelta(t, quarter, f.staked(f.alice, f.other, f.first), 1)
	moved, stayed := f.position(f.alice, f.other, f.first), f.position(f.alice, f.hot, f.first)
	require.Equal(t, 10*token, moved.Cost+stayed.Cost, "no cost is lost")
	require.InDelta(t, 10*token/4, moved.Cost, 2)
	require.Equal(t, []int64{100, 100}, []int64{moved.Since, stayed.Since})

	rest, err := f.move(types.MsgMoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), ToHotkey: f.other.String(), Netuid: f.first})
	require.NoError(t, err)
	require.InDelta(t, had, quarter+rest, 1)
	require.Equal(t, 10*token, f.position(f.alice, f.other, f.first).Cost)
	has, err := f.k.Positions.Has(f.ctx, joined3(f.alice, f.first, f.hot))
	require.NoError(t, err)
	require.False(t, has)
	require.Equal(t, pool, f.pool(f.first), "nothing is traded")
	require.Equal(t, agon, f.balance(f.alice, types.AgonDenom))
	require.Equal(t, supply, f.k.AlphaSupply(f.ctx, f.first))
	f.sound(f.alice, f.bob, f.own)
}

func TestMovingToAndFroNeverGains(t *testing.T) {
	f := newFlows(t)
	f.stakeToken(f.bob, f.hot, f.first, 7*token+13)
	f.stakeToken(f.bob, f.other, f.first, 11*token+1)
	f.credit(f.first, []uint64{0, 0}, []uint64{token / 3, 17 * token})
	last := f.staked(f.alice, f.hot, f.first)
	from, to := f.hot, f.other
	for range 50 {
		_, err := f.move(types.MsgMoveStake{Owner: f.alice.String(), Hotkey: from.String(), ToHotkey: to.String(), Netuid: f.first})
		require.NoError(t, err)
		now := f.staked(f.alice, to, f.first)
		require.LessOrEqual(t, now, last)
		require.Less(t, last-now, uint64(2), "a move costs less than two units")
		last, from, to = now, to, from
	}
	f.sound(f.alice, f.bob, f.own)
}

func TestSwappingStakeIsASaleAndAPurchase(t *testing.T) {
	f := newFlows(t)
	f.at(300)
	f.hook.agon = token // emission enters both pools first
	apart, _ := f.ctx.CacheContext()
	sold, err := f.msgs.RemoveStake(apart, &types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, ShareBps: 5_000})
	require.NoError(t, err)
	bought, err := f.msgs.AddStake(apart, &types.MsgAddStake{Owner: f.alice.String(), Hotkey: f.other.String(), Netuid: f.second, Amount: types.Agon(sold.Agon)})
	require.NoError(t, err)

	agon := f.balance(f.alice, types.AgonDenom)
	m := types.MsgSwapStake{
		Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, ToHotkey: f.other.String(), ToNetuid: f.second,
		ShareBps: 5_000, MinAlpha: bought.Alpha,
	}
	m.MinAlpha++
	branch, _ := f.ctx.CacheContext()
	_, err = f.msgs.SwapStake(branch, &m)
	require.ErrorIs(t, err, types.ErrSlippage, "one unit more than both trades bring")
	m.MinAlpha--
	calls := f.hook.called
	res, err := f.msgs.SwapStake(f.ctx, &m)
	require.NoError(t, err)
	require.Equal(t, &types.MsgSwapStakeResponse{
		AlphaSold: sold.Alpha, SaleFee: sold.Fee, Agon: sold.Agon, PurchaseFee: bought.Fee, Alpha: bought.Alpha,
	}, res)
	require.Equal(t, calls+2, f.hook.called, "once for each pool")
	require.Equal(t, agon, f.balance(f.alice, types.AgonDenom))
	require.Equal(t, &types.EventStakeSwapped{
		Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, ToHotkey: f.other.String(), ToNetuid: f.second,
		AlphaSold: sold.Alpha, SaleFee: sold.Fee, Agon: sold.Agon, PurchaseFee: bought.Fee, Alpha: bought.Alpha,
	}, lastEvent[*types.EventStakeSwapped](f.world))
	p := f.position(f.alice, f.other, f.second)
	require.Equal(t, sold.Agon, p.Cost, "the gain or loss of the first is made")
	require.Equal(t, int64(300), p.Since)
	f.sound(f.alice, f.bob, f.own)

	// There and back again is a loss.
	before := f.staked(f.alice, f.hot, f.first)
	f.hook.agon = 0
	_, err = f.msgs.SwapStake(f.ctx, &types.MsgSwapStake{
		Owner: f.alice.String(), Hotkey: f.other.String(), Netuid: f.second, ToHotkey: f.hot.String(), ToNetuid: f.first,
	})
	require.NoError(t, err)
	require.Less(t, f.staked(f.alice, f.hot, f.first), before+sold.Alpha)
	f.sound(f.alice, f.bob, f.own)
}

func TestTransferredStakeHasAnotherOwner(t *testing.T) {
	f := newFlows(t)
	f.at(400)
	f.stakeToken(f.bob, f.hot, f.first, 2*token)
	own := f.position(f.bob, f.hot, f.first)
	res, err := f.msgs.TransferStake(f.ctx, &types.MsgTransferStake{
		Owner: f.alice.String(), Recipient: f.bob.String(), Hotkey: f.hot.String(), Netuid: f.first, Alpha: 4 * token,
	})
	require.NoError(t, err)
	require.Equal(t, 4*token, res.Alpha)
	require.Equal(t, &types.EventStakeTransferred{
		Owner: f.alice.String(), Recipient: f.bob.String(), Hotkey: f.hot.String(), Netuid: f.first, Alpha: 4 * token,
	}, lastEvent[*types.EventStakeTransferred](f.world))
	gave, has := f.position(f.alice, f.hot, f.first), f.position(f.bob, f.hot, f.first)
	require.Equal(t, 10*token+own.Cost, gave.Cost+has.Cost)
	require.Equal(t, int64(400), has.Since, "what the recipient had is held as long as before")
	require.InDelta(t, f.got-4*token, f.staked(f.alice, f.hot, f.first), 1)
	f.sound(f.alice, f.bob, f.own)

	// All of it, to someone who had nothing: since goes with it.
	carol := keepertest.Account(3)
	_, err = f.msgs.TransferStake(f.ctx, &types.MsgTransferStake{
		Owner: f.alice.String(), Recipient: carol.String(), Hotkey: f.hot.String(), Netuid: f.first,
	})
	require.NoError(t, err)
	p := f.position(carol, f.hot, f.first)
	require.Equal(t, gave.Cost, p.Cost)
	require.Equal(t, int64(100), p.Since)
	require.Equal(t, f.staked(carol, f.hot, f.first), f.all(carol, f.hot, f.first))
	f.sound(f.alice, f.bob, f.own, carol)
}

func TestMoveSwapAndTransferRefuse(t *testing.T) {
	f := newFlows(t)
	gone := keepertest.Account(60)
	f.register(f.first, gone, f.own)
	f.stakeToken(f.alice, gone, f.first, token)
	f.replace(f.first, 2, keepertest.Account(61), f.own)
	good := types.MsgSwapStake{
		Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, ToHotkey: f.other.String(), ToNetuid: f.second, Alpha: token,
	}
	recipient := f.bob.String()
	swap := func(m types.MsgSwapStake) error {
		ctx, _ := f.ctx.CacheContext()
		_, err := f.msgs.SwapStake(ctx, &m)
		return err
	}
	move := func(m types.MsgSwapStake) error {
		ctx, _ := f.ctx.CacheContext()
		_, err := f.msgs.MoveStake(ctx, &types.MsgMoveStake{Owner: m.Owner, Hotkey: m.Hotkey, ToHotkey: m.ToHotkey, Netuid: m.Netuid, Alpha: m.Alpha, ShareBps: m.ShareBps})
		return err
	}
	transfer := func(m types.MsgSwapStake) error {
		ctx, _ := f.ctx.CacheContext()
		_, err := f.msgs.TransferStake(ctx, &types.MsgTransferStake{Owner: m.Owner, Recipient: recipient, Hotkey: m.Hotkey, Netuid: m.Netuid, Alpha: m.Alpha, ShareBps: m.ShareBps})
		return err
	}
	remove := func(m types.MsgSwapStake) error {
		ctx, _ := f.ctx.CacheContext()
		_, err := f.msgs.RemoveStake(ctx, &types.MsgRemoveStake{Owner: m.Owner, Hotkey: m.Hotkey, Netuid: m.Netuid, Alpha: m.Alpha, ShareBps: m.ShareBps})
		return err
	}
	type message func(types.MsgSwapStake) error
	every := []message{swap, move, transfer, remove}
	for name, c := range map[string]struct {
		by     []message
		change func(m *types.MsgSwapStake)
		want   error
		says   string
	}{
		"two-amounts":          {every, func(m *types.MsgSwapStake) { m.ShareBps = 1 }, types.ErrInvalidAmount, "alpha is 1000000000 and share_bps is 1; give one"},
		"more-than-all":        {every, func(m *types.MsgSwapStake) { m.Alpha, m.ShareBps = 0, 10_001 }, types.ErrInvalidAmount, "share_bps is 10001, want 1 to 10000"},
		"another-owner":        {every, func(m *types.MsgSwapStake) { m.Owner = keepertest.Account(9).String() }, types.ErrNoPosition, "has nothing behind"},
		"more-than-there-is":   {every, func(m *types.MsgSwapStake) { m.Alpha = f.got + 1 }, types.ErrInsufficientStake, "the position has"},
		"no-owner":             {every, func(m *types.MsgSwapStake) { m.Owner = "alice" }, sdkerrors.ErrInvalidAddress, "owner"},
		"no-hotkey":            {every, func(m *types.MsgSwapStake) { m.Hotkey = "" }, sdkerrors.ErrInvalidAddress, "hotkey"},
		"no-pool":              {every, func(m *types.MsgSwapStake) { m.Netuid = 9 }, types.ErrPoolNotFound, "netuid 9"},
		"no-other-hotkey":      {[]message{swap, move}, func(m *types.MsgSwapStake) { m.ToHotkey = "x" }, sdkerrors.ErrInvalidAddress, "to_hotkey"},
		"a-hotkey-that-left":   {[]message{swap, move}, func(m *types.MsgSwapStake) { m.ToHotkey = gone.String() }, subnettypes.ErrNotRegistered, "backing"},
		"no-other-pool":        {[]message{swap}, func(m *types.MsgSwapStake) { m.ToNetuid = 9 }, types.ErrPoolNotFound, "netuid 9"},
		"the-same-subnet":      {[]message{swap}, func(m *types.MsgSwapStake) { m.ToNetuid = 1 }, types.ErrSamePlace, "move-stake"},
		"the-same-hotkey":      {[]message{move}, func(m *types.MsgSwapStake) { m.ToHotkey = m.Hotkey }, types.ErrSamePlace, "both"},
		"too-little-to-move":   {[]message{move, transfer}, func(m *types.MsgSwapStake) { m.Alpha = 999_999 }, types.ErrBelowMinimum, "is 999999, at least 1000000"},
		"too-little-to-swap":   {[]message{swap}, func(m *types.MsgSwapStake) { m.Alpha = 500_000 }, types.ErrBelowMinimum, "nagon that the sale brings"},
		"less-than-a-unit":     {[]message{remove}, func(m *types.MsgSwapStake) { m.Alpha, m.ShareBps, m.Owner = 0, 1, f.own.String() }, types.ErrNoPosition, ""},
		"behind-one-that-left": {[]message{transfer}, func(m *types.MsgSwapStake) { m.Hotkey = gone.String() }, subnettypes.ErrNotRegistered, "backing"},
	} {
		t.Run(name, func(t *testing.T) {
			for i, do := range c.by {
				m := good
				c.change(&m)
				err := do(m)
				require.ErrorIs(t, err, c.want, "message %d", i)
				require.ErrorContains(t, err, c.says, "message %d", i)
			}
		})
	}
	for _, do := range every {
		require.NoError(t, do(good))
	}
	t.Run("a-module-as-recipient", func(t *testing.T) {
		recipient = authtypes.NewModuleAddress(types.PositionsAccount).String()
		require.ErrorIs(t, transfer(good), types.ErrRecipient)
	})
	t.Run("oneself-as-recipient", func(t *testing.T) {
		recipient = f.alice.String()
		require.ErrorIs(t, transfer(good), types.ErrSamePlace)
	})
	t.Run("no-recipient", func(t *testing.T) {
		recipient = "bob"
		require.ErrorContains(t, transfer(good), "recipient")
	})
	t.Run("what-is-behind-one-that-left-can-be-moved", func(t *testing.T) {
		alpha, err := f.move(types.MsgMoveStake{Owner: f.alice.String(), Hotkey: gone.String(), ToHotkey: f.hot.String(), Netuid: f.first})
		require.NoError(t, err)
		require.Equal(t, token, alpha)
	})
}

// A position below min_stake may be moved whole: there are no more positions than before. It may not be given away, which
// would fill another's list with dust.
func TestSmallPositionsAreMovedWholeAndNotGiven(t *testing.T) {
	f := newFlows(t)
	f.stakeToken(f.bob, f.hot, f.first, token)
	f.remove(types.MsgRemoveStake{Owner: f.bob.String(), Hotkey: f.hot.String(), Netuid: f.first, Alpha: token - 2_000, KeepToken: true})
	ctx, _ := f.ctx.CacheContext()
	_, err := f.msgs.TransferStake(ctx, &types.MsgTransferStake{Owner: f.bob.String(), Recipient: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first})
	require.ErrorIs(t, err, types.ErrBelowMinimum)
	alpha, err := f.move(types.MsgMoveStake{Owner: f.bob.String(), Hotkey: f.hot.String(), ToHotkey: f.other.String(), Netuid: f.first})
	require.NoError(t, err)
	require.InDelta(t, 2_000, alpha, 1)
	f.sound(f.alice, f.bob, f.own)
}

// Ten thousand basis points are all, and what would leave dust is all.
func TestPartsOfAPosition(t *testing.T) {
	f := newFlows(t)
	for bps, want := range map[uint32]uint64{1: f.got / 10_000, 3_333: f.got * 3_333 / 10_000, 10_000: f.got, 9_999: f.got * 9_999 / 10_000} {
		ctx, _ := f.ctx.CacheContext()
		res, err := f.msgs.RemoveStake(ctx, &types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, ShareBps: bps, KeepToken: true})
		require.NoError(t, err)
		require.Equal(t, want, res.Alpha, "%d basis points", bps)
	}
}
