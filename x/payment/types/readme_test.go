package types

import (
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
)

// table returns the rows of the README's table whose header begins with the given cell, cells trimmed.
func table(t *testing.T, first string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	var rows [][]string
	in := false
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "|") {
			in = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case cells[0] == first:
			in = true
		case in && !strings.HasPrefix(cells[0], "---"):
			rows = append(rows, cells)
		}
	}
	require.NotEmpty(t, rows, "README.md has no table of %q", first)
	return rows
}

func TestReadmeBounds(t *testing.T) {
	var want, got [][]string
	for _, b := range DefaultParams().bounds() {
		want = append(want, []string{b.name, strconv.FormatUint(b.least, 10), strconv.FormatUint(b.most, 10), strconv.FormatUint(b.value, 10)})
	}
	for _, cells := range table(t, "parameter") {
		require.Len(t, cells, 6, cells[0])
		got = append(got, []string{cells[0], cells[2], cells[3], cells[4]})
	}
	require.Equal(t, want, got)
	require.Len(t, want, reflect.TypeOf(Params{}).NumField(), "every parameter has a bound")
}

func TestReadmeMessagesAndEvents(t *testing.T) {
	messages := make(map[string]bool)
	for _, cells := range table(t, "message") {
		messages[cells[0]] = true
	}
	require.Len(t, messages, len(_Msg_serviceDesc.Methods))
	for _, method := range _Msg_serviceDesc.Methods {
		require.True(t, messages[method.MethodName], "README.md does not list %s", method.MethodName)
	}
	events := make(map[string]bool)
	for _, cells := range table(t, "event") {
		events[cells[0]] = true
	}
	for _, event := range []any{
		EventDeposited{},
		EventWithdrawn{},
		EventOperatorsSet{},
		EventPriceSet{},
		EventPriceRemoved{},
		EventChannelOpened{},
		EventChannelToppedUp{},
		EventWithdrawalRequested{},
		EventClaimed{},
		EventModelPaid{},
		EventClaimRefused{},
		EventChannelClosed{},
		EventPotOpened{},
		EventRefunded{},
		EventPotEnded{},
		EventPotFailed{},
		EventParamsUpdated{},
	} {
		require.True(t, events[reflect.TypeOf(event).Name()], "README.md does not list %T", event)
	}
}

// Keys are part of consensus: prefixes never change.
func TestKeys(t *testing.T) {
	prefixes := []collections.Prefix{
		ParamsPrefix, NextChannelIDPrefix, AccountsPrefix, PricesPrefix, ChannelsPrefix, ByOwnerPrefix, ByPayeePrefix, ClosedPrefix, MinerSumsPrefix, ChannelSumsPrefix,
		PotsPrefix, PotsDuePrefix, RefundedPrefix,
	}
	rows := table(t, "prefix")
	require.Len(t, rows, len(prefixes))
	for i, prefix := range prefixes {
		require.Equal(t, []byte{byte(i)}, prefix.Bytes())
		require.Equal(t, strconv.Itoa(i), rows[i][0])
	}
}
