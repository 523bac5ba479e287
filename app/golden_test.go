package app_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files under testdata")

// golden compares lines with a checked-in file, so that a change of the chain's surface is a change that someone reads.
func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	got := strings.Join(lines, "\n") + "\n"
	if *rewrite {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "if the change is meant, run: go test ./app -run %s -rewrite", t.Name())
}

func TestMessageTypes(t *testing.T) {
	chain, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
	require.NoError(t, err)
	names := chain.Encoding().InterfaceRegistry.ListImplementations(sdk.MsgInterfaceProtoName)
	slices.Sort(names)
	golden(t, "messages.golden", names)

	for _, name := range names {
		require.NotNil(t, chain.MsgServiceRouter().HandlerByTypeURL(name), "%s has no handler", name)
	}
}

func TestModuleAccounts(t *testing.T) {
	permissions, blocked := app.ModuleAccountPermissions(), app.BlockedAddresses()
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		receives := "refuses transfers"
		if !blocked[authtypes.NewModuleAddress(name).String()] {
			receives = "accepts transfers"
		}
		lines = append(lines, fmt.Sprintf("%s: [%s], %s", name, strings.Join(permissions[name], " "), receives))
	}
	golden(t, "module_accounts.golden", lines)
}
