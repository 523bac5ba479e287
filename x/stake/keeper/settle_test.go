package keeper_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func (w *world) credit(netuid uint32, incentive, dividends []uint64) {
	w.t.Helper()
	require.NoError(w.t, w.k.CreditEpoch(w.ctx, netuid, incentive, dividends))
}

func TestDividendsReachEveryBackerInProportion(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, owner := keepertest.Account(50), keepertest.Account(51)
	alice, bob := w.rich(1), w.rich(2)
	w.register(netuid, hotkey, owner)
	w.stakeToken(alice, hotkey, netuid, 100*token)
	w.stakeToken(bob, hotkey, netuid, 300*token)

	w.credit(netuid, []uint64{7 * token}, []uint64{40 * token})
	require.Equal(t, []uint64{447 * token}, w.column(netuid), "what has accrued counts as stake at once")
	w.sound(alice, bob, owner)

	// 18 % of 40 are the owner's, the rest raises each share: 32.8 on 400.
	positions, err := w.queries().Positions(w.ctx, &types.QueryPositionsRequest{Owner: alice.String()})
	require.NoError(t, err)
	require.InDelta(t, 108_200_000_000, positions.Positions[0].Alpha, 1)
	earned, err := w.queries().Positions(w.ctx, &types.QueryPositionsRequest{Owner: owner.String()})
	require.NoError(t, err)
	require.InDelta(t, 14_200_000_000, earned.Positions[0].Alpha, 1, "an owner who never staked finds what the hotkey earned")
	require.Zero(t, earned.Positions[0].Position.Shares)

	require.Equal(t, positions.Positions[0].Alpha, w.all(alice, hotkey, netuid), "the query shows what is then paid")
	require.Equal(t, &types.EventRewardsSettled{
		Netuid: 1, Hotkey: hotkey.String(), Incentive: 7 * token, Take: 7_200_000_000, Dividends: 32_800_000_000,
	}, lastEvent[*types.EventRewardsSettled](w))
	require.InDelta(t, 324_600_000_000, w.all(bob, hotkey, netuid), 1)
	require.InDelta(t, 14_200_000_000, w.all(owner, hotkey, netuid), 2, "the last to leave takes the dust of rounding")
	require.Zero(t, w.balance(authtypes.NewModuleAddress(types.PositionsAccount), "alpha/1"))
	w.sound(alice, bob, owner)
}

func TestNobodyIsPaidForWhatWasEarnedBefore(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, owner := keepertest.Account(50), keepertest.Account(51)
	alice, late := w.rich(1), w.rich(2)
	w.register(netuid, hotkey, owner)
	w.stakeToken(alice, hotkey, netuid, 100*token)
	w.credit(netuid, []uint64{0}, []uint64{50 * token})
	w.stakeToken(late, hotkey, netuid, 1_000*token)
	require.LessOrEqual(t, w.all(late, hotkey, netuid), 1_000*token)
	require.InDelta(t, 141*token, w.all(alice, hotkey, netuid), 1)
}

func TestWithoutBackersTheOwnerGetsAll(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, owner := keepertest.Account(50), keepertest.Account(51)
	w.register(netuid, hotkey, owner)
	w.credit(netuid, []uint64{3}, []uint64{5 * token})
	require.Equal(t, 5*token+3, w.all(owner, hotkey, netuid))
	w.sound(owner)
	positions, err := w.queries().Positions(w.ctx, &types.QueryPositionsRequest{Owner: owner.String()})
	require.NoError(t, err)
	require.Len(t, positions.Positions, 1, "the owner of a registered hotkey keeps a position to be paid into")
}

func TestCreditRefuses(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	w.register(netuid, keepertest.Account(50), keepertest.Account(51))
	for name, c := range map[string]struct {
		netuid               uint32
		incentive, dividends []uint64
		want                 error
	}{
		"no-pool":             {9, nil, nil, types.ErrPoolNotFound},
		"too-few-incentives":  {netuid, nil, []uint64{1}, types.ErrColumn},
		"too-many-dividends":  {netuid, []uint64{1}, []uint64{1, 2}, types.ErrColumn},
		"more-than-63-bits":   {netuid, []uint64{types.MaxAlpha}, []uint64{1}, types.ErrOverflow},
		"more-than-all-alpha": {netuid, []uint64{types.MaxAlpha - 99*token}, []uint64{0}, types.ErrOverflow},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, _ := w.ctx.CacheContext()
			require.ErrorIs(t, w.k.CreditEpoch(ctx, c.netuid, c.incentive, c.dividends), c.want)
		})
	}
	supply := w.k.AlphaSupply(w.ctx, netuid)
	w.credit(netuid, []uint64{0}, []uint64{0})
	require.Equal(t, supply, w.k.AlphaSupply(w.ctx, netuid))
	require.ErrorIs(t, w.k.PayToken(w.ctx, 9, keepertest.Account(1), 1), types.ErrPoolNotFound)
	require.ErrorIs(t, w.k.PayToken(w.ctx, netuid, keepertest.Account(1), types.MaxAlpha), types.ErrOverflow)
	require.NoError(t, w.k.PayToken(w.ctx, netuid, keepertest.Account(1), 0))
	w.sound()
}

// What an epoch and a settlement cost does not depend on the number of backers.
func TestCostIsThatOfNeuronsAndNotOfBackers(t *testing.T) {
	cost := func(backers int) (credit, settle uint64) {
		w := newWorld(t)
		netuid := w.create(100)
		hotkey, owner := keepertest.Account(50), keepertest.Account(51)
		w.register(netuid, hotkey, owner)
		for i := range backers {
			backer := sdk.AccAddress(append([]byte{byte(i), byte(i >> 8)}, keepertest.Account(9)[2:]...))
			w.stakeToken(backer, hotkey, netuid, uint64(4_000/backers)*token)
		}
		w.ctx = w.ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
		w.credit(netuid, []uint64{token}, []uint64{40 * token})
		credit = w.ctx.GasMeter().GasConsumed()
		w.all(owner, hotkey, netuid)
		return credit, w.ctx.GasMeter().GasConsumed() - credit
	}
	credit2, settle2 := cost(2)
	credit200, settle200 := cost(200)
	require.InDelta(t, credit2, credit200, 200)
	require.InDelta(t, settle2, settle200, 1_000)
	t.Logf("one neuron: credit %d gas, settle and remove %d gas", credit2, settle2)
}

func TestAReplacedHotkey(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, owner := keepertest.Account(50), keepertest.Account(51)
	next, nextOwner := keepertest.Account(60), keepertest.Account(61)
	alice := w.rich(1)
	w.register(netuid, keepertest.Account(40), keepertest.Account(41))
	uid := w.register(netuid, hotkey, owner)
	w.stakeToken(alice, hotkey, netuid, 100*token)
	w.credit(netuid, []uint64{0, 2 * token}, []uint64{0, 10 * token})

	w.replace(netuid, uid, next, nextOwner)
	require.Equal(t, []uint64{0, 0}, w.column(netuid), "the newcomer inherits nothing")
	w.sound(alice, owner)
	_, err := w.msgs.AddStake(w.ctx, &types.MsgAddStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid, Amount: params.Agon(1)})
	require.ErrorIs(t, err, subnettypes.ErrNotRegistered)

	res := w.remove(types.MsgRemoveStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid, Alpha: 8 * token})
	require.Equal(t, 8*token, res.Alpha, "backers of a hotkey that is gone can leave")
	w.credit(netuid, []uint64{0, token}, []uint64{0, 0})

	back := w.register(netuid, hotkey, owner)
	require.Equal(t, uint32(2), back)
	require.InDelta(t, (112-8)*token, w.column(netuid)[back], 1, "stake counts again when a hotkey returns")
	require.Equal(t, token, w.column(netuid)[uid])
	require.InDelta(t, 100_200_000_000, w.all(alice, hotkey, netuid), 2)
	require.InDelta(t, 3_800_000_000, w.all(owner, hotkey, netuid), 2)
	require.Equal(t, token, w.all(nextOwner, next, netuid))
	w.sound(alice, owner, nextOwner)
}

func TestAnOwnersEmptyPositionGoesWithTheHotkey(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, owner := keepertest.Account(50), keepertest.Account(51)
	uid := w.register(netuid, hotkey, owner)
	w.replace(netuid, uid, keepertest.Account(60), owner)
	has, err := w.k.Positions.Has(w.ctx, joined3(owner, netuid, hotkey))
	require.NoError(t, err)
	require.False(t, has)
	w.sound()
}

func TestTake(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, owner, alice := keepertest.Account(50), keepertest.Account(51), w.rich(1)
	w.register(netuid, hotkey, owner)
	set := func(bps uint32) error {
		_, err := w.msgs.SetTake(w.ctx, &types.MsgSetTake{Owner: owner.String(), Hotkey: hotkey.String(), TakeBps: bps})
		return err
	}
	get := func() uint32 {
		bps, err := w.k.TakeOf(w.ctx, hotkey)
		require.NoError(t, err)
		return bps
	}
	require.Equal(t, uint32(1_800), get())
	require.ErrorIs(t, set(1_801), types.ErrTake)
	require.NoError(t, set(900), "lower at once")
	require.Equal(t, &types.EventTakeSet{Hotkey: hotkey.String(), TakeBps: 900}, lastEvent[*types.EventTakeSet](w))
	require.ErrorIs(t, set(1_001), types.ErrTake)
	require.NoError(t, set(1_000), "the first raise waits for nothing")
	require.ErrorIs(t, set(1_001), types.ErrTakeInterval)
	require.NoError(t, set(950))
	require.ErrorIs(t, set(1_000), types.ErrTakeInterval, "to lower in between changes nothing")
	w.ctx = w.ctx.WithBlockHeight(10 + 14_399)
	require.ErrorContains(t, set(1_000), "again from height 14410")
	w.ctx = w.ctx.WithBlockHeight(10 + 14_400)
	require.NoError(t, set(1_050))
	require.Equal(t, uint32(1_050), get())

	_, err := w.msgs.SetTake(w.ctx, &types.MsgSetTake{Owner: alice.String(), Hotkey: hotkey.String(), TakeBps: 1})
	require.ErrorIs(t, err, types.ErrNotHotkeyOwner)
	_, err = w.msgs.SetTake(w.ctx, &types.MsgSetTake{Owner: alice.String(), Hotkey: alice.String(), TakeBps: 1})
	require.ErrorIs(t, err, subnettypes.ErrUnknownHotkey)

	p := types.DefaultParams()
	p.MaxTakeBps, p.DefaultTakeBps = 500, 300
	require.NoError(t, w.k.Params.Set(w.ctx, p))
	require.Equal(t, uint32(500), get(), "a bound that governance lowers holds at once")
}

func TestANewTakeIsNotForWhatWasEarnedBefore(t *testing.T) {
	w := newWorld(t)
	hotkey, owner, alice := keepertest.Account(50), keepertest.Account(51), w.rich(1)
	netuids := []uint32{w.create(100), w.create(100), w.create(100)}
	for _, netuid := range netuids[:2] {
		w.register(netuid, hotkey, owner)
		w.stakeToken(alice, hotkey, netuid, 100*token)
		w.credit(netuid, []uint64{0}, []uint64{10 * token})
	}
	_, err := w.msgs.SetTake(w.ctx, &types.MsgSetTake{Owner: owner.String(), Hotkey: hotkey.String(), TakeBps: 0})
	require.NoError(t, err)
	for _, netuid := range netuids[:2] {
		w.credit(netuid, []uint64{0}, []uint64{11_000_000_000})
		// 1.8 at the old take, nothing at the new, and a part of the second dividend for what the first left.
		require.InDelta(t, 1_980_000_000, w.all(owner, hotkey, netuid), 2)
		require.InDelta(t, 119_020_000_000, w.all(alice, hotkey, netuid), 2)
	}
	w.sound(alice, owner)
}

// A share can become worth more than a small payment: it then waits, and is paid as the token when the hotkey leaves.
func TestWhatIsTooLittleForAShareIsNotLost(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, owner, alice := keepertest.Account(50), keepertest.Account(51), w.rich(1)
	uid := w.register(netuid, hotkey, owner)
	const dear = uint64(1 << 50) // behind a single share, next to 2^40 of nobody: 1024 units a share
	require.NoError(t, w.k.PayToken(w.ctx, netuid, alice, dear))
	require.NoError(t, w.Bank.SendCoinsFromAccountToModule(w.ctx, alice, types.PositionsAccount, sdk.NewCoins(types.Alpha(netuid, dear))))
	one := wide.From64(1)
	require.NoError(t, w.k.HotkeyStakes.Set(w.ctx, joined(netuid, hotkey), types.HotkeyStake{Netuid: netuid, Hotkey: hotkey.String(), Alpha: dear, Shares: one}))
	require.NoError(t, w.k.Positions.Set(w.ctx, joined3(alice, netuid, hotkey), types.Position{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid, Shares: one}))
	require.NoError(t, w.k.StakeColumns.Set(w.ctx, netuid, binary.BigEndian.AppendUint64(nil, dear)))
	w.sound(alice, owner)

	w.credit(netuid, []uint64{5}, []uint64{3})
	_, err := w.msgs.SetTake(w.ctx, &types.MsgSetTake{Owner: owner.String(), Hotkey: hotkey.String(), TakeBps: 10})
	require.NoError(t, err, "what waits keeps nobody from acting")
	require.Equal(t, []uint64{dear + 8}, w.column(netuid))
	w.sound(alice, owner)

	w.replace(netuid, uid, keepertest.Account(60), keepertest.Account(61))
	require.Equal(t, uint64(8), w.balance(owner, "alpha/1"))
	require.Equal(t, []uint64{0}, w.column(netuid))
	require.Equal(t, dear, w.all(alice, hotkey, netuid))
	w.sound(alice, owner)
}
