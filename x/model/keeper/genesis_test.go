package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/model/keeper"
	"github.com/agon-chain/agon/x/model/types"
)

// reborn is a market that starts from a state of this module, and this market's subnets.
func (f *fixture) reborn(gs *types.GenesisState) *fixture {
	f.t.Helper()
	to := markettest.New(f.t, markettest.Config{Empty: true})
	to.At(f.Ctx.BlockHeight())
	to.Bank.InitGenesis(to.Ctx, f.Bank.ExportGenesis(f.Ctx))
	subnets, err := f.Subnet.ExportGenesis(f.Ctx)
	require.NoError(f.t, err)
	require.NoError(f.t, to.Subnet.InitGenesis(to.Ctx, subnets))
	stake, err := f.Stake.ExportGenesis(f.Ctx)
	require.NoError(f.t, err)
	require.NoError(f.t, to.Stake.InitGenesis(to.Ctx, stake))
	scoring, err := f.Scoring.ExportGenesis(f.Ctx)
	require.NoError(f.t, err)
	require.NoError(f.t, to.Scoring.InitGenesis(to.Ctx, scoring))
	emission, err := f.Emission.ExportGenesis(f.Ctx)
	require.NoError(f.t, err)
	require.NoError(f.t, to.Emission.InitGenesis(to.Ctx, emission))
	funds, err := f.Crowdfund.ExportGenesis(f.Ctx)
	require.NoError(f.t, err)
	require.NoError(f.t, to.Crowdfund.InitGenesis(to.Ctx, funds))
	payments, err := f.Payment.ExportGenesis(f.Ctx)
	require.NoError(f.t, err)
	require.NoError(f.t, to.Payment.InitGenesis(to.Ctx, payments))
	cases, err := f.Dispute.ExportGenesis(f.Ctx)
	require.NoError(f.t, err)
	require.NoError(f.t, to.Dispute.InitGenesis(to.Ctx, cases))
	var read types.GenesisState
	require.NoError(f.t, to.Cdc.UnmarshalJSON(f.Cdc.MustMarshalJSON(gs), &read))
	require.NoError(f.t, to.Model.InitGenesis(to.Ctx, &read))
	return &fixture{Market: to, t: f.t, msg: keeper.NewMsgServer(to.Model), netuid: f.netuid, data: f.data}
}

// busy has copies, a claim that was shown late, an offer, reservations, bindings in slots that were moved, an open challenge and a bar.
func busy(t *testing.T) *fixture {
	f := setup(t, always)
	w := f.file("w", 1, 5000)
	require.NoError(t, f.create(1, "late"))
	late := publication(1, "late", w)
	require.NoError(t, f.reserve(1, late, salt))
	f.Next()
	f.publish(0, "early", w)
	f.publish(0, "early", f.file("README", 7, 10), w)
	late.Salt = salt
	late.Parents = []types.Parent{{Model: "early", Version: 2, ShareBps: 100}}
	_, err := f.send(late)
	require.NoError(t, err)
	f.publish(2, "zeta", f.file("w", 4, 3000))
	_, err = f.msg.DeprecateVersion(f.Ctx, &types.MsgDeprecateVersion{Owner: who(0).String(), Model: "early", Version: 1, Reason: "old", SuccessorModel: "early", SuccessorVersion: 2})
	require.NoError(t, err)
	_, err = f.msg.OfferModel(f.Ctx, &types.MsgOfferModel{Owner: who(2).String(), Model: "zeta", NewOwner: who(3).String(), ExpiresAt: 100})
	require.NoError(t, err)
	require.NoError(t, f.reserve(3, late, salt))
	require.NoError(t, f.reserve(2, late, salt))
	for n := range 4 {
		require.NoError(t, f.bind(n, "early", 2))
		require.NoError(t, f.bind(n, "zeta", 1))
	}
	f.Next()
	_, err = f.unbind(0, "zeta", 1)
	require.NoError(t, err)
	for f.bound(1)[0].Asked == nil {
		f.Next()
	}
	_, err = f.unbind(1, "early", 2)
	require.NoError(t, err)
	f.Next()
	return f
}

func TestGenesisGoesRound(t *testing.T) {
	f := busy(t)
	out, err := f.Model.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, out.Validate())
	require.Len(t, out.Versions, 4)
	require.NotEmpty(t, out.Bars)
	require.NotEmpty(t, out.Reservations)
	require.NotEmpty(t, out.Offers)
	open := 0
	for _, b := range out.Bindings {
		if b.Challenge != nil {
			open++
		}
	}
	require.NotZero(t, open)
	g := f.reborn(out)
	require.Equal(t, f.dump(), g.dump(), "the very bytes")
	g.CheckInvariants()

	// And it goes on equally.
	for range 12 {
		f.Next()
		g.Next()
		for _, one := range []*fixture{f, g} {
			for _, b := range one.bound(2) {
				if b.Asked != nil {
					require.NoError(t, one.give(one.answer(2, b)))
				}
			}
		}
		require.Equal(t, f.dump(), g.dump())
	}
	require.NotEmpty(t, f.bound(2), "who answers stays")
	require.Empty(t, f.bound(3), "who does not is gone")

	t.Run("neurons-must-agree", func(t *testing.T) {
		bad := markettest.New(t, markettest.Config{})
		require.ErrorIs(t, bad.Model.InitGenesis(bad.Ctx, out), types.ErrInvalidGenesis)
	})
}

func TestGenesisRefusals(t *testing.T) {
	f := busy(t)
	for name, c := range map[string]struct {
		change func(*types.GenesisState)
		want   error
	}{
		"params":            {func(gs *types.GenesisState) { gs.Params.MaxFiles = 0 }, types.ErrInvalidParams},
		"models-unsorted":   {func(gs *types.GenesisState) { gs.Models[0], gs.Models[1] = gs.Models[1], gs.Models[0] }, types.ErrInvalidGenesis},
		"model-name":        {func(gs *types.GenesisState) { gs.Models[0].Name = "E" }, types.ErrInvalidName},
		"model-versions":    {func(gs *types.GenesisState) { gs.Models[0].Versions++ }, types.ErrInvalidGenesis},
		"about":             {func(gs *types.GenesisState) { gs.Models[0].About = "\x00" }, types.ErrInvalidText},
		"offer":             {func(gs *types.GenesisState) { gs.Offers[0].Model = "none" }, types.ErrInvalidGenesis},
		"offer-to-owner":    {func(gs *types.GenesisState) { gs.Offers[0].NewOwner = who(2).String() }, types.ErrInvalidGenesis},
		"version-id":        {func(gs *types.GenesisState) { gs.Versions[1].Id = 9 }, types.ErrInvalidGenesis},
		"version-number":    {func(gs *types.GenesisState) { gs.Versions[1].Number = 3 }, types.ErrInvalidGenesis},
		"version-model":     {func(gs *types.GenesisState) { gs.Versions[1].Model = "none" }, types.ErrInvalidGenesis},
		"root":              {func(gs *types.GenesisState) { gs.Versions[0].Root[0] ^= 1 }, types.ErrInvalidHash},
		"weights":           {func(gs *types.GenesisState) { gs.Versions[0].WeightsRoot[0] ^= 1 }, types.ErrInvalidGenesis},
		"files":             {func(gs *types.GenesisState) { gs.Files = gs.Files[1:] }, types.ErrInvalidGenesis},
		"parent-after":      {func(gs *types.GenesisState) { gs.Versions[0].Parents = []types.Parent{{Model: "zeta", Version: 1}} }, types.ErrInvalidGenesis},
		"parent-itself":     {func(gs *types.GenesisState) { gs.Versions[0].Parents = []types.Parent{{Model: "early", Version: 1}} }, types.ErrInvalidGenesis},
		"claim-ahead":       {func(gs *types.GenesisState) { gs.Versions[0].ClaimedAt = 999 }, types.ErrInvalidGenesis},
		"claim-twice":       {func(gs *types.GenesisState) { gs.Versions[0].Claim = gs.Versions[1].Claim }, types.ErrInvalidGenesis},
		"claim-of-another":  {func(gs *types.GenesisState) { gs.Reservations[0].Claim = gs.Versions[1].Claim }, types.ErrInvalidGenesis},
		"next-claim":        {func(gs *types.GenesisState) { gs.NextClaim-- }, types.ErrInvalidGenesis},
		"successor":         {func(gs *types.GenesisState) { gs.Versions[0].Deprecation.SuccessorVersion = 1 }, types.ErrInvalidGenesis},
		"reservation-twice": {func(gs *types.GenesisState) { gs.Reservations[1] = gs.Reservations[0] }, types.ErrInvalidGenesis},
		"reservation-hash":  {func(gs *types.GenesisState) { gs.Reservations[0].Hash = nil }, types.ErrInvalidHash},
		"slot":              {func(gs *types.GenesisState) { gs.Bindings[1].Slot = 0 }, types.ErrInvalidGenesis},
		"binding-twice":     {func(gs *types.GenesisState) { gs.Bindings[1] = gs.Bindings[0]; gs.Bindings[1].Slot = 1 }, types.ErrInvalidGenesis},
		"binding-version":   {func(gs *types.GenesisState) { gs.Bindings[0].VersionId = 99 }, types.ErrInvalidGenesis},
		"binding-hotkey":    {func(gs *types.GenesisState) { gs.Bindings[0].Hotkey = markettest.Hotkey(4).String() }, types.ErrInvalidGenesis},
		"challenge-seed":    {func(gs *types.GenesisState) { gs.Bindings[0].Challenge = &types.Challenge{DueAt: 5} }, types.ErrInvalidHash},
		"bar":               {func(gs *types.GenesisState) { gs.Bars[0].Until = 0 }, types.ErrInvalidGenesis},
		"bars-twice":        {func(gs *types.GenesisState) { gs.Bars = append(gs.Bars[:1], gs.Bars[0]) }, types.ErrInvalidGenesis},
	} {
		t.Run(name, func(t *testing.T) {
			gs, err := f.Model.ExportGenesis(f.Ctx)
			require.NoError(t, err)
			c.change(gs)
			branch, _ := f.Ctx.CacheContext()
			require.ErrorIs(t, f.Model.InitGenesis(branch, gs), c.want)
		})
	}
}

// Invariants see what messages can never make.
func TestInvariantsSee(t *testing.T) {
	f := busy(t)
	store := func(ctx sdk.Context) interface {
		Set(key, value []byte) error
		Delete(key []byte) error
	} {
		return f.Store(types.StoreKey).OpenKVStore(ctx)
	}
	for _, kv := range f.dump() {
		key := decode(t, kv[0])
		switch key[0] {
		case types.ParamsPrefix.Bytes()[0], types.OffersPrefix.Bytes()[0]:
			continue // what is left without it is whole
		}
		branch, _ := f.Ctx.CacheContext()
		require.NoError(t, store(branch).Delete(key))
		failed := false
		for _, i := range f.Model.Invariants() {
			failed = failed || i.Check(branch) != nil
		}
		require.True(t, failed, "nobody misses key %s", kv[0])
	}
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}
