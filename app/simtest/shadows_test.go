package simtest

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	govmodule "github.com/cosmos/cosmos-sdk/x/gov/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/internal/chance"
)

const (
	// shadowedBlocks is how long a short run is.
	shadowedBlocks = 40
	// beforeShadows are the messages that a market is made of before the shadows follow it.
	beforeShadows = 1_200
)

// quickVotes lets governance decide within a few blocks.
func quickVotes(a *app.App, state app.GenesisState) {
	cdc := a.Encoding().Codec
	var gov govtypes.GenesisState
	cdc.MustUnmarshalJSON(state[govmodule.ModuleName], &gov)
	period, short := 5*apptest.BlockTime, 2*apptest.BlockTime
	gov.Params.VotingPeriod, gov.Params.ExpeditedVotingPeriod = &period, &short
	for i := range gov.Params.MinDeposit {
		gov.Params.MinDeposit[i].Amount = gov.Params.MinDeposit[i].Amount.QuoRaw(100)
	}
	state[govmodule.ModuleName] = cdc.MustMarshalJSON(&gov)
}

// TestShadows plays random transactions of our modules and of the SDK's on the whole application with real signatures and the real tree of
// hashes, and its shadows after it: another hash on one of them, or an invariant that does not hold, fails. What governance sends
// comes by proposals.
func TestShadows(t *testing.T) {
	seeds, blocks := uint64(1), shadowedBlocks
	if *stepsFlag > 0 {
		seeds, blocks = 4, max(shadowedBlocks, *stepsFlag/200)
	}
	counts := map[string]count{}
	began := time.Now()
	for seed := range seeds {
		if seed++; *seedFlag != 0 && seed != *seedFlag {
			continue
		}
		shadowed(t, seed, blocks, counts)
	}
	for _, url := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-45s taken %s", strings.TrimPrefix(url, "/"), counts[url])
	}
	t.Logf("%d seeds of %d blocks in %s", seeds, blocks, time.Since(began).Round(time.Millisecond))
	taken := 0
	for _, c := range counts {
		taken += c.taken
	}
	require.Greater(t, taken, blocks, "hardly anything was taken: the shadows followed nothing")
}

func shadowed(t *testing.T, seed uint64, blocks int, counts map[string]count) {
	t.Helper()
	d := chance.New(seed)
	// A market that lives already: subnets, neurons, stake, weights.
	p := run(t, seed, beforeShadows, map[string]count{}, nil)
	require.NoError(t, p.end())
	state, err := p.app.Modules().ExportGenesis(p.ctx, p.app.Encoding().Codec)
	require.NoError(t, err)
	c := apptest.New(t, apptest.WithState(state, p.height+1, p.ctx.BlockTime().Add(apptest.BlockTime)), apptest.WithGenesis(quickVotes))
	own := messages(c.App)
	all := append(slices.Clone(own), sdkMessages(c.App, own)...)
	accounts := map[string]apptest.Account{}
	for _, name := range actorNames() {
		a := apptest.NewAccount(name)
		accounts[a.String()] = a
	}
	voter := apptest.NewAccount(apptest.ValidatorName)
	for i := range blocks {
		if i == blocks/2 {
			c.Join() // and one that comes by a snapshot
		}
		var txs [][]byte
		var urls []string
		world := &chance.World{Dice: d, Ctx: c.Context(), Actors: actors(), Authority: app.Authority()}
		for range d.Below(2*messagesPerBlock + 1) {
			m := chance.Draw(d, all)
			msg := m.Make(world)
			if msg == nil {
				continue
			}
			by := signers(c.App, msg)
			if len(by) != 1 {
				continue
			}
			if who, ok := accounts[by[0].String()]; ok {
				txs, urls = append(txs, c.Sign(who, msg)), append(urls, m.URL())
			}
		}
		// The chain's one validator votes for what is open, so that rules change at every height.
		for _, id := range open(t, c) {
			txs, urls = append(txs, c.Sign(voter, govtypes.NewMsgVote(voter.Address, id, govtypes.OptionYes, ""))), append(urls, "the validator's votes")
		}
		for i, result := range c.Block(txs...).TxResults {
			n := counts[urls[i]]
			if result.Code == 0 {
				n.taken++
			} else {
				n.refused++
			}
			counts[urls[i]] = n
		}
	}
}

// open are the proposals in their voting period.
func open(t *testing.T, c *apptest.Chain) (ids []uint64) {
	t.Helper()
	require.NoError(t, c.App.GovKeeper.VotingPeriodProposals.Walk(c.Context(), nil, func(id uint64, _ []byte) (bool, error) {
		ids = append(ids, id)
		return len(ids) == 4, nil
	}))
	return ids
}
