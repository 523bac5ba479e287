package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/keeper"
	"github.com/agon-chain/agon/x/stake/types"
)

// lived returns a world with something of everything in its state.
func lived(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	alice, owner := w.rich(1), keepertest.Account(51)
	for range 2 {
		netuid := w.create(100)
		uid := w.register(netuid, keepertest.Account(50), owner)
		w.register(netuid, keepertest.Account(52), owner)
		w.add(alice, keepertest.Account(50), netuid, params.Agon(10))
		w.replace(netuid, uid, keepertest.Account(53), alice)
		w.ctx = w.ctx.WithBlockHeight(w.ctx.BlockHeight() + 9)
		w.add(alice, keepertest.Account(52), netuid, params.Agon(10))
		w.credit(netuid, []uint64{1, 2}, []uint64{3, 4 * token})
	}
	w.create(7) // without neurons
	_, err := w.msgs.SetTake(w.ctx, &types.MsgSetTake{Owner: owner.String(), Hotkey: keepertest.Account(52).String(), TakeBps: 40})
	require.NoError(t, err)
	for _, netuid := range []uint32{2, 1} {
		_, err = w.msgs.SetAutoStake(w.ctx, &types.MsgSetAutoStake{Owner: owner.String(), Netuid: netuid, Hotkey: keepertest.Account(53).String()})
		require.NoError(t, err)
	}
	w.credit(1, []uint64{1, 2}, []uint64{3, 4 * token})
	w.sound()
	return w
}

// reborn is a new chain with the bank and the registrations of another.
func reborn(t *testing.T, old *world) *world {
	t.Helper()
	w := newWorld(t)
	require.NoError(t, w.Bank.BurnCoins(w.ctx, emission, sdk.NewCoins(params.Agon(1_000_000))))
	bank := old.Bank.ExportGenesis(old.ctx)
	bank.DenomMetadata = []banktypes.Metadata{}
	w.Bank.InitGenesis(w.ctx, bank)
	w.subnet.netuids, w.subnet.hotkeys, w.subnet.owners = old.subnet.netuids, old.subnet.hotkeys, old.subnet.owners
	return w
}

func TestGenesisRoundTrip(t *testing.T) {
	old := lived(t)
	first, err := old.k.ExportGenesis(old.ctx)
	require.NoError(t, err)
	require.NoError(t, first.Validate())
	require.Len(t, first.Pools, 3)
	require.Len(t, first.HotkeyStakes, 4)
	require.Len(t, first.Accrued, 2)
	require.Len(t, first.Takes, 1)
	require.Len(t, first.AutoStakes, 2)
	var costs uint64
	for _, p := range first.Positions {
		costs += p.Cost
	}
	require.Equal(t, 40*token, costs, "what four purchases put in")

	w := reborn(t, old)
	require.NoError(t, w.k.InitGenesis(w.ctx, first))
	w.sound()
	second, err := w.k.ExportGenesis(w.ctx)
	require.NoError(t, err)
	require.Equal(t, string(old.Cdc.MustMarshalJSON(first)), string(w.Cdc.MustMarshalJSON(second)))
	for _, netuid := range old.subnet.netuids {
		require.Equal(t, old.column(netuid), w.column(netuid))
	}
	// Life goes on the same: what has accrued is paid, positions can be sold.
	require.Equal(t, old.all(keepertest.Account(1), keepertest.Account(52), 1), w.all(keepertest.Account(1), keepertest.Account(52), 1))
	w.sound()
}

func TestGenesisIsRefused(t *testing.T) {
	old := lived(t)
	one := uint32(1)
	for name, c := range map[string]struct {
		change func(gs *types.GenesisState)
		says   string
	}{
		"params":                  {func(gs *types.GenesisState) { gs.Params.MaxTakeBps = 5_001 }, "max_take_bps is 5001"},
		"an-empty-pool":           {func(gs *types.GenesisState) { gs.Pools[0].Agon = 0 }, "pools[0]"},
		"pools-out-of-order":      {func(gs *types.GenesisState) { gs.Pools[0].Netuid = 2 }, "pools[1].netuid is 2"},
		"a-high-fee":              {func(gs *types.GenesisState) { gs.Pools[1].FeeBps = 1_001 }, "pools[1].fee_bps is 1001"},
		"stake-twice":             {func(gs *types.GenesisState) { gs.HotkeyStakes[1] = gs.HotkeyStakes[0] }, "hotkey_stakes[1] is out of order"},
		"stake-without-pool":      {func(gs *types.GenesisState) { gs.HotkeyStakes[3].Netuid = 9 }, "hotkey_stakes[3].netuid 9"},
		"stake-without-shares":    {func(gs *types.GenesisState) { gs.HotkeyStakes[0].Alpha = 0 }, "hotkey_stakes[0] of 0 alpha"},
		"a-position-missing":      {func(gs *types.GenesisState) { gs.Positions = gs.Positions[1:] }, "hotkey_stakes[0] has"},
		"a-position-without-pool": {func(gs *types.GenesisState) { gs.Positions[0].Netuid = 9 }, "positions[0].netuid 9"},
		"positions-out-of-order":  {func(gs *types.GenesisState) { gs.Positions[1] = gs.Positions[0] }, "positions[1] is out of order"},
		"a-cost-of-nothing":       {func(gs *types.GenesisState) { emptyPosition(gs).Cost = 1 }, "a position without shares has cost 1 nagon"},
		"a-time-of-nothing":       {func(gs *types.GenesisState) { emptyPosition(gs).Since = 1 }, "since height 1, want 0 and 0"},
		"a-time-before-all":       {func(gs *types.GenesisState) { gs.Positions[0].Since = -1 }, "since is -1, at least 0"},
		"a-cost-of-more-than-all": {func(gs *types.GenesisState) { gs.Positions[0].Cost = 1 << 63 }, "cost is 9223372036854775808 nagon"},
		"no-address":              {func(gs *types.GenesisState) { gs.Positions[0].Owner = "alice" }, "positions[0].owner"},
		"a-high-take":             {func(gs *types.GenesisState) { gs.Takes[0].TakeBps = 5_001 }, "takes[0].take_bps is 5001"},
		"choices-out-of-order":    {func(gs *types.GenesisState) { gs.AutoStakes[0].Netuid = 2 }, "auto_stakes[1] is out of order"},
		"a-choice-without-pool":   {func(gs *types.GenesisState) { gs.AutoStakes[1].Netuid = 9 }, "auto_stakes[1].netuid 9 has neither pool nor pot"},
		"a-choice-of-nobody":      {func(gs *types.GenesisState) { gs.AutoStakes[0].Owner = "x" }, "auto_stakes[0].owner"},
		"a-choice-for-nobody":     {func(gs *types.GenesisState) { gs.AutoStakes[0].Hotkey = "" }, "auto_stakes[0].hotkey"},
		"accrued-of-two-lengths":  {func(gs *types.GenesisState) { gs.Accrued[0].Dividends = nil }, "accrued[0] has 2 incentives and 0"},
		"accrued-of-another-size": {func(gs *types.GenesisState) { gs.Accrued[0].Incentive, gs.Accrued[0].Dividends = nil, nil }, "accrued of netuid 1 has 0 uids"},
		"accrued-overflow":        {func(gs *types.GenesisState) { gs.Accrued[0].Incentive[0] = ^uint64(0) }, "accrued[0] adds up"},
		"a-pool-missing":          {func(gs *types.GenesisState) { gs.Pools = gs.Pools[:2] }, "every subnet that lives has a pool"},
		"coins-that-are-not-there": {
			func(gs *types.GenesisState) { gs.Pools[0].Agon++ },
			"pool-reserves-are-in-the-bank",
		},
		"alpha-that-is-not-there": {
			func(gs *types.GenesisState) { gs.Accrued[0].Incentive[one]++ },
			"staked-and-accrued-alpha-is-in-the-bank",
		},
	} {
		t.Run(name, func(t *testing.T) {
			gs, err := old.k.ExportGenesis(old.ctx)
			require.NoError(t, err)
			c.change(gs)
			w := reborn(t, old)
			err = w.k.InitGenesis(w.ctx, gs)
			require.ErrorContains(t, err, c.says)
			if name != "params" {
				require.ErrorIs(t, err, types.ErrInvalidGenesis)
			}
		})
	}
}

// emptyPosition is a position without shares, which the owner of a registered hotkey has.
func emptyPosition(gs *types.GenesisState) *types.Position {
	for i := range gs.Positions {
		if gs.Positions[i].Shares.IsZero() {
			return &gs.Positions[i]
		}
	}
	panic("no position is empty")
}

// A broken state is seen: each invariant fails on the damage that it is there for.
func TestInvariantsSeeDamage(t *testing.T) {
	check := func(w *world) (broken []string) {
		for _, invariant := range w.k.Invariants() {
			if err := invariant.Check(w.ctx); err != nil {
				require.ErrorIs(w.t, err, keeper.ErrInvariant)
				broken = append(broken, invariant.Name)
			}
		}
		return broken
	}
	for name, damage := range map[string]func(w *world) error{
		"pool-reserves-are-in-the-bank": func(w *world) error {
			return w.Bank.BurnCoins(w.ctx, types.PoolsAccount, sdk.NewCoins(types.Agon(1)))
		},
		"staked-and-accrued-alpha-is-in-the-bank": func(w *world) error {
			return w.Bank.SendCoinsFromModuleToAccount(w.ctx, types.PositionsAccount, keepertest.Account(1), sdk.NewCoins(types.Alpha(1, 1)))
		},
		"position-shares-add-up": func(w *world) error {
			return w.k.Positions.Remove(w.ctx, joined3(keepertest.Account(1), 1, keepertest.Account(50)))
		},
		"columns-follow-stake": func(w *world) error {
			return w.k.StakeColumns.Set(w.ctx, 1, make([]byte, 16))
		},
		"costs-belong-to-stake": func(w *world) error {
			p := w.position(keepertest.Account(1), keepertest.Account(52), 1)
			p.Cost = 1 << 63
			return w.k.Positions.Set(w.ctx, joined3(keepertest.Account(1), 1, keepertest.Account(52)), p)
		},
		"choices-are-stored-under-their-owners": func(w *world) error {
			return w.k.AutoStakes.Set(w.ctx, collections.Join(keepertest.Account(1), uint32(1)),
				types.AutoStake{Owner: keepertest.Account(2).String(), Netuid: 1, Hotkey: keepertest.Account(3).String()})
		},
		"takes-are-bounded": func(w *world) error {
			return w.k.Takes.Set(w.ctx, keepertest.Account(1), types.Take{TakeBps: 5_001})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := lived(t)
			require.Empty(t, check(w))
			require.NoError(t, damage(w))
			require.Equal(t, []string{name}, check(w))
		})
	}
}
