package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/x/stake/types"
)

func (w *world) auto(owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress) error {
	w.t.Helper()
	_, err := w.msgs.SetAutoStake(w.ctx, &types.MsgSetAutoStake{Owner: owner.String(), Netuid: netuid, Hotkey: hotkey.String()})
	return err
}

// mining is a subnet in which bob's validator has a backer, and alice owns two miners.
type mining struct {
	*world
	netuid                        uint32
	alice, bob, carol             sdk.AccAddress
	validator, miner, secondMiner sdk.AccAddress
}

func newMining(t *testing.T) mining {
	w := newWorld(t)
	m := mining{
		world: w, netuid: w.create(100), alice: w.rich(1), bob: w.rich(2), carol: w.rich(3),
		validator: keepertest.Account(50), miner: keepertest.Account(51), secondMiner: keepertest.Account(52),
	}
	w.register(m.netuid, m.validator, m.bob)
	w.register(m.netuid, m.miner, m.alice)
	w.register(m.netuid, m.secondMiner, m.alice)
	w.stakeToken(m.carol, m.validator, m.netuid, 7*token)
	return m
}

// What is mined goes behind the chosen hotkey, which is as if the owner had moved it there after each epoch: to a unit of the token for
// each of the two roundings of a deposit.
func TestAutoStakeIsMovingByHand(t *testing.T) {
	byHand, auto := newMining(t), newMining(t)
	require.NoError(t, auto.auto(auto.alice, auto.netuid, auto.validator))
	for epoch := range uint64(5) {
		for _, m := range []mining{byHand, auto} {
			m.credit(m.netuid, []uint64{0, 3*token + 1000*epoch, 0}, []uint64{token/3 + epoch, 0, 0})
		}
		_, err := byHand.msgs.MoveStake(byHand.ctx, &types.MsgMoveStake{
			Owner: byHand.alice.String(), Hotkey: byHand.miner.String(), ToHotkey: byHand.validator.String(), Netuid: byHand.netuid,
		})
		require.NoError(t, err)
		// A miner is settled where anyone touches stake behind it.
		auto.stakeToken(auto.bob, auto.miner, auto.netuid, token)
		for _, m := range []mining{byHand, auto} {
			m.sound(m.alice, m.bob, m.carol, keepertest.Account(200))
		}
		for _, of := range []sdk.AccAddress{auto.alice, auto.bob, auto.carol} {
			require.InDelta(t, byHand.staked(of, byHand.validator, 1), auto.staked(of, auto.validator, 1), 2)
		}
	}
	require.Zero(t, auto.staked(auto.alice, auto.miner, 1))
	e := lastEvent[*types.EventRewardsSettled](auto.world)
	require.Equal(t, auto.validator.String(), e.IncentiveHotkey)
	require.Equal(t, 3*token+4000, e.Incentive)
}

// Queries show what a settlement would put there, and the owner can take all that they show, of all his miners, without touching them.
func TestAutoStakeCanBeTakenAtOnce(t *testing.T) {
	m := newMining(t)
	require.NoError(t, m.auto(m.alice, m.netuid, m.validator))
	m.credit(m.netuid, []uint64{token, 3 * token, 5 * token}, []uint64{2 * token, 0, token})
	shown := m.staked(m.alice, m.validator, 1)
	require.InDelta(t, 8*token, shown, 2)
	require.Equal(t, token, m.staked(m.alice, m.secondMiner, 1), "dividends stay where they were earned")
	require.Zero(t, m.staked(m.alice, m.miner, 1))
	carol := m.staked(m.carol, m.validator, 1)
	p, err := m.queries().Portfolio(m.ctx, &types.QueryPortfolioRequest{Owner: m.alice.String()})
	require.NoError(t, err)
	require.Equal(t, m.validator.String(), p.Subnets[0].AutoStake)
	require.InDelta(t, 9*token, p.Subnets[0].Alpha, 2)
	preview, err := m.queries().Preview(m.ctx, &types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Remove{Remove: &types.MsgRemoveStake{
		Owner: m.alice.String(), Hotkey: m.validator.String(), Netuid: 1, KeepToken: true,
	}}})
	require.NoError(t, err)
	require.Equal(t, shown, preview.Received.Amount.Uint64())
	require.Equal(t, shown, m.all(m.alice, m.validator, 1))
	require.InDelta(t, carol, m.staked(m.carol, m.validator, 1), 2, "backers lose nothing by it")
	require.Equal(t, token+2*token*18/100, m.staked(m.bob, m.validator, 1), "the validator's own incentive and take are its owner's")
	m.sound(m.alice, m.bob, m.carol, keepertest.Account(200))
}

// A settlement touches two hotkeys: what the chosen one mined itself waits, even where its owner chose a third, and two that chose each
// other come to an end.
func TestAutoStakeDoesNotRunOn(t *testing.T) {
	m := newMining(t)
	require.NoError(t, m.auto(m.alice, m.netuid, m.validator))
	require.NoError(t, m.auto(m.bob, m.netuid, m.miner))
	m.credit(m.netuid, []uint64{token, 2 * token, 0}, []uint64{token, token, 0})
	require.NoError(t, m.k.BeforeNeuronReplaced(m.ctx, 1, 1, m.miner))
	a, err := m.queries().HotkeyStake(m.ctx, &types.QueryHotkeyStakeRequest{Netuid: 1, Hotkey: m.validator.String()})
	require.NoError(t, err)
	require.Equal(t, token, a.AccruedIncentive)
	require.Zero(t, a.AccruedDividends)
	require.NotZero(t, m.position(m.alice, m.validator, 1).Shares)
}

// Nothing is lost where the chosen hotkey holds no uid: it stays behind the miner's own, and goes there again when the hotkey is back.
func TestAutoStakeWithoutAUid(t *testing.T) {
	m := newMining(t)
	require.NoError(t, m.auto(m.alice, m.netuid, m.validator))
	m.credit(m.netuid, []uint64{0, token, 0}, []uint64{0, 0, 0})
	m.replace(m.netuid, 0, keepertest.Account(60), m.carol)
	require.Equal(t, token, m.staked(m.alice, m.miner, 1))
	require.Equal(t, token, m.all(m.alice, m.miner, 1))
	m.credit(m.netuid, []uint64{0, 2 * token, 0}, []uint64{0, 0, 0})
	m.replace(m.netuid, 0, m.validator, m.bob)
	require.InDelta(t, 2*token, m.staked(m.alice, m.validator, 1), 2)
	require.NoError(t, m.auto(m.alice, m.netuid, nil))
	require.Equal(t, 2*token, m.staked(m.alice, m.miner, 1), "the choice at the time of settlement counts")
	m.sound(m.alice, m.bob, m.carol, keepertest.Account(200))
}

func TestSetAutoStakeRefuses(t *testing.T) {
	m := newMining(t)
	require.ErrorIs(t, m.auto(m.alice, 9, m.validator), types.ErrPoolNotFound)
	require.ErrorIs(t, m.auto(nil, 1, m.validator), sdkerrors.ErrInvalidAddress)
	require.ErrorIs(t, m.auto(m.alice, 1, nil), types.ErrNoAutoStake)
	_, err := m.msgs.SetAutoStake(m.ctx, &types.MsgSetAutoStake{Owner: m.alice.String(), Netuid: 1, Hotkey: "x"})
	require.ErrorIs(t, err, sdkerrors.ErrInvalidAddress)
	require.ErrorContains(t, m.auto(m.alice, 1, keepertest.Account(99)), "backing "+keepertest.Account(99).String()+" in netuid 1")
	require.NoError(t, m.auto(m.alice, 1, m.validator))
	require.Equal(t, &types.EventAutoStakeSet{Owner: m.alice.String(), Netuid: 1, Hotkey: m.validator.String()}, lastEvent[*types.EventAutoStakeSet](m.world))
	list, err := m.queries().AutoStakes(m.ctx, &types.QueryAutoStakesRequest{Owner: m.alice.String()})
	require.NoError(t, err)
	require.Equal(t, []types.AutoStake{{Owner: m.alice.String(), Netuid: 1, Hotkey: m.validator.String()}}, list.AutoStakes)
	require.NoError(t, m.auto(m.alice, 1, nil))
	list, err = m.queries().AutoStakes(m.ctx, &types.QueryAutoStakesRequest{Owner: m.alice.String()})
	require.NoError(t, err)
	require.Empty(t, list.AutoStakes)
}
