package keeper_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/x/subnet/keeper"
	"github.com/agon-chain/agon/x/subnet/types"
)

// rich is a state with something in every part: two subnets, a replacement, a hotkey without uid, an axon, an identity.
func rich(t *testing.T) *fixture {
	f := setup(t)
	f.hooks.price = 1 << 32
	first := full(f, 10, 11, 12)
	second := f.create(nil)
	f.register(second, hotkey(0))
	require.NoError(t, f.k.SetPruningScores(f.ctx, first, []uint16{7, 1, 65535}))
	require.NoError(t, f.k.AddEarned(f.ctx, first, []uint64{5, 6, 7}))
	for n, bps := range map[byte]uint32{1: 5000, 2: 1234} {
		_, err := f.k.HoldDisputed(f.ctx, first, hotkey(n), bps)
		require.NoError(t, err)
	}
	f.at(200)
	f.register(first, hotkey(9))
	require.NoError(t, f.serve(first, hotkey(9), 4))
	_, err := f.msg.SetIdentity(f.ctx, &types.MsgSetIdentity{Address: other.String(), Name: "Bob"})
	require.NoError(t, err)
	_, err = f.msg.SetIdentity(f.ctx, &types.MsgSetIdentity{Address: owner.String(), Name: "Alice"})
	require.NoError(t, err)
	require.NoError(t, f.commit(second, hotkey(0), "sha256:0"))
	require.NoError(t, f.commit(first, hotkey(2), "two"))
	require.NoError(t, f.commit(first, hotkey(9), "nine"))
	require.NoError(t, f.offer(second, other, 300))
	f.setDelay(50)
	_, err = f.tryUpdateHyperparams(second, func(h *types.Hyperparams) { h.Tempo = 20 })
	require.NoError(t, err)
	f.setDelay(0)
	require.NoError(t, f.swapKey(owner, hotkey(9), hotkey(20)))
	f.at(210)
	require.NoError(t, f.swapKey(owner, hotkey(9), hotkey(21)))
	_, err = f.announce(owner, poor)
	require.NoError(t, err)
	return f
}

func TestGenesisRoundTrip(t *testing.T) {
	f := rich(t)
	out, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, out.Validate())
	require.Len(t, out.Subnets, 2)
	require.Len(t, out.Neurons, 4)
	require.Len(t, out.HotkeyOwners, 4)
	require.Len(t, out.Identities, 2)
	require.Equal(t, []types.OwnershipOffer{{Netuid: 2, NewOwner: other.String(), ExpiresAt: 300}}, out.Offers)
	require.Len(t, out.Commitments, 3)
	require.Len(t, out.PendingHyperparams, 1)
	require.EqualValues(t, 250, out.PendingHyperparams[0].EffectiveAt)
	require.Equal(t, []uint32{7, 0, 65535}, out.Pruning[0].Scores)
	require.Len(t, out.Collaterals, 4)
	require.EqualValues(t, 6_170_000, out.Collaterals[2].Disputed)
	require.Equal(t, []types.Withheld{{Netuid: 1, Hotkey: hotkey(1).String(), Amount: 6}}, out.Withheld)
	require.Equal(t, []types.SigningKey{
		{Key: hotkey(9).String(), Hotkey: hotkey(9).String(), Until: 200},
		{Key: hotkey(20).String(), Hotkey: hotkey(9).String(), Since: 200, Until: 210},
		{Key: hotkey(21).String(), Hotkey: hotkey(9).String(), Since: 210},
	}, out.SigningKeys)
	require.Equal(t, []types.OwnerSwap{{Owner: owner.String(), NewOwner: poor.String(), AnnouncedAt: 210, ReadyAt: 36_210}}, out.OwnerSwaps)
	require.Equal(t, []uint64{5, 0, 7}, out.Earned[0].Alpha, "what a neuron earned is forgotten when its uid changes hands")

	g := setupAt(t, out)
	again, err := g.k.ExportGenesis(g.ctx)
	require.NoError(t, err)
	require.Equal(t, string(f.s.Cdc.MustMarshalJSON(out)), string(g.s.Cdc.MustMarshalJSON(again)))
	require.Equal(t, f.dump(), g.dump(), "the stores are equal, byte for byte")

	f.begin(250)
	g.begin(250)
	require.EqualValues(t, 20, g.subnet(2).Hyperparams.Tempo)
	require.Equal(t, f.dump(), g.dump(), "and go on equally")
}

// setupAt is a fresh chain with a genesis state.
func setupAt(t *testing.T, gs *types.GenesisState) *fixture {
	t.Helper()
	s := keepertest.New(t, keepertest.Config{
		StoreKeys: []string{types.StoreKey}, ModuleAccounts: map[string][]string{types.ModuleName: {authtypes.Burner}},
	})
	f := &fixture{t: t, s: s, ctx: s.Ctx}
	for _, c := range gs.Collaterals {
		s.Fund(authtypes.NewModuleAddress(types.ModuleName), sdk.NewInt64Coin(types.BaseDenom, int64(c.Held())))
	}
	for _, w := range gs.Withheld {
		s.Fund(authtypes.NewModuleAddress(types.ModuleName), sdk.NewInt64Coin(types.BaseDenom, int64(w.Amount)))
	}
	f.k = keeper.NewKeeper(s.Cdc, s.Store(types.StoreKey), s.Authority, s.Bank)
	require.NoError(t, f.k.InitGenesis(f.ctx, gs))
	f.checkInvariants()
	return f
}

// dump is the whole store in order: key and value in hexadecimal.
func (f *fixture) dump() [][2]string {
	f.t.Helper()
	store := runtime.KVStoreAdapter(f.s.Store(types.StoreKey).OpenKVStore(f.ctx))
	it := store.Iterator(nil, nil)
	defer func() { require.NoError(f.t, it.Close()) }()
	var out [][2]string
	for ; it.Valid(); it.Next() {
		out = append(out, [2]string{hex.EncodeToString(it.Key()), hex.EncodeToString(it.Value())})
	}
	return out
}

// The keys and the packed values are a format that others may read; this pins their bytes.
func TestKeyBytes(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	f.at(0x0102)
	f.register(netuid, hotkey(1))
	require.NoError(t, f.k.SetPruningScores(f.ctx, netuid, []uint16{1, 0xfffe}))
	require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{7, 0x100}))
	_, err := f.msg.SetIdentity(f.ctx, &types.MsgSetIdentity{Address: owner.String(), Name: "Alice"})
	require.NoError(t, err)

	require.NoError(t, f.swapKey(owner, hotkey(1), hotkey(9)))
	_, err = f.announce(owner, other)
	require.NoError(t, err)

	next := hex.EncodeToString(hotkey(9))
	hot0, hot1 := hex.EncodeToString(hotkey(0)), hex.EncodeToString(hotkey(1))
	own := hex.EncodeToString(owner)
	pinned := map[string]string{ // values of messages are left out
		"00":                       "",
		"01":                       "",
		"02":                       "00000002",
		"0300000001":               "",
		"040000000100000000":       "",
		"040000000100000001":       "",
		"0514" + hot0 + "00000001": "00000000",
		"0514" + hot1 + "00000001": "00000001",
		"06" + hot0:                own,
		"06" + hot1:                own,
		"07" + own:                 "",
		"0800000001":               "000000000000000a" + "0000000000000102",
		"0900000001":               hot0 + hot1,
		"0a00000001":               "0001" + "fffe",
		"190000000100000000":       "",
		"190000000100000001":       "",
		"1a00000001":               "0000000000000007" + "0000000000000100",
		"0f00000001":               "",
		"14" + hot1:                "",
		"14" + next:                "",
		"15" + hot1:                next,
		"1614" + own + hot0:        "",
		"1614" + own + hot1:        "",
		"1714" + own + "00000001":  "",
		"18" + own:                 "",
	}
	rows := f.dump()
	require.Len(t, rows, len(pinned))
	for _, row := range rows {
		want, ok := pinned[row[0]]
		require.True(t, ok, "key %s", row[0])
		if want != "" {
			require.Equal(t, want, row[1], "value of %s", row[0])
		}
	}
}

func TestGenesisRefuses(t *testing.T) {
	f := rich(t)
	for _, c := range []struct {
		name   string
		change func(*types.GenesisState)
		err    error
		want   string
	}{
		{"collateral-of-nobody", func(g *types.GenesisState) { g.Collaterals[0].Uid = 9 }, types.ErrInvalidGenesis, "collaterals has netuid 1 uid 9 at 0"},
		{"collateral-twice", func(g *types.GenesisState) { g.Collaterals[1].Uid = 0 }, types.ErrInvalidGenesis, "collaterals has netuid 1 uid 0 at 1"},
		{"collateral-amount", func(g *types.GenesisState) { g.Collaterals[0].Amount = 0 }, types.ErrInvalidCollateral, "amount is 0"},
		{"collateral-paid", func(g *types.GenesisState) { g.Collaterals[0].Paid = g.Collaterals[0].Amount }, types.ErrInvalidCollateral, "paid is "},
		{"collateral-vests", func(g *types.GenesisState) { g.Collaterals[0].VestsBps = 0 }, types.ErrInvalidCollateral, "vests_bps is 0"},
		{"earned-missing", func(g *types.GenesisState) { g.Earned = nil }, types.ErrInvalidGenesis, "earned has 0 entries"},
		{"earned-short", func(g *types.GenesisState) { g.Earned[1].Alpha = nil }, types.ErrInvalidGenesis, "earned has netuid 2 with 0 amounts at 1"},
		{"params", func(g *types.GenesisState) { g.Params.MaxTempo = 0 }, types.ErrInvalidParams, "max_tempo is 0"},
		{"creation-block", func(g *types.GenesisState) { g.Creation.Block = -1 }, types.ErrInvalidGenesis, "creation.block is -1"},
		{"next-netuid", func(g *types.GenesisState) { g.NextNetuid = 0 }, types.ErrInvalidGenesis, "next_netuid is 0"},
		{"next-netuid-high", func(g *types.GenesisState) { g.NextNetuid++ }, types.ErrInvalidGenesis, "subnets has 2 entries, want 3"},
		{"netuid-gap", func(g *types.GenesisState) { g.Subnets[1].Netuid = 3 }, types.ErrInvalidGenesis, "subnets has netuid 3 at 1, want 2"},
		{"subnet-owner", func(g *types.GenesisState) { g.Subnets[0].Owner = "" }, types.ErrInvalidAddress, "owner is"},
		{"hyperparams", func(g *types.GenesisState) { g.Subnets[0].Hyperparams.Tempo = 0 }, types.ErrInvalidHyperparams, "tempo is 0"},
		{"price", func(g *types.GenesisState) { g.Subnets[0].RegistrationPrice = 1 }, types.ErrInvalidGenesis, "registration_price is 1"},
		{"registration-block", func(g *types.GenesisState) { g.Subnets[0].RegistrationBlock = 9 }, types.ErrInvalidGenesis, "registration_block is 9"},
		{"registrations", func(g *types.GenesisState) { g.Subnets[0].RegistrationsThisBlock = 65 }, types.ErrInvalidGenesis, "registrations_this_block is 65"},
		{"neuron-count-low", func(g *types.GenesisState) { g.Subnets[1].NeuronCount = 0 }, types.ErrInvalidGenesis, "no subnet's neuron_count has room"},
		{"neuron-count-high", func(g *types.GenesisState) { g.Subnets[1].NeuronCount = 2 }, types.ErrInvalidGenesis, "neurons end before netuid 2 uid 1"},
		{"neuron-count-above-room", func(g *types.GenesisState) { g.Subnets[0].NeuronCount = 4 }, types.ErrInvalidGenesis, "neuron_count is 4, want at most 3"},
		{"uid-twice", func(g *types.GenesisState) { g.Neurons[1].Uid = 0 }, types.ErrInvalidGenesis, "want netuid 1 uid 1"},
		{"hotkey-twice", func(g *types.GenesisState) { g.Neurons[1].Hotkey = g.Neurons[0].Hotkey }, types.ErrInvalidGenesis, "twice, again at uid 1"},
		{"hotkey-unbound", func(g *types.GenesisState) { g.HotkeyOwners = g.HotkeyOwners[1:] }, types.ErrInvalidGenesis, "but hotkey_owners says \"\""},
		{"owner-differs", func(g *types.GenesisState) { g.Neurons[0].Owner = other.String() }, types.ErrInvalidGenesis, "but hotkey_owners says"},
		{"owners-unordered", func(g *types.GenesisState) { g.HotkeyOwners[1] = g.HotkeyOwners[0] }, types.ErrInvalidGenesis, "out of order or twice"},
		{"owner-address", func(g *types.GenesisState) { g.HotkeyOwners[0].Owner = "" }, types.ErrInvalidAddress, "hotkey_owners.owner"},
		{"registered-early", func(g *types.GenesisState) { g.Neurons[0].RegisteredAt = 1 }, types.ErrInvalidGenesis, "registered_at 1, want at least 10"},
		{"axon", func(g *types.GenesisState) { g.Neurons[1].Axon.Url = "" }, types.ErrInvalidAxon, "netuid 1 uid 1"},
		{"pruning-missing", func(g *types.GenesisState) { g.Pruning = g.Pruning[1:] }, types.ErrInvalidGenesis, "pruning has 1 entries"},
		{"pruning-length", func(g *types.GenesisState) { g.Pruning[0].Scores = nil }, types.ErrInvalidGenesis, "with 0 scores at 0, want netuid 1 with 3"},
		{"pruning-wide", func(g *types.GenesisState) { g.Pruning[0].Scores[1] = 65536 }, types.ErrInvalidGenesis, "score 65536 at uid 1"},
		{"offer", func(g *types.GenesisState) { g.Offers[0].ExpiresAt = 0 }, types.ErrInvalidOffer, "offers at 0: expires_at is 0"},
		{"offer-of-no-subnet", func(g *types.GenesisState) { g.Offers[0].Netuid = 3 }, types.ErrInvalidGenesis, "offers has netuid 3 at 0, want ascending netuids below 3"},
		{"offers-unordered", func(g *types.GenesisState) { g.Offers = append(g.Offers, g.Offers[0]) }, types.ErrInvalidGenesis, "offers has netuid 2 at 1"},
		{"offer-to-the-owner", func(g *types.GenesisState) { g.Offers[0].NewOwner = owner.String() }, types.ErrInvalidGenesis, "who owns it"},
		{"pending-height", func(g *types.GenesisState) { g.PendingHyperparams[0].EffectiveAt = 0 }, types.ErrInvalidGenesis, "effective_at 0, want a height"},
		{"pending-of-no-subnet", func(g *types.GenesisState) { g.PendingHyperparams[0].Netuid = 3 }, types.ErrInvalidGenesis, "pending_hyperparams has netuid 3 at 0"},
		{"pending-twice", func(g *types.GenesisState) {
			g.PendingHyperparams = append(g.PendingHyperparams, g.PendingHyperparams[0])
		}, types.ErrInvalidGenesis, "pending_hyperparams has netuid 2 at 1"},
		{"pending-content", func(g *types.GenesisState) { g.PendingHyperparams[0].Hyperparams.Tempo = 0 }, types.ErrInvalidHyperparams, "pending_hyperparams of netuid 2: tempo is 0"},
		{"commitment-size", func(g *types.GenesisState) { g.Commitments[0].Data = nil }, types.ErrInvalidCommitment, "commitments of netuid 1 uid 1: data has 0 bytes, want 1 to 256"},
		{"commitment-hotkey", func(g *types.GenesisState) { g.Commitments[0].Hotkey = hotkey(1).String() }, types.ErrInvalidGenesis, "but its neuron has"},
		{"commitment-early", func(g *types.GenesisState) { g.Commitments[0].Block = -1 }, types.ErrInvalidGenesis, "at block -1, want at least"},
		{"commitment-of-no-neuron", func(g *types.GenesisState) { g.Commitments[2].Uid = 1 }, types.ErrInvalidGenesis, "netuid 2 uid 1 at 2: no such neuron"},
		{"commitment-twice", func(g *types.GenesisState) { g.Commitments[1] = g.Commitments[0] }, types.ErrInvalidGenesis, "netuid 1 uid 1 at 1: no such neuron, out of order or twice"},
		{"key-unordered", func(g *types.GenesisState) { g.SigningKeys[1] = g.SigningKeys[0] }, types.ErrInvalidGenesis, "signing_keys has"},
		{"key-heights", func(g *types.GenesisState) { g.SigningKeys[1].Until = 199 }, types.ErrInvalidGenesis, "from block 200 until 199"},
		{"key-of-no-hotkey", func(g *types.GenesisState) { g.SigningKeys[1].Hotkey = hotkey(50).String() }, types.ErrInvalidGenesis, "want a hotkey of hotkey_owners"},
		{"key-is-a-hotkey", func(g *types.GenesisState) { g.SigningKeys[0].Hotkey = hotkey(0).String() }, types.ErrInvalidGenesis, "a key that is none itself"},
		{"key-twice-present", func(g *types.GenesisState) { g.SigningKeys[1].Until = 0 }, types.ErrInvalidGenesis, "2 present keys"},
		{"key-absent", func(g *types.GenesisState) { g.SigningKeys = g.SigningKeys[:2] }, types.ErrInvalidGenesis, "0 present keys"},
		{"first-key-absent", func(g *types.GenesisState) { g.SigningKeys = g.SigningKeys[1:] }, types.ErrInvalidGenesis, "that was swapped: false"},
		{"owner-swap", func(g *types.GenesisState) { g.OwnerSwaps[0].NewOwner = owner.String() }, types.ErrInvalidOwnerSwap, "owner_swaps at 0"},
		{"owner-swap-heights", func(g *types.GenesisState) { g.OwnerSwaps[0].ReadyAt = 1 }, types.ErrInvalidOwnerSwap, "announced_at is 210 and ready_at 1"},
		{"owner-swaps-twice", func(g *types.GenesisState) { g.OwnerSwaps = append(g.OwnerSwaps, g.OwnerSwaps[0]) }, types.ErrInvalidGenesis, "owner_swaps has"},
		{"identity", func(g *types.GenesisState) { g.Identities[0].Name = "" }, types.ErrInvalidIdentity, "identities at 0"},
		{"identities-unordered", func(g *types.GenesisState) { g.Identities[1] = g.Identities[0] }, types.ErrInvalidGenesis, "out of order or twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			gs, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			c.change(gs)
			err = gs.Validate()
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.want)
			require.ErrorIs(t, f.k.InitGenesis(f.ctx, gs), c.err)
		})
	}
}

// Each invariant sees the damage that it is there for: one value of the raw store is removed or changed.
func TestInvariantsSeeDamage(t *testing.T) {
	hot0, own := hex.EncodeToString(hotkey(0)), hex.EncodeToString(owner)
	for _, c := range []struct {
		name, key, value string // no value: the key is removed; a space: an empty one
	}{
		{"subnets-are-numbered-without-gaps", "02", "00000004"},
		{"neuron-counts-match", "040000000200000000", ""},
		{"index-matches-neurons", "0514" + hot0 + "00000001", ""},
		{"index-matches-neurons", "0514" + hot0 + "00000001", "00000002"},
		{"index-matches-neurons", "0514" + hot0 + "00000009", "00000002"},
		{"columns-match-neurons", "0800000002", "000000000000000b"},
		{"columns-match-neurons", "0900000002", hot0 + hot0},
		{"columns-match-neurons", "0a00000002", "000000"},
		{"columns-match-neurons", "0a00000002", ""},
		{"columns-match-neurons", "0a00000009", "0000"},
		{"columns-match-neurons", "1a00000002", "0000"},
		{"columns-match-neurons", "1a00000002", ""},
		{"collateral-is-held", "190000000200000000", ""},
		{"collateral-is-held", "190000000200000000", "08021001"},
		{"owners-match-neurons", "06" + hot0, hex.EncodeToString(other)},
		{"owners-match-neurons", "06" + hot0, ""},
		{"commitments-are-of-neurons", "0e0000000200000001", "08021001"},
		{"commitments-are-of-neurons", "0e0000000100000000", "0801"},
		{"offers-are-of-subnets", "0b00000002", "0802"},
		{"offers-are-of-subnets", "0b00000001", "0802"},
		{"queue-matches-pending-hyperparameters", "0d00000000000000fa00000002", ""},
		{"queue-matches-pending-hyperparameters", "0c00000002", ""},
		{"owned-is-what-owners-have", "1614" + own + hot0, ""},
		{"owned-is-what-owners-have", "1614" + hot0 + hot0, " "},
		{"owned-is-what-owners-have", "1714" + own + "00000001", ""},
		{"owned-is-what-owners-have", "1714" + own + "00000009", " "},
		{"one-key-signs-for-a-hotkey", "14" + hex.EncodeToString(hotkey(21)), ""},
		{"one-key-signs-for-a-hotkey", "14" + hex.EncodeToString(hotkey(9)), ""},
		{"one-key-signs-for-a-hotkey", "15" + hex.EncodeToString(hotkey(9)), ""},
		{"one-key-signs-for-a-hotkey", "15" + hex.EncodeToString(hotkey(9)), hex.EncodeToString(hotkey(20))},
		{"one-key-signs-for-a-hotkey", "06" + hex.EncodeToString(hotkey(20)), own},
		{"owner-swaps-are-valid", "18" + own, "0a00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := rich(t)
			branch, _ := f.ctx.CacheContext()
			store := f.s.Store(types.StoreKey).OpenKVStore(branch)
			raw, err := hex.DecodeString(c.key)
			require.NoError(t, err)
			if c.value == "" {
				require.NoError(t, store.Delete(raw))
			} else {
				value, err := hex.DecodeString(strings.TrimSpace(c.value))
				require.NoError(t, err)
				require.NoError(t, store.Set(raw, value))
			}
			require.ErrorIs(t, f.check(branch, c.name), types.ErrInvariant)
		})
	}
	t.Run("nothing-is-held-without-collateral", func(t *testing.T) {
		f := rich(t)
		branch, _ := f.ctx.CacheContext()
		require.NoError(t, f.s.Bank.SendCoinsFromAccountToModule(branch, owner, types.ModuleName, sdk.NewCoins(sdk.NewInt64Coin(types.BaseDenom, 1))))
		require.ErrorIs(t, f.check(branch, "collateral-is-held"), types.ErrInvariant)
	})
}

func (f *fixture) check(ctx context.Context, name string) error {
	for _, i := range f.k.Invariants() {
		if i.Name == name {
			return i.Check(ctx)
		}
	}
	f.t.Fatalf("no invariant %s", name)
	return nil
}
