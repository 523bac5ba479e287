package keeper_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/types"
)

// product is k of a pool: trades and injections may raise it, nothing lowers it.
func product(p types.Pool) wide.U128 { return wide.Mul64(p.Agon, p.Alpha) }

// amount draws sizes of every order, from one unit to 100 tokens.
func amount(r *rand.Rand) uint64 { return 1 + uint64(r.Int63n(100*int64(token)))>>r.Intn(20) }

// Random histories: whatever is done, in whatever order, every invariant holds after every step and refusals change
// nothing.
func TestRandomHistories(t *testing.T) {
	for seed := range int64(6) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) { randomHistory(t, rand.New(rand.NewSource(seed)), 1_500) })
	}
}

func randomHistory(t *testing.T, r *rand.Rand, steps int) {
	w := newWorld(t)
	var people []sdk.AccAddress
	for n := range byte(5) {
		people = append(people, w.rich(1+n))
	}
	var hotkeys []sdk.AccAddress
	for n := range byte(6) {
		hotkeys = append(hotkeys, keepertest.Account(100+n))
	}
	ownerOf := func(hotkey sdk.AccAddress) sdk.AccAddress { return people[int(hotkey[0])%3] }
	netuids := []uint32{w.create(50), w.create(2)}
	for _, netuid := range netuids {
		for _, h := range hotkeys[:4] {
			w.register(netuid, h, ownerOf(h))
		}
		for _, who := range people {
			require.NoError(t, w.k.PayToken(w.ctx, netuid, who, 1_000*token))
		}
	}
	holders := append([]sdk.AccAddress{keepertest.Account(200)}, people...)
	pick := func(of []sdk.AccAddress) sdk.AccAddress { return of[r.Intn(len(of))] }
	done := map[string]int{}

	for at := range steps {
		w.ctx = w.ctx.WithBlockHeight(w.ctx.BlockHeight() + r.Int63n(3))
		w.hook.agon = 0
		if r.Intn(4) == 0 {
			w.hook.agon = amount(r) / 16
		}
		netuid := netuids[r.Intn(2)]
		who, hotkey := pick(people), pick(hotkeys)
		before := []wide.U128{product(w.pool(netuids[0])), product(w.pool(netuids[1]))}
		worth, all := w.balance(who, types.AgonDenom), w.Bank.GetSupply(w.ctx, types.AgonDenom)
		branch, write := w.ctx.CacheContext()
		var err error
		var op string
		part := func() (alpha uint64, bps uint32) {
			switch r.Intn(4) {
			case 0:
				return 0, 0
			case 1:
				return 0, 1 + uint32(r.Intn(10_000))
			}
			return amount(r), 0
		}
		limit := func() (price string, partial bool) {
			if r.Intn(3) > 0 {
				return "", false
			}
			now := w.pool(netuid).Reserves().PriceQ32() >> 2 // in parts of 10^9, near enough
			return types.FormatPrice(1 + now - now/8 + uint64(r.Int63n(1+int64(now/4)))), r.Intn(3) > 0
		}
		switch r.Intn(16) {
		case 0, 1:
			op = "buy"
			m := &types.MsgAddStake{Owner: who.String(), Hotkey: hotkey.String(), Netuid: netuid, Amount: types.Agon(amount(r))}
			m.LimitPrice, m.AllowPartial = limit()
			res, failed := w.msgs.AddStake(branch, m)
			if err = failed; err == nil && res.Agon < m.Amount.Amount.Uint64() {
				done["partial-buy"]++
			}
		case 2:
			op = "stake"
			_, err = w.msgs.AddStake(branch, &types.MsgAddStake{Owner: who.String(), Hotkey: hotkey.String(), Netuid: netuid, Amount: types.Alpha(netuid, amount(r))})
		case 3, 4, 5:
			op = "remove"
			m := &types.MsgRemoveStake{Owner: who.String(), Hotkey: hotkey.String(), Netuid: netuid, KeepToken: r.Intn(2) == 0}
			m.Alpha, m.ShareBps = part()
			if !m.KeepToken {
				m.LimitPrice, m.AllowPartial = limit()
			}
			_, err = w.msgs.RemoveStake(branch, m)
		case 6:
			op = "credit"
			n := len(w.subnet.hotkeys[netuid])
			incentive, dividends := make([]uint64, n), make([]uint64, n)
			for uid := range n {
				if r.Intn(2) == 0 {
					incentive[uid] = amount(r)
				}
				if r.Intn(2) == 0 {
					dividends[uid] = amount(r)
				}
			}
			err = w.k.CreditEpoch(branch, netuid, incentive, dividends)
		case 7:
			op = "inject"
			_, _, err = w.k.Inject(branch, netuid, emission, amount(r), amount(r))
		case 8:
			op = "replace"
			uid := uint32(r.Intn(4))
			if _, err := w.subnet.UIDOf(w.ctx, netuid, hotkey); err != nil {
				w.replace(netuid, uid, hotkey, ownerOf(hotkey))
				done[op]++
			}
			w.sound(holders...)
			continue
		case 9:
			op = "move"
			m := &types.MsgMoveStake{Owner: who.String(), Hotkey: hotkey.String(), ToHotkey: pick(hotkeys).String(), Netuid: netuid}
			m.Alpha, m.ShareBps = part()
			_, err = w.msgs.MoveStake(branch, m)
		case 10, 11:
			op = "swap"
			m := &types.MsgSwapStake{Owner: who.String(), Hotkey: hotkey.String(), Netuid: netuid, ToHotkey: pick(hotkeys).String(), ToNetuid: netuids[r.Intn(2)]}
			m.Alpha, m.ShareBps = part()
			_, err = w.msgs.SwapStake(branch, m)
		case 12:
			op = "transfer"
			m := &types.MsgTransferStake{Owner: who.String(), Recipient: pick(people).String(), Hotkey: hotkey.String(), Netuid: netuid}
			m.Alpha, m.ShareBps = part()
			_, err = w.msgs.TransferStake(branch, m)
		case 13:
			op = "burn"
			if at%2 == 0 {
				op = "sell"
				_, err = w.msgs.SellToken(branch, &types.MsgSellToken{Seller: who.String(), Netuid: netuid, Amount: types.Alpha(netuid, amount(r)/8)})
				break
			}
			_, err = w.msgs.BuyAndBurn(branch, &types.MsgBuyAndBurn{Payer: who.String(), Netuid: netuid, Amount: types.Agon(amount(r) / 8)})
		case 14:
			op = "take"
			_, err = w.msgs.SetTake(branch, &types.MsgSetTake{Owner: ownerOf(hotkey).String(), Hotkey: hotkey.String(), TakeBps: uint32(r.Intn(1_900))})
		case 15:
			op = "auto"
			m := &types.MsgSetAutoStake{Owner: who.String(), Netuid: netuid, Hotkey: hotkey.String()}
			if r.Intn(4) == 0 {
				m.Hotkey = ""
			}
			_, err = w.msgs.SetAutoStake(branch, m)
		}
		if err == nil {
			write()
			done[op]++
		}
		w.sound(holders...)
		for i, netuid := range netuids {
			require.GreaterOrEqual(t, product(w.pool(netuid)).Cmp(before[i]), 0, "%s lowers the product of the reserves", op)
		}
		require.Equal(t, all, w.Bank.GetSupply(w.ctx, types.AgonDenom), op)
		if op != "buy" && op != "remove" && op != "sell" && op != "burn" {
			require.Equal(t, worth, w.balance(who, types.AgonDenom), op)
		}
	}
	for _, op := range []string{"buy", "partial-buy", "stake", "remove", "move", "swap", "transfer", "sell", "burn", "credit", "inject", "replace", "take", "auto"} {
		require.NotZero(t, done[op], "no %s ever succeeded: %v", op, done)
	}

	// Export and import give the same state.
	exported, err := w.k.ExportGenesis(w.ctx)
	require.NoError(t, err)
	again := reborn(t, w)
	require.NoError(t, again.k.InitGenesis(again.ctx, exported))
	reexported, err := again.k.ExportGenesis(again.ctx)
	require.NoError(t, err)
	require.Equal(t, exported, reexported)
	for _, netuid := range netuids {
		require.Equal(t, w.column(netuid), again.column(netuid))
	}

	// Everyone can leave, whatever came before, and then nothing is staked and nothing has accrued.
	for _, netuid := range netuids {
		for _, who := range people {
			for _, hotkey := range hotkeys {
				_, err := w.msgs.RemoveStake(w.ctx, &types.MsgRemoveStake{Owner: who.String(), Hotkey: hotkey.String(), Netuid: netuid, KeepToken: true})
				if err != nil {
					// Nothing there, or less than a unit of the token.
					require.Condition(t, func() bool {
						return types.ErrNoPosition.Is(err) || types.ErrInsufficientStake.Is(err)
					}, "%v", err)
				}
			}
		}
	}
	w.sound(holders...)
	gs, err := w.k.ExportGenesis(w.ctx)
	require.NoError(t, err)
	for _, h := range gs.HotkeyStakes {
		require.LessOrEqual(t, h.Alpha, uint64(10), "only what is less than a unit each stays")
	}
}

// Nobody gains by doing and undoing: whatever loop of a holder's own messages ends with everything sold, it ends with
// no more AGON than it began with.
func TestLoopsNeverProfit(t *testing.T) {
	for seed := range int64(40) {
		r := rand.New(rand.NewSource(seed))
		f := newFlows(t)
		if seed%2 == 0 { // without a fee, rounding is all there is
			for _, netuid := range []uint32{f.first, f.second} {
				p := f.pool(netuid)
				p.FeeBps = 0
				require.NoError(t, f.k.Pools.Set(f.ctx, netuid, p))
			}
		}
		f.stakeToken(f.alice, f.other, f.second, 1+uint64(r.Int63n(int64(token)))+1_000_000)
		began := f.balance(f.bob, types.AgonDenom)
		hotkeys, netuids := []sdk.AccAddress{f.hot, f.other}, []uint32{f.first, f.second}
		owner := f.bob.String()
		for range 12 {
			hotkey, to, netuid := hotkeys[r.Intn(2)].String(), hotkeys[r.Intn(2)].String(), netuids[r.Intn(2)]
			bps := 1 + uint32(r.Intn(10_000))
			branch, write := f.ctx.CacheContext()
			var err error
			switch r.Intn(4) {
			case 0:
				_, err = f.msgs.AddStake(branch, &types.MsgAddStake{
					Owner: owner, Hotkey: hotkey, Netuid: netuid, Amount: types.Agon(amount(r)), LimitPrice: "1.5", AllowPartial: true,
				})
			case 1:
				_, err = f.msgs.MoveStake(branch, &types.MsgMoveStake{Owner: owner, Hotkey: hotkey, ToHotkey: to, Netuid: netuid, ShareBps: bps})
			case 2:
				_, err = f.msgs.SwapStake(branch, &types.MsgSwapStake{
					Owner: owner, Hotkey: hotkey, Netuid: netuid, ToHotkey: to, ToNetuid: 3 - netuid, ShareBps: bps,
				})
			case 3:
				_, err = f.msgs.RemoveStake(branch, &types.MsgRemoveStake{
					Owner: owner, Hotkey: hotkey, Netuid: netuid, ShareBps: bps, LimitPrice: "0.9", AllowPartial: true,
				})
			}
			if err == nil {
				write()
			}
		}
		for _, netuid := range netuids {
			for _, hotkey := range hotkeys {
				if f.position(f.bob, hotkey, netuid).Shares.IsZero() {
					continue
				}
				f.remove(types.MsgRemoveStake{Owner: owner, Hotkey: hotkey.String(), Netuid: netuid})
			}
		}
		require.LessOrEqual(t, f.balance(f.bob, types.AgonDenom), began, "seed %d", seed)
		f.sound(f.alice, f.bob, f.own)
	}
}
