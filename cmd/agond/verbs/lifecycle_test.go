package verbs

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestStates(t *testing.T) {
	for want, n := range map[string]subnettypes.Subnet{
		stateWaiting: {CreatedAt: 5}, stateRunning: {CreatedAt: 5, StartedAt: 9}, stateDissolved: {CreatedAt: 5, DissolvedAt: 9},
	} {
		require.Equal(t, want, stateOf(n))
	}
	require.Equal(t, stateDissolved, stateOf(subnettypes.Subnet{CreatedAt: 5, StartedAt: 6, DissolvedAt: 9}))
	require.Contains(t, startLine(3, 70).text, "agond subnet start 3, by its owner from block 70")
	require.Empty(t, leaseLines(subnettypes.Subnet{}))
	require.Equal(t, "for ever; the owner keeps 20.00 % of the owner cut", leaseLines(subnettypes.Subnet{Lease: &subnettypes.Lease{OwnerBps: 2000}})[0].text)
}

// What a rehearsal says comes before the confirmation, and a warning that it has takes the place of the verb's own.
func TestRehearsalIsShown(t *testing.T) {
	ctx := sdk.Context{}.WithEventManager(sdk.NewEventManager())
	for _, e := range []staketypes.EventPoolClosed{{Netuid: 2, Burned: 9 * whole}, {Netuid: 3, Agon: 50 * whole, Outstanding: 40 * whole}} {
		require.NoError(t, ctx.EventManager().EmitTypedEvent(&e))
	}
	require.NoError(t, ctx.EventManager().EmitTypedEvent(&subnettypes.EventSubnetDissolved{Netuid: 3, Successor: 4}))
	rehearsed := &txtypes.SimulateResponse{Result: &sdk.Result{Events: ctx.EventManager().ABCIEvents()}}
	p := plan{expect: sheet{{label: "a", text: "b"}}, warn: "old"}
	require.NoError(t, p.look(rehearsed), "a verb that knows by itself")
	require.Len(t, p.expect, 1)
	p.foresee = func(r chain.TxResult) (sheet, string, error) {
		require.Equal(t, []subnettypes.EventSubnetDissolved{{Netuid: 3, Successor: 4}}, happenings[subnettypes.EventSubnetDissolved](r))
		require.Empty(t, happenings[subnettypes.EventNeuronRemoved](r))
		require.Nil(t, potLines("LANG", 7, r))
		require.Contains(t, potLines("SEC", 2, r)[0].text, "nobody holds SEC: 9 AGON are burned")
		return potLines("LANG", 3, r), "new", nil
	}
	require.NoError(t, p.look(rehearsed))
	require.Equal(t, "1.25 AGON for each LANG, whoever comes when: 50 AGON for 40", p.expect[1].text)
	require.Equal(t, "new", p.warn)
}

func TestTheRootIsNamed(t *testing.T) {
	for text, want := range map[string]bool{"root": true, "ROOT": true, "0": true, "": false, "1": false, "roots": false} {
		require.Equal(t, want, isRoot(text), text)
	}
	root, err := offline().place("root")
	require.NoError(t, err)
	require.Equal(t, "root (AGON itself, in every subnet)", subnetLine(root).text)
	_, err = offline().subnet("0")
	require.ErrorIs(t, err, errRoot)
	require.ErrorContains(t, err, "agond stake add 10agon --subnet root", "verbs of subnets say what there is instead")
	require.Equal(t, "5 AGON", counted(5*whole, 0))
	require.Equal(t, "5 alpha", counted(5*whole, 3))
	_, err = pick(0, nil, "oak")
	require.ErrorContains(t, err, "agond validators root")
}

func TestSeatsSayWhatANewcomerNeeds(t *testing.T) {
	require.Equal(t, "1 of 2 seats are free: the next hotkey needs 0.001 AGON behind it.", seating{Seats: []seat{{}}, Most: 2, Entry: 1_000_000}.next())
	full := seating{Seats: []seat{{Names: []string{"Oak"}}, {Hotkey: "agon1x", Stake: 3 * whole, TakeBps: 900}}, Most: 2, Entry: 3*whole + 1}
	require.Contains(t, full.next(), "needs 3.000000001 AGON")
	require.Contains(t, full.text(), "Oak")
	require.Contains(t, full.text(), "9.00 %")
}

func TestParseChild(t *testing.T) {
	for text, want := range map[string]struct {
		who    string
		points uint64
	}{"oak=25%": {"oak", 2500}, "7=0.5%": {"7", 50}, "a=b=100%": {"a=b", bps}} {
		who, points, err := parseChild(text)
		require.NoError(t, err, text)
		require.Equal(t, want.who, who)
		require.Equal(t, want.points, points)
	}
	for text, says := range map[string]string{"oak": "CHILD=25%", "=5%": "CHILD=25%", "oak=5": "ends with no %", "oak=0%": "leave that child out", "oak=101%": "more than all"} {
		_, _, err := parseChild(text)
		require.ErrorContains(t, err, says, text)
	}
	k := kinship{Hotkey: "agon1x", Families: []related{
		{Netuid: 3, Relation: "child", Hotkey: "agon1y", Bps: 2500, ChildTakeBps: 1800, Counts: true},
		{Netuid: 3, Relation: "pending", From: 900},
		{Netuid: 4, Relation: "parent", Hotkey: "agon1z", Bps: 100, Alpha: 5 * whole, Root: whole},
	}}
	for _, says := range []string{"25.00 %", "none from block 900", "5 token and 1 for root stake"} {
		require.Contains(t, k.text(), says)
	}
}
