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
	protov2 "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	msgv1 "cosmossdk.io/api/cosmos/msg/v1"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/gogoproto/proto"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
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

// TestMessageTypes classes every message of the binary: who signs it, and whether somebody else may send it for him. A new message,
// ours or of a newer SDK, fails until somebody has looked at its line.
func TestMessageTypes(t *testing.T) {
	chain, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
	require.NoError(t, err)
	names := chain.Encoding().InterfaceRegistry.ListImplementations(sdk.MsgInterfaceProtoName)
	slices.Sort(names)
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	lines := make([]string, len(names))
	for i, name := range names {
		require.NotNil(t, chain.MsgServiceRouter().HandlerByTypeURL(name), "%s has no handler", name)
		found, err := files.FindDescriptorByName(protoreflect.FullName(strings.TrimPrefix(name, "/")))
		require.NoError(t, err)
		signers := protov2.GetExtension(found.Options(), msgv1.E_Signer).([]string)
		class := "an account"
		switch {
		case slices.Equal(signers, []string{"authority"}):
			class = "governance"
		case slices.Equal(signers, []string{"hotkey"}), slices.Equal(signers, []string{"payee"}):
			class = "a daemon"
		case len(signers) == 0:
			class = "whoever its own rule names"
		}
		inside := ""
		if slices.Contains(app.RefusedInsideAuthz(), name) {
			inside = ", refused inside authz"
		}
		lines[i] = fmt.Sprintf("%s: signed by %s (%s)%s", name, class, strings.Join(signers, ", "), inside)
	}
	golden(t, "messages.golden", lines)
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

// TestOrder pins what changes the app hash without a change of any module: the stores, and the order in which modules run.
func TestOrder(t *testing.T) {
	chain, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
	require.NoError(t, err)
	m := chain.Modules()
	var lines []string
	for _, part := range []struct {
		name  string
		order []string
	}{
		{"begin a block", m.OrderBeginBlockers},
		{"end a block", m.OrderEndBlockers},
		{"before a block", m.OrderPreBlockers},
		{"genesis", m.OrderInitGenesis},
		{"export", m.OrderExportGenesis},
		{"stores", slices.Sorted(maps.Keys(chain.CommitMultiStore().(interface {
			StoreKeysByName() map[string]storetypes.StoreKey
		}).StoreKeysByName()))},
	} {
		require.NotEmpty(t, part.order, part.name)
		lines = append(lines, part.name+": "+strings.Join(part.order, " "))
	}
	golden(t, "order.golden", lines)
}
