package simtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"

	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/internal/chance"
	crowdfundsim "github.com/agon-chain/agon/x/crowdfund/simulation"
	disputesim "github.com/agon-chain/agon/x/dispute/simulation"
	emissionsim "github.com/agon-chain/agon/x/emission/simulation"
	modelsim "github.com/agon-chain/agon/x/model/simulation"
	paymentsim "github.com/agon-chain/agon/x/payment/simulation"
	scoringsim "github.com/agon-chain/agon/x/scoring/simulation"
	stakesim "github.com/agon-chain/agon/x/stake/simulation"
	subnetsim "github.com/agon-chain/agon/x/subnet/simulation"
)

// modules are the generators of each module's messages. They remember what they promised, so that an application gets its own.
func modules(a *app.App) map[string][]chance.Message {
	return map[string][]chance.Message{
		"subnet":    subnetsim.Messages(a.SubnetKeeper),
		"stake":     stakesim.Messages(a.StakeKeeper, a.SubnetKeeper, a.BankKeeper),
		"scoring":   scoringsim.Messages(a.ScoringKeeper, a.SubnetKeeper),
		"emission":  emissionsim.Messages(),
		"crowdfund": crowdfundsim.Messages(a.CrowdfundKeeper, a.SubnetKeeper),
		"model":     modelsim.Messages(a.ModelKeeper, a.SubnetKeeper),
		"payment":   paymentsim.Messages(a.PaymentKeeper, a.SubnetKeeper),
		"dispute":   disputesim.Messages(a.DisputeKeeper, a.SubnetKeeper, a.ScoringKeeper),
	}
}

// messages are all generators, in an order that is the same in every run.
func messages(a *app.App) []chance.Message {
	var all []chance.Message
	for _, list := range modules(a) {
		all = append(all, list...)
	}
	slices.SortFunc(all, func(x, y chance.Message) int { return strings.Compare(x.URL(), y.URL()) })
	return all
}

// TestEveryMessageHasAGenerator keeps a new message from going untested.
func TestEveryMessageHasAGenerator(t *testing.T) {
	a, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
	require.NoError(t, err)
	have := map[string]bool{}
	for name, list := range modules(a) {
		for _, m := range list {
			require.True(t, strings.HasPrefix(m.URL(), "/agon."+name+"."), "%s is in the list of x/%s", m.URL(), name)
			require.False(t, have[m.URL()], "%s has two generators", m.URL())
			require.NotZero(t, m.Weight, "%s is never made", m.URL())
			have[m.URL()] = true
		}
	}
	found := 0
	for _, url := range a.Encoding().InterfaceRegistry.ListImplementations(sdk.MsgInterfaceProtoName) {
		name, ours := strings.CutPrefix(url, "/agon.")
		if !ours {
			continue
		}
		found++
		module, _, _ := strings.Cut(name, ".")
		require.True(t, have[url], "%s has no generator: add one to Messages in x/%s/simulation/messages.go that makes the message from the state, "+
			"valid most times and hostile now and then (a new module also gets its line in modules of app/simtest/messages_test.go)", url, module)
		delete(have, url)
	}
	require.Greater(t, found, 20, "the registry knows hardly any message of Agon's")
	require.Empty(t, have, "generators of messages that the chain does not know")
}
