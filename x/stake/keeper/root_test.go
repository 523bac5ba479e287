package keeper_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/x/stake/pool"
	"github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// setParams changes the parameters as governance does.
func (w *world) setParams(change func(p *types.Params)) {
	w.t.Helper()
	p, err := w.k.Params.Get(w.ctx)
	require.NoError(w.t, err)
	change(&p)
	_, err = w.msgs.UpdateParams(w.ctx, &types.MsgUpdateParams{Authority: w.Authority, Params: p})
	require.NoError(w.t, err)
}

func (w *world) root(owner, hotkey sdk.AccAddress, agon uint64) error {
	_, err := w.msgs.AddStake(w.ctx, &types.MsgAddStake{Owner: owner.String(), Hotkey: hotkey.String(), Amount: types.Agon(agon)})
	return err
}

func (w *world) seats() *types.QueryRootSeatsResponse {
	w.t.Helper()
	res, err := w.queries().RootSeats(w.ctx, &types.QueryRootSeatsRequest{})
	require.NoError(w.t, err)
	return res
}

func (w *world) epochStake(netuid uint32) []uint64 {
	w.t.Helper()
	c, err := w.k.EpochStake(w.ctx, netuid)
	require.NoError(w.t, err)
	for uid, want := range c {
		one, err := w.k.StakeOf(w.ctx, netuid, uint32(uid), w.subnet.hotkeys[netuid][uid])
		require.NoError(w.t, err)
		require.Equal(w.t, want, one, "uid %d", uid)
	}
	return c
}

// Root stake goes in and out without a price, and counts in the subnets in which its hotkey holds a uid.
func TestRootStake(t *testing.T) {
	w := newWorld(t)
	one, two := w.create(100), w.create(100)
	alice, bob, hotkey := w.rich(1), w.rich(2), keepertest.Account(100)
	w.register(one, keepertest.Account(101), alice)
	w.register(one, hotkey, alice)
	require.NoError(t, w.root(bob, hotkey, 100*token))
	w.register(two, hotkey, alice) // after the seat
	require.Equal(t, []uint64{0, 18 * token}, w.epochStake(one))
	require.Equal(t, []uint64{18 * token}, w.epochStake(two))
	require.Equal(t, []uint64{0, 0}, w.column(one), "the plain column is the token alone")
	w.stakeToken(bob, hotkey, one, token)
	require.Equal(t, []uint64{0, 19 * token}, w.epochStake(one))
	w.setParams(func(p *types.Params) { p.RootWeightBps = 0 })
	require.Equal(t, []uint64{0, token}, w.epochStake(one))
	w.setParams(func(p *types.Params) { p.RootWeightBps = 1800 })
	w.sound()

	require.Equal(t, &types.QueryRootSeatsResponse{
		Seats: []types.RootSeat{{Hotkey: hotkey.String(), Stake: 100 * token, TakeBps: 1800}}, Most: 64, Entry: 1_000_000,
	}, w.seats())
	p, err := w.queries().Portfolio(w.ctx, &types.QueryPortfolioRequest{Owner: bob.String()})
	require.NoError(t, err)
	require.Len(t, p.Entries, 2)
	require.Equal(t, types.PortfolioSubnet{Price: "1.000000000", Positions: 1, Alpha: 100 * token, Cost: 100 * token, Value: 100 * token}, p.Subnets[0])
	require.Equal(t, 100*token, p.Entries[0].Info.Value)
	require.True(t, p.Entries[0].Registered)

	w.replace(two, 0, keepertest.Account(102), alice)
	require.Equal(t, []uint64{0}, w.epochStake(two))
	w.sound()
	had := w.balance(bob, types.AgonDenom)
	out := w.remove(types.MsgRemoveStake{Owner: bob.String(), Hotkey: hotkey.String(), ShareBps: 2500, MinAgon: 25 * token})
	require.Equal(t, &types.MsgRemoveStakeResponse{Alpha: 25 * token, Agon: 25 * token}, out)
	require.Equal(t, had+25*token, w.balance(bob, types.AgonDenom))
	w.sound()
}

func TestRootRefusals(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	alice, bob, hotkey := w.rich(1), w.rich(2), keepertest.Account(100)
	w.register(netuid, hotkey, alice)
	require.ErrorIs(t, w.root(bob, keepertest.Account(150), token), subnettypes.ErrUnknownHotkey)
	require.NoError(t, w.root(bob, hotkey, 100*token))
	add := func(m types.MsgAddStake) error {
		m.Owner, m.Hotkey = bob.String(), hotkey.String()
		_, err := w.msgs.AddStake(w.ctx, &m)
		return err
	}
	require.ErrorIs(t, add(types.MsgAddStake{Amount: types.Alpha(netuid, token)}), types.ErrInvalidDenom)
	require.ErrorIs(t, add(types.MsgAddStake{Amount: types.Agon(token), LimitPrice: "1.0"}), types.ErrInvalidPrice)
	require.ErrorIs(t, add(types.MsgAddStake{Amount: types.Agon(token), MinAlpha: token + 1}), types.ErrSlippage)
	require.ErrorIs(t, add(types.MsgAddStake{Amount: types.Agon(1)}), types.ErrBelowMinimum)
	remove := func(m types.MsgRemoveStake) error {
		m.Owner, m.Hotkey = bob.String(), hotkey.String()
		return w.try(func(ctx sdk.Context) error { _, err := w.msgs.RemoveStake(ctx, &m); return err })
	}
	require.ErrorIs(t, remove(types.MsgRemoveStake{LimitPrice: "1.0"}), types.ErrInvalidPrice)
	require.ErrorIs(t, remove(types.MsgRemoveStake{Alpha: token, MinAgon: token + 1}), types.ErrSlippage)
	_, err := w.queries().Quote(w.ctx, &types.QueryQuoteRequest{Amount: "5nagon"})
	require.ErrorContains(t, err, "without a price")
	w.sound()
}

// try runs a change as a transaction does.
func (w *world) try(change func(ctx sdk.Context) error) error {
	branch, write := w.ctx.CacheContext()
	if err := change(branch); err != nil {
		return err
	}
	write()
	return nil
}

// The last seat goes to whoever brings more than the weakest has; the loser's stake stays its backers'.
func TestSeatsAreContested(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	alice, bob := w.rich(1), w.rich(2)
	hot := func(n byte) sdk.AccAddress { return keepertest.Account(100 + n) }
	for n := range byte(4) {
		w.register(netuid, hot(n), alice)
	}
	w.setParams(func(p *types.Params) { p.RootSeats, p.RootWeightBps, p.RootSaleBps = 2, 10_000, 1000 })
	require.NoError(t, w.root(bob, hot(0), 5*token))
	require.NoError(t, w.root(bob, hot(1), 3*token))
	root := func(n byte, agon uint64) error {
		return w.try(func(ctx sdk.Context) error {
			_, err := w.msgs.AddStake(ctx, &types.MsgAddStake{Owner: bob.String(), Hotkey: hot(n).String(), Amount: types.Agon(agon)})
			return err
		})
	}
	require.ErrorIs(t, root(2, 3*token), types.ErrNoSeat)
	require.EqualValues(t, 3*token+1, w.seats().Entry)
	require.NoError(t, w.k.CreditEpoch(w.ctx, netuid, make([]uint64, 4), []uint64{0, token, 0, 0}))
	paid := lastEvent[*types.EventRootPaid](w)
	require.Equal(t, token, paid.Alpha)
	require.Zero(t, paid.Forfeited)
	w.sound()
	require.EqualValues(t, 3*token+paid.Agon+1, w.seats().Entry, "what accrued counts")
	require.NoError(t, root(2, 3*token+paid.Agon+1))
	require.Equal(t, &types.EventSeatTaken{Seat: 1, Hotkey: hot(2).String(), Left: hot(1).String()}, lastEvent[*types.EventSeatTaken](w))
	require.Equal(t, []uint64{5 * token, 0, 3*token + paid.Agon + 1, 0}, w.epochStake(netuid))
	w.sound()
	// Bob gets what he staked and the dividends, less the take.
	take := paid.Agon * 1800 / 10_000
	require.InDelta(t, 3*token+paid.Agon-take, w.remove(types.MsgRemoveStake{Owner: bob.String(), Hotkey: hot(1).String()}).Agon, 1)
	require.InDelta(t, take, w.remove(types.MsgRemoveStake{Owner: alice.String(), Hotkey: hot(1).String()}).Agon, 1)
	w.sound()

	// Moving stake takes seats too, and swaps are a purchase or a sale.
	_, err := w.msgs.MoveStake(w.ctx, &types.MsgMoveStake{Owner: bob.String(), Hotkey: hot(0).String(), ToHotkey: hot(3).String(), Alpha: 4 * token})
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 0, 3*token + paid.Agon + 1, 4 * token}, w.epochStake(netuid))
	w.sound()
	in, err := w.msgs.SwapStake(w.ctx, &types.MsgSwapStake{Owner: bob.String(), Hotkey: hot(3).String(), ToHotkey: hot(3).String(), ToNetuid: netuid, Alpha: token})
	require.NoError(t, err)
	require.Equal(t, token, in.Agon)
	require.NotZero(t, in.PurchaseFee)
	require.Zero(t, in.SaleFee)
	w.sound()
	back, err := w.msgs.SwapStake(w.ctx, &types.MsgSwapStake{Owner: bob.String(), Hotkey: hot(3).String(), Netuid: netuid, ToHotkey: hot(3).String()})
	require.NoError(t, err)
	require.Less(t, back.Agon, token)
	require.Equal(t, back.Agon, back.Alpha)
	w.sound()
	_, err = w.msgs.TransferStake(w.ctx, &types.MsgTransferStake{Owner: bob.String(), Recipient: alice.String(), Hotkey: hot(3).String()})
	require.NoError(t, err)
	w.sound(keepertest.Account(200), alice, bob)
}

// The sale for root stake is bounded, and what is above the bound is never minted.
func TestRootSaleIsBounded(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(1000)
	alice, hotkey := w.rich(1), keepertest.Account(100)
	w.register(netuid, hotkey, alice)
	require.NoError(t, w.root(alice, hotkey, 10*token))
	before, supply := w.pool(netuid), w.k.AlphaSupply(w.ctx, netuid)
	require.NoError(t, w.k.CreditEpoch(w.ctx, netuid, []uint64{0}, []uint64{2 * token}))
	paid := lastEvent[*types.EventRootPaid](w)
	require.Equal(t, before.Alpha*5/10_000, paid.Alpha)
	require.Equal(t, 2*token-paid.Alpha, paid.Forfeited)
	require.Equal(t, supply+paid.Alpha, w.k.AlphaSupply(w.ctx, netuid))
	require.Equal(t, before.Alpha+paid.Alpha, w.pool(netuid).Alpha)
	require.Equal(t, before.Agon-paid.Agon, w.pool(netuid).Agon)
	require.Equal(t, 10*token+paid.Agon, w.seats().Seats[0].Stake)
	w.sound()
	// A dust of dividends cannot be sold.
	require.NoError(t, w.k.CreditEpoch(w.ctx, netuid, []uint64{0}, []uint64{1}))
	require.Equal(t, &types.EventRootPaid{Netuid: netuid, Forfeited: 1}, lastEvent[*types.EventRootPaid](w))
	w.sound()
}

// Whoever sells before a sale that is not above the fee and buys back after it has less than before, whatever his size.
func TestRootSaleCannotBeSandwiched(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	fee := func(p pool.Pool, t pool.Trade, sale bool) pool.Pool {
		if sale {
			p.Alpha += t.Fee
		} else {
			p.AGON += t.Fee
		}
		return p
	}
	gain := func(p pool.Pool, feeBps uint32, own, sale uint64) (back, sold uint64, ok bool) {
		next, first, err := p.Sell(own, feeBps, 0)
		if err != nil {
			return 0, 0, false
		}
		next = fee(next, first, true)
		next, root, err := next.Sell(sale, feeBps, 0)
		if err != nil {
			return 0, 0, false
		}
		_, last, err := fee(next, root, true).Buy(first.Out, feeBps, 0)
		return last.Out, root.Out, err == nil
	}
	tried := 0
	for range 20_000 {
		p, err := pool.New(token+uint64(r.Int63n(1_000_000*int64(token))), token+uint64(r.Int63n(1_000_000*int64(token))))
		require.NoError(t, err)
		feeBps := 1 + uint32(r.Intn(100))
		own := 1 + p.Alpha>>r.Intn(40)*uint64(1+r.Intn(16))
		back, _, ok := gain(p, feeBps, own, p.Alpha*uint64(feeBps)/10_000)
		if ok {
			tried++
			require.LessOrEqual(t, back, own, "%+v fee %d own %d", p, feeBps, own)
		}
	}
	require.Greater(t, tried, 15_000)
	// Twenty times the fee, and with as much token as the pool has, the sandwich gains three quarters of what the sale would have moved.
	p, err := pool.New(1000*token, 1000*token)
	require.NoError(t, err)
	back, sold, ok := gain(p, 5, p.Alpha, p.Alpha/100)
	require.True(t, ok)
	_, alone, err := p.Sell(p.Alpha/100, 5, 0)
	require.NoError(t, err)
	require.Greater(t, back, p.Alpha)
	require.Less(t, sold, alone.Out/3)
}

// familyWorld is one subnet with five hotkeys, of which the last has only a seat.
func familyWorld(t *testing.T) (w *world, netuid uint32, alice sdk.AccAddress, hot func(byte) sdk.AccAddress) {
	w = newWorld(t)
	netuid, alice = w.create(100_000), w.rich(1)
	other := w.create(100)
	hot = func(n byte) sdk.AccAddress { return keepertest.Account(100 + n) }
	for n := range byte(4) {
		w.register(netuid, hot(n), alice)
	}
	w.register(other, hot(4), alice)
	w.stakeToken(alice, hot(0), netuid, 1000*token)
	w.stakeToken(alice, hot(1), netuid, 100*token)
	require.NoError(t, w.root(alice, hot(4), 500*token))
	return w, netuid, alice, hot
}

func (w *world) children(owner, hotkey sdk.AccAddress, netuid uint32, children ...types.Child) error {
	return w.try(func(ctx sdk.Context) error {
		_, err := w.msgs.SetChildren(ctx, &types.MsgSetChildren{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid, Children: children})
		return err
	})
}

// Delegated stake counts for the child after the delay, and its dividends come back less the child's take.
func TestChildren(t *testing.T) {
	w, netuid, alice, hot := familyWorld(t)
	require.Equal(t, []uint64{1000 * token, 100 * token, 0, 0}, w.epochStake(netuid))
	require.NoError(t, w.children(alice, hot(0), netuid, types.Child{Hotkey: hot(1).String(), Bps: 2500}))
	require.NoError(t, w.children(alice, hot(4), netuid, types.Child{Hotkey: hot(1).String(), Bps: 10_000}))
	at := lastEvent[*types.EventChildrenSet](w).PendingAt
	require.EqualValues(t, 10+7200, at)
	w.at(at - 1)
	require.Equal(t, []uint64{1000 * token, 100 * token, 0, 0}, w.epochStake(netuid))
	w.at(at)
	require.Equal(t, []uint64{750 * token, 100*token + 250*token + 90*token, 0, 0}, w.epochStake(netuid))
	w.sound()

	res, err := w.queries().Parents(w.ctx, &types.QueryParentsRequest{Netuid: netuid, Hotkey: hot(1).String()})
	require.NoError(t, err)
	require.Equal(t, &types.QueryParentsResponse{TakeBps: 1800, Parents: []types.ParentInfo{
		{Hotkey: hot(0).String(), Bps: 2500, Alpha: 250 * token}, {Hotkey: hot(4).String(), Bps: 10_000, Root: 90 * token},
	}}, res)
	_, err = w.msgs.SetChildTake(w.ctx, &types.MsgSetChildTake{Owner: alice.String(), Hotkey: hot(1).String(), TakeBps: 1000})
	require.NoError(t, err)
	kids, err := w.queries().Children(w.ctx, &types.QueryChildrenRequest{Netuid: netuid, Hotkey: hot(0).String()})
	require.NoError(t, err)
	require.Equal(t, []types.ChildInfo{{Child: types.Child{Hotkey: hot(1).String(), Bps: 2500}, TakeBps: 1000, Counts: true}}, kids.Children)

	// 44 tokens of dividends: 10 are its own backers', 25 and 9 its parents', a tenth of which it keeps.
	before := w.column(netuid)
	require.NoError(t, w.k.CreditEpoch(w.ctx, netuid, make([]uint64, 4), []uint64{0, 44 * token, 0, 0}))
	after := w.column(netuid)
	require.Equal(t, 25*token*9/10, after[0]-before[0])
	require.Equal(t, 10*token+25*token/10+9*token/10, after[1]-before[1])
	paid := lastEvent[*types.EventRootPaid](w)
	require.Equal(t, 9*token*9/10, paid.Alpha)
	require.Equal(t, 500*token+paid.Agon, w.seats().Seats[0].Stake)
	w.sound()

	// The child leaves: its parents have their stake again, the one without a uid nowhere.
	w.replace(netuid, 1, keepertest.Account(150), alice)
	require.Equal(t, []uint64{w.column(netuid)[0], 0, 0, 0}, w.epochStake(netuid))
	w.sound()
	require.NoError(t, w.children(alice, hot(0), netuid))
	w.at(at + 7200)
	kids, err = w.queries().Children(w.ctx, &types.QueryChildrenRequest{Netuid: netuid, Hotkey: hot(0).String()})
	require.NoError(t, err)
	require.Equal(t, &types.QueryChildrenResponse{}, kids)
}

func TestChildrenRefusals(t *testing.T) {
	w, netuid, alice, hot := familyWorld(t)
	bob := w.rich(2)
	child := func(n byte, bps uint32) types.Child { return types.Child{Hotkey: hot(n).String(), Bps: bps} }
	require.ErrorIs(t, w.children(alice, hot(0), 9, child(1, 1)), types.ErrPoolNotFound)
	require.ErrorIs(t, w.children(bob, hot(0), netuid, child(1, 1)), types.ErrNotHotkeyOwner)
	require.ErrorIs(t, w.children(alice, hot(9), netuid, child(1, 1)), subnettypes.ErrUnknownHotkey)
	for name, bad := range map[string][]types.Child{
		"six":      {child(1, 1), child(2, 1), child(3, 1), child(5, 1), child(6, 1), child(7, 1)},
		"itself":   {child(0, 1)},
		"twice":    {child(1, 1), child(1, 1)},
		"nothing":  {child(1, 0)},
		"too-much": {child(1, 6000), child(2, 4001)},
		"no-uid":   {child(4, 1)},
		"none-had": {},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, w.children(alice, hot(0), netuid, bad...), types.ErrChildren) })
	}
	w.subnet.owners[string(hot(8))] = alice
	require.ErrorIs(t, w.children(alice, hot(8), netuid, child(1, 1)), types.ErrChildren, "neither uid nor seat")
	require.NoError(t, w.children(alice, hot(0), netuid, child(1, 1)))
	require.ErrorIs(t, w.children(alice, hot(2), netuid, child(0, 1)), types.ErrChildIsParent, "pending counts")
	// Nobody asked the child whether it wants to be one: it can have children, and is nobody's child when they count.
	w.at(20)
	require.NoError(t, w.children(alice, hot(1), netuid, child(2, 10_000)))
	w.at(10 + 7200)
	require.Equal(t, []uint64{1000*token - token/10, 100*token + token/10, 0, 0}, w.epochStake(netuid))
	w.at(20 + 7200)
	require.Equal(t, []uint64{1000 * token, 0, 100 * token, 0}, w.epochStake(netuid))
	_, err := w.msgs.SetChildTake(w.ctx, &types.MsgSetChildTake{Owner: alice.String(), Hotkey: hot(1).String(), TakeBps: 1801})
	require.ErrorIs(t, err, types.ErrTake)
	_, err = w.msgs.SetChildTake(w.ctx, &types.MsgSetChildTake{Owner: bob.String(), Hotkey: hot(1).String(), TakeBps: 1})
	require.ErrorIs(t, err, types.ErrNotHotkeyOwner)
	w.sound()
}

// A subnet has as many parents as an epoch reads; those who hold nothing any more make room.
func TestFamiliesAreBounded(t *testing.T) {
	w := newWorld(t)
	netuid, alice := w.create(100), w.rich(1)
	hot := func(n int) sdk.AccAddress { return sdk.AccAddress(fmt.Sprintf("hotkey-%013d", n)) }
	for n := range types.MaxFamilies + 2 {
		w.register(netuid, hot(n), alice)
	}
	child := types.Child{Hotkey: hot(0).String(), Bps: 1}
	for n := range types.MaxFamilies {
		require.NoError(t, w.children(alice, hot(1+n), netuid, child))
	}
	last := hot(types.MaxFamilies + 1)
	require.ErrorIs(t, w.children(alice, last, netuid, child), types.ErrTooManyFamilies)
	w.replace(netuid, 7, keepertest.Account(150), alice)
	require.NoError(t, w.children(alice, last, netuid, child))
	w.sound()
}

// Root, children and their pending changes go through genesis.
func TestGenesisOfBacking(t *testing.T) {
	w, netuid, alice, hot := familyWorld(t)
	require.NoError(t, w.children(alice, hot(0), netuid, types.Child{Hotkey: hot(1).String(), Bps: 2500}))
	w.at(10 + 7200)
	require.NoError(t, w.children(alice, hot(0), netuid, types.Child{Hotkey: hot(2).String(), Bps: 500}))
	require.NoError(t, w.children(alice, hot(4), netuid, types.Child{Hotkey: hot(1).String(), Bps: 10_000}))
	_, err := w.msgs.SetChildTake(w.ctx, &types.MsgSetChildTake{Owner: alice.String(), Hotkey: hot(1).String(), TakeBps: 1000})
	require.NoError(t, err)
	w.at(10 + 2*7200)
	require.NoError(t, w.k.CreditEpoch(w.ctx, netuid, make([]uint64, 4), []uint64{0, token, 0, 0}))
	gs, err := w.k.ExportGenesis(w.ctx)
	require.NoError(t, err)
	require.NoError(t, gs.Validate())
	require.Equal(t, []string{hot(4).String()}, gs.Seats)
	require.NotZero(t, gs.Accrued[0].Dividends[0])
	want := w.epochStake(netuid)

	fresh := reborn(t, w)
	fresh.at(w.ctx.BlockHeight())
	require.NoError(t, fresh.k.InitGenesis(fresh.ctx, gs))
	require.Equal(t, want, fresh.epochStake(netuid))
	again, err := fresh.k.ExportGenesis(fresh.ctx)
	require.NoError(t, err)
	require.Equal(t, gs, again)

	for name, spoil := range map[string]func(gs *types.GenesisState){
		"seat-twice":      func(gs *types.GenesisState) { gs.Seats = append(gs.Seats, gs.Seats[0]) },
		"seat-of-nobody":  func(gs *types.GenesisState) { gs.Seats[0] = "nobody" },
		"accrued-of-more": func(gs *types.GenesisState) { gs.Seats = nil },
		"family-of-whom":  func(gs *types.GenesisState) { gs.Families[0].Families[0].Parent = "nobody" },
		"family-nowhere":  func(gs *types.GenesisState) { gs.Families[0].Netuid = 9 },
		"child-too-much":  func(gs *types.GenesisState) { gs.Families[0].Families[0].Pending[0].Bps = 10_001 },
		"child-take":      func(gs *types.GenesisState) { gs.ChildTakes[0].TakeBps = 5001 },
	} {
		t.Run(name, func(t *testing.T) {
			bad, err := w.k.ExportGenesis(w.ctx)
			require.NoError(t, err)
			spoil(bad)
			require.ErrorIs(t, bad.Validate(), types.ErrInvalidGenesis)
		})
	}
}
