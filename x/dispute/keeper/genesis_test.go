package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/dispute/keeper"
	"github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// busy has a case in each state, one of them with votes promised and revealed, one whose miner has lost its uid, a bar and a record.
func busy(t *testing.T) *fixture {
	f := setup(t)
	f.setParams(func(p *types.Params) { p.Retention = 100 })
	f.votes(f.accuse(0, first), guilty, guilty, guilty)
	f.votes(f.accuse(1, first+1), notGuilty, notGuilty, notGuilty, notGuilty)
	f.votes(f.accuse(2, first+2))
	f.earn(first+1, 1<<62)
	open := f.accuse(3, first)
	f.accuse(4, first+1)
	f.commits(open, guilty, notGuilty)
	require.NoError(t, f.reveal(open, 1))
	require.NoError(t, f.Subnet.SetPruningScores(f.Ctx, f.netuid, []uint16{9, 9, 9, 9, 9, 9, 0, 9, 9}))
	f.Register(f.netuid, 20)
	f.Next()
	return f
}

// carry takes a market's state over to a fresh one.
func carry(t *testing.T, f *fixture) *fixture {
	t.Helper()
	to := markettest.New(t, markettest.Config{Empty: true})
	to.At(f.Ctx.BlockHeight())
	to.Bank.InitGenesis(to.Ctx, f.Bank.ExportGenesis(f.Ctx))
	subnets, err := f.Subnet.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Subnet.InitGenesis(to.Ctx, subnets))
	stakes, err := f.Stake.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Stake.InitGenesis(to.Ctx, stakes))
	scores, err := f.Scoring.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Scoring.InitGenesis(to.Ctx, scores))
	payments, err := f.Payment.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Payment.InitGenesis(to.Ctx, payments))
	out, err := f.Dispute.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	var read types.GenesisState
	require.NoError(t, to.Cdc.UnmarshalJSON(f.Cdc.MustMarshalJSON(out), &read))
	require.NoError(t, to.Dispute.InitGenesis(to.Ctx, &read))
	return &fixture{Market: to, t: t, netuid: f.netuid, msg: keeper.NewMsgServer(to.Dispute), promised: f.promised}
}

func TestGenesisGoesRound(t *testing.T) {
	f := busy(t)
	out, err := f.Dispute.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, out.Validate())
	require.Len(t, out.Cases, 5)
	require.Len(t, out.Bars, 2)
	require.Len(t, out.Records, 1)
	subnets, err := f.Subnet.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.Len(t, subnets.Withheld, 1)
	g, h := carry(t, f), carry(t, f)
	require.Equal(t, f.dump(), g.dump(), "the very bytes")
	again, err := g.Dispute.ExportGenesis(g.Ctx)
	require.NoError(t, err)
	require.Equal(t, string(f.Cdc.MustMarshalJSON(out)), string(g.Cdc.MustMarshalJSON(again)))

	// And it goes on equally.
	for _, one := range []*fixture{f, g} {
		require.NoError(t, one.reveal(4, 0))
		one.At(one.get(4).Terms.RevealUntil + 1)
		require.NoError(t, one.Dispute.BeginBlock(one.Ctx))
		require.False(t, one.get(4).Open())
	}
	require.Equal(t, f.dump(), g.dump())

	t.Run("what-is-held-must-agree", func(t *testing.T) {
		bad := markettest.New(t, markettest.Config{})
		require.ErrorContains(t, bad.Dispute.InitGenesis(bad.Ctx, out), "subnet not found")
		_, err := h.Subnet.ReleaseDisputed(h.Ctx, h.netuid, markettest.Hotkey(first))
		require.NoError(t, err)
		for _, i := range h.Dispute.Invariants() {
			if err = i.Check(h.Ctx); err != nil {
				require.Equal(t, "held-is-what-is-disputed", i.Name)
				break
			}
		}
		require.ErrorIs(t, err, types.ErrBroken)
		require.ErrorContains(t, err, "0 are kept")
	})
}

func TestGenesisRefusals(t *testing.T) {
	f := busy(t)
	for name, c := range map[string]struct {
		change func(*types.GenesisState)
		want   error
	}{
		"params":               {func(gs *types.GenesisState) { gs.Params.MinJudges = 1 }, types.ErrInvalidParams},
		"next-id":              {func(gs *types.GenesisState) { gs.NextCaseId = 5 }, types.ErrInvalidGenesis},
		"no-next-id":           {func(gs *types.GenesisState) { *gs = types.GenesisState{Params: gs.Params} }, types.ErrInvalidGenesis},
		"unsorted":             {func(gs *types.GenesisState) { gs.Cases[1].Id = 1 }, types.ErrInvalidGenesis},
		"miner":                {func(gs *types.GenesisState) { gs.Cases[0].Miner = "x" }, subnettypes.ErrInvalidAddress},
		"two-open-for-a-miner": {func(gs *types.GenesisState) { gs.Cases[4].Miner = gs.Cases[3].Miner }, types.ErrInvalidGenesis},
		"outcome-of-open":      {func(gs *types.GenesisState) { gs.Cases[3].Outcome = gs.Cases[0].Outcome }, types.ErrInvalidCase},
		"no-outcome":           {func(gs *types.GenesisState) { gs.Cases[0].Outcome = nil }, types.ErrInvalidCase},
		"status":               {func(gs *types.GenesisState) { gs.Cases[0].Status = 9 }, types.ErrInvalidCase},
		"due-before":           {func(gs *types.GenesisState) { gs.Cases[3].DueAt-- }, types.ErrInvalidCase},
		"windows":              {func(gs *types.GenesisState) { gs.Cases[3].Terms.CommitUntil = gs.Cases[3].OpenedAt }, types.ErrInvalidCase},
		"windows-wrap":         {func(gs *types.GenesisState) { gs.Cases[3].OpenedAt = -1 << 63 }, types.ErrInvalidCase},
		"one-judge":            {func(gs *types.GenesisState) { gs.Cases[3].Terms.MinJudges = 1 }, types.ErrInvalidCase},
		"judges":               {func(gs *types.GenesisState) { gs.Cases[3].Judges++ }, types.ErrInvalidGenesis},
		"weight":               {func(gs *types.GenesisState) { gs.Cases[3].Weight++ }, types.ErrInvalidGenesis},
		"weight-wraps":         {func(gs *types.GenesisState) { gs.Judges[0].Weight = 1<<64 - 1 }, types.ErrInvalidGenesis},
		"weightless":           {func(gs *types.GenesisState) { gs.Judges[0].Weight = 0 }, types.ErrInvalidCase},
		"judge-twice":          {func(gs *types.GenesisState) { gs.Judges[1].Hotkey = gs.Judges[0].Hotkey }, types.ErrInvalidGenesis},
		"judge-of-no-case":     {func(gs *types.GenesisState) { gs.Judges[len(gs.Judges)-1].CaseId = 9 }, types.ErrInvalidGenesis},
		"verdict-unpromised":   {func(gs *types.GenesisState) { gs.Judges[0].Commit = nil }, types.ErrInvalidCase},
		"verdict-unheard-of":   {func(gs *types.GenesisState) { gs.Judges[0].Verdict = 7 }, types.ErrInvalidCase},
		"evidence-unspoken":    {func(gs *types.GenesisState) { gs.Judges[0].Verdict = 0 }, types.ErrInvalidCase},
		"more-than-all":        {func(gs *types.GenesisState) { gs.Cases[0].Outcome.Guilty = 1 << 63 }, types.ErrInvalidCase},
		"slashed-too-much":     {func(gs *types.GenesisState) { gs.Cases[0].Outcome.Burned = gs.Cases[0].Held + 1 }, types.ErrInvalidCase},
		"slashed-unproven":     {func(gs *types.GenesisState) { gs.Cases[1].Outcome.Burned = 1 }, types.ErrInvalidCase},
		"bar-twice":            {func(gs *types.GenesisState) { gs.Bars[1] = gs.Bars[0] }, types.ErrInvalidGenesis},
		"bar-of-no-height":     {func(gs *types.GenesisState) { gs.Bars[0].Until = 0 }, types.ErrInvalidGenesis},
		"record-of-nothing":    {func(gs *types.GenesisState) { gs.Records[0].Verdicts = 0 }, types.ErrInvalidGenesis},
		"record-of-no-case":    {func(gs *types.GenesisState) { gs.Records[0].LastCase = 6 }, types.ErrInvalidGenesis},
	} {
		t.Run(name, func(t *testing.T) {
			gs, err := f.Dispute.ExportGenesis(f.Ctx)
			require.NoError(t, err)
			require.NoError(t, gs.Validate())
			c.change(gs)
			require.ErrorIs(t, gs.Validate(), c.want)
		})
	}
}

// Keys are part of consensus: what clients prove.
func TestStoreBytes(t *testing.T) {
	f := setup(t)
	f.accuse(0, first)
	var keys []string
	for _, kv := range f.dump() {
		keys = append(keys, kv[0])
	}
	hotkey := func(n string) string { return "686f746b6579" + "00000000000000000000" + "0000000" + n }
	want := []string{"00", "01", "020000000000000001"}
	for _, n := range []string{"0", "1", "2", "3", "4"} {
		want = append(want, "030000000000000001"+hotkey(n))
	}
	due := "0000000000000012"
	require.Equal(t, append(want,
		"0400000001"+hotkey("5"),
		"05"+due+"0000000000000001",
		"07"+"00000001"+"0000000000000001",
		"08"+"18"+"00000001"+hotkey("5")+"0000000000000001",
		"09"+"14"+hotkey("0")+"0000000000000001",
	), keys)
}
