package verbs

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestPick(t *testing.T) {
	all := []candidate{
		{UID: 0, Hotkey: "agon1aaa", Owner: "agon1own", Names: []string{"Alice's", "alice"}},
		{UID: 1, Hotkey: "agon1bbb", Owner: "agon1own", Names: []string{"Bob"}},
		{UID: 2, Hotkey: "agon1ccc", Owner: "agon1eve", Names: []string{"BOB"}},
		{UID: 3, Hotkey: "agon1ddd", Owner: "agon1eve", Names: []string{"7"}},
		{UID: noUID, Hotkey: "agon1eee", Names: []string{"gone"}},
	}
	for who, want := range map[string]int{
		"0": 0, "3": 3, "agon1ccc": 2, "alice's": 0, "ALICE": 0, "gone": noUID, "agon1eee": noUID,
	} {
		got, err := pick(1, all, who)
		require.NoError(t, err, who)
		require.Equal(t, want, got.UID, who)
	}
	for who, want := range map[string]error{
		"7": errNobody, "4294967295": errNobody, "agon1zzz": errNobody, "carol": errNobody, "": errNobody, "bob": errAmbiguous,
	} {
		_, err := pick(1, all, who)
		require.ErrorIs(t, err, want, who)
	}
	_, err := pick(9, all, "carol")
	require.ErrorContains(t, err, "agond validators 9 lists whom you can name")
	_, err = pick(1, all, "bob")
	require.ErrorContains(t, err, `agon1bbb, uid 1, "Bob"; agon1ccc, uid 2, "BOB"`, "whoever takes another's name is not taken for it")
}

func TestPickSubnet(t *testing.T) {
	all := []subnettypes.Subnet{
		{Netuid: 1, Symbol: "LANG", Identity: subnettypes.SubnetIdentity{Name: "Languages"}},
		{Netuid: 2, Symbol: "CODE", Identity: subnettypes.SubnetIdentity{Name: "lang"}},
		{Netuid: 3, Symbol: "CODE2", Identity: subnettypes.SubnetIdentity{Name: "Code two"}},
	}
	for which, want := range map[string]uint32{"languages": 1, "code": 2, "Code Two": 3} {
		got, err := pickSubnet(all, which)
		require.NoError(t, err)
		require.Equal(t, want, got.Netuid)
	}
	_, err := pickSubnet(all, "lang")
	require.ErrorIs(t, err, errAmbiguous)
	require.ErrorContains(t, err, `1 (LANG, "Languages"); 2 (CODE, "lang")`)
	_, err = pickSubnet(all, "nope")
	require.ErrorIs(t, err, errNobody)
}

func TestListIsShort(t *testing.T) {
	require.Equal(t, "1; 2", list([]string{"1", "2"}))
	require.Equal(t, "1; 2; 3; 4; 5; 6; 7; 8; and 2 more", list([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}))
}

func TestSheetKeepsOrderAndTheLastOfAName(t *testing.T) {
	s := sheet{{"b", 1, "B", "one"}, {"a", "2", "", ""}, {"", nil, "only", "people"}, {"b", 3, "B", "three"}}
	bz, err := json.Marshal(s)
	require.NoError(t, err)
	require.Equal(t, `{"a":"2","b":3}`, string(bz))
	text := s.table("title")
	require.Contains(t, text, "people")
	require.NotContains(t, text, " 2 ", "what has no label is for programs")
}

func TestRulesInReadableUnits(t *testing.T) {
	for _, tc := range []struct{ name, value, want string }{
		{"tempo", `"360"`, "360 blocks"},
		{"min_registration_price", `"100000000"`, "0.1 AGON (100000000)"},
		{"kappa", `32767`, "50.00 % (32767)"},
		{"bonds_moving_average", `"950000"`, "95.00 % kept each epoch (950000)"},
		{"alpha_sigmoid_steepness", `1000`, "10.00 (1000)"},
		{"yuma3", `false`, "false"},
		{"alpha_sigmoid_steepness", `-5`, "-5"},
		{"of_a_later_version", `17`, "17"},
	} {
		require.Equal(t, tc.want, rule{tc.name, json.RawMessage(tc.value)}.text(), tc.name)
	}
}

func TestProgress(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var out bytes.Buffer
		p := newProgress(&out, terminal, "HASH")
		p.tell(7)
		require.Empty(t, out.String(), "short waits are silent")
		p.began = time.Now().Add(-3 * time.Second)
		p.tell(8)
		p.tell(9)
		p.end()
		require.Contains(t, out.String(), "HASH (3 s, the chain is at height 8)")
		if terminal {
			require.Contains(t, out.String(), "height 9")
			require.NotContains(t, out.String(), "\n")
		} else {
			require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")), "one line where nothing can be wiped")
		}
	}
}

func TestNobodyThereToConfirm(t *testing.T) {
	cmd := &cobra.Command{}
	var out bytes.Buffer
	cmd.SetErr(&out)
	cmd.SetIn(bytes.NewBufferString("yes\n"))
	s := &session{cmd: cmd}
	err := s.confirm("summary")
	require.ErrorIs(t, err, errNotConfirmed)
	require.ErrorContains(t, err, "--yes")
	require.ErrorContains(t, err, "--dry-run")
	require.NoError(t, (&session{cmd: cmd, yes: true}).confirm("summary"))

	s.interactive = true
	require.NoError(t, s.confirm("summary"))
	require.Contains(t, out.String(), "summary\nSend it? [y/N]")
	for _, answer := range []string{"n\n", "\n", "", "maybe\n"} {
		cmd.SetIn(bytes.NewBufferString(answer))
		require.ErrorIs(t, s.confirm("summary"), errNotConfirmed, answer)
	}
}

func TestVerbs(t *testing.T) {
	var walk func(c *cobra.Command)
	sends := map[string]bool{}
	walk = func(c *cobra.Command) {
		require.NotEmpty(t, c.Short, c.CommandPath())
		if len(c.Commands()) > 0 {
			for _, child := range c.Commands() {
				walk(child)
			}
			return
		}
		require.NotEmpty(t, c.Example, c.CommandPath())
		require.NotNil(t, c.Flags().Lookup("output"), c.CommandPath())
		if Signs(c) {
			sends[c.CommandPath()] = true
			for _, flag := range []string{"yes", "dry-run", "from", "gas", "gas-prices", "fees", "keyring-backend", "node", "chain-id"} {
				require.NotNil(t, c.Flags().Lookup(flag), "%s --%s", c.CommandPath(), flag)
			}
		}
	}
	for _, c := range Commands() {
		walk(c)
	}
	for _, path := range []string{"stake add", "stake remove", "subnet create", "subnet register", "subnet claim", "stake auto", "send"} {
		require.True(t, sends[path], path)
	}
}

func TestDryRunIsNotTheSDKs(t *testing.T) {
	cmd := stakeAddCommand()
	require.False(t, isDryRun(cmd.Flags()))
	require.NoError(t, cmd.ParseFlags([]string{"--dry-run"}))
	require.True(t, isDryRun(cmd.Flags()))
	sdks, _ := cmd.Flags().GetBool("dry-run")
	require.False(t, sdks)
	require.NoError(t, cmd.ParseFlags([]string{"--dry-run=false"}))
	require.False(t, isDryRun(cmd.Flags()))
	require.Error(t, cmd.ParseFlags([]string{"--dry-run=perhaps"}))
}
