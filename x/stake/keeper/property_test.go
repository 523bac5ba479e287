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
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) { randomHistory(t, rand.New(rand.NewSource(seed)), 400) })
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

	for range steps {
		w.ctx = w.ctx.WithBlockHeight(w.ctx.BlockHeight() + r.Int63n(3))
		w.hook.agon = 0
		if r.Intn(4) == 0 {
			w.hook.agon = amount(r) / 16
		}
		netuid := netuids[r.Intn(2)]
		who, hotkey := pick(people), pick(hotkeys)
		before := product(w.pool(netuid))
		worth := w.balance(who, types.AgonDenom)
		branch, write := w.ctx.CacheContext()
		var err error
		var op string
		switch r.Intn(10) {
		case 0, 1:
			op = "buy"
			_, err = w.msgs.AddStake(branch, &types.MsgAddStake{Owner: who.String(), Hotkey: hotkey.String(), Netuid: netuid, Amount: types.Agon(amount(r))})
		case 2:
			op = "stake"
			_, err = w.msgs.AddStake(branch, &types.MsgAddStake{Owner: who.String(), Hotkey: hotkey.String(), Netuid: netuid, Amount: types.Alpha(netuid, amount(r))})
		case 3, 4, 5:
			op = "remove"
			m := &types.MsgRemoveStake{Owner: who.String(), Hotkey: hotkey.String(), Netuid: netuid, Alpha: amount(r), KeepToken: r.Intn(2) == 0}
			if r.Intn(5) == 0 {
				m.Alpha = 0
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
			op = "take"
			_, err = w.msgs.SetTake(branch, &types.MsgSetTake{Owner: ownerOf(hotkey).String(), Hotkey: hotkey.String(), TakeBps: uint32(r.Intn(1_900))})
		}
		if err == nil {
			write()
			done[op]++
		}
		w.sound(holders...)
		require.GreaterOrEqual(t, product(w.pool(netuid)).Cmp(before), 0, "%s lowers the product of the reserves", op)
		if op != "buy" && op != "remove" {
			require.Equal(t, worth, w.balance(who, types.AgonDenom), op)
		}
	}
	for _, op := range []string{"buy", "stake", "remove", "credit", "inject", "replace", "take"} {
		require.NotZero(t, done[op], "no %s ever succeeded: %v", op, done)
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
